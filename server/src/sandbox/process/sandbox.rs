//! One runner process as a sandbox.

use super::command::{START_DEADLINE, scratch_prefix};
use super::{Child, GroupLimits, Runner, watch};
use crate::sandbox::conversation::{self, Partner};
use crate::sandbox::judge::{self, Ending};
use crate::sandbox::wire::Wire;
use crate::sandbox::{Remains, Request, Sandbox, SandboxClass, SandboxError, Used};
use async_trait::async_trait;
use csv_analyst_protocol::limits::Resources;
use futures::future::BoxFuture;
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
        let child = runner.spawn(&arguments, &group_limits(&resources)).await?;
        let mut sandbox = Self {
            resources,
            watched: !child.has_group() && !runner.weakened.memory_watch,
            remains: ProcessRemains { child, scratch },
        };
        let ready = conversation::wait_until_ready(&mut sandbox, &runner.guards);
        match tokio::time::timeout(START_DEADLINE, ready).await {
            Ok(ready) => ready.map(|()| sandbox),
            Err(_) => Err(conversation::not_ready("in time")),
        }
    }
}

impl Partner for ProcessSandbox {
    fn wire(&mut self) -> &mut Wire {
        &mut self.remains.child.wire
    }

    fn resources(&self) -> Resources {
        self.resources
    }

    fn is_waiting(&mut self) -> bool {
        self.remains.child.is_waiting()
    }

    async fn ending(&mut self) -> Ending {
        self.remains.child.ending().await
    }

    fn exceeds(&self) -> BoxFuture<'static, SandboxError> {
        let watched = self.watched.then(|| self.remains.child.id());
        let memory_bytes = self.resources.memory_bytes;
        Box::pin(async move {
            watch::exceeds(watched, memory_bytes).await;
            judge::out_of_memory(memory_bytes)
        })
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
        let outcome = conversation::answer(&mut *self, &request, cancel).await;
        let remains = Box::new(self.remains);
        Used { outcome, remains }
    }

    fn give_up(self: Box<Self>) -> Box<dyn Remains> {
        Box::new(self.remains)
    }

    fn is_waiting(&mut self) -> bool {
        Partner::is_waiting(self)
    }

    fn wake(&mut self) {
        self.remains.child.wire.wake();
    }

    fn memory_bytes(&self) -> Option<u64> {
        watch::own_bytes(self.remains.child.id())
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
