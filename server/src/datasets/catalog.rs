//! All datasets, each prepared once however many ask for it at the same time.

use super::error::DatasetError;
use super::prepare::Preparation;
use super::source::DatasetSource;
use crate::gate::GateSchema;
use csv_analyst_protocol::api::TableSample;
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// A dataset that can be asked.
#[derive(Clone)]
pub struct ReadyDataset {
    pub dataset: Arc<Dataset>,
    pub schema: Arc<GateSchema>,
    pub snapshot: PathBuf,
    pub samples: Vec<TableSample>,
}

type Prepared = Result<Arc<ReadyDataset>, ErrorDetail>;

pub struct Catalog {
    preparation: Preparation,
    entries: Vec<Entry>,
}

pub(super) struct Entry {
    pub(super) source: DatasetSource,
    prepared: OnceCell<Prepared>,
}

impl Catalog {
    pub fn new(preparation: Preparation, sources: Vec<DatasetSource>) -> Self {
        let entries = sources
            .into_iter()
            .map(|source| Entry {
                source,
                prepared: OnceCell::new(),
            })
            .collect();
        Self { preparation, entries }
    }

    /// Waits until the dataset is prepared.
    pub async fn get(&self, dataset_id: &str) -> Prepared {
        match self
            .entries
            .iter()
            .find(|entry| entry.source.declared.id == dataset_id)
        {
            Some(entry) => self.prepared(entry).await,
            None => Err(self.not_found(dataset_id)),
        }
    }

    pub async fn prepare_all(&self) {
        let (total, mut failed) = (self.entries.len(), 0);
        for (done, entry) in self.entries.iter().enumerate() {
            failed += usize::from(self.prepared(entry).await.is_err());
            tracing::info!(
                dataset_id = entry.source.declared.id,
                done = done + 1,
                total,
                "datasets prepared"
            );
        }
        if failed > 0 {
            tracing::warn!(
                failed,
                total,
                "some datasets cannot be asked; the others are served"
            );
        }
    }

    /// Every dataset is prepared or refused; nobody needs to wait any more.
    pub fn is_prepared(&self) -> bool {
        self.entries.iter().all(|entry| entry.prepared.initialized())
    }

    /// Ids of the datasets that can be asked now.
    pub fn ready_ids(&self) -> Vec<String> {
        let ready = self
            .entries
            .iter()
            .filter(|entry| matches!(entry.prepared.get(), Some(Ok(_))));
        ready.map(|entry| entry.source.declared.id.clone()).collect()
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) async fn prepared(&self, entry: &Entry) -> Prepared {
        entry
            .prepared
            .get_or_init(|| self.prepare(&entry.source))
            .await
            .clone()
    }

    async fn prepare(&self, source: &DatasetSource) -> Prepared {
        let dataset_id = &source.declared.id;
        self.preparation
            .prepare(source)
            .await
            .map(Arc::new)
            .map_err(|error: DatasetError| {
                tracing::error!(dataset_id, %error, "dataset refused");
                error.detail(dataset_id)
            })
    }

    fn not_found(&self, dataset_id: &str) -> ErrorDetail {
        let known: Vec<_> = self
            .entries
            .iter()
            .map(|entry| entry.source.declared.id.as_str())
            .collect();
        let shown: String = dataset_id.chars().take(64).collect();
        ErrorDetail::new(
            ErrorCode::DatasetNotFound,
            format!("there is no dataset `{shown}`"),
        )
        .with_hint(format!("available: {}", known.join(", ")))
    }
}
