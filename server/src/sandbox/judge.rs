//! From a runner's line to an execution or a failure. Believes nothing that the line says about
//! itself beyond what was asked.

use super::wire::WireError;
use super::{Execution, Request, SandboxError, SandboxFailure, response};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::runner::{RunRequest, RunnerOutcome, exit_status};

/// Beside the rows: names, types, timings, punctuation.
const ENVELOPE_BYTES: u64 = 256 << 10;

/// The longest line that the runner may answer.
pub fn answer_limit(limits: &Limits) -> u64 {
    limits.max_result_bytes.saturating_add(ENVELOPE_BYTES)
}

pub fn request(request: &Request<'_>) -> Result<Vec<u8>, SandboxError> {
    let (query, limits) = (request.query, request.limits);
    let request = RunRequest {
        run_id: request.run_id.into(),
        sql: query.sql().into(),
        claims: query.claims().clone(),
        timeout_ms: limits.timeout_ms,
        max_rows: limits.max_rows,
        max_result_bytes: limits.max_result_bytes,
        max_cell_bytes: limits.max_cell_bytes,
    };
    serde_json::to_vec(&request).map_err(|error| SandboxError::broken("the request can't be written", error))
}

pub fn answer(line: &[u8], run_id: &str, limits: &Limits) -> Result<Execution, SandboxError> {
    let response = response::decode(line, run_id, limits.max_rows)
        .map_err(|error| SandboxError::broken(error.what(), error))?;
    match response.outcome {
        RunnerOutcome::Table(table) => Ok(Execution {
            table,
            timings: response.timings,
            peak_memory_bytes: Some(response.peak_memory_bytes),
            stderr: String::new(),
        }),
        RunnerOutcome::Error(error) => Err(error.into()),
    }
}

/// A conversation that broke off; how the runner ended is judged by the provider first.
pub fn broken_wire(error: &WireError) -> SandboxError {
    match error {
        WireError::TooLong(limit) => {
            SandboxFailure::Resource(format!("the result is larger than {limit} bytes")).into()
        }
        WireError::Closed => SandboxError::broken("the runner ended without an answer", error),
        WireError::NotSent(_) => SandboxFailure::GoneBefore.into(),
        WireError::TwoLines => SandboxError::broken("the runner said more than its answer", error),
        WireError::Broken(_) => SandboxError::broken("the connection to the runner broke", error),
    }
}

/// How a runner ended that gave no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    Exit(i32),
    OutOfMemory,
    /// By somebody, and not for its memory.
    Killed,
    /// It held more temporary data than it may.
    OutOfStorage,
    /// Stopped by whoever runs it, for its time.
    OutOfTime,
    /// Whoever runs it needed its place.
    TakenAway,
    /// As far as can be seen it goes on, and only nobody hears it any more.
    OutOfHearing,
    Unknown,
}

impl Ending {
    /// With the kernel's own word on whether it ended something for want of memory.
    pub fn told_apart(self, out_of_memory: bool) -> Self {
        match self {
            _ if out_of_memory => Self::OutOfMemory,
            Self::Exit(KILLED) => Self::Killed,
            other => other,
        }
    }
}

pub const NO_SNAPSHOT: &str = "the dataset's snapshot can't be opened";

/// As the system widens the runner's own, and 128 + signal.
const LOCK_DOWN_FAILED: i32 = exit_status::LOCK_DOWN_FAILED as i32;
const OPEN_FAILED: i32 = exit_status::OPEN_FAILED as i32;
const OUT_OF_TIME: i32 = exit_status::OUT_OF_TIME as i32;
const ABORTED: i32 = 128 + 6;
const KILLED: i32 = 128 + 9;
const OUT_OF_PROCESSOR_TIME: i32 = 128 + 24;
const BAD_SYSTEM_CALL: i32 = 128 + 31;

/// `timeout_ms` is the request's; a runner that ended before it had one ran out of no time.
pub fn ending(ending: Ending, stderr: &str, memory_bytes: u64, timeout_ms: u64) -> SandboxError {
    match ending {
        Ending::OutOfMemory | Ending::Exit(KILLED) => out_of_memory(memory_bytes),
        Ending::Exit(ABORTED) if stderr.contains("bad_alloc") => out_of_memory(memory_bytes),
        Ending::OutOfTime | Ending::Exit(OUT_OF_TIME | OUT_OF_PROCESSOR_TIME) => {
            SandboxFailure::TimedOut { timeout_ms }.into()
        }
        Ending::OutOfStorage => SandboxFailure::Resource(
            "the query needs more temporary storage than it may have and was stopped".into(),
        )
        .into(),
        Ending::Exit(LOCK_DOWN_FAILED) => {
            SandboxError::broken("the runner could not lock itself down", stderr)
        }
        Ending::Exit(OPEN_FAILED) => SandboxError::broken(NO_SNAPSHOT, stderr),
        Ending::Exit(BAD_SYSTEM_CALL) => {
            tracing::error!(stderr, "ALARM: the runner was killed for a forbidden system call");
            SandboxFailure::Broken("the engine did something that the sandbox forbids").into()
        }
        Ending::Killed => SandboxError::broken("the runner was killed", stderr),
        Ending::TakenAway => SandboxError::broken("the runner was taken away while it worked", stderr),
        Ending::OutOfHearing => SandboxError::broken("the connection to the runner broke", stderr),
        Ending::Exit(status) => SandboxError::broken("the runner ended without an answer", status),
        Ending::Unknown => SandboxError::broken("the runner ended without an answer", stderr),
    }
}

pub fn out_of_memory(memory_bytes: u64) -> SandboxError {
    let mebibytes = memory_bytes >> 20;
    SandboxFailure::Resource(format!(
        "the query needs more than {mebibytes} MiB of memory and was stopped"
    ))
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::error::ErrorCode;

    fn judged(line: &str) -> ErrorCode {
        answer(line.as_bytes(), "run-1", &Limits::default())
            .unwrap_err()
            .code()
    }

    fn response(run_id: &str, rows: &str, row_count: u64) -> String {
        format!(
            r#"{{"run_id":"{run_id}","outcome":{{"table":{{"columns":[{{"name":"n","type":"INTEGER"}}],"rows":{rows},"row_count":{row_count},"truncated":false}}}},"timings":{{"open_ms":1,"wait_ms":1,"check_ms":1,"execute_ms":1,"serialise_ms":0}},"peak_memory_bytes":1}}"#
        )
    }

    #[test]
    fn a_sound_answer_is_taken() {
        let execution = answer(
            response("run-1", "[[1]]", 1).as_bytes(),
            "run-1",
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(execution.table.row_count, 1);
    }

    #[test]
    fn garbage_another_run_and_contradictions_are_internal_errors() {
        for line in [
            "garbage".to_string(),
            "{}".to_string(),
            response("run-2", "[[1]]", 1),
            response("run-1", "[[1,2]]", 1),
            response("run-1", "[[1]]", 2),
            response("run-1", "[[1],[2]]", 1),
        ] {
            assert_eq!(judged(&line), ErrorCode::RunnerInternalError, "{line}");
        }
    }

    #[test]
    fn a_failure_s_message_is_cut_and_holds_no_control_characters() {
        let message = format!("\\u001b[2J{}", "x".repeat(5_000));
        let line = response("run-1", "[]", 0);
        let (start, end) = (
            line.find("{\"table\"").unwrap(),
            line.find(",\"timings\"").unwrap(),
        );
        let outcome = format!(r#"{{"error":{{"kind":"execution","message":"{message}"}}}}"#);
        let line = format!("{}{outcome}{}", &line[..start], &line[end..]);
        let failure = answer(line.as_bytes(), "run-1", &Limits::default()).unwrap_err();
        assert_eq!(failure.code(), ErrorCode::SqlExecutionError);
        let told = failure.to_string();
        assert!(
            told.starts_with("[2Jx") && told.chars().count() == 2_000,
            "{told}"
        );
    }

    #[test]
    fn a_runner_killed_by_the_kernel_ran_out_of_memory() {
        let code = |ended| ending(ended, "", 1 << 29, 100).code();
        assert_eq!(code(Ending::OutOfMemory), ErrorCode::RunnerResourceExceeded);
        assert_eq!(code(Ending::Exit(KILLED)), ErrorCode::RunnerResourceExceeded);
        let told = |out_of_memory| code(Ending::Exit(KILLED).told_apart(out_of_memory));
        assert_eq!(told(true), ErrorCode::RunnerResourceExceeded);
        assert_eq!(told(false), ErrorCode::RunnerInternalError);
        assert_eq!(code(Ending::Exit(OUT_OF_TIME)), ErrorCode::RunnerTimeout);
        assert_eq!(code(Ending::Exit(1)), ErrorCode::RunnerInternalError);
        assert_eq!(code(Ending::OutOfTime), ErrorCode::RunnerTimeout);
        assert_eq!(code(Ending::OutOfStorage), ErrorCode::RunnerResourceExceeded);
        assert_eq!(code(Ending::TakenAway), ErrorCode::RunnerInternalError);
    }
}
