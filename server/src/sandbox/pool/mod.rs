//! Sandboxes that are started before anybody asks: one pool over any provider.
//!
//! A run takes one that waits, uses it once, and leaves its remains to the pool, which destroys them
//! behind the answer and starts another. Where none waits, the run waits for a start of its own, or
//! for one that is under way already. The pool never looks into a sandbox and never gives one out
//! twice: using one consumes it, and there is no way to put one back.

mod demand;
mod keeper;
mod lease;
mod memory;
mod settings;
mod shelf;
mod shelves;
mod status;
#[cfg(test)]
mod tests;
mod undertaker;

pub use lease::{Left, Taken};
pub use settings::PoolSettings;

use super::{Sandbox, SandboxClass, SandboxError, SandboxKind, SandboxProvider};
use async_trait::async_trait;
use csv_analyst_protocol::api::PoolStatus;
use csv_analyst_protocol::run::{SandboxReport, SandboxStart};
use keeper::stopping;
use lease::Lease;
use shelves::{Shelves, Take};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;

/// What is still being destroyed at a stop gets this long.
const STOP_DEADLINE: Duration = Duration::from_secs(15);

pub struct Pool {
    inner: Arc<Inner>,
    /// Ends the keeper when nobody holds the pool any more.
    _stop: DropGuard,
}

pub struct Inner {
    provider: Arc<dyn SandboxProvider>,
    enabled: bool,
    shelves: Mutex<Shelves>,
    /// Something has changed that the keeper should look at.
    work: Notify,
    stop: CancellationToken,
    /// Starts, and ends of sandboxes.
    tasks: TaskTracker,
    /// Sandboxes that have answered, and take no run's place any more.
    leaving: Arc<Semaphore>,
}

/// Why a sandbox was destroyed unused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It ended by itself.
    Ended,
    /// It waited longer than demand asked for.
    Idle,
    /// Others needed its memory more.
    Memory,
    /// Its dataset's version is gone.
    Forgotten,
    /// Nobody waited for it any more.
    Unwanted,
    /// The service stops.
    Stop,
}

impl Reason {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Idle => "idle",
            Self::Memory => "memory",
            Self::Forgotten => "forgotten",
            Self::Unwanted => "unwanted",
            Self::Stop => "stop",
        }
    }
}

impl Pool {
    /// Inside a runtime, which keeps it.
    pub fn new(provider: Arc<dyn SandboxProvider>, settings: PoolSettings) -> Self {
        let stop = CancellationToken::new();
        let inner = Arc::new(Inner {
            provider,
            enabled: settings.enabled,
            shelves: Mutex::new(Shelves::new(settings)),
            work: Notify::new(),
            stop: stop.clone(),
            tasks: TaskTracker::new(),
            leaving: Arc::new(Semaphore::new(settings.max_leaving)),
        });
        if settings.enabled {
            tokio::spawn(keeper::keep(inner.clone()));
        }
        Self {
            inner,
            _stop: stop.drop_guard(),
        }
    }

    /// From now on the least number of sandboxes waits for this class, and none for what the dataset
    /// of this name was before; runs that have one of those go on.
    pub fn expect(&self, dataset: &str, class: &SandboxClass) {
        if !self.inner.enabled {
            return;
        }
        let forgotten = self.inner.shelves().expect(dataset, class, Instant::now());
        for sandbox in forgotten {
            self.inner.retire(sandbox, Reason::Forgotten);
        }
        self.inner.wake();
    }

    /// A run is on its way: the sandbox that it would take now is woken, unless others keep the processors
    /// awake. The run may still be refused, or take another.
    pub fn announce(&self, class: &SandboxClass) {
        if let Some(shelf) = self.inner.shelves().by_class.get_mut(class) {
            shelf.wake_next();
        }
    }

    /// One for a run: one that waits, or else one that is started now.
    pub async fn take(&self, class: &SandboxClass) -> Result<Taken, SandboxError> {
        let taken = match self.inner.enabled {
            true => self.take_or_wait(class).await?,
            false => {
                let sandbox = self.inner.provider.start(class).await?;
                self.taken(class, sandbox, SandboxStart::Cold)
            }
        };
        let outcome = taken.start().as_str();
        metrics::counter!("csv_analyst_pool_takes_total", "outcome" => outcome).increment(1);
        Ok(taken)
    }

    async fn take_or_wait(&self, class: &SandboxClass) -> Result<Taken, SandboxError> {
        let (waiter, started) = oneshot::channel();
        let (take, ended) = self.inner.shelves().take(class, waiter, Instant::now());
        for sandbox in ended {
            self.inner.retire(sandbox, Reason::Ended);
        }
        match take {
            Take::Warm(sandbox) => Ok(self.taken(class, sandbox, SandboxStart::Warm)),
            Take::Closed => Err(stopping()),
            Take::Waits(start) => {
                if start {
                    self.inner.start(class.clone());
                }
                started.await.unwrap_or_else(|_| Err(stopping()))
            }
        }
    }

    fn taken(&self, class: &SandboxClass, sandbox: Box<dyn Sandbox>, start: SandboxStart) -> Taken {
        Taken::new(Lease::new(&self.inner, class), sandbox, start)
    }

    pub fn status(&self) -> PoolStatus {
        self.inner.status()
    }

    /// Gives nothing out any more, ends what waits, and returns when everything is destroyed.
    pub async fn shut_down(&self) {
        self.inner.stop.cancel();
        let idle = self.inner.shelves().close();
        for sandbox in idle {
            self.inner.retire(sandbox, Reason::Stop);
        }
        self.inner.tasks.close();
        let destroyed = tokio::time::timeout(STOP_DEADLINE, self.inner.tasks.wait()).await;
        if destroyed.is_err() {
            let left = self.inner.tasks.len();
            tracing::error!(
                left,
                "sandboxes could not be destroyed and are left to the next start"
            );
        }
        self.inner.gauge();
    }
}

impl Inner {
    /// Each use leaves the state whole, so a panic elsewhere does no harm to it.
    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wake(&self) {
        self.work.notify_one();
    }

    fn in_use(&self, class: &SandboxClass, change: impl FnOnce(usize) -> usize) {
        let now = Instant::now();
        let mut shelves = self.shelves();
        let shelf = shelves.shelf(class, now);
        shelf.in_use = change(shelf.in_use);
        if shelf.is_empty(now) {
            shelves.by_class.remove(class);
        }
    }
}

/// What asks for a sandbox and not for a pool gets what waits, too.
#[async_trait]
impl SandboxProvider for Pool {
    fn kind(&self) -> SandboxKind {
        self.inner.provider.kind()
    }

    fn report(&self) -> SandboxReport {
        self.inner.provider.report()
    }

    fn missing_guards(&self) -> Vec<String> {
        self.inner.provider.missing_guards()
    }

    async fn start(&self, class: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError> {
        Ok(self.take(class).await?.into_sandbox())
    }

    async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        self.inner.provider.remove_leftovers().await
    }

    async fn keep_snapshots(&self, files: &[PathBuf]) -> Result<(), SandboxError> {
        self.inner.provider.keep_snapshots(files).await
    }
}
