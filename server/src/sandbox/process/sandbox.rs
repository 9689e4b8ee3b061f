//! One runner process as a sandbox.

use super::command::{START_DEADLINE, scratch_prefix};
use super::{Child, GroupLimits, Runner, watch};
use crate::gate::ValidatedQuery;
use crate::sandbox::{Execution, Sandbox, SandboxClass, SandboxError, SandboxFailure, judge};
use async_trait::async_trait;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::runner::READY_LINE;
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub struct ProcessSandbox {
    child: Child,
    limits: Limits,
    used: bool,
    /// Dropped after the child, which is declared first.
    scratch: Option<TempDir>,
}

impl ProcessSandbox {
    pub async fn start(runner: &Runner, class: &SandboxClass) -> Result<Self, SandboxError> {
        let scratch = scratch(runner, &class.limits)?;
        let arguments = runner.serve_arguments(class, scratch.as_ref().map(TempDir::path));
        let child = runner.spawn(&arguments, &group_limits(&class.limits))?;
        let mut sandbox = Self {
            child,
            limits: class.limits,
            used: false,
            scratch,
        };
        sandbox.wait_until_ready().await?;
        Ok(sandbox)
    }

    async fn wait_until_ready(&mut self) -> Result<(), SandboxError> {
        let line = self.child.wire.receive(READY_LINE.len() as u64 + 1);
        match tokio::time::timeout(START_DEADLINE, line).await {
            Ok(Ok(line)) if line == READY_LINE.as_bytes() => Ok(()),
            Ok(Ok(_)) => Err(SandboxError::broken(
                "the runner did not get ready",
                "another line",
            )),
            Ok(Err(_)) => {
                let ending = self.child.ending().await;
                let stderr = self.child.wire.stderr();
                Err(judge::ending(ending, &stderr, &self.limits).with_stderr(stderr))
            }
            Err(_) => Err(SandboxError::broken("the runner did not get ready", "in time")),
        }
    }

    async fn converse(&mut self, request: &[u8], run_id: &str) -> Result<Execution, SandboxError> {
        // A runner that died while waiting shows in its answer, not in the writing.
        let sent = self.child.wire.send(request).await;
        let received = match sent {
            Ok(()) => self.child.wire.receive(judge::answer_limit(&self.limits)).await,
            Err(error) => Err(error),
        };
        match received {
            Ok(line) => judge::answer(&line, run_id, &self.limits),
            Err(crate::sandbox::wire::WireError::Closed | crate::sandbox::wire::WireError::Broken(_)) => {
                let ending = self.child.ending().await;
                Err(judge::ending(ending, &self.child.wire.stderr(), &self.limits))
            }
            Err(error) => Err(judge::broken_wire(&error)),
        }
    }
}

fn group_limits(limits: &Limits) -> GroupLimits {
    GroupLimits {
        memory_bytes: limits.memory_bytes,
        processes: limits.max_processes,
        cpu_millis: Some(limits.cpu_millis),
    }
}

/// Under the mount namespace it is an empty mount point, otherwise the real place of spill files.
fn scratch(runner: &Runner, limits: &Limits) -> Result<Option<TempDir>, SandboxError> {
    if limits.scratch_bytes == 0 {
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
        let limits = self.limits;
        let watched = (!self.child.has_group()).then(|| self.child.id());
        let outcome = tokio::select! {
            biased;
            () = cancel.cancelled() => Err(SandboxFailure::Cancelled.into()),
            answered = self.converse(&request, run_id) => answered,
            () = watch::exceeds(watched, limits.memory_bytes) => Err(judge::out_of_memory(&limits)),
            () = tokio::time::sleep(Duration::from_millis(limits.timeout_ms)) => {
                Err(SandboxFailure::TimedOut { timeout_ms: limits.timeout_ms }.into())
            }
        };
        let stderr = self.child.wire.stderr();
        match outcome {
            Ok(execution) => Ok(Execution { stderr, ..execution }),
            Err(error) => Err(error.with_stderr(stderr)),
        }
    }

    async fn destroy(self: Box<Self>) -> Result<(), SandboxError> {
        let Self { child, scratch, .. } = *self;
        child.destroy().await?;
        match scratch.map(TempDir::close) {
            Some(Err(error)) => Err(SandboxError::broken("the scratch folder can't be removed", error)),
            Some(Ok(())) | None => Ok(()),
        }
    }
}
