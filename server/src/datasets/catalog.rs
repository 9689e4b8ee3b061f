//! All datasets, each prepared once however many ask for it at the same time.
//!
//! Preparing goes on in the background, whoever waits for it or goes away; nobody waits without a
//! limit unless he asks for that.

use super::entry::{Entry, Prepared, Stage, being_prepared, stopping};
use super::error::DatasetError;
use super::prepare::Preparation;
use super::renew::Retired;
use super::source::DatasetSource;
use crate::gate::GateSchema;
use crate::sandbox::SandboxClass;
use csv_analyst_protocol::api::TableSample;
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::ingest::IngestProgress;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::reading::Note;
use futures::{FutureExt, StreamExt, stream};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A dataset that can be asked.
#[derive(Clone)]
pub struct ReadyDataset {
    pub dataset: Arc<Dataset>,
    pub schema: Arc<GateSchema>,
    pub snapshot: PathBuf,
    pub samples: Vec<TableSample>,
    /// What was assumed when its files were read.
    pub notes: Vec<Note>,
}

impl ReadyDataset {
    /// The sandboxes that can answer a query of it.
    pub fn sandbox_class(&self, limits: &Limits) -> SandboxClass {
        SandboxClass {
            snapshot: self.snapshot.clone(),
            dataset_version: self.dataset.version.clone(),
            resources: limits.resources(),
        }
    }
}

/// Datasets that are prepared at the same time at the start: a slow one does not hold up the others,
/// and memory for reading stays bounded. One that somebody asks for is begun at once.
const AT_ONCE: usize = 2;

pub struct Catalog {
    preparation: Arc<Preparation>,
    entries: Vec<Arc<Entry>>,
    pub(super) retired: Mutex<Vec<Retired>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Catalog {
    pub fn new(preparation: Preparation, sources: Vec<DatasetSource>) -> Self {
        let entries = sources.into_iter().map(Entry::new).map(Arc::new);
        Self {
            preparation: Arc::new(preparation),
            entries: entries.collect(),
            retired: Mutex::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Waits for a dataset that is being prepared as long as a run may take, then refuses.
    pub async fn get(&self, dataset_id: &str) -> Prepared {
        let patience = Duration::from_millis(self.preparation.limits.timeout_ms);
        self.get_within(dataset_id, patience).await
    }

    pub async fn get_within(&self, dataset_id: &str, patience: Duration) -> Prepared {
        let waiting = self.get_patiently(dataset_id);
        match tokio::time::timeout(patience, waiting).await {
            Ok(prepared) => prepared,
            Err(_) => Err(being_prepared(dataset_id)),
        }
    }

    /// Waits until it is prepared, however long that takes.
    pub async fn get_patiently(&self, dataset_id: &str) -> Prepared {
        let entry = self.entry(dataset_id)?;
        self.prepared(entry).await
    }

    /// As it is now.
    pub(super) fn stage(&self, dataset_id: &str) -> Result<(&Entry, Stage), Box<ErrorDetail>> {
        let entry = self.entry(dataset_id)?;
        Ok((entry, self.stage_of(entry)))
    }

    /// A refusal that may have passed is tried again; what was not begun waits for its turn.
    pub(super) fn stage_of(&self, entry: &Arc<Entry>) -> Stage {
        if let Stage::Refused(_) = entry.stage() {
            self.begin(entry);
        }
        entry.stage()
    }

    pub async fn prepare_all(&self) {
        let (total, mut done, mut failed) = (self.entries.len(), 0, 0);
        let preparing = stream::iter(self.entries.clone()).map(|entry| self.prepared_by_turn(entry));
        let mut prepared = std::pin::pin!(preparing.buffer_unordered(AT_ONCE));
        while let Some((entry, succeeded)) = prepared.next().await {
            (done, failed) = (done + 1, failed + usize::from(!succeeded));
            tracing::info!(dataset_id = entry.id(), done, total, "datasets prepared");
        }
        if failed > 0 {
            tracing::warn!(
                failed,
                total,
                "some datasets cannot be asked; the others are served"
            );
        }
    }

    async fn prepared_by_turn(&self, entry: Arc<Entry>) -> (Arc<Entry>, bool) {
        let succeeded = self.prepared(&entry).await.is_ok();
        (entry, succeeded)
    }

    /// Every dataset is prepared or refused; nobody needs to wait any more.
    pub fn is_prepared(&self) -> bool {
        self.entries.iter().all(|entry| entry.stage().was_settled())
    }

    /// Ids of the datasets that can be asked now.
    pub fn ready_ids(&self) -> Vec<String> {
        let ready = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.stage(), Stage::Ready(_)));
        ready.map(|entry| entry.id().to_owned()).collect()
    }

    /// Ends what is being prepared, and the waiting for it.
    pub async fn shut_down(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }

    pub(super) fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    pub(super) fn keep_replaced(&self) -> Duration {
        self.preparation.keep_replaced
    }

    pub(super) fn snapshot_directory(&self) -> &Path {
        &self.preparation.snapshot_directory
    }

    pub(super) async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    async fn prepared(&self, entry: &Arc<Entry>) -> Prepared {
        self.begin(entry);
        tokio::select! {
            biased;
            prepared = entry.settled() => prepared,
            () = self.stop.cancelled() => Err(stopping()),
        }
    }

    /// Prepares it in the background, if that is to be done now and nobody does it.
    pub(super) fn begin(&self, entry: &Arc<Entry>) {
        if self.stop.is_cancelled() || !entry.begin() {
            return;
        }
        let (preparation, entry, stop) = (self.preparation.clone(), entry.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            let source = entry.source();
            let progress = |progress| entry.progress(progress);
            let preparing = AssertUnwindSafe(preparation.prepare(&source, &progress)).catch_unwind();
            tokio::select! {
                // A panic must not leave it "being prepared" for ever.
                outcome = preparing => {
                    let outcome = outcome.unwrap_or_else(|_| Err(panicked()));
                    if let Ok(ready) = &outcome {
                        preparation.start_sandboxes(ready);
                    }
                    entry.finish(outcome);
                }
                () = stop.cancelled() => {}
            }
        });
    }

    /// Reads changed files in the background, while the version before them is asked.
    pub(super) fn renew(self: &Arc<Self>, entry: &Arc<Entry>, source: DatasetSource) {
        if self.stop.is_cancelled() {
            return;
        }
        entry.renewal_goes_on(IngestProgress::default());
        let (catalog, entry) = (self.clone(), entry.clone());
        self.tasks.spawn(async move {
            let progress = |progress| entry.renewal_goes_on(progress);
            let preparing = AssertUnwindSafe(catalog.preparation.prepare(&source, &progress)).catch_unwind();
            let outcome = tokio::select! {
                outcome = preparing => outcome.unwrap_or_else(|_| Err(panicked())),
                () = catalog.stop.cancelled() => return,
            };
            match outcome {
                Ok(ready) => {
                    catalog.preparation.start_sandboxes(&ready);
                    let old = entry.renewed(source.clone(), ready);
                    old.into_iter().for_each(|old| catalog.retire(old));
                }
                Err(error) => entry.renewal_failed(&error),
            }
        });
    }

    /// In the background; what could not be removed is found the next time.
    pub(super) fn keep_copies(&self, needed: Vec<PathBuf>) {
        let (preparation, stop) = (self.preparation.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = stop.cancelled() => {}
                () = preparation.keep_copies(&needed) => {}
            }
        });
    }

    fn entry(&self, dataset_id: &str) -> Result<&Arc<Entry>, Box<ErrorDetail>> {
        self.entries
            .iter()
            .find(|entry| entry.id() == dataset_id)
            .ok_or_else(|| self.not_found(dataset_id))
    }

    fn not_found(&self, dataset_id: &str) -> Box<ErrorDetail> {
        let known: Vec<_> = self.entries.iter().map(|entry| entry.id()).collect();
        let shown: String = dataset_id.chars().take(64).collect();
        let message = format!("there is no dataset `{shown}`");
        let hint = format!("available: {}", known.join(", "));
        Box::new(ErrorDetail::new(ErrorCode::DatasetNotFound, message).with_hint(hint))
    }
}

fn panicked() -> DatasetError {
    DatasetError::Ingest("preparing it panicked".into())
}
