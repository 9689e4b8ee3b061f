//! A runner that was taken over, for tests only: started in the real one's place and in its way, it
//! locks itself down as it is told, waits for its request, and then does what the request's SQL says
//! (`ATTACK name argument` in a text).
//!
//! An attack on the machine is answered with "went through" or "refused: why", in an answer of the
//! right form; a lie to the server is told instead of an answer. It links no engine.

#[path = "../../src/command_line.rs"]
mod command_line;
#[path = "../../src/greeting.rs"]
mod greeting;
#[path = "../../src/guards/mod.rs"]
mod guards;

mod files;
mod kernel;
mod lies;
mod memory;
mod processes;

use clap::Parser;
use command_line::{Command, CommandLine, ProbeArguments, ServeArguments};
use csv_analyst_protocol::run::ResultColumn;
use csv_analyst_protocol::runner::exit_status::LOCK_DOWN_FAILED;
use csv_analyst_protocol::runner::{
    GuardReport, READY_LINE, ResultTable, RunRequest, RunResponse, RunnerOutcome, RunnerTimings,
};
use guards::{GuardError, GuardPolicy, LockDown, Reach, ResourceLimits};
use std::io::{self, Write};
use std::process::ExitCode;

const WENT_THROUGH: &str = "went through";

fn main() -> ExitCode {
    let done = match CommandLine::parse().command {
        Command::Guards(arguments) => probe(&arguments),
        Command::Serve(arguments) => serve(&arguments),
        Command::Ingest(_) | Command::Receive(_) | Command::Sweep(_) => {
            Err("only a real runner reads files".into())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            guards::tell(&reason);
            ExitCode::from(LOCK_DOWN_FAILED)
        }
    }
}

fn lock(limits: &ResourceLimits, reach: Reach<'_>, policy: &GuardPolicy) -> Result<GuardReport, GuardError> {
    LockDown::begin(limits, reach, policy)?.finish()
}

fn probe(arguments: &ProbeArguments) -> Result<(), String> {
    let policy = &arguments.guards.policy();
    let limits = ResourceLimits {
        memory_bytes: 512 << 20,
        file_bytes: 0,
        threads: 1,
        processor_seconds: 5,
    };
    let mut report = lock(&limits, Reach::default(), policy).map_err(|error| error.to_string())?;
    // There is no engine that could be set.
    report.missing.push("engine-settings".into());
    greeted(arguments.greeted)?;
    say(&serde_json::to_string(&report).map_err(|error| error.to_string())?)
}

fn serve(arguments: &ServeArguments) -> Result<(), String> {
    let scratch = arguments
        .scratch
        .as_deref()
        .map(|folder| (folder, arguments.scratch_bytes));
    let limits = ResourceLimits {
        memory_bytes: arguments.memory_bytes,
        file_bytes: arguments.scratch_bytes,
        threads: arguments.threads,
        processor_seconds: arguments.timeout_ms.div_ceil(1_000) + 1,
    };
    let reach = Reach {
        readable: vec![&arguments.snapshot],
        scratch,
        ..Reach::default()
    };
    lock(&limits, reach, &arguments.guards.policy()).map_err(|error| error.to_string())?;
    greeted(arguments.greeted)?;
    say(READY_LINE)?;
    let mut line = String::new();
    io::stdin()
        .read_line(&mut line)
        .map_err(|error| error.to_string())?;
    let request: RunRequest = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    let (attack, argument) = order(&request.sql).ok_or("no attack is named")?;
    if lies::tell(attack, argument, &request)? {
        return Ok(());
    }
    let outcome = match carry_out(attack, argument, arguments) {
        Ok(()) => WENT_THROUGH.to_owned(),
        Err(refusal) => format!("refused: {refusal}"),
    };
    say(&answer(&request, &outcome))
}

/// What stands in the text after `ATTACK`.
fn order(sql: &str) -> Option<(&str, &str)> {
    let (_, rest) = sql.split_once("ATTACK ")?;
    let order = rest.split('\'').next()?;
    Some(order.split_once(' ').unwrap_or((order, "")))
}

fn carry_out(attack: &str, argument: &str, arguments: &ServeArguments) -> io::Result<()> {
    let scratch = arguments.scratch.as_deref();
    match attack {
        "read-file" => std::fs::read(argument).map(drop),
        "read-environment-of-others" => std::fs::read(format!("/proc/{argument}/environ")).map(drop),
        "write-outside" => std::fs::write(argument, "taken over"),
        "fill-scratch" => files::fill(scratch, arguments.scratch_bytes),
        "write-large-file" => files::one_large(scratch, arguments.scratch_bytes),
        "open-socket" => kernel::socket(),
        "connect" => std::net::TcpStream::connect(argument).map(drop),
        "connect-abstract" => kernel::abstract_socket(argument),
        "share-memory" => kernel::shared_memory(argument),
        "mount" => kernel::mount_somewhere(),
        "new-namespace" => kernel::check(|| unsafe { libc::unshare(libc::CLONE_NEWUSER) }),
        "change-root" => kernel::check(|| unsafe { libc::chroot(c"/".as_ptr()) }),
        "gain-privileges" => kernel::privileges_can_be_gained(),
        "kernel-interfaces" => kernel::interfaces(),
        "fill-memory" => memory::fill(arguments.memory_bytes),
        "fill-memory-in-processes" => memory::fill_in_processes(arguments.memory_bytes),
        "fork" => processes::fork_many(),
        "run-program" => std::process::Command::new(argument)
            .arg("--version")
            .stdout(std::process::Stdio::null())
            .status()
            .map(drop),
        "thread" => std::thread::Builder::new()
            .spawn(|| ())?
            .join()
            .map_err(|_| io::Error::other("no thread")),
        "trace" => processes::trace(argument),
        "signal" => processes::signal(argument),
        "signal-thread" => processes::signal_thread(argument),
        "spin" => processes::spin(),
        "leave-daemon" => processes::leave_daemon(argument),
        "see-environment" => kernel::environment(),
        "keep-descriptors" => kernel::descriptors(),
        _ => Err(io::Error::other("no such attack")),
    }
}

fn answer(request: &RunRequest, text: &str) -> String {
    let table = ResultTable {
        columns: vec![ResultColumn {
            name: "attack".into(),
            kind: "VARCHAR".into(),
        }],
        rows: vec![vec![text.into()]],
        row_count: 1,
        truncated: false,
    };
    let response = RunResponse {
        run_id: request.run_id.clone(),
        outcome: RunnerOutcome::Table(table),
        timings: RunnerTimings::default(),
        peak_memory_bytes: 1,
    };
    serde_json::to_string(&response).unwrap_or_default()
}

fn greeted(wanted: bool) -> Result<(), String> {
    match greeting::awaited(wanted) {
        true => Ok(()),
        false => Err("nobody greeted".into()),
    }
}

fn say(line: &str) -> Result<(), String> {
    let mut output = io::stdout().lock();
    writeln!(output, "{line}")
        .and_then(|()| output.flush())
        .map_err(|error| error.to_string())
}
