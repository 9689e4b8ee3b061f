//! `cargo xtask test`: all tests that this machine can run, counted, with the skipped ones named.
//!
//! A test that cannot run here prints `SKIPPED: what: why` and returns. The harness would call that
//! a pass; this module reads the lines and refuses to.

mod tally;

use std::io::{BufRead, BufReader};
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::prepare;
use crate::process;
use crate::setup::Tools;
use crate::workspace::Workspace;
use tally::Tally;

#[derive(Debug, Default, Args)]
pub struct Options {
    /// Arguments for `cargo test`, after `--`, instead of `--workspace`
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let tools = prepare::run(workspace)?;
    let arguments: Vec<&str> = match options.arguments.as_slice() {
        [] => vec!["--workspace"],
        given => given.iter().map(String::as_str).collect(),
    };
    let tally = process::step("running the tests", || count(workspace, &tools, &arguments, &[]))?;
    tally.conclude()
}

/// Runs `cargo test` with these arguments and counts what its harnesses print.
pub fn count(
    workspace: &Workspace,
    tools: &Tools,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<Tally> {
    let mut cargo = tools.native_cargo(workspace);
    cargo
        .arg("test")
        .arg("--no-fail-fast")
        .args(arguments)
        .args(tools.duckdb.features());
    cargo.envs(environment.iter().copied());
    // Passed tests say why they skipped only when they are made to show what they printed.
    cargo
        .args(["--", "--show-output"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = cargo.spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo has no output")?;
    let mut tally = Tally::default();
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if tally.read(&line) {
            println!("{line}");
        }
    }
    refuse_without_tests(&tally, child.wait()?)?;
    Ok(tally)
}

/// Cargo fails when a test does, which the tally knows, and when nothing could be built.
fn refuse_without_tests(tally: &Tally, status: ExitStatus) -> Result<()> {
    if !status.success() && tally.failed() == 0 {
        bail!("`cargo test` ended with {status}, and not because of a test");
    }
    Ok(())
}
