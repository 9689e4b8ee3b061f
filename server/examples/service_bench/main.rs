//! What the whole service costs, over HTTP, beside the least that anything could cost here: the same
//! SQL in a DuckDB that is open already, and containers that do nothing.
//!
//! Started by `cargo xtask bench`, one part after the other. Measures; asserts nothing.

mod client;
#[path = "../sandbox_latency/floor.rs"]
mod floor;
mod in_process;
mod large;
mod load;
mod parts;
mod pause;
mod service;
mod times;

use clap::{Parser, ValueEnum};
use floor::Failure;
use std::path::PathBuf;

#[derive(Parser)]
pub struct Options {
    /// The program `csv-analyst`
    #[arg(long)]
    pub server: PathBuf,
    #[arg(long)]
    pub runner: PathBuf,
    #[arg(long)]
    pub gate: PathBuf,
    #[arg(long)]
    pub registry: PathBuf,
    #[arg(long)]
    pub site: PathBuf,
    /// The runner's program `in_process`
    #[arg(long)]
    pub in_process: PathBuf,
    /// Of the sustained load, per step
    #[arg(long, default_value_t = 30)]
    pub seconds: u64,
    /// Of 200 clients
    #[arg(long, default_value_t = 10)]
    pub minutes: u64,
    /// Of the large table
    #[arg(long, default_value_t = 10_000_000)]
    pub rows: u64,
    #[arg(value_enum, required = true)]
    parts: Vec<Part>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Start to ready, and memory of a server that nobody asks
    Idle,
    /// Warm, cached and sustained runs in processes
    Process,
    /// The same in containers, beside containers that do nothing
    Docker,
    /// A group-by over 10 million rows
    Large,
    /// 200 clients for minutes
    Clients,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let options = Options::parse();
    for part in &options.parts {
        match part {
            Part::Idle => parts::idle(&options).await?,
            Part::Process => parts::runs(&options, "process").await?,
            Part::Docker => parts::runs(&options, "docker").await?,
            Part::Large => large::measure(&options).await?,
            Part::Clients => parts::many_clients(&options).await?,
        }
    }
    Ok(())
}

/// One figure on one line of standard output.
pub fn tell(figure: &str, words: &str) -> Result<(), std::io::Error> {
    use std::io::Write;
    writeln!(std::io::stdout(), "{figure}: {words}")
}
