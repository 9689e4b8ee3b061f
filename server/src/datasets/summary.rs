//! What lists and pages show of a dataset. Nothing here waits: a dataset whose files are still being
//! read is shown as that.

use super::catalog::{Catalog, ReadyDataset};
use super::entry::{Entry, Stage};
use super::source::DatasetSource;
use csv_analyst_protocol::api::{
    DatasetList, DatasetProgress, DatasetSchema, DatasetState, DatasetSummary, TableSummary,
};
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::error::ErrorDetail;
use std::sync::Arc;

impl Catalog {
    /// All datasets, also those that are being prepared or were refused.
    pub fn list(&self) -> DatasetList {
        let entries = self.entries().iter();
        let datasets = entries.map(|entry| summary(entry, self.stage_of(entry)));
        DatasetList {
            datasets: datasets.collect(),
        }
    }

    /// Those that are not settled yet, and changed ones that are read again.
    pub fn preparing(&self) -> Vec<DatasetProgress> {
        let progress = |entry: &Arc<Entry>| {
            let (stage, renewal) = (entry.stage(), entry.renewal());
            let is_open = stage.outcome().is_none() || renewal.progress.is_some();
            is_open.then(|| DatasetProgress {
                id: entry.id().to_owned(),
                progress: stage.progress().or(renewal.progress),
            })
        };
        self.entries().iter().filter_map(progress).collect()
    }

    /// One of them as it is now; a refused one answers why.
    pub fn summary(&self, dataset_id: &str) -> Result<DatasetSummary, Box<ErrorDetail>> {
        let (entry, stage) = self.stage(dataset_id)?;
        let summary = summary(entry, stage);
        match summary.error {
            Some(error) => Err(Box::new(error)),
            None => Ok(summary),
        }
    }
}

fn summary(entry: &Entry, stage: Stage) -> DatasetSummary {
    let source = &*entry.source();
    match stage.outcome() {
        Some(Ok(ready)) => {
            let renewal = entry.renewal();
            DatasetSummary {
                progress: renewal.progress,
                outdated: renewal.error,
                ..ready.summary()
            }
        }
        Some(Err(error)) => unready(source, DatasetState::Refused, Some(*error)),
        None => DatasetSummary {
            progress: stage.progress(),
            ..unready(source, DatasetState::Preparing, None)
        },
    }
}

impl ReadyDataset {
    fn summary(&self) -> DatasetSummary {
        DatasetSummary {
            id: self.dataset.id.clone(),
            name: self.dataset.name.clone(),
            description: self.dataset.description.clone(),
            version: self.dataset.version.clone(),
            tables: self.dataset.tables.iter().map(table_summary).collect(),
            prompts: self.dataset.prompts.clone(),
            state: DatasetState::Ready,
            notes: self.notes.clone(),
            ..DatasetSummary::default()
        }
    }

    pub fn with_samples(&self) -> DatasetSchema {
        DatasetSchema {
            dataset: (*self.dataset).clone(),
            samples: self.samples.clone(),
            notes: self.notes.clone(),
        }
    }
}

fn table_summary(table: &Table) -> TableSummary {
    TableSummary {
        name: table.name.clone(),
        description: table.description.clone(),
        row_count: table.row_count.unwrap_or_default(),
        column_count: table.columns.len() as u64,
    }
}

fn unready(source: &DatasetSource, state: DatasetState, error: Option<ErrorDetail>) -> DatasetSummary {
    DatasetSummary {
        id: source.declared.id.clone(),
        name: source.declared.name.clone(),
        description: source.declared.description.clone(),
        state,
        error,
        ..DatasetSummary::default()
    }
}
