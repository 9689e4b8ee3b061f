//! The way of one run as a reader follows it: understood, planned, checked, queued, run, sealed.
//! The same steps are shown live and, later, from the record.

use crate::format::number::count;
use crate::format::quantity::{count_of, milliseconds, rows_counted, short_hash};
use csv_analyst_protocol::gate::GateReport;
use csv_analyst_protocol::plan::QueryPlan;
use csv_analyst_protocol::run::{Run, RunState};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    Active,
    Done,
    Failed,
}

impl Progress {
    /// The word that a screen reader adds to the step.
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "in progress",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// What a step is about, in the order of a run's way; at most one step of each kind is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    Understanding,
    Plan,
    Gate,
    Queue,
    Sandbox,
    Sealed,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub stage: Stage,
    pub progress: Progress,
    pub label: String,
    pub detail: String,
}

impl Step {
    pub fn new(stage: Stage, progress: Progress, label: &str, detail: String) -> Self {
        Self {
            stage,
            progress,
            label: label.to_string(),
            detail,
        }
    }
}

pub fn plan_step(plan: &QueryPlan) -> Step {
    let columns = match plan.select.len() as u64 {
        0 => String::new(),
        wanted => format!(" · {}", count_of(wanted, "column", "columns")),
    };
    Step::new(
        Stage::Plan,
        Progress::Done,
        "Plan written",
        format!("from {}{columns}", plan.table),
    )
}

pub fn gate_step(gate: &GateReport) -> Step {
    let spent = format!("{} fuel · {}", count(gate.fuel), milliseconds(gate.elapsed_ms));
    match (&gate.rejection, gate.accepted) {
        (None, true) => {
            let rules = count_of(gate.rules.len() as u64, "rule", "rules");
            Step::new(
                Stage::Gate,
                Progress::Done,
                "Gate accepted",
                format!("{rules} · {spent}"),
            )
        }
        (Some(rejection), _) => Step::new(
            Stage::Gate,
            Progress::Failed,
            "Gate refused",
            format!("{} · {spent}", rejection.rule),
        ),
        (None, false) => Step::new(Stage::Gate, Progress::Failed, "No verdict of the gate", spent),
    }
}

/// The gate has the query.
pub fn checking_step() -> Step {
    Step::new(Stage::Gate, Progress::Active, "Checking the query", String::new())
}

/// All steps of a run as far as it has come.
pub fn steps_of(run: &Run) -> Vec<Step> {
    let mut steps = Vec::new();
    let received = |words| Step::new(Stage::Plan, Progress::Done, words, "written by hand".to_string());
    steps.extend(match (&run.plan, &run.input_plan, &run.input_sql) {
        (Some(plan), _, _) => Some(plan_step(plan)),
        (None, Some(_), _) => Some(received("Plan received")),
        (None, None, Some(_)) => Some(received("SQL received")),
        (None, None, None) => None,
    });
    let judged = is_judged(run);
    steps.push(match judged || run.status.is_terminal() {
        true => gate_step(&run.gate),
        false => checking_step(),
    });
    match run.status {
        RunState::Rejected => {}
        _ if !judged => {}
        RunState::Queued => steps.push(queue_step(run)),
        _ if run.cached_from.is_some() => steps.push(cached_step(run)),
        _ => steps.extend([queue_step(run), sandbox_step(run)]),
    }
    steps.extend(sealed_step(run));
    steps
}

fn is_judged(run: &Run) -> bool {
    run.gate.accepted || run.gate.rejection.is_some()
}

fn queue_step(run: &Run) -> Step {
    if run.status == RunState::Queued {
        return Step::new(
            Stage::Queue,
            Progress::Active,
            "Waiting for a sandbox",
            String::new(),
        );
    }
    let waited = format!("waited {}", milliseconds(run.timings.queue_ms));
    Step::new(Stage::Queue, Progress::Done, "Place in the queue", waited)
}

/// Stands where the sandbox would: there was none.
fn cached_step(run: &Run) -> Step {
    let rows = rows_counted(run.row_count, run.row_count_capped);
    Step::new(
        Stage::Sandbox,
        Progress::Done,
        "Answer kept from an earlier run",
        format!("{rows} · the same query over the same data"),
    )
}

fn sandbox_step(run: &Run) -> Step {
    let kind = run
        .sandbox
        .as_ref()
        .map(|sandbox| sandbox.kind.as_str())
        .unwrap_or_default();
    let label = match kind {
        "" => "Single-use sandbox".to_string(),
        kind => format!("Single-use {kind} sandbox"),
    };
    match run.status {
        RunState::Succeeded => {
            let rows = rows_counted(run.row_count, run.row_count_capped);
            let detail = format!(
                "{} · {rows} in {}",
                how_started(run),
                milliseconds(run.timings.execute_ms)
            );
            Step::new(Stage::Sandbox, Progress::Done, &label, detail)
        }
        RunState::Queued | RunState::Running => {
            Step::new(Stage::Sandbox, Progress::Active, &label, String::new())
        }
        ended => Step::new(
            Stage::Sandbox,
            Progress::Failed,
            &label,
            state_word(ended).to_string(),
        ),
    }
}

/// "warm, 1 ms wait": it was there when the run came; "cold, 43 ms wait": it was started for it.
pub fn how_started(run: &Run) -> String {
    let wait = milliseconds(run.timings.sandbox_ms);
    match run.sandbox.as_ref().and_then(|sandbox| sandbox.start) {
        Some(start) => format!("{}, {wait} wait", start.as_str()),
        None => format!("started in {wait}"),
    }
}

fn sealed_step(run: &Run) -> Option<Step> {
    let hash = run.capsule_hash.as_deref()?;
    Some(Step::new(
        Stage::Sealed,
        Progress::Done,
        "Sealed",
        short_hash(hash),
    ))
}

/// The line under an answer: everything that matters about its making.
pub fn summary_of(run: &Run) -> String {
    let gate = is_judged(run).then(|| match run.gate.accepted {
        true => format!(
            "{} passed",
            count_of(run.gate.rules.len() as u64, "rule", "rules")
        ),
        false => "refused by the gate".to_string(),
    });
    let outcome = match run.status {
        RunState::Succeeded => {
            let shown = rows_counted(run.row_count, run.row_count_capped);
            Some(format!("{shown} in {}", milliseconds(run.timings.total_ms)))
        }
        RunState::Rejected => None,
        other => Some(state_word(other).to_string()),
    };
    let sandbox = match (&run.cached_from, &run.sandbox) {
        (Some(_), _) => Some("kept answer".to_string()),
        (None, Some(sandbox)) => Some(format!("{} sandbox", sandbox.kind)),
        (None, None) => None,
    };
    let sealed = run.capsule_hash.as_ref().map(|_| "sealed".to_string());
    [gate, sandbox, outcome, sealed]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The answering sentence of a run that nobody has put into better words; what went wrong is said
/// elsewhere.
pub fn outcome_of(run: &Run) -> String {
    match run.status {
        RunState::Succeeded => {
            let rows = rows_counted(run.row_count, run.row_count_capped);
            format!("The query returned {rows}.")
        }
        _ => String::new(),
    }
}

pub fn state_word(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "queued",
        RunState::Running => "running",
        RunState::Succeeded => "succeeded",
        RunState::Failed => "failed",
        RunState::TimedOut => "timed out",
        RunState::Cancelled => "stopped",
        RunState::Rejected => "refused",
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use csv_analyst_protocol::error::ErrorCode;
    use csv_analyst_protocol::gate::Rejection;
    use csv_analyst_protocol::limits::Limits;
    use csv_analyst_protocol::run::{SandboxReport, SandboxStart, Timings};

    pub(crate) fn finished_run() -> Run {
        Run {
            run_id: "run-1".into(),
            dataset_id: "ecommerce".into(),
            dataset_version: "v".into(),
            status: RunState::Succeeded,
            question: Some("How many orders?".into()),
            created_at: "2026-11-23T18:58:00Z".into(),
            finished_at: None,
            columns: vec![],
            rows: vec![],
            row_count: 12,
            row_count_capped: false,
            truncated: false,
            sql: Some("SELECT 1".into()),
            input_sql: None,
            input_plan: None,
            understood: None,
            plan: Some(QueryPlan {
                table: "orders".into(),
                ..QueryPlan::default()
            }),
            gate: GateReport {
                accepted: true,
                rules: vec!["one-select".into()],
                fuel: 51_230,
                ..GateReport::default()
            },
            sandbox: Some(SandboxReport {
                kind: "process".into(),
                start: Some(SandboxStart::Warm),
                ..SandboxReport::default()
            }),
            cached_from: None,
            limits: Limits::default(),
            timings: Timings {
                sandbox_ms: 1.0,
                execute_ms: 8.0,
                total_ms: 120.0,
                ..Timings::default()
            },
            error: None,
            capsule_hash: Some("ab12cd34ef567890".into()),
        }
    }

    #[test]
    fn a_run_says_whether_its_sandbox_was_there_already() {
        let mut run = finished_run();
        let detail = |run: &Run| sandbox_step(run).detail;
        assert_eq!(detail(&run), "warm, 1.0 ms wait · 12 rows in 8.0 ms");
        run.sandbox.as_mut().unwrap().start = Some(SandboxStart::Cold);
        run.timings.sandbox_ms = 43.0;
        assert_eq!(detail(&run), "cold, 43 ms wait · 12 rows in 8.0 ms");
        run.sandbox.as_mut().unwrap().start = None;
        assert!(detail(&run).starts_with("started in 43 ms"), "of an older record");
    }

    #[test]
    fn a_finished_run_shows_every_step_done() {
        let steps = steps_of(&finished_run());
        let stages: Vec<Stage> = steps.iter().map(|step| step.stage).collect();
        assert_eq!(
            stages,
            [
                Stage::Plan,
                Stage::Gate,
                Stage::Queue,
                Stage::Sandbox,
                Stage::Sealed
            ]
        );
        assert!(steps.iter().all(|step| step.progress == Progress::Done));
    }

    #[test]
    fn a_kept_answer_says_so_where_the_sandbox_would_be() {
        let mut run = finished_run();
        (run.cached_from, run.sandbox) = (Some("run-0".into()), None);
        let steps = steps_of(&run);
        assert!(!steps.iter().any(|step| step.stage == Stage::Queue));
        assert!(
            steps
                .iter()
                .any(|step| step.label.contains("kept from an earlier run"))
        );
        assert!(summary_of(&run).contains("kept answer"));
    }

    #[test]
    fn a_refused_run_never_shows_a_sandbox() {
        let mut run = finished_run();
        run.status = RunState::Rejected;
        run.gate.accepted = false;
        let code = ErrorCode::SqlPolicyViolation;
        run.gate.rejection = Some(Rejection::new(code, "function-not-allowed", ""));
        let steps = steps_of(&run);
        assert!(!steps.iter().any(|step| step.stage == Stage::Sandbox));
        assert!(
            steps
                .iter()
                .any(|step| step.detail.starts_with("function-not-allowed"))
        );
    }

    #[test]
    fn a_run_that_is_on_its_way_shows_how_far_it_has_come() {
        let mut run = finished_run();
        run.capsule_hash = None;
        let last = |run: &Run| steps_of(run).pop().map(|step| (step.stage, step.progress));
        run.status = RunState::Running;
        assert_eq!(last(&run), Some((Stage::Sandbox, Progress::Active)));
        run.status = RunState::Queued;
        assert_eq!(last(&run), Some((Stage::Queue, Progress::Active)));
        run.gate = GateReport::default();
        assert_eq!(last(&run), Some((Stage::Gate, Progress::Active)));
    }

    #[test]
    fn a_run_without_words_is_answered_by_its_rows() {
        let mut run = finished_run();
        assert_eq!(outcome_of(&run), "The query returned 12 rows.");
        run.status = RunState::Failed;
        assert_eq!(outcome_of(&run), "");
    }

    #[test]
    fn the_summary_names_rules_sandbox_rows_and_seal() {
        assert_eq!(
            summary_of(&finished_run()),
            "1 rule passed · process sandbox · 12 rows in 120 ms · sealed"
        );
    }
}
