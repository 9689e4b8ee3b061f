//! The runner's wire: one JSON line in on stdin, one JSON line out on stdout, for a process, a
//! container attach and a Kubernetes attach alike. Neither side trusts the other.

use crate::gate::Claims;
use crate::run::{Cell, ResultColumn};
use serde::{Deserialize, Serialize};

/// The line that a locked-down runner prints when it waits for its request.
pub const READY_LINE: &str = r#"{"ready":1}"#;

/// With what a runner ends before it has anything to answer; what a run came to is in its answer.
pub mod exit_status {
    pub const LOCK_DOWN_FAILED: u8 = 3;
    pub const OPEN_FAILED: u8 = 4;
    pub const OUT_OF_TIME: u8 = 5;
}

/// May precede the request: one is likely to come, so that the runner goes through its paces once more,
/// which makes a processor that has slept quick again. Always the same text: it says nothing of the query.
pub const WAKE_LINE: &str = r#"{"wake":1}"#;

/// More are not listened to: each costs milliseconds of the processor time that a runner has.
pub const MOST_WAKES: u32 = 64;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRequest {
    pub run_id: String,
    /// Canonical SQL from the gate.
    pub sql: String,
    pub claims: Claims,
    /// From the moment the line is read; the runner ends itself a little later, should nobody else.
    /// Absent: what it was started with holds alone.
    #[serde(default = "unlimited")]
    pub timeout_ms: u64,
    pub max_rows: u64,
    pub max_result_bytes: u64,
    pub max_cell_bytes: u64,
}

fn unlimited() -> u64 {
    u64::MAX
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunResponse {
    /// Echoed; the server refuses an answer to another run.
    pub run_id: String,
    pub outcome: RunnerOutcome,
    pub timings: RunnerTimings,
    /// Peak resident set of the runner.
    pub peak_memory_bytes: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerOutcome {
    Table(ResultTable),
    Error(RunnerError),
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ResultTable {
    pub columns: Vec<ResultColumn>,
    pub rows: Vec<Vec<Cell>>,
    pub row_count: u64,
    pub truncated: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunnerError {
    pub kind: RunnerErrorKind,
    /// For people; without cell values, paths or addresses.
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunnerErrorKind {
    /// The engine refused or failed: a cast, an overflow, a type.
    Execution,
    /// Memory, scratch, result or cell size.
    Resource,
    /// DuckDB reads the canonical SQL differently from the gate.
    Policy,
    /// The request line itself.
    Protocol,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunnerTimings {
    pub open_ms: f64,
    pub wait_ms: f64,
    pub check_ms: f64,
    pub execute_ms: f64,
    pub serialise_ms: f64,
}

/// Which locks a runner could put on itself, by name; printed by `runner-native guards`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GuardReport {
    pub in_force: Vec<String>,
    pub missing: Vec<String>,
    /// It knows what [`WAKE_LINE`] means.
    #[serde(default)]
    pub wakes: bool,
}
