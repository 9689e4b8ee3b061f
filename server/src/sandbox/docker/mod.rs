//! Sandboxes as Docker containers: no network, no capability, read-only, nameless, one run each.
//!
//! Whoever may talk to the daemon is root on its machine; the server does, a runner never can. The
//! runner still locks itself down inside, as far as the container lets it.

mod connect;
mod container;
mod owner;
mod sandbox;
mod specification;

use super::{Sandbox, SandboxClass, SandboxError, SandboxKind, SandboxProvider, SandboxSettings};
use async_trait::async_trait;
use bollard::Docker;
use csv_analyst_protocol::run::SandboxReport;
use csv_analyst_protocol::runner::GuardReport;
use sandbox::DockerSandbox;
use specification::Specification;

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
    specification: Specification,
    /// Content address of the image.
    image_id: String,
    guards: GuardReport,
}

impl DockerProvider {
    /// Finds daemon and image, and asks a runner in a container which guards hold.
    pub async fn open(settings: &SandboxSettings) -> Result<Self, SandboxError> {
        let docker = connect::connect(&settings.docker).await?;
        let image_id = connect::image_id(&docker, &settings.docker.image).await?;
        // The tag could move; the content can't.
        let specification = Specification::new(settings, &image_id);
        let guards = sandbox::probe(&docker, &specification).await?;
        Ok(Self {
            docker,
            specification,
            image_id,
            guards,
        })
    }
}

#[async_trait]
impl SandboxProvider for DockerProvider {
    fn kind(&self) -> SandboxKind {
        SandboxKind::Docker
    }

    fn report(&self) -> SandboxReport {
        let of_container = CONTAINER_GUARDS.iter().map(|guard| guard.to_string());
        SandboxReport {
            kind: SandboxKind::Docker.as_str().into(),
            image: Some(self.image_id.clone()),
            guards: of_container.chain(self.guards.in_force.iter().cloned()).collect(),
            ..SandboxReport::default()
        }
    }

    fn missing_guards(&self) -> Vec<String> {
        let given = |guard: &&String| !GIVEN_BY_CONTAINER.contains(&guard.as_str());
        self.guards.missing.iter().filter(given).cloned().collect()
    }

    async fn start(&self, class: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError> {
        let body = self.specification.serve(class, &self.guards);
        Ok(Box::new(
            DockerSandbox::start(&self.docker, body, class.resources).await?,
        ))
    }

    async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        container::remove_leftovers(&self.docker, &self.specification).await
    }
}
