//! One pod as a sandbox.

use super::cluster::{Cluster, Job};
use super::workload::Workload;
use crate::sandbox::conversation::{self, Partner};
use crate::sandbox::judge::Ending;
use crate::sandbox::wire::Wire;
use crate::sandbox::{Remains, Request, Sandbox, SandboxError, SandboxFailure, Used};
use async_trait::async_trait;
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::GuardReport;
use std::time::Duration;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub struct KubernetesSandbox {
    remains: PodRemains,
    resources: Resources,
    /// Its pod's own deadline would come too near after that.
    stale_at: Instant,
}

pub struct PodRemains {
    workload: Workload,
    wire: Wire,
}

pub struct Times {
    pub start_deadline: Duration,
    pub max_waiting: Duration,
}

impl KubernetesSandbox {
    pub async fn start(
        cluster: &Cluster,
        job: Job,
        resources: Resources,
        guards: &GuardReport,
        times: &Times,
    ) -> Result<Self, SandboxError> {
        let deadline = Instant::now() + times.start_deadline;
        let remains = greeted(cluster, job, deadline).await?;
        let mut sandbox = Self {
            remains,
            resources,
            stale_at: deadline + times.max_waiting,
        };
        let ready = conversation::wait_until_ready(&mut sandbox, guards);
        match tokio::time::timeout_at(deadline, ready).await {
            Ok(ready) => ready.map(|()| sandbox),
            Err(_) => Err(conversation::not_ready("in time")),
        }
    }
}

/// A runner that runs and may speak.
async fn greeted(cluster: &Cluster, job: Job, deadline: Instant) -> Result<PodRemains, SandboxError> {
    let mut workload = Workload::create(cluster, job).await?;
    let mut wire = workload.start(deadline).await?;
    // One that has ended meanwhile is found out by its silence.
    let _ = wire.send(b"").await;
    Ok(PodRemains { workload, wire })
}

/// What a runner says of the guards that hold in the cluster, and the image that it is of.
pub async fn probe(
    cluster: &Cluster,
    job: Job,
    patience: Duration,
) -> Result<(GuardReport, Option<String>), SandboxError> {
    let deadline = Instant::now() + patience;
    let mut remains = greeted(cluster, job, deadline).await?;
    let report = conversation::guards(&mut remains.wire, patience).await;
    let image = remains.workload.image_id();
    let stderr = remains.wire.stderr();
    let removed = remains.destroy().await;
    if let Err(error) = removed {
        tracing::warn!(%error, "the probe is left to the janitor");
    }
    let report = report.ok_or_else(|| {
        tracing::error!(stderr, "the runner does not start in its pod");
        SandboxError::unavailable("the runner image does not start: is sandbox.kubernetes.image a runner?")
    })?;
    Ok((report, image))
}

impl Partner for KubernetesSandbox {
    fn wire(&mut self) -> &mut Wire {
        &mut self.remains.wire
    }

    fn resources(&self) -> Resources {
        self.resources
    }

    fn is_waiting(&mut self) -> bool {
        Instant::now() < self.stale_at && self.remains.workload.is_running() && self.remains.wire.is_quiet()
    }

    async fn ending(&mut self) -> Ending {
        self.remains.workload.ending().await
    }
}

#[async_trait]
impl Sandbox for KubernetesSandbox {
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
        self.remains.wire.wake();
    }

    /// It can't be seen. Counted like any other, so that the pool's budget leaves room in the namespace's
    /// quota for runs that start their own.
    fn memory_bytes(&self) -> Option<u64> {
        None
    }
}

#[async_trait]
impl Remains for PodRemains {
    async fn destroy(&mut self) -> Result<(), SandboxError> {
        self.workload.remove(Some(&mut self.wire)).await
    }
}

/// The snapshot in the claim is gone or broken: the runner could not open it.
pub fn lost_its_snapshot(error: &SandboxError) -> bool {
    error.failure == SandboxFailure::Broken(crate::sandbox::judge::NO_SNAPSHOT)
}
