//! Runs: one query's way through gate, queue and sandbox to its sealed record.
//!
//! Admission is bounded; every admitted run ends in exactly one terminal state and is sealed, whether
//! its client waits, goes away, or cancels, and also when the server was killed in the middle. It
//! refuses to know SQL or Docker: it asks the gate, and takes whatever provider it was given.

mod admission;
mod cache;
mod client;
mod execute;
mod journey;
mod limits;
mod live;
mod queue;
mod record;
mod recovery;
mod replay;
mod unsealed;

pub use admission::SubmitError;
pub use client::Client;
pub use execute::{ExecuteError, ExecuteFailure, FinishedExecution, run_in_sandbox};
pub use limits::requested_limits;
pub use live::RunHandle;
pub use replay::ReplayError;

use crate::capsules::{Store, StoreError};
use crate::config::{CacheConfig, QueueConfig};
use crate::datasets::ReadyDataset;
use crate::gate::Gate;
use crate::sandbox::Pool;
use admission::Admission;
use cache::ResultCache;
use csv_analyst_protocol::capsule::Verification;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::run::Run;
use journey::Journey;
use live::LiveRuns;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::task::TaskTracker;
use unsealed::Unsealed;

/// A query and what it may use.
pub struct Submission {
    pub query: UntrustedQuery,
    pub dataset: Arc<ReadyDataset>,
    pub limits: Limits,
    pub question: Option<String>,
    /// Whether a kept answer will do, and whether this one is to be kept.
    pub use_cache: bool,
    /// Clients take turns where runs have to wait.
    pub client: Client,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct RunService {
    inner: Arc<Inner>,
}

struct Inner {
    gate: Gate,
    pool: Arc<Pool>,
    store: Store,
    admission: Admission,
    live: LiveRuns,
    tasks: TaskTracker,
    queue: QueueConfig,
    unsealed: Unsealed,
    cache: ResultCache,
}

/// After the drain, cancelled runs get this long to be destroyed and sealed.
const CANCEL_GRACE: Duration = Duration::from_secs(5);

impl RunService {
    pub fn new(gate: Gate, pool: Arc<Pool>, store: Store, queue: QueueConfig, cache: CacheConfig) -> Self {
        let (admission, live, tasks) = (Admission::new(&queue), LiveRuns::default(), TaskTracker::new());
        Self {
            inner: Arc::new(Inner {
                gate,
                pool,
                store,
                admission,
                live,
                tasks,
                queue,
                unsealed: Unsealed::default(),
                cache: ResultCache::new(cache),
            }),
        }
    }

    /// Admits a run and sends it on its way; it goes on when the handle is dropped.
    pub fn submit(&self, submission: Submission) -> Result<RunHandle, SubmitError> {
        if self.inner.unsealed.is_full() {
            return Err(SubmitError::RecordUnwritable);
        }
        let admitted = self.inner.admission.admit()?;
        let class = submission.dataset.sandbox_class(&submission.limits);
        // While the gate looks at the query and the record is begun. Only what the gate makes of the query
        // shows whether an answer to it is kept, and then no sandbox was needed.
        self.inner.pool.announce(&class);
        let run = record::new_run(&submission);
        let (entry, handle) = self.inner.live.enter(run.clone());
        let journey = Journey::new(self.inner.clone(), entry, submission, run);
        self.inner.tasks.spawn(async move {
            journey.travel_to_the_end().await;
            drop(admitted);
        });
        Ok(handle)
    }

    /// A run as it is now.
    pub async fn get(&self, run_id: &str) -> Result<Option<Run>, StoreError> {
        match self.inner.live.handle(run_id) {
            Some(handle) => Ok(Some((*handle.latest()).clone())),
            None => self.inner.store.run(run_id).await,
        }
    }

    /// Asks a run to stop and waits until it has ended; a run that had ended already stays as it is.
    pub async fn cancel(&self, run_id: &str) -> Result<Option<Run>, StoreError> {
        match self.inner.live.cancel(run_id) {
            Some(handle) => Ok(Some((*handle.ended().await).clone())),
            None => self.inner.store.run(run_id).await,
        }
    }

    pub async fn verify(&self, run_id: &str) -> Result<Option<Verification>, StoreError> {
        self.inner.store.verify(run_id).await
    }

    /// When this returns, no power failure takes back that a run was admitted and let through.
    pub async fn persist(&self) -> Result<(), StoreError> {
        self.inner.store.persist().await
    }

    /// Whether the record takes what runs come to: it can be written, and nothing waits to be sealed.
    pub async fn is_recording(&self) -> bool {
        self.inner.unsealed.is_empty() && self.inner.store.is_writable().await
    }

    /// Runs that have not ended, and ended ones that are not sealed yet.
    pub fn unfinished(&self) -> usize {
        self.inner.live.len()
    }

    /// Stops admitting, lets running runs end, then cancels what is left; last, no sandbox is left.
    pub async fn shut_down(&self) {
        self.inner.admission.close();
        self.inner.tasks.close();
        self.drain().await;
        self.inner.pool.shut_down().await;
        let left = unsealed::seal_waiting(&self.inner).await;
        if left > 0 {
            tracing::error!(left, "runs could not be sealed and are left to the next start");
        }
    }

    async fn drain(&self) {
        let drain = Duration::from_millis(self.inner.queue.drain_ms);
        if tokio::time::timeout(drain, self.inner.tasks.wait()).await.is_ok() {
            return;
        }
        tracing::warn!(
            unfinished = self.unfinished(),
            "runs did not end in time and are cancelled"
        );
        self.inner.live.cancel_all();
        if tokio::time::timeout(CANCEL_GRACE, self.inner.tasks.wait())
            .await
            .is_err()
        {
            tracing::error!(unfinished = self.unfinished(), "runs are left to the next start");
        }
    }
}
