//! The work behind the pool: starts sandboxes ahead, hands them to whoever waits, retires them.

use super::lease::{Lease, Taken};
use super::shelf::Failed;
use super::shelves::Started;
use super::{Inner, Reason, memory};
use crate::sandbox::{Sandbox, SandboxClass, SandboxError};
use csv_analyst_protocol::run::SandboxStart;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often everything is looked at when nothing happens.
const LOOK: Duration = Duration::from_millis(500);

/// A run that has used up a sandbox is not answered yet: starting the next one takes a processor, and
/// copying this process for it stops all of its threads for milliseconds. So the run goes first. A run
/// that finds nothing waits for no keeper.
const BREATH: Duration = Duration::from_millis(20);

pub async fn keep(pool: Arc<Inner>) {
    loop {
        tokio::select! {
            biased;
            () = pool.stop.cancelled() => return,
            () = pool.work.notified() => tokio::time::sleep(BREATH).await,
            () = tokio::time::sleep(LOOK) => {}
        }
        pool.tend();
    }
}

impl Inner {
    fn tend(self: &Arc<Self>) {
        // Read before the shelves are locked: runs take from them.
        let available_bytes = memory::available_bytes();
        let work = self.shelves().look(Instant::now(), available_bytes);
        for (sandbox, reason) in work.retire {
            self.retire(sandbox, reason);
        }
        for class in work.start {
            self.start(class);
        }
        self.gauge();
    }

    pub fn retire(self: &Arc<Self>, sandbox: Box<dyn Sandbox>, reason: Reason) {
        metrics::counter!("csv_analyst_pool_retired_total", "reason" => reason.as_str()).increment(1);
        if reason == Reason::Ended {
            tracing::warn!("a sandbox ended while it waited for a query; another takes its place");
        }
        self.bury(sandbox.give_up(), ());
    }

    /// In a task of its own, so that a run which no longer waits for it does not stop it: it waits on
    /// the shelf then. It has been counted as starting.
    pub fn start(self: &Arc<Self>, class: SandboxClass) {
        let pool = self.clone();
        self.tasks.spawn(async move {
            let began = Instant::now();
            let starting = AssertUnwindSafe(pool.provider.start(&class)).catch_unwind();
            let outcome = tokio::select! {
                biased;
                // Dropping the start leaves nothing behind.
                () = pool.stop.cancelled() => Err(stopping()),
                outcome = starting => outcome.unwrap_or_else(|_| {
                    Err(SandboxError::broken("the sandbox can't be started", "it panicked"))
                }),
            };
            match outcome {
                Ok(sandbox) => pool.started(&class, sandbox, began.elapsed()),
                Err(error) => pool.failed(&class, &error),
            }
            pool.wake();
        });
    }

    /// Past those who have gone away meanwhile.
    fn started(self: &Arc<Self>, class: &SandboxClass, sandbox: Box<dyn Sandbox>, took: Duration) {
        metrics::histogram!("csv_analyst_pool_start_seconds").record(took.as_secs_f64());
        let mut next = self.shelves().started(class, sandbox, took, Instant::now());
        loop {
            next = match next {
                Started::Shelved => return,
                Started::Unwanted(sandbox) => return self.retire(sandbox, Reason::Unwanted),
                Started::For(waiter, sandbox) => {
                    let taken = Taken::new(Lease::new(self, class), sandbox, SandboxStart::Cold);
                    match waiter.send(Ok(taken)) {
                        Ok(()) | Err(Err(_)) => return,
                        Err(Ok(taken)) => self.shelves().offer(class, taken.into_sandbox(), Instant::now()),
                    }
                }
            }
        }
    }

    fn failed(self: &Arc<Self>, class: &SandboxClass, error: &SandboxError) {
        metrics::counter!("csv_analyst_pool_start_failures_total").increment(1);
        let failed = self.shelves().failed(class, error, Instant::now());
        match failed {
            Failed::Nothing => {}
            Failed::Again => self.start(class.clone()),
            Failed::For(waiter) => {
                // Whoever waited may have gone away.
                let _ = waiter.send(Err(error.clone()));
            }
        }
    }
}

pub fn stopping() -> SandboxError {
    SandboxError::unavailable("the service is shutting down")
}
