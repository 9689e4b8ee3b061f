//! A dataset's schema as the gate reads it: written once per version, without what only people and
//! the planner need (descriptions, synonyms, listed values), so that a check has little to read.

use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::schema_bytes;

/// Kept, in an `Arc`, for as long as a dataset's version is served.
#[derive(Clone, Debug)]
pub struct GateSchema {
    bytes: Vec<u8>,
    dataset_id: String,
    dataset_version: String,
    tables: Vec<String>,
}

impl GateSchema {
    pub fn new(dataset: &Dataset) -> Self {
        Self {
            bytes: schema_bytes::write(dataset),
            dataset_id: dataset.id.clone(),
            dataset_version: dataset.version.clone(),
            tables: dataset.tables.iter().map(|table| table.name.clone()).collect(),
        }
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn dataset_id(&self) -> &str {
        &self.dataset_id
    }

    pub fn dataset_version(&self) -> &str {
        &self.dataset_version
    }

    /// Whether the dataset has a table of exactly this name.
    pub fn has_table(&self, name: &str) -> bool {
        self.tables.iter().any(|table| table == name)
    }
}
