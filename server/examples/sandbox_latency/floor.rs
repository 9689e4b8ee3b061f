//! The least that a sandbox can cost here: the same program in the same wrapping, doing nothing.

use bollard::Docker;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, RemoveContainerOptionsBuilder, WaitContainerOptions,
};
use csv_analyst_server::sandbox::SandboxSettings;
use futures::StreamExt;
use std::error::Error;
use std::path::PathBuf;
use std::process::Stdio;

/// The runner says how it is used and ends: it is loaded with its libraries, and no more.
const NOTHING: &str = "--help";

/// Of every measurement; can be told across tasks.
pub type Failure = Box<dyn Error + Send + Sync>;

pub enum Floor {
    Process(PathBuf),
    Container { docker: Docker, image: String },
}

impl Floor {
    pub fn of(kind: &str, settings: &SandboxSettings) -> Result<Self, Failure> {
        Ok(match kind {
            "docker" => Self::Container {
                docker: Docker::connect_with_defaults()?,
                image: settings.docker.image.clone(),
            },
            _ => Self::Process(settings.runner_binary.clone()),
        })
    }

    pub async fn do_nothing(&self) -> Result<(), Failure> {
        match self {
            Self::Process(runner) => {
                let mut command = tokio::process::Command::new(runner);
                command.arg(NOTHING).stdout(Stdio::null()).stderr(Stdio::null());
                command.status().await?;
                Ok(())
            }
            Self::Container { docker, image } => container(docker, image).await,
        }
    }
}

/// Create, attach, start, wait, remove.
async fn container(docker: &Docker, image: &str) -> Result<(), Failure> {
    let body = ContainerCreateBody {
        image: Some(image.to_owned()),
        cmd: Some(vec![NOTHING.to_owned()]),
        attach_stdout: Some(true),
        network_disabled: Some(true),
        host_config: Some(HostConfig {
            network_mode: Some("none".into()),
            ..HostConfig::default()
        }),
        ..ContainerCreateBody::default()
    };
    let id = docker.create_container(None, body).await?.id;
    let attach = AttachContainerOptionsBuilder::default()
        .stdout(true)
        .stream(true)
        .build();
    let mut attached = docker.attach_container(&id, Some(attach)).await?;
    docker.start_container(&id, None).await?;
    while let Some(output) = attached.output.next().await {
        output?;
    }
    let mut ending = docker.wait_container(&id, None::<WaitContainerOptions>);
    while let Some(ended) = ending.next().await {
        ended?;
    }
    let remove = RemoveContainerOptionsBuilder::default().force(true).build();
    docker.remove_container(&id, Some(remove)).await?;
    Ok(())
}
