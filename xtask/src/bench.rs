//! `cargo xtask bench`: what isolation costs here, measured, and what a first visit downloads.
//!
//! The measuring programs live with the service (`server/examples/`); here they are built for speed
//! and run one after the other, so that they do not disturb each other.

mod refusals;

use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::setup::Tools;
use crate::workspace::Workspace;
use crate::{images, prepare, process, wasm};

/// A program, what it is given beside its first argument, and the question that it answers.
struct Measurement {
    program: &'static str,
    provider: Option<&'static str>,
    question: &'static str,
}

/// Enough for a 99th percentile that is not simply the slowest.
const SANDBOX_RUNS: &str = "200";

const MEASUREMENTS: [Measurement; 3] = [
    Measurement {
        program: "gate_latency",
        provider: None,
        question: "how long a verdict of the gate takes, and what it burns",
    },
    Measurement {
        program: "sandbox_latency",
        provider: Some("process"),
        question: "how long a run takes in a process that is started for it",
    },
    Measurement {
        program: "sandbox_latency",
        provider: Some("docker"),
        question: "how long a run takes in a container that is started for it",
    },
];

#[derive(Debug, Args)]
pub struct Options {
    /// Measure instead what the gate refuses of its corpus, and publish it in docs/security.md
    #[arg(long)]
    refusals: bool,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.refusals {
        return refusals::run(workspace);
    }
    let tools = prepare::run(workspace)?;
    build(workspace, &tools)?;
    for measurement in &MEASUREMENTS {
        println!("\n{}", measurement.question);
        if measurement.provider == Some("docker")
            && let Err(error) = images::Engine::connect()
        {
            println!("SKIPPED: {error:#}");
            continue;
        }
        measure(workspace, &tools, measurement)?;
    }
    println!("\nwhat a first visit downloads");
    wasm::print_sizes(workspace)
}

fn build(workspace: &Workspace, tools: &Tools) -> Result<()> {
    process::step("building what measures, for speed", || {
        let mut cargo = tools.native_cargo(workspace);
        cargo.args(["build", "--release", "--package", "csv-analyst-server"]);
        cargo.args(["--example", "gate_latency", "--example", "sandbox_latency"]);
        // The sandbox of a fast service holds a fast runner.
        cargo.args(["--package", "csv-analyst-runner", "--bins"]);
        process::run(cargo.args(tools.duckdb.features()))
    })
}

fn measure(workspace: &Workspace, tools: &Tools, measurement: &Measurement) -> Result<()> {
    let release = workspace.target.join("release");
    let mut command = Command::new(release.join("examples").join(measurement.program));
    tools.duckdb.apply(&mut command);
    command.arg(workspace.gate_component());
    if let Some(provider) = measurement.provider {
        command
            .arg(release.join("runner-native"))
            .arg(workspace.root.join("datasets"))
            .args([provider, SANDBOX_RUNS]);
    }
    process::run(command.current_dir(&workspace.root))
}
