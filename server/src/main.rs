//! The program: reads the command line, runs the command, says what went wrong.

use clap::Parser;
use csv_analyst_server::cli::{CommandLine, run};
use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    match run(CommandLine::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("csv-analyst: {error}");
            ExitCode::FAILURE
        }
    }
}
