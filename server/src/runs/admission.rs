//! The door: how many runs may be inside, and whose turn it is to have a sandbox.

use super::Client;
use super::queue::{FairQueue, Place};
use crate::config::QueueConfig;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    #[error("all {places} places are taken")]
    QueueFull {
        places: usize,
        /// As the line and recent runs let expect.
        retry_after_seconds: u64,
    },
    #[error("the server cannot write its record at the moment, so it runs nothing")]
    RecordUnwritable,
    #[error("the server is shutting down")]
    ShuttingDown,
}

pub struct Admission {
    inside: Arc<Semaphore>,
    running: FairQueue,
    places: usize,
    closed: AtomicBool,
}

impl Admission {
    pub fn new(queue: &QueueConfig) -> Self {
        let places = queue.max_queued + queue.max_running;
        Self {
            inside: Arc::new(Semaphore::new(places)),
            running: FairQueue::new(queue.max_running),
            places,
            closed: AtomicBool::new(false),
        }
    }

    /// A place inside, kept until the permit is dropped.
    pub fn admit(&self) -> Result<OwnedSemaphorePermit, SubmitError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(SubmitError::ShuttingDown);
        }
        self.inside
            .clone()
            .try_acquire_owned()
            .map_err(|_| SubmitError::QueueFull {
                places: self.places,
                retry_after_seconds: self.running.retry_after_seconds(),
            })
    }

    /// Waits for the right to use a sandbox; clients take turns. `None` never comes: the line is not
    /// closed, so that admitted runs can drain.
    pub async fn place(&self, client: Client) -> Option<Place> {
        self.running.place(client).await
    }

    pub fn retry_after_seconds(&self) -> u64 {
        self.running.retry_after_seconds()
    }

    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_house_refuses_and_a_place_given_back_is_taken_again() {
        let admission = Admission::new(&QueueConfig {
            max_running: 1,
            max_queued: 1,
            ..Default::default()
        });
        let first = admission.admit().unwrap();
        let _second = admission.admit().unwrap();
        assert!(matches!(
            admission.admit(),
            Err(SubmitError::QueueFull { places: 2, .. })
        ));
        drop(first);
        assert!(admission.admit().is_ok());
    }

    #[test]
    fn a_closed_door_admits_nobody() {
        let admission = Admission::new(&QueueConfig::default());
        admission.close();
        assert!(matches!(admission.admit(), Err(SubmitError::ShuttingDown)));
    }
}
