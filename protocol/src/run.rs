//! A run: one query's way through gate and sandbox, as clients see it.

use crate::error::ErrorDetail;
use crate::gate::GateReport;
use crate::plan::QueryPlan;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// `queued -> running -> succeeded | failed | timed_out | cancelled`, or `rejected` at the gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    Queued,
    Running,
    Succeeded,
    Failed,
    TimedOut,
    Cancelled,
    Rejected,
}

impl RunState {
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Queued | Self::Running => false,
            Self::Succeeded | Self::Failed | Self::TimedOut | Self::Cancelled | Self::Rejected => true,
        }
    }

    /// The name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::Cancelled => "cancelled",
            Self::Rejected => "rejected",
        }
    }
}

/// A result column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultColumn {
    pub name: String,
    /// DuckDB's name: `DECIMAL(10,2)`, `BIGINT`, `VARCHAR`, `TIMESTAMP`.
    #[serde(rename = "type")]
    pub kind: String,
}

/// A cell is JSON `null`, a boolean, a number, a string, or (for lists and structs) an array or
/// object; a struct without names, or with repeated ones, is an array. A BIGINT, HUGEINT or DECIMAL
/// is a JSON number when a double holds it exactly (at most 15 significant digits), else a string
/// with all its digits. Dates are `YYYY-MM-DD`, timestamps `YYYY-MM-DD HH:MM:SS[.ffffff]`; NaN and
/// infinities are the strings `NaN`, `Infinity`, `-Infinity`.
pub type Cell = Value;

/// Milliseconds; where the time went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    pub gate_ms: f64,
    /// Waiting for a place.
    pub queue_ms: f64,
    /// Until a sandbox was there that waits for its request: started for this run, or taken from
    /// those that had been started ahead.
    pub sandbox_ms: f64,
    /// Inside the engine; for a run that was not answered, from its request to its end, as seen from
    /// outside.
    pub execute_ms: f64,
    pub total_ms: f64,
}

/// How a run got its sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxStart {
    /// It had been started before the run asked for one.
    Warm,
    /// The run waited for its start.
    Cold,
}

impl SandboxStart {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warm => "warm",
            Self::Cold => "cold",
        }
    }
}

/// Which sandbox ran it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxReport {
    /// `process` or `docker`.
    pub kind: String,
    /// Image digest, or SHA-256 of the runner binary.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Guards in force: `no_new_privs`, `landlock`, `network none`.
    pub guards: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// Absent: it never got one, or the record is older than this field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<SandboxStart>,
}

/// The answer of `POST /runs` and `GET /runs/{id}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub run_id: String,
    pub dataset_id: String,
    pub dataset_version: String,
    pub status: RunState,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub question: Option<String>,
    /// RFC 3339, UTC.
    pub created_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    pub columns: Vec<ResultColumn>,
    pub rows: Vec<Vec<Cell>>,
    /// All rows that the query produced (at most `limits.row_cap`), also those not in `rows`.
    pub row_count: u64,
    /// Counting ended at `limits.row_cap`: there are at least `row_count` rows, and nobody knows how
    /// many more.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub row_count_capped: bool,
    /// `rows` is not all of it, as far as is known.
    pub truncated: bool,
    /// Canonical SQL; `null` when rejected.
    pub sql: Option<String>,
    /// The text that came in, when the query was SQL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_sql: Option<String>,
    pub plan: Option<QueryPlan>,
    /// The plan in one English sentence, whoever wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub understood: Option<String>,
    /// What came in as a plan, when it does not fit a plan's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_plan: Option<Value>,
    pub gate: GateReport,
    /// Absent where no sandbox was used: the gate refused, or the answer was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxReport>,
    /// The run whose answer this is, kept since: the same canonical SQL over the same version of the
    /// data under the same limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached_from: Option<String>,
    pub limits: crate::limits::Limits,
    pub timings: Timings,
    pub error: Option<ErrorDetail>,
    /// The sealed record's hash, once the run has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capsule_hash: Option<String>,
}
