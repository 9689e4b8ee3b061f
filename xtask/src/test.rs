//! `cargo xtask test`: all tests that this machine can run, counted, with the skipped ones named.
//!
//! A test that cannot run here prints `SKIPPED: what: why` and returns. The harness would call that
//! a pass; this module reads the lines and refuses to.

mod faults;
mod tally;

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::prepare;
use crate::process;
use crate::setup::{self, Tools};
use crate::workspace::Workspace;
pub use tally::Tally;

#[derive(Debug, Default, Args)]
pub struct Options {
    /// Only the fault suite, in its full form: more than a hundred kills
    #[arg(long, conflicts_with = "arguments")]
    pub faults: bool,
    /// The seed of what is random in it, to repeat a run
    #[arg(long, requires = "faults")]
    pub seed: Option<u64>,
    /// Arguments for `cargo test`, after `--`, instead of everything
    #[arg(last = true)]
    pub arguments: Vec<String>,
}

/// The workshop is tested apart: together, cargo would choose other features for what it shares with
/// the service, and compile the service's dependencies a second time for the tests.
const EVERYTHING: [&[&str]; 2] = [&["--workspace", "--exclude", "xtask"], &["--package", "xtask"]];

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let tools = setup::run(workspace)?;
    prepare::beside_the_programs(workspace, &tools)?;
    if options.faults {
        return all_faults(workspace, &tools, options.seed);
    }
    let tally = process::step("running the tests", || match options.arguments.as_slice() {
        [] => all(workspace, &tools, &[]),
        given => {
            let given: Vec<&str> = given.iter().map(String::as_str).collect();
            let mut tally = Tally::default();
            count(workspace, &tools, &given, &[], &mut tally).map(|()| tally)
        }
    })?;
    tally.conclude()
}

/// Tell the suite to take its full form, and what to begin chance with (`server/tests/faults/setting.rs`).
const FORM_VARIABLE: &str = "XTASK_FAULTS";
const SEED_VARIABLE: &str = "XTASK_FAULTS_SEED";

fn all_faults(workspace: &Workspace, tools: &Tools, seed: Option<u64>) -> Result<()> {
    let seed = seed.map(|seed| seed.to_string());
    let mut environment = vec![(FORM_VARIABLE, "full")];
    environment.extend(seed.as_deref().map(|seed| (SEED_VARIABLE, seed)));
    let arguments = ["--workspace", "--exclude", "xtask", "--test", "faults"];
    let mut tally = Tally::default();
    process::step("killing, filling and hanging everything", || {
        count(workspace, tools, &arguments, &environment, &mut tally)
    })?;
    tally.conclude()?;
    tally.faults.demand_kills()
}

/// `environment` tells the tests of what they can't find by themselves.
pub fn all(workspace: &Workspace, tools: &Tools, environment: &[(&str, &str)]) -> Result<Tally> {
    let mut tally = Tally::default();
    for arguments in EVERYTHING {
        count(workspace, tools, arguments, environment, &mut tally)?;
    }
    Ok(tally)
}

/// Runs `cargo test` with these arguments and counts what its harnesses print.
pub fn count(
    workspace: &Workspace,
    tools: &Tools,
    arguments: &[&str],
    environment: &[(&str, &str)],
    tally: &mut Tally,
) -> Result<()> {
    let failed_before = tally.failed();
    let mut cargo = tools.native_cargo(workspace);
    cargo
        .arg("test")
        .arg("--no-fail-fast")
        .args(arguments)
        .envs(environment.iter().copied());
    // Passed tests say why they skipped only when they are made to show what they printed.
    cargo
        .args(["--", "--show-output"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut child = cargo.spawn().context("cannot start cargo")?;
    let output = child.stdout.take().context("cargo has no output")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        if tally.read(&line) {
            println!("{line}");
        }
    }
    let status = child.wait()?;
    // Cargo fails when a test does, which the tally knows, and when something could not be built.
    if !status.success() && tally.failed() == failed_before {
        bail!("`cargo test` ended with {status}, and not because of a test");
    }
    Ok(())
}
