//! Can the record be written now? Asked often by whoever watches the service, so the answer is kept
//! for a moment.

use super::{Store, StoreError};
use crate::clock;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// One asks, the others wait for his answer.
#[derive(Default)]
pub struct Probe {
    last: Mutex<Option<(Instant, bool)>>,
}

const KEPT_FOR: Duration = Duration::from_secs(1);

impl Store {
    /// A row is really written: a disk that is full still reads well.
    pub async fn is_writable(&self) -> bool {
        let mut last = self.probe.last.lock().await;
        match *last {
            Some((asked, writable)) if asked.elapsed() < KEPT_FOR => writable,
            _ => {
                let writable = self.write_probe().await;
                *last = Some((Instant::now(), writable));
                writable
            }
        }
    }

    async fn write_probe(&self) -> bool {
        match self.persist().await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, "the record cannot be written");
                false
            }
        }
    }

    /// What was written before survives a power failure when this returns. An ordinary write, for which
    /// the disk is waited for, takes all before it along.
    pub async fn persist(&self) -> Result<(), StoreError> {
        self.database
            .write(|connection| {
                let statement = "INSERT INTO probe (id, written_at) VALUES (1, ?1)
                    ON CONFLICT (id) DO UPDATE SET written_at = excluded.written_at";
                connection.execute(statement, [clock::now()])?;
                Ok(())
            })
            .await
    }
}
