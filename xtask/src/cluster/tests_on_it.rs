//! `cargo xtask cluster test`: the tests that need a cluster, against the one that is up.

use anyhow::{Result, bail};

use crate::process;
use crate::setup;
use crate::test::{self, Tally};
use crate::workspace::Workspace;

/// Who has tests of this kind,
/// one after the other: the last kills the API server under everything else.
const SUITES: [&[&str]; 6] = [
    &["--package", "xtask", "--test", "cluster"],
    &["--package", "xtask", "--test", "chart", "cluster"],
    &[
        "--package",
        "csv-analyst-server",
        "--test",
        "sandbox_contract",
        "kubernetes",
    ],
    &["--package", "csv-analyst-server", "--test", "kubernetes_cluster"],
    &["--package", "xtask", "--test", "cluster_chart"],
    &["--package", "xtask", "--test", "cluster_restart"],
];

pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let environment = super::environment_if_up(workspace);
    if environment.is_empty() {
        bail!("no cluster is up: `cargo xtask cluster up`");
    }
    let tally = process::step("running the tests on the cluster", || {
        all(workspace, arguments, &super::borrowed(&environment))
    })?;
    tally.conclude()
}

fn all(workspace: &Workspace, arguments: &[String], environment: &[(&str, &str)]) -> Result<Tally> {
    let tools = setup::run(workspace)?;
    let given: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let suites = if given.is_empty() {
        SUITES.to_vec()
    } else {
        vec![given.as_slice()]
    };
    let mut tally = Tally::default();
    for suite in suites {
        test::count(workspace, &tools, suite, environment, &mut tally)?;
    }
    Ok(tally)
}
