//! What lists and pages show of a dataset. Nothing here waits: a dataset whose files are still being
//! read is shown as that.

use super::catalog::{Catalog, ReadyDataset};
use super::entry::Stage;
use super::source::DatasetSource;
use csv_analyst_protocol::api::{DatasetList, DatasetSchema, DatasetState, DatasetSummary, TableSummary};
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::error::ErrorDetail;

impl Catalog {
    /// All datasets, also those that are being prepared or were refused.
    pub fn list(&self) -> DatasetList {
        let entries = self.entries().iter();
        let datasets = entries.map(|entry| summary(&entry.source, self.stage_of(entry)));
        DatasetList {
            datasets: datasets.collect(),
        }
    }

    /// One of them as it is now; a refused one answers why.
    pub fn summary(&self, dataset_id: &str) -> Result<DatasetSummary, Box<ErrorDetail>> {
        let (entry, stage) = self.stage(dataset_id)?;
        let summary = summary(&entry.source, stage);
        match summary.error {
            Some(error) => Err(Box::new(error)),
            None => Ok(summary),
        }
    }
}

fn summary(source: &DatasetSource, stage: Stage) -> DatasetSummary {
    match stage.outcome() {
        Some(Ok(ready)) => ready.summary(),
        Some(Err(error)) => unready(source, DatasetState::Refused, Some(*error)),
        None => unready(source, DatasetState::Preparing, None),
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
            error: None,
        }
    }

    pub fn with_samples(&self) -> DatasetSchema {
        DatasetSchema {
            dataset: (*self.dataset).clone(),
            samples: self.samples.clone(),
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
