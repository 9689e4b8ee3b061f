//! `cargo xtask cluster test`: the tests that need a cluster, against the one that is up.

use anyhow::{Result, bail};

use super::images;
use super::layout::Layout;
use crate::process;
use crate::setup::{self, Tools};
use crate::test::{self, Tally};
use crate::workspace::Workspace;

/// A test program that has tests of this kind.
#[derive(Debug)]
struct Suite {
    packages: &'static [&'static str],
    program: &'static str,
    /// Its tests with this in their name; all of them where there is none.
    only: Option<&'static str>,
}

/// Names the image of the attacker to `kubernetes_cluster`.
const ATTACKER_VARIABLE: &str = "CSV_ANALYST_TEST_HOSTILE_IMAGE";

const WORKSHOP: &[&str] = &["--package", "xtask"];

/// All of its packages, as `cargo xtask test` asks for them: a part of them would be compiled once more, with
/// other features.
const SERVICE: &[&str] = &["--workspace", "--exclude", "xtask"];

/// One after the other: the last kills the API server under everything else.
const SUITES: &[Suite] = &[
    suite(WORKSHOP, "cluster", None),
    suite(WORKSHOP, "chart", Some("cluster")),
    suite(SERVICE, "sandbox_contract", Some("kubernetes")),
    suite(SERVICE, "kubernetes_cluster", None),
    suite(WORKSHOP, "cluster_chart", None),
    suite(WORKSHOP, "cluster_upgrade", None),
    suite(WORKSHOP, "cluster_restart", None),
];

const fn suite(
    packages: &'static [&'static str],
    program: &'static str,
    only: Option<&'static str>,
) -> Suite {
    Suite {
        packages,
        program,
        only,
    }
}

impl Suite {
    /// For `cargo test`.
    fn arguments(&self) -> Vec<&'static str> {
        let mut arguments = self.packages.to_vec();
        arguments.extend(["--test", self.program]);
        arguments.extend(self.only);
        arguments
    }
}

/// `programs` are names from the list, `arguments` those of one `cargo test`; without either, all are run.
pub fn run(workspace: &Workspace, programs: &[String], arguments: &[String]) -> Result<()> {
    let mut runs: Vec<Vec<&str>> = Vec::new();
    if arguments.is_empty() {
        runs.extend(chosen(programs)?.into_iter().map(|suite| suite.arguments()));
    } else {
        runs.push(arguments.iter().map(String::as_str).collect());
    }
    let environment = super::environment_if_up(workspace);
    if environment.is_empty() {
        bail!("no cluster is up: `cargo xtask cluster up`");
    }
    let tools = setup::run(workspace)?;
    let environment = with_the_attacker(workspace, &tools, environment)?;
    let mut tally = Tally::default();
    let broken = process::step("running the tests on the cluster", || {
        Ok(all(
            workspace,
            &tools,
            &runs,
            &super::borrowed(&environment),
            &mut tally,
        ))
    })?;
    let counted = tally.conclude();
    if !broken.is_empty() {
        bail!("not everything was run to its end:\n- {}", broken.join("\n- "));
    }
    counted
}

/// What the tests have to know of a cluster that is up, and of the attacker that is loaded into it.
pub fn with_the_attacker(
    workspace: &Workspace,
    tools: &Tools,
    mut environment: Vec<(&'static str, String)>,
) -> Result<Vec<(&'static str, String)>> {
    let layout = Layout::of(workspace);
    process::step("loading the tests' attacker", || {
        let archive = images::archive_of_the_attacker(workspace, tools)?;
        images::through_a_file(&layout, &archive, |file| {
            super::load(&layout, super::is_kinds(&layout), file)
        })
    })?;
    environment.push((ATTACKER_VARIABLE, images::ATTACKER.to_owned()));
    Ok(environment)
}

/// In the list's order, whatever the order of the names.
fn chosen(programs: &[String]) -> Result<Vec<&'static Suite>> {
    let is_known = |name: &String| SUITES.iter().any(|suite| suite.program == name.as_str());
    if let Some(unknown) = programs.iter().find(|name| !is_known(name)) {
        let known: Vec<&str> = SUITES.iter().map(|suite| suite.program).collect();
        bail!(
            "{unknown} has no tests on the cluster; those that have are {}",
            known.join(", ")
        );
    }
    let is_named = |suite: &Suite| programs.iter().any(|name| name.as_str() == suite.program);
    let suites = SUITES.iter();
    Ok(suites
        .filter(|suite| programs.is_empty() || is_named(suite))
        .collect())
}

/// Goes on after a failure. In words: what could not be built, or ended before its tests did.
fn all(
    workspace: &Workspace,
    tools: &Tools,
    runs: &[Vec<&str>],
    environment: &[(&str, &str)],
    tally: &mut Tally,
) -> Vec<String> {
    let mut broken = Vec::new();
    for run in runs {
        if let Err(error) = test::count(workspace, tools, run, environment, tally) {
            broken.push(format!("{}: {error:#}", run.join(" ")));
        }
    }
    broken
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{SUITES, chosen};

    fn names(programs: &[&str]) -> Vec<&'static str> {
        let programs: Vec<String> = programs.iter().map(|name| (*name).to_owned()).collect();
        let chosen = chosen(&programs).unwrap().into_iter();
        chosen.map(|suite| suite.program).collect()
    }

    #[test]
    fn who_kills_the_api_server_comes_last_in_whatever_order_they_are_named() {
        assert_eq!(names(&[]).last(), Some(&"cluster_restart"));
        assert_eq!(names(&["cluster_restart", "chart"]), ["chart", "cluster_restart"]);
    }

    #[test]
    fn a_program_that_is_not_on_the_list_is_refused_with_the_list() {
        let refusal = chosen(&["compose".to_owned()]).unwrap_err().to_string();
        assert!(
            refusal.contains("compose") && refusal.contains("cluster_chart"),
            "{refusal}"
        );
    }

    #[test]
    fn every_program_that_is_called_after_the_cluster_is_on_the_list() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for package in ["xtask", "server"] {
            for entry in std::fs::read_dir(root.join(package).join("tests")).unwrap() {
                let file = entry.unwrap().file_name().into_string().unwrap();
                let Some(program) = file.strip_suffix(".rs").filter(|name| name.contains("cluster")) else {
                    continue;
                };
                let listed = SUITES.iter().filter(|suite| suite.program == program);
                assert_eq!(listed.count(), 1, "{program}");
            }
        }
    }
}
