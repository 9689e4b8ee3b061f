//! The run as a document, and the only changes that may happen to it: `queued -> running ->` an end.

use super::cache::Hit;
use super::{ExecuteError, FinishedExecution, Submission};
use crate::clock::{self, milliseconds};
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::gate::{GateReport, Place, Rejection, UntrustedQuery};
use csv_analyst_protocol::run::{Run, RunState, Timings};
use csv_analyst_protocol::runner::ResultTable;
use serde_json::json;

/// How a run ends when it does not succeed.
#[derive(Debug)]
pub struct End {
    pub state: RunState,
    pub error: Box<ErrorDetail>,
    /// For the record and the log, bounded by whoever wrote it.
    pub stderr: String,
}

impl End {
    pub fn new(state: RunState, error: ErrorDetail) -> Self {
        Self {
            state,
            error: Box::new(error),
            stderr: String::new(),
        }
    }

    pub fn cancelled() -> Self {
        Self::new(
            RunState::Cancelled,
            ErrorDetail::new(ErrorCode::Cancelled, "the run was cancelled"),
        )
    }

    /// The detail of an internal failure belongs in the log.
    pub fn internal() -> Self {
        let error = ErrorDetail::new(
            ErrorCode::InternalError,
            "the server failed while this run was in progress",
        );
        Self::new(RunState::Failed, error)
    }

    pub fn rejected(rejection: &Rejection) -> Self {
        let mut error = ErrorDetail::new(rejection.code, rejection.message.clone());
        error.hint = rejection.hint.clone();
        error.details = Some(details(rejection));
        Self::new(RunState::Rejected, error)
    }
}

/// For programs: which rule, where, and what could stand there instead.
fn details(rejection: &Rejection) -> serde_json::Value {
    // Plain data: it always has a form as JSON.
    let mut details = serde_json::to_value(&rejection.details).unwrap_or_else(|_| json!({}));
    details["rule"] = json!(rejection.rule);
    match &rejection.place {
        Some(Place::Text { line, column }) => {
            details["line"] = json!(line);
            details["column"] = json!(column);
        }
        Some(Place::Pointer(pointer)) => details["pointer"] = json!(pointer),
        None => {}
    }
    details
}

/// A run that nobody has looked at yet. Ids sort by time.
pub fn new_run(submission: &Submission) -> Run {
    let (mut plan, mut input_plan, mut input_sql) = (None, None, None);
    match &submission.query {
        UntrustedQuery::Plan(fits) => plan = Some((**fits).clone()),
        UntrustedQuery::MisfitPlan(json) => input_plan = Some((**json).clone()),
        UntrustedQuery::Sql(sql) => input_sql = Some(sql.clone()),
    }
    let described = &submission.dataset.dataset;
    let understood = plan
        .as_ref()
        .map(|plan| csv_analyst_planner::explain(plan, described));
    Run {
        run_id: uuid::Uuid::now_v7().to_string(),
        dataset_id: submission.dataset.dataset.id.clone(),
        dataset_version: submission.dataset.dataset.version.clone(),
        status: RunState::Queued,
        question: submission.question.clone(),
        created_at: clock::now(),
        finished_at: None,
        columns: Vec::new(),
        rows: Vec::new(),
        row_count: 0,
        row_count_capped: false,
        truncated: false,
        sql: None,
        input_sql,
        plan,
        input_plan,
        understood,
        gate: GateReport::default(),
        sandbox: None,
        cached_from: None,
        limits: submission.limits,
        timings: Timings::default(),
        error: None,
        capsule_hash: None,
    }
}

/// The sandbox answered; the run is complete but for its end.
pub fn take_execution(run: &mut Run, finished: FinishedExecution) -> String {
    let execution = finished.execution;
    run.timings.sandbox_ms = milliseconds(finished.wait);
    run.timings.execute_ms = round(execution.timings.execute_ms);
    if let Some(sandbox) = &mut run.sandbox {
        sandbox.start = Some(finished.start);
        sandbox.peak_memory_bytes = execution.peak_memory_bytes;
    }
    take_table(run, execution.table);
    execution.stderr
}

/// An earlier run's answer is this one's; no sandbox is used.
pub fn take_hit(run: &mut Run, hit: Hit) {
    run.cached_from = Some(hit.run_id);
    take_table(run, hit.table);
}

fn take_table(run: &mut Run, table: ResultTable) {
    run.columns = table.columns;
    run.rows = table.rows;
    run.row_count = table.row_count;
    let own_limit = run.plan.as_ref().and_then(|plan| plan.limit);
    run.row_count_capped = reaches_the_cap(run.row_count, run.limits.row_cap, own_limit);
    run.truncated = table.truncated || run.row_count_capped;
}

/// How far it came.
pub fn take_failure(run: &mut Run, error: &ExecuteError) {
    run.timings.sandbox_ms = milliseconds(error.wait);
    run.timings.execute_ms = milliseconds(error.execute);
    if let Some(sandbox) = &mut run.sandbox {
        sandbox.start = error.start;
    }
}

/// The gate's own LIMIT ended the query, not one that the plan asked for.
fn reaches_the_cap(row_count: u64, row_cap: u64, own_limit: Option<u64>) -> bool {
    row_count >= row_cap && own_limit.is_none_or(|limit| limit > row_cap)
}

/// Closes the run; what it had produced is only kept when it succeeded.
pub fn close(run: &mut Run, outcome: Result<(), End>) -> String {
    run.finished_at = Some(clock::now());
    match outcome {
        Ok(()) => {
            run.status = RunState::Succeeded;
            String::new()
        }
        Err(end) => {
            run.status = end.state;
            run.error = Some(*end.error);
            run.cached_from = None;
            run.columns = Vec::new();
            run.rows = Vec::new();
            run.row_count = 0;
            run.row_count_capped = false;
            run.truncated = false;
            end.stderr
        }
    }
}

/// For a run whose end could not be written down: an answer without a record would claim what nobody
/// can check. Any other end stays as it was.
pub fn withhold_answer(run: &mut Run) {
    if run.status == RunState::Succeeded {
        let error = ErrorDetail::new(
            ErrorCode::InternalError,
            "the run could not be put on record, so its answer is withheld",
        );
        let hint = "ask again in a moment; if it stays so, the server's disk may be full";
        close(run, Err(End::new(RunState::Failed, error.with_hint(hint))));
    }
}

fn round(milliseconds: f64) -> f64 {
    (milliseconds * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_gates_own_limit_makes_a_count_a_lower_bound() {
        assert!(reaches_the_cap(10_000, 10_000, None));
        assert!(reaches_the_cap(10_000, 10_000, Some(20_000)));
        assert!(!reaches_the_cap(10_000, 10_000, Some(10_000)));
        assert!(!reaches_the_cap(10, 10_000, Some(10)));
        assert!(!reaches_the_cap(9_999, 10_000, None));
    }
}
