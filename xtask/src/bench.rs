//! `cargo xtask bench`: what isolation costs here, measured, and what a first visit downloads.
//!
//! The measuring programs live with the service (`server/examples/`); here they are built for speed
//! and run one after the other, so that they do not disturb each other.

use anyhow::Result;

use crate::setup::Tools;
use crate::workspace::Workspace;
use crate::{prepare, process, wasm};

/// Programs, and the question that each answers.
const MEASUREMENTS: [(&str, &str); 2] = [
    (
        "gate_latency",
        "how long a verdict of the gate takes, and what it burns",
    ),
    (
        "sandbox_latency",
        "how long a run takes in a sandbox that is started for it",
    ),
];

pub fn run(workspace: &Workspace) -> Result<()> {
    let tools = prepare::run(workspace)?;
    for (program, question) in MEASUREMENTS {
        build(workspace, &tools, program)?;
        println!("\n{question}");
        measure(workspace, &tools, program)?;
    }
    println!("\nwhat a first visit downloads");
    wasm::print_sizes(workspace)
}

fn build(workspace: &Workspace, tools: &Tools, program: &str) -> Result<()> {
    process::step(&format!("building {program} for speed"), || {
        let mut cargo = tools.native_cargo(workspace);
        cargo.args([
            "build",
            "--release",
            "--package",
            "csv-analyst-server",
            "--example",
            program,
        ]);
        // The sandbox of a fast service holds a fast runner.
        process::run(
            cargo
                .args(["--package", "csv-analyst-runner", "--bins"])
                .args(tools.duckdb.features()),
        )
    })
}

fn measure(workspace: &Workspace, tools: &Tools, program: &str) -> Result<()> {
    let mut command = std::process::Command::new(workspace.target.join("release/examples").join(program));
    tools.duckdb.apply(&mut command);
    process::run(
        command
            .current_dir(&workspace.root)
            .env("CARGO_TARGET_DIR", &workspace.target),
    )
}
