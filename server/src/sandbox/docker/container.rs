//! One container from creation to certain removal.

use super::connect::explain;
use super::janitor::{self, Janitor};
use super::specification::{INSTANCE_LABEL, OWNER_LABEL, Specification};
use crate::sandbox::SandboxError;
use crate::sandbox::janitor::InUse;
use crate::sandbox::judge::Ending;
use crate::sandbox::owner;
use crate::sandbox::wire::{StderrHead, Wire};
use bollard::Docker;
use bollard::container::{AttachContainerResults, LogOutput};
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, ContainerSummary};
use bollard::query_parameters::{
    AttachContainerOptionsBuilder, ListContainersOptionsBuilder, RemoveContainerOptionsBuilder,
};
use futures::StreamExt;
use std::collections::HashMap;
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Bytes of output that wait for the reader.
const OUTPUT_BUFFER_BYTES: usize = 256 << 10;
/// For a container that has closed its output to count as ended.
const END_DEADLINE: Duration = Duration::from_secs(2);
const REMOVAL_TRIES: usize = 3;
const REMOVAL_PAUSE: Duration = Duration::from_millis(200);

pub struct Container {
    docker: Docker,
    id: String,
    removed: bool,
    janitor: Janitor,
    /// Given back when it is removed, or when that is left to the janitor.
    in_use: Option<InUse>,
}

/// Why there is no container.
#[derive(Debug)]
pub enum CreateError {
    /// The engine has the image no more.
    NoImage,
    Failed(SandboxError),
}

impl Container {
    /// Creates it; from here on it is removed, whatever happens.
    pub async fn create(
        docker: &Docker,
        janitor: &Janitor,
        mut body: ContainerCreateBody,
    ) -> Result<Self, CreateError> {
        let in_use = janitor::mark(janitor, &mut body);
        // In its own task, so that giving up in the middle can't lose the id of what is being made.
        let creating = tokio::spawn(create(docker.clone(), janitor.clone(), in_use, body));
        match creating.await {
            Ok(created) => created,
            Err(error) => Err(SandboxError::broken("the container can't be created", error).into()),
        }
    }

    /// Attaches first, so that nothing it says is lost, then starts it.
    pub async fn start(&self) -> Result<Wire, SandboxError> {
        let options = AttachContainerOptionsBuilder::default()
            .stdin(true)
            .stdout(true)
            .stderr(true)
            .stream(true)
            .build();
        let attached = self.docker.attach_container(&self.id, Some(options)).await;
        let attached =
            attached.map_err(|error| SandboxError::broken("the container can't be attached", error))?;
        let started = self.docker.start_container(&self.id, None).await;
        started.map_err(|error| SandboxError::broken("the container can't be started", error))?;
        Ok(wire(attached))
    }

    /// How it ended by itself.
    pub async fn ending(&self) -> Ending {
        let ended = tokio::time::timeout(END_DEADLINE, async {
            loop {
                let state = self.docker.inspect_container(&self.id, None).await.ok()?.state?;
                if state.running != Some(true) {
                    return Some(state);
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        });
        match ended.await {
            Ok(Some(state)) if state.oom_killed == Some(true) => Ending::OutOfMemory,
            Ok(Some(state)) => {
                let code = state.exit_code.and_then(|code| i32::try_from(code).ok());
                code.map_or(Ending::Unknown, Ending::Exit)
            }
            Ok(None) | Err(_) => Ending::Unknown,
        }
    }

    /// Kills and removes it.
    pub async fn remove(&mut self) -> Result<(), SandboxError> {
        let removed = remove(&self.docker, &self.id).await;
        self.in_use = None;
        match removed {
            Ok(()) => {
                self.removed = true;
                Ok(())
            }
            Err(error) => {
                self.janitor.sweep_later();
                Err(SandboxError::broken("a container can't be removed", error))
            }
        }
    }
}

/// An answer that does not come is no proof that nothing was made.
async fn create(
    docker: Docker,
    janitor: Janitor,
    in_use: InUse,
    body: ContainerCreateBody,
) -> Result<Container, CreateError> {
    let error = match docker.create_container(None, body).await {
        Ok(created) => {
            return Ok(Container {
                docker,
                id: created.id,
                removed: false,
                janitor,
                in_use: Some(in_use),
            });
        }
        Err(error) => error,
    };
    drop(in_use);
    match error {
        Error::DockerResponseServerError { status_code: 404, .. } => Err(CreateError::NoImage),
        Error::DockerResponseServerError { .. } => {
            Err(SandboxError::broken("the container can't be created", error).into())
        }
        unanswered => {
            janitor.sweep_later();
            Err(explain(&unanswered).into())
        }
    }
}

impl From<SandboxError> for CreateError {
    fn from(error: SandboxError) -> Self {
        Self::Failed(error)
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        if self.removed {
            return;
        }
        let (docker, id) = (self.docker.clone(), self.id.clone());
        let (janitor, in_use) = (self.janitor.clone(), self.in_use.take());
        // Without a runtime the process is ending; the next start removes it by its label.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                let removed = remove(&docker, &id).await;
                drop(in_use);
                if removed.is_err() {
                    janitor.sweep_later();
                }
            });
        }
    }
}

pub async fn remove(docker: &Docker, id: &str) -> Result<(), Error> {
    for _ in 1..REMOVAL_TRIES {
        match try_remove(docker, id).await {
            // One that just ends, or whose files are in use for a moment, can be removed a moment later.
            Err(Error::DockerResponseServerError {
                status_code: 500.., ..
            }) => tokio::time::sleep(REMOVAL_PAUSE).await,
            outcome => return outcome,
        }
    }
    try_remove(docker, id).await
}

async fn try_remove(docker: &Docker, id: &str) -> Result<(), Error> {
    let options = RemoveContainerOptionsBuilder::default()
        .force(true)
        .v(true)
        .build();
    match docker.remove_container(id, Some(options)).await {
        // 404: gone; 409: somebody is removing it.
        Ok(())
        | Err(Error::DockerResponseServerError {
            status_code: 404 | 409,
            ..
        }) => Ok(()),
        Err(error) => Err(error),
    }
}

/// All containers of an installation, and only those with the further label.
pub async fn labelled(
    docker: &Docker,
    instance: &str,
    further: Option<String>,
) -> Result<Vec<ContainerSummary>, Error> {
    let labels = [format!("{INSTANCE_LABEL}={instance}")]
        .into_iter()
        .chain(further);
    let filters = HashMap::from([("label".to_owned(), labels.collect::<Vec<_>>())]);
    let options = ListContainersOptionsBuilder::default()
        .all(true)
        .filters(&filters)
        .build();
    docker.list_containers(Some(options)).await
}

/// Containers of this installation whose server is gone.
pub async fn remove_leftovers(docker: &Docker, specification: &Specification) -> Result<u64, SandboxError> {
    let found = labelled(docker, &specification.instance, None).await;
    let found = found.map_err(|error| SandboxError::broken("containers can't be listed", error))?;
    let mut removed = 0;
    let orphaned = |container: &ContainerSummary| {
        let owner = container
            .labels
            .as_ref()
            .and_then(|labels| labels.get(OWNER_LABEL));
        !owner.is_some_and(|owner| owner::is_alive(owner))
    };
    for id in found
        .into_iter()
        .filter(orphaned)
        .filter_map(|container| container.id)
    {
        tracing::warn!(container = id, "removing a left-over sandbox");
        let gone = remove(docker, &id).await;
        gone.map_err(|error| SandboxError::broken("a container can't be removed", error))?;
        removed += 1;
    }
    Ok(removed)
}

/// Turns the daemon's frames into the runner's two outputs.
fn wire(attached: AttachContainerResults) -> Wire {
    let AttachContainerResults { mut output, input } = attached;
    let (mut sink, source) = tokio::io::duplex(OUTPUT_BUFFER_BYTES);
    let stderr = StderrHead::default();
    let head = stderr.clone();
    tokio::spawn(async move {
        while let Some(Ok(frame)) = output.next().await {
            match frame {
                LogOutput::StdErr { message } => head.add(&message),
                LogOutput::StdOut { message } | LogOutput::Console { message } => {
                    if sink.write_all(&message).await.is_err() {
                        return;
                    }
                }
                LogOutput::StdIn { .. } => {}
            }
        }
    });
    Wire::new(input, Box::pin(source), stderr)
}
