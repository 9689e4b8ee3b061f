//! `cargo xtask ci`: everything that must hold before a change is accepted, cheapest first.
//!
//! It calls the same commands as a person does. It goes on after a failure, so that one run tells
//! all of them, and ends with the count of the tests.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::process::{self, seconds};
use crate::setup::Tools;
use crate::workspace::Workspace;
use crate::{cluster, datasets, e2e, images, prepare, setup, test, tidy};

/// Clippy looks at everything, and a warning is a failure.
const CLIPPY: [&str; 6] = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];

struct Step {
    name: &'static str,
    time: Duration,
    outcome: Result<Verdict>,
}

enum Verdict {
    Passed,
    Skipped(String),
}

pub fn run(workspace: &Workspace) -> Result<()> {
    let tools = setup::run(workspace)?;
    let mut tally = None;
    let mut steps = vec![
        step("fmt", || cargo(workspace, &tools, &["fmt", "--all", "--check"])),
        step("tidy", || passed(tidy::run(workspace))),
        step("datasets", || passed(datasets::run(true))),
        step("deny", || deny(workspace, &tools)),
        step("workflows", || workflows(workspace)),
        step("wasm", || passed(prepare::beside_the_programs(workspace, &tools))),
        step("images", || images_where_there_is_an_engine(workspace)),
        step("cluster", || cluster_where_it_is_built(workspace)),
        step("test", || {
            let cluster = cluster::environment_of_ci(workspace, &tools)?;
            let counted = test::all(workspace, &tools, &cluster::borrowed(&cluster))?;
            let failed = counted.failed();
            tally = Some(counted);
            if failed > 0 {
                bail!("{failed} tests failed")
            } else {
                Ok(Verdict::Passed)
            }
        }),
        step("cluster down", || passed(cluster::down_after_ci(workspace))),
        step("e2e", || passed(e2e::run(workspace))),
    ];
    steps.push(step("clippy", || cargo(workspace, &tools, &CLIPPY)));
    report(&steps);
    let failed = steps.iter().filter(|step| step.outcome.is_err()).count();
    // The count is the last word, also when something else failed.
    let tests = tally.map_or(Ok(()), |tally| tally.conclude());
    if failed > 0 {
        bail!("{failed} of {} steps failed", steps.len());
    }
    tests
}

fn step(name: &'static str, work: impl FnOnce() -> Result<Verdict>) -> Step {
    println!("\n######## {name}");
    let start = Instant::now();
    let outcome = work();
    if let Err(error) = &outcome {
        println!("{name}: {error:#}");
    }
    Step {
        name,
        time: start.elapsed(),
        outcome,
    }
}

fn passed(outcome: Result<()>) -> Result<Verdict> {
    outcome.map(|()| Verdict::Passed)
}

fn cargo(workspace: &Workspace, tools: &Tools, arguments: &[&str]) -> Result<Verdict> {
    passed(process::run(tools.native_cargo(workspace).args(arguments)))
}

fn deny(workspace: &Workspace, tools: &Tools) -> Result<Verdict> {
    if !process::on_path("cargo-deny") {
        return Ok(Verdict::Skipped(
            "cargo-deny is not installed (`cargo install cargo-deny`)".to_owned(),
        ));
    }
    cargo(
        workspace,
        tools,
        &["deny", "--all-features", "check", "bans", "licenses", "sources"],
    )
}

/// The linter of GitHub's workflows, where it is installed or was built into the cache.
fn workflows(workspace: &Workspace) -> Result<Verdict> {
    let Some(linter) = workspace.helper("actionlint") else {
        return Ok(Verdict::Skipped(
            "actionlint is not installed (`go install github.com/rhysd/actionlint/cmd/actionlint@latest`)"
                .to_owned(),
        ));
    };
    let mut lint = Command::new(linter);
    passed(process::run(lint.current_dir(&workspace.root).arg("-no-color")))
}

fn images_where_there_is_an_engine(workspace: &Workspace) -> Result<Verdict> {
    match images::Engine::connect() {
        Ok(_) => passed(images::run(workspace, &images::Options::default())),
        Err(error) => Ok(Verdict::Skipped(format!("{error:#}"))),
    }
}

/// It takes half a minute when its programs are there, and half an hour to compile them when they are not.
fn cluster_where_it_is_built(workspace: &Workspace) -> Result<Verdict> {
    match cluster::up_for_ci(workspace)? {
        None => Ok(Verdict::Passed),
        Some(reason) => Ok(Verdict::Skipped(reason)),
    }
}

fn report(steps: &[Step]) {
    println!("\n######## summary");
    for step in steps {
        let verdict = match &step.outcome {
            Ok(Verdict::Passed) => "passed".to_owned(),
            Ok(Verdict::Skipped(reason)) => format!("SKIPPED: {reason}"),
            Err(_) => "FAILED".to_owned(),
        };
        println!("{:<12} {:>14}  {verdict}", step.name, seconds(step.time));
    }
}
