//! The command line: `serve`, `ask`, `datasets`, `eval`, `verify`, `backup`, `restore`, `health`,
//! `smoke`, `doctor`, `engine-proxy`, `config`, `version`.
//!
//! Flags are the highest layer of the configuration, nothing else; commands call services.

mod ask;
mod backup;
mod datasets;
mod doctor;
mod engine_proxy;
mod eval;
mod flags;
mod health;
mod progress;
mod running;
mod smoke;
mod terminal;
mod verify;

use crate::config::{self, Config, ConfigError};
use crate::http::{self, ServeError};
use crate::services::{Services, StartError};
use crate::telemetry::{self, TelemetryError};
use clap::{Parser, Subcommand};
use flags::{Flags, ServeFlags};
use std::io::Write;
use tokio_util::sync::CancellationToken;

/// Asks questions of CSV files, in plain English, SQL or query plans. Every query is checked, runs in a
/// sandbox of its own, and leaves a record that can be verified.
#[derive(Parser)]
#[command(name = "csv-analyst", version)]
pub struct CommandLine {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the page and the HTTP interface.
    Serve(ServeFlags),
    /// Answer one question on the terminal.
    Ask(ask::AskFlags),
    /// Read the datasets' files, and say what is in them and what was assumed.
    Datasets(ServeFlags),
    /// Answer a file of questions and write what came of each, for measuring.
    Eval(eval::EvalFlags),
    /// Check every sealed record: hashes, signatures, chain.
    Verify(Flags),
    /// Write the record (runs, conversations, the key that seals them) as one archive to standard output,
    /// beside a running service or without one. Whoever has it can seal in this service's name.
    Backup(Flags),
    /// Put such an archive, from standard input, into a data directory that has no record.
    Restore(Flags),
    /// Ask a running service whether it is ready.
    Health(health::HealthFlags),
    /// Ask a running service one question of each dataset.
    Smoke(smoke::SmokeFlags),
    /// Say which guards this machine gives, what production needs beside them, and what to do.
    Doctor(doctor::DoctorFlags),
    /// Let a service start its runners through this proxy, instead of the container engine's own socket.
    EngineProxy(engine_proxy::EngineProxyFlags),
    /// Print the effective configuration as TOML, secrets masked.
    Config(ServeFlags),
    /// Print the version.
    Version,
}

#[derive(Debug, thiserror::Error)]
pub enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("the configuration cannot be printed: {0}")]
    Print(#[from] toml::ser::Error),
    #[error(transparent)]
    Telemetry(#[from] TelemetryError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Store(#[from] crate::capsules::StoreError),
    #[error(transparent)]
    Backup(#[from] crate::capsules::BackupError),
    #[error("{0}")]
    Asked(String),
    #[error("{0}")]
    NotAnswered(&'static str),
    #[error("{0}")]
    Eval(String),
    #[error("interrupted: {done} of {total} questions were asked")]
    Interrupted { done: usize, total: usize },
    #[error("{address} is not ready: {reason}")]
    Unhealthy { address: String, reason: String },
    #[error("this is not ready for production: {0} things are lacking")]
    NotReady(usize),
    #[error(transparent)]
    EngineProxy(#[from] crate::engine_proxy::ProxyError),
    #[error(transparent)]
    Rights(#[from] crate::engine_proxy::RightsError),
    #[error("signals cannot be caught: {0}")]
    Signal(std::io::Error),
    #[error("the output cannot be written: {0}")]
    Output(#[from] std::io::Error),
    #[error("{0} of the datasets cannot be asked")]
    Refused(usize),
    #[error("the record does not verify in {0} places")]
    Broken(usize),
}

pub async fn run(command_line: CommandLine) -> Result<(), CliError> {
    keep_files_private();
    match command_line.command {
        Command::Serve(flags) => serve(flags.load()?).await,
        Command::Ask(flags) => ask::ask(flags).await,
        Command::Datasets(flags) => datasets::datasets(flags.load()?).await,
        Command::Eval(flags) => eval::eval(flags).await,
        Command::Verify(flags) => verify::verify(&flags.load()?),
        Command::Backup(flags) => backup::back_up(&flags),
        Command::Restore(flags) => backup::restore(&flags),
        Command::Health(flags) => health::health(flags).await,
        Command::Smoke(flags) => smoke::smoke(flags).await,
        Command::Doctor(flags) => doctor::doctor(flags).await,
        Command::EngineProxy(flags) => engine_proxy::engine_proxy(flags).await,
        Command::Config(flags) => say(&config::print(&flags.load()?)?),
        Command::Version => say(concat!("csv-analyst ", env!("CARGO_PKG_VERSION"))),
    }
}

/// Records, snapshots and keys are for the user who runs this program, also those that libraries make.
fn keep_files_private() {
    // SAFETY: a plain number; the call cannot fail.
    unsafe { libc::umask(0o077) };
}

async fn serve(config: Config) -> Result<(), CliError> {
    config::require_site(&config)?;
    telemetry::install(&config.log)?;
    let stop = stop_on_signals()?;
    let services = Services::start(config).await?;
    Ok(http::serve(services, stop).await?)
}

/// Ctrl-C and the service manager's TERM mean the same: drain and end.
fn stop_on_signals() -> Result<CancellationToken, CliError> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt()).map_err(CliError::Signal)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(CliError::Signal)?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        told.cancel();
    });
    Ok(stop)
}

fn say(text: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout().lock(), "{}", text.trim_end())?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_help_says_what_the_program_is_for() {
        let help = CommandLine::command().render_help().to_string();
        assert!(help.starts_with("Asks questions of CSV files"), "{help}");
    }
}
