//! The end of sandboxes: in the background, known to the pool until it is over, tried again when it
//! fails.

use super::Inner;
use crate::sandbox::Remains;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// Between attempts. What still can't be destroyed then is left to the next start of the service,
/// which finds it by its label.
const PAUSES: [Duration; 3] = [
    Duration::from_millis(200),
    Duration::from_secs(1),
    Duration::from_secs(4),
];

impl Inner {
    /// `held` is what its user keeps as long as it takes anything of the machine: a run's place.
    pub fn bury(self: &Arc<Self>, remains: Box<dyn Remains>, held: impl Send + 'static) {
        // Not the pool itself: the task must not keep alive what waits for it.
        self.tasks.spawn(async move {
            destroy(remains).await;
            drop(held);
        });
    }

    /// Of one that has answered, and so has nothing to do any more but to end. What its user keeps is let
    /// go as soon as it is one of the few that may be leaving at the same time: one that was taken over
    /// may stay until it is killed.
    pub fn see_off(self: &Arc<Self>, remains: Box<dyn Remains>, held: impl Send + 'static) {
        let leaving = self.leaving.clone();
        self.tasks.spawn(async move {
            let mut ending = pin!(destroy(remains));
            let among_them = tokio::select! {
                () = &mut ending => None,
                // Nobody closes it.
                place = leaving.acquire_owned() => Some(place),
            };
            drop(held);
            if among_them.is_some() {
                ending.await;
            }
        });
    }
}

async fn destroy(mut remains: Box<dyn Remains>) {
    for pause in PAUSES {
        match remains.destroy().await {
            Ok(()) => return,
            Err(error) => {
                tracing::warn!(%error, "a sandbox could not be destroyed and is tried again");
                metrics::counter!("csv_analyst_pool_destroy_failures_total").increment(1);
                tokio::time::sleep(pause).await;
            }
        }
    }
    if let Err(error) = remains.destroy().await {
        tracing::error!(%error, "a sandbox could not be destroyed");
    }
}
