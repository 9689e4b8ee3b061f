//! One runner process as a sandbox.

use super::command::{START_DEADLINE, scratch_prefix};
use super::{Child, GroupLimits, Runner, watch};
use crate::sandbox::wire::WireError;
use crate::sandbox::{
    Execution, Remains, Request, Sandbox, SandboxClass, SandboxError, SandboxFailure, Used, judge,
};
use async_trait::async_trait;
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::READY_LINE;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub struct ProcessSandbox {
    resources: Resources,
    /// Nothing in the kernel holds its memory.
    watched: bool,
    remains: ProcessRemains,
}

pub struct ProcessRemains {
    child: Child,
    /// Dropped after the child, which is declared first.
    scratch: Option<TempDir>,
}

impl ProcessSandbox {
    pub async fn start(runner: &Runner, class: &SandboxClass) -> Result<Self, SandboxError> {
        let resources = class.resources;
        let scratch = scratch(runner, &resources)?;
        let arguments = runner.serve_arguments(class, scratch.as_ref().map(TempDir::path));
        let child = runner.spawn(&arguments, &group_limits(&resources))?;
        let mut sandbox = Self {
            resources,
            watched: !child.has_group() && !runner.weakened.memory_watch,
            remains: ProcessRemains { child, scratch },
        };
        sandbox.wait_until_ready().await?;
        Ok(sandbox)
    }

    async fn wait_until_ready(&mut self) -> Result<(), SandboxError> {
        let line = self.remains.child.wire.receive(READY_LINE.len() as u64 + 1);
        match tokio::time::timeout(START_DEADLINE, line).await {
            Ok(Ok(line)) if line == READY_LINE.as_bytes() => Ok(()),
            Ok(Ok(_)) => Err(SandboxError::broken(
                "the runner did not get ready",
                "another line",
            )),
            Ok(Err(_)) => {
                let error = self.ended(0).await;
                Err(error.with_stderr(self.remains.child.wire.stderr()))
            }
            Err(_) => Err(SandboxError::broken("the runner did not get ready", "in time")),
        }
    }

    async fn converse(&mut self, request: &Request<'_>) -> Result<Execution, SandboxError> {
        if !self.is_waiting() {
            return Err(SandboxFailure::GoneBefore.into());
        }
        let line = judge::request(request)?;
        let wire = &mut self.remains.child.wire;
        let received = match wire.send(&line).await {
            Ok(()) => wire.receive(judge::answer_limit(request.limits)).await,
            Err(error) => Err(error),
        };
        match received {
            Ok(line) => judge::answer(&line, request.run_id, request.limits),
            Err(WireError::Closed | WireError::Broken(_)) => Err(self.ended(request.limits.timeout_ms).await),
            Err(error) => Err(judge::broken_wire(&error)),
        }
    }

    async fn ended(&mut self, timeout_ms: u64) -> SandboxError {
        let ending = self.remains.child.ending().await;
        let stderr = self.remains.child.wire.stderr();
        judge::ending(ending, &stderr, self.resources.memory_bytes, timeout_ms)
    }

    async fn answer(
        &mut self,
        request: &Request<'_>,
        cancel: &CancellationToken,
    ) -> Result<Execution, SandboxError> {
        let child = &self.remains.child;
        let watched = self.watched.then(|| child.id());
        let memory_bytes = self.resources.memory_bytes;
        let timeout_ms = request.limits.timeout_ms;
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(SandboxFailure::Cancelled.into()),
            answered = self.converse(request) => answered,
            () = watch::exceeds(watched, memory_bytes) => Err(judge::out_of_memory(memory_bytes)),
            () = tokio::time::sleep(Duration::from_millis(timeout_ms)) => {
                Err(SandboxFailure::TimedOut { timeout_ms }.into())
            }
        };
        let stderr = self.remains.child.wire.stderr();
        match outcome {
            Ok(execution) => Ok(Execution { stderr, ..execution }),
            Err(error) => Err(error.with_stderr(stderr)),
        }
    }
}

fn group_limits(resources: &Resources) -> GroupLimits {
    GroupLimits {
        memory_bytes: resources.memory_bytes,
        processes: resources.max_processes,
        cpu_millis: Some(resources.cpu_millis),
    }
}

/// Under the mount namespace it is an empty mount point, otherwise the real place of spill files.
fn scratch(runner: &Runner, resources: &Resources) -> Result<Option<TempDir>, SandboxError> {
    if resources.scratch_bytes == 0 {
        return Ok(None);
    }
    let prefix = scratch_prefix(&runner.process_label());
    let folder = tempfile::Builder::new().prefix(&prefix).tempdir();
    folder
        .map(Some)
        .map_err(|error| SandboxError::broken("no scratch folder can be made", error))
}

#[async_trait]
impl Sandbox for ProcessSandbox {
    async fn execute(mut self: Box<Self>, request: Request<'_>, cancel: &CancellationToken) -> Used {
        let outcome = self.answer(&request, cancel).await;
        let remains = Box::new(self.remains);
        Used { outcome, remains }
    }

    fn give_up(self: Box<Self>) -> Box<dyn Remains> {
        Box::new(self.remains)
    }

    fn is_waiting(&mut self) -> bool {
        self.remains.child.is_waiting()
    }

    fn memory_bytes(&self) -> Option<u64> {
        Some(watch::own_bytes(self.remains.child.id()))
    }
}

#[async_trait]
impl Remains for ProcessRemains {
    async fn destroy(&mut self) -> Result<(), SandboxError> {
        self.child.destroy().await?;
        match self.scratch.take().map(TempDir::close) {
            Some(Err(error)) => Err(SandboxError::broken("the scratch folder can't be removed", error)),
            Some(Ok(())) | None => Ok(()),
        }
    }
}
