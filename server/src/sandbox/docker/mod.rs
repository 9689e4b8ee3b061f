//! Sandboxes as Docker containers: no network, no capability, read-only, nameless, one run each.
//!
//! Whoever may talk to the daemon is root on its machine; the server does, a runner never can. The
//! runner still locks itself down inside, as far as the container lets it.

mod connect;
mod container;
mod image;
mod janitor;
mod sandbox;
mod specification;

use super::{Sandbox, SandboxClass, SandboxError, SandboxKind, SandboxProvider, SandboxSettings};
use async_trait::async_trait;
use bollard::Docker;
use bollard::models::ContainerCreateBody;
pub use connect::describe as describe_daemon;
pub(crate) use connect::{connect, image_id};
use container::CreateError;
use csv_analyst_protocol::run::SandboxReport;
use image::{Image, Pinned};
use janitor::Janitor;
pub(crate) use janitor::SANDBOX_LABEL;
use sandbox::DockerSandbox;
pub(crate) use specification::{INSTANCE_LABEL, LABEL_PREFIX, OWNER_LABEL, Specification};
use std::sync::Arc;

/// What the container gives, whatever the kernel does for the runner inside.
const CONTAINER_GUARDS: &[&str] = &[
    "container namespaces",
    "network none",
    "read-only root",
    "capabilities dropped",
    "memory cgroup",
    "cpu cgroup",
    "pids cgroup",
    "non-root user",
    "no environment",
];

/// Guards of the runner that the container gives instead.
const GIVEN_BY_CONTAINER: &[&str] = &["namespaces", "own-root"];

pub struct DockerProvider {
    docker: Docker,
    image: Pinned,
    janitor: Janitor,
    /// As it is configured.
    image_name: String,
}

impl DockerProvider {
    /// Finds daemon and image, and asks a runner in a container which guards hold.
    pub async fn open(settings: &SandboxSettings) -> Result<Self, SandboxError> {
        Self::open_altered(settings, |_| {}).await
    }

    /// For tests of single guards: `alter` changes what every container is given.
    #[doc(hidden)]
    pub async fn open_altered(
        settings: &SandboxSettings,
        alter: impl Fn(&mut ContainerCreateBody) + Send + Sync + 'static,
    ) -> Result<Self, SandboxError> {
        let docker = connect::connect(&settings.docker).await?;
        let janitor = janitor::janitor(&docker, &settings.instance_label);
        let alter: specification::Alteration = Arc::new(alter);
        Ok(Self {
            image: Pinned::open(docker.clone(), janitor.clone(), settings.clone(), alter).await?,
            image_name: settings.docker.image.clone(),
            docker,
            janitor,
        })
    }

    async fn start_from(&self, image: &Image, class: &SandboxClass) -> Result<DockerSandbox, CreateError> {
        let guards = &image.guards;
        let body = image.specification.serve(class, guards);
        DockerSandbox::start(&self.docker, &self.janitor, body, class.resources, guards).await
    }
}

#[async_trait]
impl SandboxProvider for DockerProvider {
    fn kind(&self) -> SandboxKind {
        SandboxKind::Docker
    }

    fn report(&self) -> SandboxReport {
        let image = self.image.present();
        let of_container = CONTAINER_GUARDS.iter().map(|guard| guard.to_string());
        SandboxReport {
            kind: SandboxKind::Docker.as_str().into(),
            image: Some(image.id.clone()),
            guards: of_container
                .chain(image.guards.in_force.iter().cloned())
                .collect(),
            ..SandboxReport::default()
        }
    }

    fn missing_guards(&self) -> Vec<String> {
        let given = |guard: &&String| !GIVEN_BY_CONTAINER.contains(&guard.as_str());
        let image = self.image.present();
        image.guards.missing.iter().filter(given).cloned().collect()
    }

    /// An image that was removed is looked for again, so that nothing has to be started anew for it.
    async fn start(&self, class: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError> {
        let image = self.image.present();
        let started = match self.start_from(&image, class).await {
            Err(CreateError::NoImage) => {
                let image = self.image.look_again(&image).await?;
                self.start_from(&image, class).await
            }
            started => started,
        };
        match started {
            Ok(sandbox) => Ok(Box::new(sandbox)),
            Err(CreateError::NoImage) => Err(connect::no_image(&self.image_name)),
            Err(CreateError::Failed(error)) => Err(error),
        }
    }

    async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        container::remove_leftovers(&self.docker, &self.image.present().specification).await
    }
}
