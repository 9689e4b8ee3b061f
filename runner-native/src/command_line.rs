//! The command line that the server speaks. Shared with the test program that plays a runner which was
//! taken over, so that both are started in the same way.

use crate::guards::{Guard, GuardPolicy};
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

#[derive(Parser)]
#[command(
    name = "runner-native",
    version,
    about = "Answers one query over one snapshot, locked down"
)]
pub struct CommandLine {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Open a snapshot, lock down, then answer one request line from stdin on stdout.
    Serve(ServeArguments),
    /// Read one ingest request from stdin, write the snapshot, answer one line on stdout.
    Ingest(IngestArguments),
    /// Print, as JSON, which guards hold on this machine.
    Guards(ProbeArguments),
    /// Take a snapshot from stdin into an empty folder, if it is not there yet.
    Receive(FolderArguments),
    /// Remove the folders of snapshots that a request on stdin does not keep.
    Sweep(FolderArguments),
}

/// Which guards must hold, and which to leave out.
#[derive(Args, Default)]
pub struct GuardArguments {
    /// Refuse to start when this guard can't be put up (repeatable).
    #[arg(long = "require", value_name = "GUARD")]
    required: Vec<Guard>,
    /// Leave this guard out, so that a test can show that the others hold alone (repeatable). Not
    /// in a program built for use (`--release`).
    #[cfg(debug_assertions)]
    #[arg(long = "without", value_name = "GUARD")]
    left_out: Vec<Guard>,
    /// Not used here: shows in the list of processes whose runner this is.
    #[arg(long)]
    instance: Option<String>,
}

impl GuardArguments {
    pub fn policy(&self) -> GuardPolicy {
        GuardPolicy {
            required: self.required.clone(),
            #[cfg(debug_assertions)]
            left_out: self.left_out.clone(),
            #[cfg(not(debug_assertions))]
            left_out: Vec::new(),
        }
    }
}

#[derive(Args)]
pub struct ServeArguments {
    #[arg(long, value_name = "FILE")]
    pub snapshot: PathBuf,
    /// Memory of the whole runner; the engine gets a smaller share.
    #[arg(long)]
    pub memory_bytes: u64,
    #[arg(long, default_value_t = 1)]
    pub threads: u64,
    /// The longest that any request may take, whatever it says itself.
    #[arg(long)]
    pub timeout_ms: u64,
    /// An empty folder that spilling may use.
    #[arg(long, value_name = "FOLDER", requires = "scratch_bytes")]
    pub scratch: Option<PathBuf>,
    #[arg(long, default_value_t = 0)]
    pub scratch_bytes: u64,
    /// Say nothing before an empty line has come.
    #[arg(long)]
    pub greeted: bool,
    #[command(flatten)]
    pub guards: GuardArguments,
}

#[derive(Args)]
pub struct ProbeArguments {
    /// Say nothing before an empty line has come.
    #[arg(long)]
    pub greeted: bool,
    #[command(flatten)]
    pub guards: GuardArguments,
}

#[derive(Args)]
pub struct FolderArguments {
    #[arg(long, value_name = "FOLDER")]
    pub folder: PathBuf,
    #[command(flatten)]
    pub guards: GuardArguments,
}

#[derive(Args)]
pub struct IngestArguments {
    #[command(flatten)]
    pub guards: GuardArguments,
}
