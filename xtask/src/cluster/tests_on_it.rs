//! `cargo xtask cluster test`: the tests that need a cluster, against the one that is up.

use anyhow::{Result, bail};

use crate::process;
use crate::setup;
use crate::test::{self, Tally};
use crate::workspace::Workspace;

/// Who has tests of this kind.
const SUITES: [&[&str]; 1] = [&["--package", "xtask", "--test", "cluster"]];

pub fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    if super::environment_if_up(workspace).is_empty() {
        bail!("no cluster is up: `cargo xtask cluster up`");
    }
    let tally = process::step("running the tests on the cluster", || all(workspace, arguments))?;
    tally.conclude()
}

fn all(workspace: &Workspace, arguments: &[String]) -> Result<Tally> {
    let tools = setup::run(workspace)?;
    let given: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let suites = if given.is_empty() {
        SUITES.to_vec()
    } else {
        vec![given.as_slice()]
    };
    let mut tally = Tally::default();
    for suite in suites {
        test::count(workspace, &tools, suite, &[], &mut tally)?;
    }
    Ok(tally)
}
