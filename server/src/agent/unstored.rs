//! Answers that could not be stored, since the record could not be written: kept, and stored when it can
//! be, after the runs that they name.
//!
//! What is lost with the process is only their words: the next start gives the question an answer that
//! says so, with its run.

use crate::capsules::{NewMessage, Store};
use crate::runs::RunService;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

pub struct UnstoredAnswer {
    pub thread_id: String,
    pub message: NewMessage,
}

impl UnstoredAnswer {
    /// Tries until it is stored; a last time when the service stops.
    pub async fn store_when_possible(self, runs: RunService, store: Store, stop: CancellationToken) {
        let mut pause = FIRST_PAUSE;
        loop {
            let stopping = tokio::select! {
                () = tokio::time::sleep(pause) => false,
                () = stop.cancelled() => true,
            };
            let stored = runs.is_recording().await && self.store_now(&store).await;
            if stored || stopping {
                return;
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    /// Whether nothing more is to be done.
    async fn store_now(&self, store: &Store) -> bool {
        match store.add_message(&self.thread_id, self.message.clone()).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(thread_id = self.thread_id, %error, "an answer still cannot be stored");
                !error.may_pass()
            }
        }
    }
}
