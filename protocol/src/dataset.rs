//! What a dataset is and means: tables, columns, relationships, vocabulary, example prompts.
//!
//! The same type is written by hand in `datasets/registry.json`, completed by `runner-native ingest`
//! (row counts, minima, maxima, values), read by the planner and the gate, and served at
//! `GET /datasets/{id}/schema`.

use crate::plan::{Condition, Expression};
use crate::reading::Reading;
use serde::{Deserialize, Serialize};

/// `datasets/registry.json`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registry {
    pub datasets: Vec<Dataset>,
}

/// One dataset. Everything but `id`, `name` and `tables` may be empty for a folder of CSVs that
/// nobody described.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dataset {
    /// `[a-z0-9_-]{1,64}`.
    pub id: String,
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// SHA-256 (hex) over the dataset's files; empty in the registry file, filled by the server.
    #[serde(default)]
    pub version: String,
    /// The newest date or timestamp in the data, `YYYY-MM-DD HH:MM:SS`: relative times
    /// ("last week") are anchored here, not to the wall clock. Filled by ingest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
    pub tables: Vec<Table>,
    #[serde(default)]
    pub relationships: Vec<Relationship>,
    #[serde(default)]
    pub measures: Vec<Measure>,
    /// Example questions, shown to people.
    #[serde(default)]
    pub prompts: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// What one row is, in the singular: "order", "reading". Empty if unknown.
    #[serde(default)]
    pub row_noun: String,
    /// Other words that people use for the table.
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// File name inside the dataset's folder.
    pub file: String,
    /// How the file is to be read, where that can't be left to the reader.
    #[serde(default, skip_serializing_if = "Reading::is_open")]
    pub reading: Reading,
    #[serde(default)]
    pub primary_key: Vec<String>,
    /// Set when many rows describe the same thing over time (readings of a sensor): "current" and
    /// "which sensors" look at the latest row per key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entity: Option<Entity>,
    /// The column that "last week" means for this table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_column: Option<String>,
    /// Columns that identify a row to a reader, best first (name before id); shown when rows are listed.
    #[serde(default)]
    pub display_columns: Vec<String>,
    pub columns: Vec<Column>,
    /// Filled by ingest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub row_count: Option<u64>,
}

/// The thing that a row is one observation of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entity {
    /// Singular: "sensor".
    pub noun: String,
    pub key: Vec<String>,
    /// The timestamp column that orders the observations.
    pub latest_by: String,
    /// Columns that never change within one entity (a sensor's zone).
    #[serde(default)]
    pub attributes: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub synonyms: Vec<String>,
    /// Unit of the values as shown to people: "%", "°C", "USD".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    #[serde(default)]
    pub role: ColumnRole,
    /// Ordered categories, lowest first (Low, Medium, High, Critical): sorting follows this order.
    #[serde(default)]
    pub ordered_values: Vec<String>,
    /// Words that mean a condition on this column: "low stock" is `stock < 20`.
    #[serde(default)]
    pub terms: Vec<Term>,
    #[serde(default)]
    pub nullable: bool,
    /// Distinct values, for linking words of a question, filled by ingest. Columns of text and of
    /// numbers: all values when there are at most [`MAX_LISTED_VALUES`], else empty.
    #[serde(default)]
    pub values: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distinct_count: Option<u64>,
    /// Minimum and maximum as text, for numbers, dates and timestamps; filled by ingest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<String>,
}

/// Columns with more distinct values than this do not list them in the schema: 1,000 short
/// names are about 20 kB, which a gate call can still afford to read.
pub const MAX_LISTED_VALUES: usize = 1_000;

/// What a column is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    /// Identifies a row or points to one: never summed.
    Key,
    /// A number worth aggregating.
    Measure,
    /// Something to group or filter by.
    #[default]
    Dimension,
    /// A date or timestamp.
    Time,
}

/// A word, or words, for a condition on a column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// "dangerous", "low stock", "out of stock".
    pub words: Vec<String>,
    pub condition: Condition,
}

/// The types a snapshot column can have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    Boolean,
    /// 32-bit.
    Integer,
    /// 64-bit.
    Bigint,
    Decimal {
        precision: u8,
        scale: u8,
    },
    Double,
    Date,
    Time,
    Timestamp,
    #[default]
    Text,
}

impl ColumnType {
    pub fn is_number(self) -> bool {
        matches!(
            self,
            Self::Integer | Self::Bigint | Self::Decimal { .. } | Self::Double
        )
    }

    /// Date or timestamp: can carry a time bucket or a window.
    pub fn is_temporal(self) -> bool {
        matches!(self, Self::Date | Self::Timestamp)
    }

    /// The type's name in DuckDB's SQL.
    pub fn sql_name(self) -> String {
        match self {
            Self::Boolean => "BOOLEAN".into(),
            Self::Integer => "INTEGER".into(),
            Self::Bigint => "BIGINT".into(),
            Self::Decimal { precision, scale } => format!("DECIMAL({precision},{scale})"),
            Self::Double => "DOUBLE".into(),
            Self::Date => "DATE".into(),
            Self::Time => "TIME".into(),
            Self::Timestamp => "TIMESTAMP".into(),
            Self::Text => "VARCHAR".into(),
        }
    }
}

/// Many rows of `from` point to one row of `to`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relationship {
    pub from_table: String,
    pub from_column: String,
    pub to_table: String,
    pub to_column: String,
}

/// A named, agreed calculation: revenue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    pub name: String,
    pub table: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub synonyms: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Per row of `table`; no aggregate inside.
    pub expression: Expression,
    /// How the measure is aggregated unless a plan says otherwise.
    pub aggregate: crate::plan::Aggregate,
}

impl Dataset {
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl Table {
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
