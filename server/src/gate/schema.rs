//! A dataset's schema as the gate reads it: serialised once per version, without what only people and
//! the planner need (descriptions, synonyms, listed values), so that a check has little to parse.

use csv_analyst_protocol::dataset::{Column, Dataset, Table};

/// Kept, in an `Arc`, for as long as a dataset's version is served.
#[derive(Clone, Debug)]
pub struct GateSchema {
    json: String,
    dataset_id: String,
    dataset_version: String,
    tables: Vec<String>,
}

impl GateSchema {
    pub fn new(dataset: &Dataset) -> Self {
        let slim = Dataset {
            id: dataset.id.clone(),
            name: dataset.name.clone(),
            version: dataset.version.clone(),
            now: dataset.now.clone(),
            tables: dataset.tables.iter().map(slim_table).collect(),
            relationships: dataset.relationships.clone(),
            measures: dataset.measures.clone(),
            ..Dataset::default()
        };
        Self {
            // A dataset is plain data: serialising it to memory can't fail. An empty text would be
            // refused by the guest.
            json: serde_json::to_string(&slim).unwrap_or_default(),
            dataset_id: slim.id,
            dataset_version: slim.version,
            tables: slim.tables.into_iter().map(|table| table.name).collect(),
        }
    }

    pub fn json(&self) -> &str {
        &self.json
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

fn slim_table(table: &Table) -> Table {
    Table {
        name: table.name.clone(),
        file: table.file.clone(),
        primary_key: table.primary_key.clone(),
        entity: table.entity.clone(),
        time_column: table.time_column.clone(),
        columns: table.columns.iter().map(slim_column).collect(),
        row_count: table.row_count,
        ..Table::default()
    }
}

fn slim_column(column: &Column) -> Column {
    Column {
        name: column.name.clone(),
        kind: column.kind,
        role: column.role,
        ordered_values: column.ordered_values.clone(),
        nullable: column.nullable,
        ..Column::default()
    }
}
