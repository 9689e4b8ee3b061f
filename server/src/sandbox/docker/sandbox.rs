//! One container as a sandbox.

use super::container::{Container, CreateError};
use super::janitor::Janitor;
use super::specification::Specification;
use crate::sandbox::wire::{Wire, WireError};
use crate::sandbox::{Execution, Remains, Request, Sandbox, SandboxError, SandboxFailure, Used, judge};
use async_trait::async_trait;
use bollard::Docker;
use bollard::models::ContainerCreateBody;
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::{GuardReport, READY_LINE};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A start takes about 300 ms, more on a machine that starts many.
const START_DEADLINE: Duration = Duration::from_secs(30);
const MAX_PROBE_BYTES: u64 = 64 << 10;

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
    ) -> Result<Self, CreateError> {
        let starting = async {
            let container = Container::create(docker, janitor, body).await?;
            let wire = container.start().await?;
            let mut sandbox = Self {
                container,
                wire,
                resources,
            };
            sandbox.wait_until_ready().await?;
            Ok(sandbox)
        };
        match tokio::time::timeout(START_DEADLINE, starting).await {
            Ok(started) => started,
            Err(_) => Err(SandboxError::broken("the container did not get ready", "in time").into()),
        }
    }

    async fn wait_until_ready(&mut self) -> Result<(), SandboxError> {
        match self.wire.receive(READY_LINE.len() as u64 + 1).await {
            Ok(line) if line == READY_LINE.as_bytes() => Ok(()),
            Ok(_) => Err(SandboxError::broken(
                "the runner did not get ready",
                "another line",
            )),
            Err(_) => Err(self.ended(0).await),
        }
    }

    async fn converse(&mut self, request: &Request<'_>) -> Result<Execution, SandboxError> {
        if !self.is_waiting() {
            return Err(SandboxFailure::GoneBefore.into());
        }
        let line = judge::request(request)?;
        let received = match self.wire.send(&line).await {
            Ok(()) => self.wire.receive(judge::answer_limit(request.limits)).await,
            Err(error) => Err(error),
        };
        match received {
            Ok(line) => judge::answer(&line, request.run_id, request.limits),
            Err(WireError::Closed | WireError::Broken(_)) => Err(self.ended(request.limits.timeout_ms).await),
            Err(error) => Err(judge::broken_wire(&error)),
        }
    }

    async fn ended(&mut self, timeout_ms: u64) -> SandboxError {
        let ending = self.container.ending().await;
        let stderr = self.wire.stderr();
        judge::ending(ending, &stderr, self.resources.memory_bytes, timeout_ms)
    }

    async fn answer(
        &mut self,
        request: &Request<'_>,
        cancel: &CancellationToken,
    ) -> Result<Execution, SandboxError> {
        let timeout_ms = request.limits.timeout_ms;
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(SandboxFailure::Cancelled.into()),
            answered = self.converse(request) => answered,
            () = tokio::time::sleep(Duration::from_millis(timeout_ms)) => {
                Err(SandboxFailure::TimedOut { timeout_ms }.into())
            }
        };
        let stderr = self.wire.stderr();
        match outcome {
            Ok(execution) => Ok(Execution { stderr, ..execution }),
            Err(error) => Err(error.with_stderr(stderr)),
        }
    }
}

#[async_trait]
impl Sandbox for DockerSandbox {
    async fn execute(mut self: Box<Self>, request: Request<'_>, cancel: &CancellationToken) -> Used {
        let outcome = self.answer(&request, cancel).await;
        let remains = Box::new(self.container);
        Used { outcome, remains }
    }

    fn give_up(self: Box<Self>) -> Box<dyn Remains> {
        Box::new(self.container)
    }

    fn is_waiting(&mut self) -> bool {
        self.wire.is_quiet()
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
    let line = tokio::time::timeout(START_DEADLINE, wire.receive(MAX_PROBE_BYTES)).await;
    let report = line
        .ok()
        .and_then(Result::ok)
        .and_then(|line| serde_json::from_slice(&line).ok());
    let stderr = wire.stderr();
    container.remove().await?;
    report.ok_or_else(|| {
        tracing::error!(stderr, "the runner does not start in its container");
        SandboxError::unavailable("the runner image does not start: make it anew with `cargo xtask images`")
    })
}
