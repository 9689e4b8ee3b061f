//! Runs that have not ended: what is known of each, who watches, and how to stop it.

use csv_analyst_protocol::run::Run;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// The traveller's side: publishes what happens to the run.
pub struct LiveEntry {
    run_id: String,
    updates: watch::Sender<Arc<Run>>,
    pub cancel: CancellationToken,
    register: Register,
}

/// The watcher's side. Dropping it changes nothing for the run.
#[derive(Clone)]
pub struct RunHandle {
    updates: watch::Receiver<Arc<Run>>,
}

type Register = Arc<Mutex<HashMap<String, (RunHandle, CancellationToken)>>>;

#[derive(Default)]
pub struct LiveRuns {
    register: Register,
}

impl LiveRuns {
    pub fn enter(&self, run: Run) -> (LiveEntry, RunHandle) {
        let (run_id, cancel) = (run.run_id.clone(), CancellationToken::new());
        let (sender, receiver) = watch::channel(Arc::new(run));
        let handle = RunHandle { updates: receiver };
        lock(&self.register).insert(run_id.clone(), (handle.clone(), cancel.clone()));
        (
            LiveEntry {
                run_id,
                updates: sender,
                cancel,
                register: self.register.clone(),
            },
            handle,
        )
    }

    pub fn handle(&self, run_id: &str) -> Option<RunHandle> {
        lock(&self.register).get(run_id).map(|(handle, _)| handle.clone())
    }

    pub fn cancel(&self, run_id: &str) -> Option<RunHandle> {
        let register = lock(&self.register);
        let (handle, cancel) = register.get(run_id)?;
        cancel.cancel();
        Some(handle.clone())
    }

    pub fn cancel_all(&self) {
        lock(&self.register)
            .values()
            .for_each(|(_, cancel)| cancel.cancel());
    }

    pub fn len(&self) -> usize {
        lock(&self.register).len()
    }
}

/// A panic while the map was held cannot leave it half changed: each use is one operation.
fn lock(register: &Register) -> std::sync::MutexGuard<'_, HashMap<String, (RunHandle, CancellationToken)>> {
    register.lock().unwrap_or_else(PoisonError::into_inner)
}

impl LiveEntry {
    pub fn publish(&self, run: &Run) {
        self.updates.send_replace(Arc::new(run.clone()));
    }
}

impl Drop for LiveEntry {
    fn drop(&mut self) {
        lock(&self.register).remove(&self.run_id);
    }
}

impl RunHandle {
    pub fn latest(&self) -> Arc<Run> {
        self.updates.borrow().clone()
    }

    /// Waits for the next change; `None` when the run has ended and this handle has seen how.
    pub async fn next(&mut self) -> Option<Arc<Run>> {
        self.updates.changed().await.ok()?;
        Some(self.updates.borrow_and_update().clone())
    }

    /// The run once the gate has let it through, or once it has ended.
    pub async fn judged(&self) -> Arc<Run> {
        self.wait_for(|run| run.gate.accepted || run.status.is_terminal())
            .await
    }

    /// The run as it ended, sealed.
    pub async fn ended(&self) -> Arc<Run> {
        self.wait_for(|run| run.status.is_terminal()).await
    }

    async fn wait_for(&self, condition: impl Fn(&Run) -> bool) -> Arc<Run> {
        let mut updates = self.updates.clone();
        // The sender goes away only after the terminal state was published.
        match updates.wait_for(|run| condition(run)).await {
            Ok(run) => run.clone(),
            Err(_) => self.latest(),
        }
    }
}
