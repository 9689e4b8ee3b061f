//! One container as a sandbox.

use super::container::{Container, CreateError};
use super::janitor::Janitor;
use super::specification::Specification;
use crate::sandbox::conversation::{self, Partner};
use crate::sandbox::judge::Ending;
use crate::sandbox::wire::Wire;
use crate::sandbox::{Remains, Request, Sandbox, SandboxError, Used};
use async_trait::async_trait;
use bollard::Docker;
use bollard::models::ContainerCreateBody;
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::GuardReport;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A start takes about 300 ms, more on a machine that starts many.
const START_DEADLINE: Duration = Duration::from_secs(30);

pub struct DockerSandbox {
    container: Container,
    wire: Wire,
    resources: Resources,
}

impl DockerSandbox {
    pub async fn start(
        docker: &Docker,
        janitor: &Janitor,
        body: ContainerCreateBody,
        resources: Resources,
        guards: &GuardReport,
    ) -> Result<Self, CreateError> {
        let starting = async {
            let container = Container::create(docker, janitor, body).await?;
            let wire = container.start().await?;
            let mut sandbox = Self {
                container,
                wire,
                resources,
            };
            conversation::wait_until_ready(&mut sandbox, guards).await?;
            Ok(sandbox)
        };
        match tokio::time::timeout(START_DEADLINE, starting).await {
            Ok(started) => started,
            Err(_) => Err(SandboxError::broken("the container did not get ready", "in time").into()),
        }
    }
}

impl Partner for DockerSandbox {
    fn wire(&mut self) -> &mut Wire {
        &mut self.wire
    }

    fn resources(&self) -> Resources {
        self.resources
    }

    async fn ending(&mut self) -> Ending {
        self.container.ending().await
    }
}

#[async_trait]
impl Sandbox for DockerSandbox {
    async fn execute(mut self: Box<Self>, request: Request<'_>, cancel: &CancellationToken) -> Used {
        let outcome = conversation::answer(&mut *self, &request, cancel).await;
        let remains = Box::new(self.container);
        Used { outcome, remains }
    }

    fn give_up(self: Box<Self>) -> Box<dyn Remains> {
        Box::new(self.container)
    }

    fn is_waiting(&mut self) -> bool {
        Partner::is_waiting(self)
    }

    fn wake(&mut self) {
        self.wire.wake();
    }

    /// The daemon may be on another machine, and asking it for each container is slow.
    fn memory_bytes(&self) -> Option<u64> {
        None
    }
}

#[async_trait]
impl Remains for Container {
    async fn destroy(&mut self) -> Result<(), SandboxError> {
        self.remove().await
    }
}

/// Which guards a runner can put up inside a container.
pub async fn probe(
    docker: &Docker,
    janitor: &Janitor,
    specification: &Specification,
) -> Result<GuardReport, SandboxError> {
    let created = Container::create(docker, janitor, specification.probe()).await;
    let mut container = created.map_err(|error| match error {
        CreateError::NoImage => SandboxError::unavailable("the runner image was removed just now"),
        CreateError::Failed(error) => error,
    })?;
    let mut wire = container.start().await?;
    let report = conversation::guards(&mut wire, START_DEADLINE).await;
    let stderr = wire.stderr();
    container.remove().await?;
    report.ok_or_else(|| {
        tracing::error!(stderr, "the runner does not start in its container");
        SandboxError::unavailable(
            "the runner image does not start: make it anew with `cargo xtask images runner`",
        )
    })
}
