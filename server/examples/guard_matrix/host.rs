//! What the server holds by itself, whatever the sandbox lets through: every lie of a runner without any
//! guard of its own, told to both providers, and to a host that believes everything as the control.

use super::matrix::{Cell, Matrix, Row};
use super::naive::{Seen, believe};
use super::stage::{RUN_ID, Stage};
use super::{docker, process};
use csv_analyst_protocol::error::ErrorCode::{
    self, RunnerInternalError, RunnerResourceExceeded, RunnerTimeout,
};
use csv_analyst_protocol::run::RunState;
use csv_analyst_server::sandbox::{Execution, SandboxError, SandboxProvider};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::sync::Arc;

/// Which is why the lies that wait have to be cut off.
const DEADLINE_MS: u64 = 1_500;
/// Of standard error, as the server keeps it.
const MAX_STDERR_BYTES: usize = 8 << 10;

pub struct Lie {
    pub name: &'static str,
    pub what: &'static str,
    pub guard: &'static str,
    pub ends: Ends,
    /// Whether a host that believes everything is harmed.
    pub harms: fn(&Seen) -> bool,
}

/// How the run has to end.
#[derive(Clone, Copy)]
pub enum Ends {
    With(ErrorCode, RunState),
    /// One answer counts or none, depending on when the second one arrives.
    OneAnswer,
    /// At once where the end of the output is seen, else at the deadline.
    CutOff,
    /// The answer is sound and counts; what came beside it is cut.
    Answered,
    /// The hostile program found nothing.
    Refused,
    /// The answer counts, and nothing lives on.
    Destroyed,
}

const BROKEN: Ends = Ends::With(RunnerInternalError, RunState::Failed);
const TIMED_OUT: Ends = Ends::With(RunnerTimeout, RunState::TimedOut);
const TOO_LARGE: Ends = Ends::With(RunnerResourceExceeded, RunState::Failed);

const fn lie(
    name: &'static str,
    what: &'static str,
    guard: &'static str,
    ends: Ends,
    harms: fn(&Seen) -> bool,
) -> Lie {
    Lie {
        name,
        what,
        guard,
        ends,
        harms,
    }
}

pub const LIES: &[Lie] = &[
    lie(
        "endless-line",
        "an endless line",
        "cap on a line",
        TOO_LARGE,
        |seen| seen.output.len() > 12 << 20,
    ),
    lie(
        "endless-lines",
        "endless lines",
        "one line only",
        BROKEN,
        |seen| seen.lines() > 1_000,
    ),
    lie(
        "two-answers",
        "two answers",
        "one line only",
        Ends::OneAnswer,
        |seen| seen.lines() == 2,
    ),
    lie("garbage", "garbage", "the answer is parsed", BROKEN, |seen| {
        seen.response().is_none()
    }),
    lie(
        "half-an-answer",
        "half an answer",
        "a line has an end",
        BROKEN,
        |seen| !seen.output.is_empty() && seen.response().is_none(),
    ),
    lie(
        "no-answer",
        "no answer, status 0",
        "an answer is needed",
        BROKEN,
        |seen| seen.output.is_empty(),
    ),
    lie(
        "close-output",
        "closes its output, lives on",
        "an answer is needed, deadline",
        Ends::CutOff,
        |seen| seen.lives,
    ),
    lie(
        "answer-another-run",
        "an answer for another run",
        "the run's id",
        BROKEN,
        |seen| seen.response().is_some_and(|response| response.run_id != RUN_ID),
    ),
    lie(
        "too-many-rows",
        "more rows than it counts",
        "the table is checked",
        BROKEN,
        |seen| seen.response().is_some(),
    ),
    lie(
        "sleep-past-deadline",
        "sleeps past the deadline",
        "deadline, SIGKILL",
        TIMED_OUT,
        |seen| seen.lives,
    ),
    lie(
        "ignore-terminate",
        "ignores SIGTERM",
        "deadline, SIGKILL",
        TIMED_OUT,
        |seen| seen.ignores_terminate,
    ),
    lie(
        "answer-again",
        "waits for another question",
        "single use",
        Ends::Destroyed,
        |seen| seen.response().is_some() && seen.lives,
    ),
    lie(
        "flood-errors",
        "floods standard error",
        "cap on standard error",
        Ends::Answered,
        |seen| seen.errors > MAX_STDERR_BYTES,
    ),
    lie(
        "see-environment",
        "reads its environment",
        "empty environment",
        Ends::Refused,
        Seen::went_through,
    ),
    lie(
        "keep-descriptors",
        "uses open files of the server",
        "descriptors closed",
        Ends::Refused,
        Seen::went_through,
    ),
];

pub const COLUMNS: [&str; 3] = ["a host that believes", "process", "Docker"];

/// What must hold; nothing is run.
pub fn outline() -> Matrix {
    Matrix {
        title: "host",
        columns: COLUMNS.to_vec(),
        rows: LIES.iter().map(|lie| Row::empty(lie.name)).collect(),
        expected: vec![("process", NAMES), ("Docker", NAMES)],
    }
}

pub async fn matrix(stage: &Stage) -> Matrix {
    // Inherited by whatever is started without care.
    let _leaked = leak_a_descriptor();
    let process = process::without_guards(stage).await;
    let docker = docker::without_guards(stage).await;
    let mut rows = Vec::new();
    for lie in LIES {
        let naive = match believe(stage, lie.name).await {
            Ok(seen) if (lie.harms)(&seen) => Cell::WentThrough,
            Ok(seen) => Cell::Wrong(format!("no harm: {seen:?}")),
            Err(error) => Cell::Wrong(error.to_string()),
        };
        let cells = vec![
            naive,
            told(stage, &process, lie).await,
            told(stage, &docker, lie).await,
        ];
        rows.push(Row {
            guard: lie.name,
            cells,
        });
    }
    Matrix { rows, ..outline() }
}

/// As in [`LIES`].
const NAMES: &[&str] = &{
    let mut names = [""; LIES.len()];
    let mut index = 0;
    while index < LIES.len() {
        names[index] = LIES[index].name;
        index += 1;
    }
    names
};

fn leak_a_descriptor() -> OwnedFd {
    let file = std::io::stderr();
    // SAFETY: a copy of an open descriptor, owned by whoever is returned it; copies are not closed by exec.
    unsafe { OwnedFd::from_raw_fd(libc::dup(file.as_raw_fd())) }
}

async fn told(stage: &Stage, provider: &Result<Arc<dyn SandboxProvider>, String>, lie: &Lie) -> Cell {
    let provider = match provider {
        Ok(provider) => provider.as_ref(),
        Err(reason) => return Cell::Unavailable(reason.clone()),
    };
    let order = stage.order(lie.name, "");
    let waits = matches!(lie.ends, Ends::CutOff | Ends::With(RunnerTimeout, _));
    let deadline_ms = if waits { DEADLINE_MS } else { 20_000 };
    let cell = judge(lie.ends, stage.run(provider, &order, deadline_ms).await);
    match programs_alive(&stage.hostile) {
        0 => cell,
        left => Cell::Wrong(format!("{left} hostile programs still live")),
    }
}

fn judge(ends: Ends, outcome: Result<Execution, SandboxError>) -> Cell {
    let refused = |execution: &Execution| {
        let cell = execution.table.rows.first().and_then(|row| row.first()?.as_str());
        cell.is_some_and(|text| text.starts_with("refused"))
    };
    let broken =
        |error: &SandboxError| error.code() == RunnerInternalError && error.state() == RunState::Failed;
    match (ends, outcome) {
        (Ends::OneAnswer | Ends::Destroyed, Ok(_)) => Cell::Held,
        (Ends::OneAnswer | Ends::CutOff, Err(error)) if broken(&error) => Cell::Held,
        (Ends::CutOff, Err(error)) if error.code() == RunnerTimeout => Cell::Held,
        (Ends::With(code, state), Err(error)) if error.code() == code && error.state() == state => Cell::Held,
        (Ends::Answered, Ok(execution)) if execution.stderr.len() <= MAX_STDERR_BYTES => Cell::Held,
        (Ends::Refused, Ok(execution)) if refused(&execution) => Cell::Held,
        (_, Ok(execution)) => Cell::Wrong(format!("answered {:?}", execution.table.rows)),
        (_, Err(error)) => Cell::Wrong(format!("{:?}: {error}", error.code())),
    }
}

/// Whatever it is called by now: what it was started from tells.
fn programs_alive(program: &std::path::Path) -> usize {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let started_from = entries.filter_map(|entry| std::fs::read_link(entry.path().join("exe")).ok());
    started_from.filter(|found| found == program).count()
}
