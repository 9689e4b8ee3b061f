//! Finding the daemon and the image, and saying what to do when they are not there.

use crate::sandbox::error::chain;
use crate::sandbox::{DockerSettings, SandboxError};
use bollard::Docker;
use bollard::errors::Error;
use std::time::Duration;

/// A daemon on the same machine answers in milliseconds.
const ANSWER_DEADLINE: Duration = Duration::from_secs(5);
/// For one request to the daemon: creating a container on a busy machine takes seconds.
const REQUEST_SECONDS: u64 = 30;

pub async fn connect(settings: &DockerSettings) -> Result<Docker, SandboxError> {
    let docker = match &settings.socket {
        Some(socket) => Docker::connect_with_unix(socket, REQUEST_SECONDS, bollard::API_DEFAULT_VERSION),
        None => Docker::connect_with_defaults(),
    };
    let docker = docker.map_err(|error| explain(&error))?;
    let docker = docker.with_timeout(Duration::from_secs(REQUEST_SECONDS));
    // Engines of the last years speak different versions; the client asks instead of assuming.
    match tokio::time::timeout(ANSWER_DEADLINE, docker.negotiate_version()).await {
        Ok(Ok(docker)) => Ok(docker),
        Ok(Err(error)) => Err(explain(&error)),
        Err(_) => Err(SandboxError::unavailable(NO_ANSWER)),
    }
}

const NO_ANSWER: &str = "the Docker daemon does not answer: see whether it is running";

/// The daemon in a line; `None` where none answers.
pub async fn describe(settings: &DockerSettings) -> Option<String> {
    let docker = connect(settings).await.ok()?;
    let found = docker.info().await.ok()?;
    let options = found.security_options.unwrap_or_default();
    let has = |name: &str| {
        options
            .iter()
            .any(|option| option.contains(&format!("name={name}")))
    };
    let mut runtimes: Vec<String> = found.runtimes.unwrap_or_default().into_keys().collect();
    runtimes.sort();
    Some(format!(
        "engine {}, control groups {}, {}, {}, runtimes {}",
        found.server_version.unwrap_or_default(),
        found
            .cgroup_version
            .map_or_else(String::new, |version| version.to_string()),
        if has("rootless") {
            "rootless"
        } else {
            "running as root"
        },
        if has("userns") {
            "users remapped"
        } else {
            "users not remapped"
        },
        runtimes.join(", ")
    ))
}

/// The content address of the image.
pub async fn image_id(docker: &Docker, image: &str) -> Result<String, SandboxError> {
    match docker.inspect_image(image).await {
        Ok(found) => found
            .id
            .ok_or_else(|| SandboxError::unavailable("the runner image has no id")),
        Err(Error::DockerResponseServerError { status_code: 404, .. }) => Err(no_image(image)),
        Err(error) => Err(explain(&error)),
    }
}

pub fn no_image(image: &str) -> SandboxError {
    SandboxError::unavailable(format!(
        "the runner image `{image}` is missing: make it with `cargo xtask images runner`, or pull a release's and \
         name it in sandbox.docker.image"
    ))
}

/// A daemon that can't be reached, or does not answer.
pub fn explain(error: &Error) -> SandboxError {
    tracing::warn!(error = chain(error), "Docker");
    if let Error::RequestTimeoutError = error {
        return SandboxError::unavailable(NO_ANSWER);
    }
    let text = chain(error);
    if text.contains("ermission denied") {
        return SandboxError::unavailable(
            "no permission on the Docker socket: add the server's user to the `docker` group, or use a rootless engine",
        );
    }
    SandboxError::unavailable("no Docker daemon answers: start it, or set sandbox.kind = \"process\"")
}
