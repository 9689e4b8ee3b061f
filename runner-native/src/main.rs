//! The runner: DuckDB behind a locked door, for exactly one request.
//!
//! `serve` answers one query over a read-only snapshot, `ingest` turns CSV files into a snapshot,
//! `guards` says which protections this machine gives. All three lock themselves down before they
//! look at anything hostile. The runner decides nothing about what is allowed (that is the gate's
//! work) and offers no way to run SQL that did not come in a request.

mod cells;
mod engine;
mod failure;
mod guards;
mod ingest;
mod probe;
mod serve;
mod table;

use clap::{Args, Parser, Subcommand};
use csv_analyst_runner::check;
use guards::{Guard, GuardPolicy};
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(
    name = "runner-native",
    version,
    about = "Answers one query over one snapshot, locked down"
)]
struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Open a snapshot, lock down, then answer one request line from stdin on stdout.
    Serve(ServeArguments),
    /// Read one ingest request from stdin, write the snapshot, answer one line on stdout.
    Ingest(IngestArguments),
    /// Print, as JSON, which guards hold on this machine.
    Guards(GuardArguments),
}

/// Which guards must hold, and which to leave out.
#[derive(Args, Default)]
struct GuardArguments {
    /// Refuse to start when this guard can't be put up (repeatable).
    #[arg(long = "require", value_name = "GUARD")]
    required: Vec<Guard>,
    /// Leave this guard out, so that a test can show that the others hold alone (repeatable).
    #[arg(long = "without", value_name = "GUARD")]
    left_out: Vec<Guard>,
    /// Not used here: shows in the list of processes whose runner this is.
    #[arg(long)]
    instance: Option<String>,
}

impl GuardArguments {
    fn policy(&self) -> GuardPolicy {
        GuardPolicy {
            required: self.required.clone(),
            left_out: self.left_out.clone(),
        }
    }
}

#[derive(Args)]
struct ServeArguments {
    #[arg(long, value_name = "FILE")]
    snapshot: PathBuf,
    /// Memory of the whole runner; the engine gets a smaller share.
    #[arg(long)]
    memory_bytes: u64,
    #[arg(long, default_value_t = 1)]
    threads: u64,
    /// From the moment the request is read; the runner ends itself then, should nobody else.
    #[arg(long)]
    timeout_ms: u64,
    /// An empty folder that spilling may use.
    #[arg(long, value_name = "FOLDER", requires = "scratch_bytes")]
    scratch: Option<PathBuf>,
    #[arg(long, default_value_t = 0)]
    scratch_bytes: u64,
    #[command(flatten)]
    guards: GuardArguments,
}

#[derive(Args)]
struct IngestArguments {
    #[command(flatten)]
    guards: GuardArguments,
}

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Ingest(arguments) => ingest::run(&arguments.guards.policy()),
        Command::Guards(arguments) => probe::run(&arguments.policy()),
    }
}
