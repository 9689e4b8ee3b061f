//! Shapes of the HTTP interface that are not a run, a chat or an error.

use crate::chat::{Message, ThreadSummary};
use crate::dataset::Dataset;
use crate::error::ErrorDetail;
use crate::ingest::IngestProgress;
use crate::plan::QueryPlan;
use crate::reading::Note;
use crate::run::{Cell, ResultColumn, RunState};
use serde::{Deserialize, Serialize};

/// `GET /datasets`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DatasetList {
    pub datasets: Vec<DatasetSummary>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DatasetSummary {
    pub id: String,
    pub name: String,
    pub description: String,
    pub version: String,
    pub tables: Vec<TableSummary>,
    pub prompts: Vec<String>,
    #[serde(default)]
    pub state: DatasetState,
    /// Why the dataset cannot be asked: its files were refused, with file, line and column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorDetail>,
    /// Its files were changed and the new ones can't be used, for this reason: answers are from the version
    /// before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outdated: Option<ErrorDetail>,
    /// How far the reading of its files is, while that goes on; with the state `ready`, of changed files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<IngestProgress>,
    /// What was assumed when its files were read, and how to say otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatasetState {
    #[default]
    Ready,
    /// Its files are being read; tables and prompts are not known yet.
    Preparing,
    /// See the summary's `error`.
    Refused,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableSummary {
    pub name: String,
    pub description: String,
    pub row_count: u64,
    pub column_count: u64,
}

/// `GET /datasets/{id}/schema`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DatasetSchema {
    #[serde(flatten)]
    pub dataset: Dataset,
    pub samples: Vec<TableSample>,
    /// What was assumed when the files were read.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
}

/// The first rows of a table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TableSample {
    pub table: String,
    pub columns: Vec<ResultColumn>,
    pub rows: Vec<Vec<Cell>>,
}

/// A plan as a client sent it. One that does not fit is not an error of the request: it becomes a run
/// that the gate rejects, with its place, its hint and a record.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum SentPlan {
    Fits(Box<QueryPlan>),
    Misfit(Box<serde_json::Value>),
}

impl<'de> Deserialize<'de> for SentPlan {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(match QueryPlan::deserialize(&value) {
            Ok(plan) => Self::Fits(Box::new(plan)),
            Err(_) => Self::Misfit(Box::new(value)),
        })
    }
}

/// Body of `POST /runs`: exactly one of `plan` and `sql`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateRun {
    pub dataset_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<SentPlan>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_rows: Option<u64>,
    /// `false`: run it, also if its answer is kept. Absent: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<bool>,
}

/// `GET /runs/{id}/status`, and the 202 of `POST /runs?wait=false`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunStatus {
    pub run_id: String,
    pub status: RunState,
}

/// `GET /threads`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ThreadList {
    pub threads: Vec<ThreadSummary>,
}

/// `GET /threads/{id}/messages`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ThreadMessages {
    pub thread: ThreadSummary,
    pub messages: Vec<Message>,
}

/// `GET /readyz`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    pub ready: bool,
    pub version: String,
    /// `process` or `docker`.
    pub sandbox: String,
    pub guards: Vec<String>,
    pub missing_guards: Vec<String>,
    /// Runs can be put on record; without that, none is answered.
    pub record_writable: bool,
    pub datasets: Vec<String>,
    /// Datasets whose files are being read, and how far that is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub preparing: Vec<DatasetProgress>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pool: Option<PoolStatus>,
}

/// Sandboxes that were started ahead.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolStatus {
    pub enabled: bool,
    /// Waiting for a query.
    pub idle: usize,
    pub starting: usize,
    /// Answering one, or not quite destroyed yet.
    pub in_use: usize,
    /// How many should wait at the present demand.
    pub target: usize,
    /// Held by those that wait.
    pub memory_bytes: u64,
    pub classes: Vec<PoolClassStatus>,
}

/// The same for one dataset version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolClassStatus {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataset: Option<String>,
    pub dataset_version: String,
    pub idle: usize,
    pub starting: usize,
    pub in_use: usize,
    pub target: usize,
    /// Runs that wait for one.
    pub waiting: usize,
    /// Why the last start that failed did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetProgress {
    pub id: String,
    /// Absent until its turn comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<IngestProgress>,
}
