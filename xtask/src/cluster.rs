//! `cargo xtask cluster`: a real Kubernetes on this machine, for the tests that need one.
//!
//! Where `kind` is installed and can fetch its node's image, kind makes it. Elsewhere the control plane
//! and the node are compiled from Go modules and run in namespaces here (docs/cluster.md). Both are used
//! through the same kubeconfig by the same tests.

mod built;
mod control_groups;
mod daemon;
mod images;
mod kind;
mod kubectl;
mod layout;
mod network;
pub mod node;
mod parts;
mod programs;
mod settings;
mod tests_on_it;

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use crate::fingerprint::write_atomically;
use crate::process;
use crate::setup::{self, Tools};
use crate::workspace::Workspace;
use kubectl::Kubectl;
use layout::Layout;

/// Tells tests where the cluster is. Without it they say SKIPPED.
pub const KUBECONFIG_VARIABLE: &str = "CSV_ANALYST_KUBECONFIG";

/// Asks for a cluster in CI, whose tests take minutes.
const CI_VARIABLE: &str = "CSV_ANALYST_CI_CLUSTER";

/// A mark on a cluster that is to go when the build is over.
const OF_CI: &str = "of-ci";

#[derive(Debug, Args)]
pub struct Options {
    #[command(subcommand)]
    pub task: Task,
}

#[derive(Debug, Subcommand)]
pub enum Task {
    /// Start it (or find it running), load this checkout's images, say how to use it
    Up(Up),
    /// Run the tests that need it, and count them
    Test {
        /// Only those of these test programs, such as `chart`
        programs: Vec<String>,
        /// Arguments for `cargo test`, after `--`, instead of all of them
        #[arg(last = true, conflicts_with = "programs")]
        arguments: Vec<String>,
    },
    /// Stop it and remove everything that it made; built programs are kept
    Down,
    /// What runs, and what it uses
    Status,
    /// Load an image archive into the node
    Load { archive: PathBuf },
    /// Kill one part of the control plane; the node starts it again
    Kill { part: String },
    /// Compile the programs, and start nothing
    Build,
    #[command(hide = true)]
    Node(node::Options),
}

#[derive(Debug, Default, Args)]
pub struct Up {
    /// Who makes the cluster; without it, kind where that works
    #[arg(long, value_enum)]
    with: Option<With>,
    /// Load no image of this checkout
    #[arg(long)]
    no_images: bool,
    /// Compile nothing for the images: pack what is there
    #[arg(long)]
    built: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum With {
    /// A container of kind's, with an image from the internet
    Kind,
    /// Programs compiled from Go modules, in namespaces of this machine
    Built,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let layout = Layout::of(workspace);
    match &options.task {
        Task::Up(options) => up(workspace, &layout, options),
        Task::Test { programs, arguments } => tests_on_it::run(workspace, programs, arguments),
        Task::Down => down(&layout),
        Task::Status if is_kinds(&layout) => kind::status(),
        Task::Status => built::status(&layout),
        Task::Load { archive } => load(&layout, is_kinds(&layout), archive),
        Task::Kill { part } => built::kill(&layout, part),
        Task::Build => programs::build(workspace, &layout),
        Task::Node(options) => node::run(options),
    }
}

fn up(workspace: &Workspace, layout: &Layout, options: &Up) -> Result<()> {
    let with_kind = match options.with {
        Some(With::Kind) => kind::up(layout).map(|()| true)?,
        Some(With::Built) => false,
        // A cluster that runs is not replaced by one of the other sort.
        None => !built::is_running(layout) && kind::up_if_it_can(layout),
    };
    if !with_kind {
        built::up(workspace, layout)?;
    }
    if !options.no_images {
        let tools = setup::run(workspace)?;
        let archives = images::archives_of_this_checkout(workspace, &tools, options.built)?;
        process::step("loading the images", || {
            archives.iter().try_for_each(|archive| {
                images::through_a_file(layout, archive, |file| load(layout, with_kind, file))
            })
        })?;
    }
    println!("\nThe cluster is up. To use it:");
    println!("  export KUBECONFIG={}", layout.kubeconfig().display());
    println!("  export PATH={}:$PATH", layout.tools().display());
    Ok(())
}

/// Where both are up, the built one is meant: somebody else may have made kind's.
fn is_kinds(layout: &Layout) -> bool {
    !built::is_running(layout) && kind::is_up()
}

fn load(layout: &Layout, with_kind: bool, archive: &Path) -> Result<()> {
    match with_kind {
        true => kind::load(archive),
        false => images::import(layout, archive),
    }
}

fn down(layout: &Layout) -> Result<()> {
    kind::down()?;
    built::down(layout)
}

/// For tests: where the cluster is, and the tools that speak with it. Empty where none answers.
pub fn environment_if_up(workspace: &Workspace) -> Vec<(&'static str, String)> {
    let layout = Layout::of(workspace);
    if !layout.kubeconfig().is_file() || Kubectl::of(&layout).ask(&["get", "--raw=/readyz"]).is_err() {
        return Vec::new();
    }
    let known = std::env::var("PATH").unwrap_or_default();
    vec![
        (KUBECONFIG_VARIABLE, layout.kubeconfig().display().to_string()),
        ("PATH", format!("{}:{known}", layout.tools().display())),
    ]
}

pub fn borrowed<'text>(environment: &'text [(&'static str, String)]) -> Vec<(&'static str, &'text str)> {
    environment
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect()
}

/// Nothing where `up_for_ci` brought none up: one that a person works with may hold anything.
pub fn environment_of_ci(workspace: &Workspace, tools: &Tools) -> Result<Vec<(&'static str, String)>> {
    if !Layout::of(workspace).inside(OF_CI).is_file() {
        return Ok(Vec::new());
    }
    match environment_if_up(workspace) {
        none if none.is_empty() => Ok(none),
        found => tests_on_it::with_the_attacker(workspace, tools, found),
    }
}

/// Brings it up where that is a matter of seconds; why not, otherwise.
pub fn up_for_ci(workspace: &Workspace) -> Result<Option<String>> {
    let layout = Layout::of(workspace);
    if std::env::var_os(CI_VARIABLE).is_none() {
        return Ok(Some(format!("not asked for ({CI_VARIABLE}=1)")));
    }
    if built::is_running(&layout) {
        return Ok(Some(
            "one is up already, and not for this run to change".to_owned(),
        ));
    }
    if !rustix::process::getuid().is_root() || !programs::are_built(workspace, &layout)? {
        return Ok(Some(
            "its programs are not built here (`cargo xtask cluster build`, as root)".to_owned(),
        ));
    }
    let options = Up {
        with: Some(With::Built),
        ..Up::default()
    };
    up(workspace, &layout, &options)?;
    write_atomically(&layout.inside(OF_CI), b"")?;
    Ok(None)
}

/// Only what `up_for_ci` brought up.
pub fn down_after_ci(workspace: &Workspace) -> Result<()> {
    let layout = Layout::of(workspace);
    if layout.inside(OF_CI).is_file() {
        down(&layout)
    } else {
        Ok(())
    }
}
