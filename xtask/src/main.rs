//! The workshop: every command that a contributor, or the build machine, needs.
//!
//! No product code lives here. Each subcommand is a module of the same name; this file only reads
//! the command line. Output is for people: words first, numbers with units.
#![allow(
    clippy::print_stdout,
    reason = "a command-line tool speaks on its standard output"
)]

mod bench;
mod ci;
mod cluster;
mod datasets;
mod dev;
mod e2e;
mod fingerprint;
mod fuzz;
mod guards;
mod images;
mod prepare;
mod process;
mod publish;
mod release;
mod revision;
mod setup;
mod tar;
mod test;
mod tidy;
mod train;
mod wasm;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use workspace::Workspace;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "The workshop of CSV Analyst Chat", version)]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Prepare everything, start the service on port 3000, rebuild on change
    Dev(dev::Options),
    /// Prepare everything and run all tests that this machine can run
    Test(test::Options),
    /// Find or fetch what a build needs: wasm targets and DuckDB's library
    Setup,
    /// Print shell lines that let plain `cargo build` find DuckDB
    Env,
    /// Build the gate component and the page's script
    Wasm {
        /// Only one of the two
        #[arg(value_enum)]
        only: Option<wasm::Only>,
    },
    /// Click every example prompt in a headless Chromium and take screenshots
    E2e,
    /// Generate the built-in datasets' CSV files
    Datasets {
        /// Change nothing; fail if the files are not what the generator makes
        #[arg(long)]
        check: bool,
    },
    /// Build container images (the runner's and the whole service's, or one of them) and load them into the engine
    Images(images::Options),
    /// A real Kubernetes on this machine: bring it up, test on it, take it down
    Cluster(cluster::Options),
    /// Everything that a release consists of, checked and in one folder; it uploads nothing
    Release(release::Options),
    /// Measure the service, its sandboxes, the gate and the page's size; or the gate's refusals
    Bench(bench::Options),
    /// Attack every guard of the sandboxes alone, and publish what held in docs/security.md
    Guards,
    /// Feed hostile bytes to everything that reads them (needs cargo-fuzz and a nightly toolchain)
    Fuzz(fuzz::Options),
    /// Learn the planner's weights anew from samples of questions with known answers
    Train(train::Options),
    /// Check the repository's own rules
    Tidy,
    /// Everything that must hold before a change is accepted
    Ci,
}

fn main() -> ExitCode {
    match run(CommandLine::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    // The node's first process outlives this checkout, and asks nothing of it.
    if let Task::Cluster(cluster::Options {
        task: cluster::Task::Node(options),
    }) = &task
    {
        return cluster::node::run(options);
    }
    let workspace = Workspace::discover()?;
    match task {
        Task::Dev(options) => dev::run(&workspace, &options),
        Task::Test(options) => test::run(&workspace, &options),
        Task::Setup => setup::run(&workspace).map(drop),
        Task::Env => setup::print_environment(&workspace),
        Task::Wasm { only } => wasm::run(&workspace, setup::run(&workspace)?.wasm, only),
        Task::E2e => e2e::run(&workspace),
        Task::Datasets { check } => datasets::run(check),
        Task::Images(options) => images::run(&workspace, &options),
        Task::Cluster(options) => cluster::run(&workspace, &options),
        Task::Release(options) => release::run(&workspace, &options),
        Task::Bench(options) => bench::run(&workspace, &options),
        Task::Guards => guards::run(&workspace),
        Task::Fuzz(options) => fuzz::run(&workspace, &options),
        Task::Train(options) => train::run(&workspace, &options),
        Task::Tidy => tidy::run(&workspace),
        Task::Ci => ci::run(&workspace),
    }
}
