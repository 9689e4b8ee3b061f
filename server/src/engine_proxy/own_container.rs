//! Where the proxy's own folder lies for the engine: it asks about the container that it runs in.

use crate::system::machine_name;
use bollard::Docker;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum OwnContainerError {
    #[error("this machine's name can't be read: {0}")]
    Name(std::io::Error),
    #[error(
        "the engine knows no container `{0}`: set engine_proxy.pinned_on_host where the proxy runs outside of one, \
         and give its container no other hostname"
    )]
    NoContainer(String),
    #[error("no volume is mounted at {0}")]
    NoMount(PathBuf),
}

/// An engine calls a container by its id, as long as nobody gives it another hostname.
pub async fn on_host(docker: &Docker, folder: &Path) -> Result<PathBuf, OwnContainerError> {
    let name = machine_name().map_err(OwnContainerError::Name)?;
    let found = docker.inspect_container(&name, None).await;
    let found = found.map_err(|error| {
        tracing::debug!(%error, "the own container");
        OwnContainerError::NoContainer(name)
    })?;
    let mounts = found.mounts.unwrap_or_default();
    let here = mounts
        .into_iter()
        .find(|mount| mount.destination.as_deref() == folder.to_str());
    let source = here.and_then(|mount| mount.source).map(PathBuf::from);
    source.ok_or_else(|| OwnContainerError::NoMount(folder.to_owned()))
}
