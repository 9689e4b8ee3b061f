//! What lists and pages show of a dataset.

use super::catalog::{Catalog, ReadyDataset};
use super::source::DatasetSource;
use csv_analyst_protocol::api::{DatasetList, DatasetSchema, DatasetSummary, TableSummary};
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::error::ErrorDetail;

impl Catalog {
    /// All datasets, also those that were refused, with the reason.
    pub async fn list(&self) -> DatasetList {
        let mut datasets = Vec::new();
        for entry in self.entries() {
            datasets.push(match self.prepared(entry).await {
                Ok(ready) => ready.summary(),
                Err(error) => refused(&entry.source, error),
            });
        }
        DatasetList { datasets }
    }
}

impl ReadyDataset {
    pub fn summary(&self) -> DatasetSummary {
        DatasetSummary {
            id: self.dataset.id.clone(),
            name: self.dataset.name.clone(),
            description: self.dataset.description.clone(),
            version: self.dataset.version.clone(),
            tables: self.dataset.tables.iter().map(table_summary).collect(),
            prompts: self.dataset.prompts.clone(),
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

fn refused(source: &DatasetSource, error: ErrorDetail) -> DatasetSummary {
    DatasetSummary {
        id: source.declared.id.clone(),
        name: source.declared.name.clone(),
        description: source.declared.description.clone(),
        error: Some(error),
        ..DatasetSummary::default()
    }
}
