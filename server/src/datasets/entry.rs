//! One dataset on its way: not begun, being prepared, ready, or refused.
//!
//! A refusal that is the files' own fault stays. Anything else (a full disk, too little memory, a
//! runner that broke) is tried again at the next use, after pauses that grow.

use super::catalog::ReadyDataset;
use super::error::DatasetError;
use super::renew::{Sight, Watch};
use super::source::DatasetSource;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::ingest::IngestProgress;
use serde_json::json;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

pub type Prepared = Result<Arc<ReadyDataset>, Box<ErrorDetail>>;

/// Reading large files costs a minute of a processor: the pause doubles from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(3);
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// For a client that asked for a dataset which is still being prepared.
const TRY_AGAIN_SECONDS: u64 = 5;

pub struct Entry {
    id: String,
    source: Mutex<Arc<DatasetSource>>,
    stage: watch::Sender<Stage>,
    /// What was seen of its files.
    pub watch: Mutex<Watch>,
    renewal: Mutex<Renewal>,
}

/// Reading changed files while the version before them is asked.
#[derive(Clone, Debug, Default)]
pub struct Renewal {
    pub progress: Option<IngestProgress>,
    /// The last one failed: answers are from the version before.
    pub error: Option<ErrorDetail>,
}

#[derive(Clone)]
pub enum Stage {
    NotBegun,
    Preparing {
        /// How often it has failed before.
        failures: u32,
        /// Once its files are being read.
        progress: Option<IngestProgress>,
    },
    Ready(Arc<ReadyDataset>),
    Refused(Refusal),
}

#[derive(Clone)]
pub struct Refusal {
    error: ErrorDetail,
    failures: u32,
    /// Absent: it stays.
    again_at: Option<Instant>,
}

impl Entry {
    pub fn new(source: DatasetSource) -> Self {
        Self {
            id: source.declared.id.clone(),
            watch: Mutex::new(Watch::used(Sight::of(&source))),
            source: Mutex::new(Arc::new(source)),
            stage: watch::Sender::new(Stage::NotBegun),
            renewal: Mutex::default(),
        }
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn source(&self) -> Arc<DatasetSource> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_source(&self, source: DatasetSource) {
        *self.source.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(source);
    }

    pub fn renewal(&self) -> Renewal {
        self.renewal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn set_renewal(&self, renewal: Renewal) {
        *self.renewal.lock().unwrap_or_else(PoisonError::into_inner) = renewal;
    }

    pub fn is_renewing(&self) -> bool {
        self.renewal().progress.is_some()
    }

    pub fn renewal_goes_on(&self, progress: IngestProgress) {
        self.set_renewal(Renewal {
            progress: Some(progress),
            error: None,
        });
    }

    pub fn renewal_failed(&self, error: &DatasetError) {
        tracing::error!(dataset_id = self.id(), %error, "the changed files are refused; the version before stays");
        self.set_renewal(Renewal {
            progress: None,
            error: Some(error.detail(self.id())),
        });
    }

    /// The new version takes the old one's place; returns the old one.
    pub fn renewed(&self, source: DatasetSource, ready: ReadyDataset) -> Option<Arc<ReadyDataset>> {
        self.set_source(source);
        self.set_renewal(Renewal::default());
        match self.stage.send_replace(Stage::Ready(Arc::new(ready))) {
            Stage::Ready(old) => Some(old),
            _ => None,
        }
    }

    /// Other files than those that were refused.
    pub fn begin_anew(&self, source: DatasetSource) {
        self.set_source(source);
        self.stage.send_replace(Stage::NotBegun);
    }

    pub fn stage(&self) -> Stage {
        self.stage.borrow().clone()
    }

    /// True for exactly one caller, who must prepare it now and say how that went.
    pub fn begin(&self) -> bool {
        let now = Instant::now();
        self.stage
            .send_if_modified(|stage| match stage.preparing_at(now) {
                Some(next) => {
                    *stage = next;
                    true
                }
                None => false,
            })
    }

    /// How far the reading of its files is.
    pub fn progress(&self, now: IngestProgress) {
        self.stage.send_if_modified(|stage| match stage {
            Stage::Preparing { progress, .. } => {
                *progress = Some(now);
                // Whoever waits waits for the end.
                false
            }
            _ => false,
        });
    }

    pub fn finish(&self, outcome: Result<ReadyDataset, DatasetError>) {
        self.stage.send_modify(|stage| {
            let failures = stage.failures();
            *stage = match outcome {
                Ok(ready) => Stage::Ready(Arc::new(ready)),
                Err(error) => {
                    tracing::error!(dataset_id = self.id(), %error, "dataset refused");
                    Stage::Refused(Refusal::new(&error, self.id(), failures + 1, Instant::now()))
                }
            };
        });
    }

    /// Waits until it is ready or refused; begins nothing.
    pub async fn settled(&self) -> Prepared {
        let mut stages = self.stage.subscribe();
        // The sender lives as long as this entry.
        let stage = stages.wait_for(|stage| stage.outcome().is_some()).await;
        let outcome = stage.ok().and_then(|stage| stage.outcome());
        outcome.unwrap_or_else(|| Err(being_prepared(self.id())))
    }
}

impl Stage {
    /// What it becomes for somebody who wants to use it now; `None`: it stays what it is.
    fn preparing_at(&self, now: Instant) -> Option<Self> {
        match self {
            Self::NotBegun => Some(Self::Preparing {
                failures: 0,
                progress: None,
            }),
            Self::Refused(refusal) if refusal.again_at.is_some_and(|at| at <= now) => Some(Self::Preparing {
                failures: refusal.failures,
                progress: None,
            }),
            Self::Refused(_) | Self::Preparing { .. } | Self::Ready(_) => None,
        }
    }

    pub fn outcome(&self) -> Option<Prepared> {
        match self {
            Self::NotBegun | Self::Preparing { .. } => None,
            Self::Ready(ready) => Some(Ok(ready.clone())),
            Self::Refused(refusal) => Some(Err(refusal.detail(Instant::now()))),
        }
    }

    /// It was ready or refused at least once.
    pub fn was_settled(&self) -> bool {
        self.outcome().is_some() || self.failures() > 0
    }

    pub fn progress(&self) -> Option<IngestProgress> {
        match self {
            Self::Preparing { progress, .. } => *progress,
            _ => None,
        }
    }

    fn failures(&self) -> u32 {
        match self {
            Self::Preparing { failures, .. } => *failures,
            Self::Refused(refusal) => refusal.failures,
            Self::NotBegun | Self::Ready(_) => 0,
        }
    }
}

impl Refusal {
    fn new(error: &DatasetError, dataset_id: &str, failures: u32, now: Instant) -> Self {
        Self {
            error: error.detail(dataset_id),
            failures,
            again_at: (!error.is_the_files_fault()).then(|| now + pause(failures)),
        }
    }

    /// The error, with the time until it is tried again.
    fn detail(&self, now: Instant) -> Box<ErrorDetail> {
        let seconds = |at: Instant| at.saturating_duration_since(now).as_secs() + 1;
        match self.again_at {
            None => Box::new(self.error.clone()),
            Some(at) => with_retry(self.error.clone(), seconds(at)),
        }
    }
}

fn pause(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
}

pub fn being_prepared(dataset_id: &str) -> Box<ErrorDetail> {
    let message = format!("dataset `{dataset_id}` is still being prepared");
    let error = ErrorDetail::new(ErrorCode::DatasetUnavailable, message)
        .with_hint("its files are being read; ask again in a few seconds");
    with_retry(error, TRY_AGAIN_SECONDS)
}

pub fn stopping() -> Box<ErrorDetail> {
    let message = "the server is shutting down";
    with_retry(
        ErrorDetail::new(ErrorCode::DatasetUnavailable, message),
        TRY_AGAIN_SECONDS,
    )
}

/// Becomes `Retry-After` over HTTP; in a stream it is all there is.
fn with_retry(mut error: ErrorDetail, seconds: u64) -> Box<ErrorDetail> {
    let mut details = error.details.take().unwrap_or_else(|| json!({}));
    details["retry_after_seconds"] = json!(seconds);
    error.details = Some(details);
    Box::new(error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::ingest::{IngestCause, IngestError};

    fn refused_by(cause: IngestCause, failures: u32, now: Instant) -> Stage {
        let error = DatasetError::Refused(IngestError {
            file: "sensors.csv".into(),
            line: None,
            column: None,
            message: "The data can't be stored: the disk is full.".into(),
            hint: None,
            cause,
        });
        Stage::Refused(Refusal::new(&error, "sensors", failures, now))
    }

    #[test]
    fn a_full_disk_is_tried_again_after_a_pause_and_a_bad_file_never() {
        let now = Instant::now();
        let full = refused_by(IngestCause::Storage, 1, now);
        assert!(full.preparing_at(now).is_none(), "at once would be too often");
        let again = full.preparing_at(now + FIRST_PAUSE);
        assert!(matches!(again, Some(Stage::Preparing { failures: 1, .. })));
        let bad = refused_by(IngestCause::File, 1, now);
        assert!(bad.preparing_at(now + LONGEST_PAUSE * 100).is_none());
    }

    #[test]
    fn pauses_grow_up_to_the_longest() {
        assert_eq!(pause(1), FIRST_PAUSE);
        assert_eq!(pause(2), FIRST_PAUSE * 2);
        assert_eq!(pause(1_000), LONGEST_PAUSE);
    }

    #[test]
    fn what_may_pass_says_when_to_ask_again() {
        let stage = refused_by(IngestCause::Memory, 1, Instant::now());
        let Some(Err(error)) = stage.outcome() else {
            panic!("refused")
        };
        assert_eq!(error.code, ErrorCode::DatasetUnavailable);
        let details = error.details.unwrap();
        assert!(
            details["retry_after_seconds"]
                .as_u64()
                .is_some_and(|seconds| seconds > 0)
        );
        assert_eq!(details["file"], "sensors.csv");
    }
}
