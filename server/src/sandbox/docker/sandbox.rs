//! One container as a sandbox.

use super::container::Container;
use super::specification::Specification;
use crate::gate::ValidatedQuery;
use crate::sandbox::wire::{Wire, WireError};
use crate::sandbox::{Execution, Sandbox, SandboxError, SandboxFailure, judge};
use async_trait::async_trait;
use bollard::Docker;
use bollard::models::ContainerCreateBody;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::runner::{GuardReport, READY_LINE};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A start takes about 300 ms, more on a machine that starts many.
const START_DEADLINE: Duration = Duration::from_secs(30);
const MAX_PROBE_BYTES: u64 = 64 << 10;

pub struct DockerSandbox {
    container: Container,
    wire: Wire,
    limits: Limits,
    used: bool,
}

impl DockerSandbox {
    pub async fn start(
        docker: &Docker,
        body: ContainerCreateBody,
        limits: Limits,
    ) -> Result<Self, SandboxError> {
        let starting = async {
            let container = Container::create(docker, body).await?;
            let wire = container.start().await?;
            let mut sandbox = Self {
                container,
                wire,
                limits,
                used: false,
            };
            sandbox.wait_until_ready().await?;
            Ok(sandbox)
        };
        match tokio::time::timeout(START_DEADLINE, starting).await {
            Ok(started) => started,
            Err(_) => Err(SandboxError::broken("the container did not get ready", "in time")),
        }
    }

    async fn wait_until_ready(&mut self) -> Result<(), SandboxError> {
        match self.wire.receive(READY_LINE.len() as u64 + 1).await {
            Ok(line) if line == READY_LINE.as_bytes() => Ok(()),
            Ok(_) => Err(SandboxError::broken(
                "the runner did not get ready",
                "another line",
            )),
            Err(_) => Err(self.ended().await),
        }
    }

    async fn converse(&mut self, request: &[u8], run_id: &str) -> Result<Execution, SandboxError> {
        let received = match self.wire.send(request).await {
            Ok(()) => self.wire.receive(judge::answer_limit(&self.limits)).await,
            Err(error) => Err(error),
        };
        match received {
            Ok(line) => judge::answer(&line, run_id, &self.limits),
            Err(WireError::Closed | WireError::Broken(_)) => Err(self.ended().await),
            Err(error) => Err(judge::broken_wire(&error)),
        }
    }

    async fn ended(&mut self) -> SandboxError {
        let ending = self.container.ending().await;
        judge::ending(ending, &self.wire.stderr(), &self.limits)
    }
}

#[async_trait]
impl Sandbox for DockerSandbox {
    async fn execute(
        &mut self,
        query: &ValidatedQuery,
        run_id: &str,
        cancel: &CancellationToken,
    ) -> Result<Execution, SandboxError> {
        if std::mem::replace(&mut self.used, true) {
            return Err(SandboxFailure::AlreadyUsed.into());
        }
        let request = judge::request(query, run_id, &self.limits)?;
        let timeout_ms = self.limits.timeout_ms;
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(SandboxFailure::Cancelled.into()),
            answered = self.converse(&request, run_id) => answered,
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

    async fn destroy(self: Box<Self>) -> Result<(), SandboxError> {
        self.container.remove().await
    }
}

/// Which guards a runner can put up inside a container.
pub async fn probe(docker: &Docker, specification: &Specification) -> Result<GuardReport, SandboxError> {
    let container = Container::create(docker, specification.probe()).await?;
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
