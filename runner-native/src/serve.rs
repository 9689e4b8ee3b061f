//! One request, one answer, end. Nothing is read from outside before every guard is up.

use crate::engine::{self, EngineError, EngineLimits};
use crate::guards::{Guard, GuardError, LockDown, Reach, ResourceLimits, tell};
use crate::{ServeArguments, check, failure, greeting, table, warm};
use csv_analyst_protocol::runner::exit_status::{LOCK_DOWN_FAILED, OPEN_FAILED, OUT_OF_TIME};
use csv_analyst_protocol::runner::{
    MOST_WAKES, READY_LINE, RunRequest, RunResponse, RunnerErrorKind, RunnerOutcome, RunnerTimings, WAKE_LINE,
};
use duckdb::Connection;
use serde::Serialize;
use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// The canonical SQL and its claims; four times the largest query, since JSON escapes.
const MAX_REQUEST_BYTES: u64 = 4 * csv_analyst_protocol::limits::MAX_QUERY_BYTES as u64 + (64 << 10);

/// The server's deadline comes first; this one is for a server that is gone or stuck.
const GRACE_MS: u64 = 500;
/// Processor time for opening and warming up, with much to spare: measured under 0.1 s.
const START_SECONDS: u64 = 5;

pub fn run(arguments: &ServeArguments) -> ExitCode {
    let started = Instant::now();
    let connection = match open_locked(arguments) {
        Ok(connection) => connection,
        Err(failure) => {
            tell(&failure.to_string());
            return failure.exit_code();
        }
    };
    // The guards bind what starts from here on. In one thread, since handing a query to another costs more
    // than checking it.
    let served = check::with_room(move || serve(arguments, &connection, started));
    served.unwrap_or(ExitCode::FAILURE)
}

fn serve(arguments: &ServeArguments, connection: &Connection, started: Instant) -> ExitCode {
    warm::up(connection);
    let open_ms = milliseconds(started);
    // Nobody needed this sandbox.
    if !greeting::awaited(arguments.greeted) {
        return ExitCode::SUCCESS;
    }
    if write_line(READY_LINE.as_bytes()).is_err() {
        return ExitCode::FAILURE;
    }
    answer(arguments, connection, open_ms)
}

#[derive(Debug, thiserror::Error)]
enum StartFailure {
    #[error(transparent)]
    Guard(#[from] GuardError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl StartFailure {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Guard(_) => ExitCode::from(LOCK_DOWN_FAILED),
            Self::Engine(_) => ExitCode::from(OPEN_FAILED),
        }
    }
}

fn open_locked(arguments: &ServeArguments) -> Result<Connection, StartFailure> {
    let scratch = scratch(arguments);
    let policy = arguments.guards.policy();
    let limits = ResourceLimits {
        memory_bytes: arguments.memory_bytes,
        file_bytes: scratch.map_or(0, |(_, bytes)| bytes),
        threads: arguments.threads,
        processor_seconds: processor_seconds(arguments),
    };
    let reach = Reach {
        readable: vec![&arguments.snapshot],
        scratch,
        ..Reach::default()
    };
    let lock = LockDown::begin(&limits, reach, &policy)?;
    let memory = EngineLimits {
        memory_bytes: arguments.memory_bytes,
        scratch,
    };
    let connection = engine::open(&arguments.snapshot, &memory, &policy)?;
    lock.finish()?;
    if policy.wants(Guard::EngineSettings) {
        engine::lock(&connection, arguments.threads, scratch.is_none())?;
    }
    Ok(connection)
}

/// For the query on every thread, and for getting ready.
fn processor_seconds(arguments: &ServeArguments) -> u64 {
    let query_ms = arguments.timeout_ms.saturating_add(GRACE_MS);
    query_ms
        .div_ceil(1_000)
        .saturating_mul(arguments.threads.max(1))
        .saturating_add(START_SECONDS)
}

fn scratch(arguments: &ServeArguments) -> Option<(&Path, u64)> {
    let folder = arguments.scratch.as_deref()?;
    (arguments.scratch_bytes > 0).then_some((folder, arguments.scratch_bytes))
}

fn answer(arguments: &ServeArguments, connection: &Connection, open_ms: f64) -> ExitCode {
    let waiting = Instant::now();
    let line = match read_request(connection) {
        Ok(Some(line)) => line,
        // Nobody needed this sandbox.
        Ok(None) => return ExitCode::SUCCESS,
        Err(error) => {
            tell(&format!("the request can't be read: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let timings = RunnerTimings {
        open_ms,
        wait_ms: milliseconds(waiting),
        ..RunnerTimings::default()
    };
    let request = serde_json::from_str::<RunRequest>(&line).ok();
    let asked_ms = request.as_ref().map_or(0, |request| request.timeout_ms);
    watch(asked_ms.min(arguments.timeout_ms));
    let printed = print_line(&respond(connection, request, timings));
    end_now(printed == ExitCode::SUCCESS)
}

/// Taking the engine apart in order costs as much as a small query, and nothing of it is needed any
/// more: the system takes it all back at once.
fn end_now(well: bool) -> ! {
    // SAFETY: runs nothing of this process any more; the answer was flushed.
    unsafe { libc::_exit(i32::from(!well)) }
}

/// A request is a whole line: what breaks off before its end is never executed, so that a server whose
/// writing failed may give the request to another runner. Before it, the server may say that one is likely.
fn read_request(connection: &Connection) -> std::io::Result<Option<String>> {
    let mut input = std::io::stdin().lock();
    for woken in 0.. {
        let mut line = String::new();
        (&mut input).take(MAX_REQUEST_BYTES).read_line(&mut line)?;
        if line.trim_end() != WAKE_LINE {
            let whole = line.ends_with('\n') || line.len() as u64 == MAX_REQUEST_BYTES;
            return Ok(whole.then_some(line));
        }
        if woken < MOST_WAKES {
            warm::up(connection);
        }
    }
    Ok(None)
}

/// Ends the process at the deadline, or when nobody is left to read the answer (the server died).
fn watch(timeout_ms: u64) {
    let limit = timeout_ms.saturating_add(GRACE_MS);
    let milliseconds = libc::c_int::try_from(limit).unwrap_or(libc::c_int::MAX);
    std::thread::spawn(move || {
        let mut output = libc::pollfd {
            fd: libc::STDOUT_FILENO,
            events: 0,
            revents: 0,
        };
        // SAFETY: one live struct and its count; `_exit` runs nothing of this process any more.
        unsafe {
            libc::poll(&mut output, 1, milliseconds);
            libc::_exit(OUT_OF_TIME.into())
        }
    });
}

fn respond(connection: &Connection, request: Option<RunRequest>, mut timings: RunnerTimings) -> RunResponse {
    let (run_id, outcome) = match request {
        Some(request) => {
            let outcome = execute(connection, &request, &mut timings);
            (request.run_id, outcome)
        }
        None => {
            let error = failure::error(
                RunnerErrorKind::Protocol,
                "The request line is not a run request.",
            );
            (String::new(), RunnerOutcome::Error(error))
        }
    };
    RunResponse {
        run_id,
        outcome,
        timings,
        peak_memory_bytes: peak_memory_bytes(),
    }
}

fn execute(connection: &Connection, request: &RunRequest, timings: &mut RunnerTimings) -> RunnerOutcome {
    let checking = Instant::now();
    let verdict = check::agrees_here(connection, &request.sql, &request.claims);
    timings.check_ms = milliseconds(checking);
    if let Err(difference) = verdict {
        tell(&format!(
            "ALARM: the engine reads the canonical SQL differently from the gate: {difference}"
        ));
        let message = "The engine reads this query differently from the gate; it was not run.";
        return RunnerOutcome::Error(failure::error(RunnerErrorKind::Policy, message));
    }
    let executing = Instant::now();
    let table = table::collect(connection, request);
    timings.execute_ms = milliseconds(executing);
    match table {
        Ok(table) => RunnerOutcome::Table(table),
        Err(error) => RunnerOutcome::Error(error),
    }
}

/// As the kernel counts it.
const PEAK_UNIT_BYTES: u64 = if cfg!(target_vendor = "apple") { 1 } else { 1_024 };

fn peak_memory_bytes() -> u64 {
    // SAFETY: an all-zero `rusage` is valid, and the call fills it.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    u64::try_from(usage.ru_maxrss).unwrap_or(0) * PEAK_UNIT_BYTES
}

/// One JSON line on stdout.
pub fn print_line(document: &impl Serialize) -> ExitCode {
    let written = serde_json::to_vec(document)
        .map_err(std::io::Error::from)
        .and_then(|line| write_line(&line));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn write_line(line: &[u8]) -> std::io::Result<()> {
    let mut output = std::io::stdout().lock();
    output.write_all(line)?;
    output.write_all(b"\n")?;
    output.flush()
}

fn milliseconds(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}
