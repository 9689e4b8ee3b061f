//! The runner: DuckDB behind a locked door, for exactly one request.
//!
//! `serve` answers one query over a read-only snapshot, `ingest` turns files of tables into a snapshot,
//! `guards` says which protections this machine gives; `receive` and `sweep` keep a folder of snapshots
//! where no server can reach it. All lock themselves down before they look at anything hostile.
//!
//! The runner decides nothing about what is allowed (that is the gate's work) and offers no way to run SQL
//! that did not come in a request.

mod cells;
mod command_line;
mod engine;
mod failure;
mod greeting;
mod guards;
mod ingest;
mod probe;
mod receive;
mod serve;
mod sweep;
mod table;
mod warm;

use clap::Parser;
use command_line::{Command, CommandLine, ServeArguments};
use csv_analyst_runner::check;
use std::process::ExitCode;

fn main() -> ExitCode {
    match CommandLine::parse().command {
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Ingest(arguments) => ingest::run(&arguments.guards.policy()),
        Command::Guards(arguments) => probe::run(&arguments),
        Command::Receive(arguments) => receive::run(&arguments),
        Command::Sweep(arguments) => sweep::run(&arguments),
    }
}
