//! `runner-native ingest`: CSV files to one typed, read-only snapshot, and what was found in them.

use crate::dataset::{ColumnType, Relationship};
use serde::{Deserialize, Serialize};

/// One JSON document on stdin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestRequest {
    /// Where the finished snapshot goes; written next to it first, then renamed.
    pub output: String,
    pub memory_bytes: u64,
    pub tables: Vec<IngestTable>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestTable {
    pub name: String,
    pub path: String,
    /// Expected columns in order; empty: infer names and types from the file.
    pub columns: Vec<IngestColumn>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    pub nullable: bool,
}

/// One JSON line on stdout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestOutcome {
    Snapshot(SnapshotProfile),
    Error(IngestError),
}

/// Kept beside the snapshot as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotProfile {
    pub tables: Vec<TableProfile>,
    /// Found by column names and containment of values, many to one.
    pub relationships: Vec<Relationship>,
    /// The newest date or timestamp of all tables.
    pub now: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableProfile {
    pub name: String,
    pub row_count: u64,
    /// The first column, or pair, that is unique and never NULL; empty if none.
    pub primary_key: Vec<String>,
    pub columns: Vec<ColumnProfile>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Any NULL found.
    pub nullable: bool,
    pub distinct_count: u64,
    pub min: Option<String>,
    pub max: Option<String>,
    /// See [`crate::dataset::Column::values`].
    pub values: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestError {
    /// File name without its folder.
    pub file: String,
    /// Counts from 1, the header is line 1.
    pub line: Option<u64>,
    pub column: Option<String>,
    pub message: String,
    pub hint: Option<String>,
}
