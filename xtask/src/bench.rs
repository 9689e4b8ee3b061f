//! `cargo xtask bench`: what isolation costs here, measured, and what a first visit downloads.
//!
//! The measuring programs live with the service (`server/examples/`); here they are built for speed
//! and run one after the other, so that they do not disturb each other.

mod refusals;

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::process::Command;

use anyhow::Result;
use clap::{Args, ValueEnum};

use crate::setup::{self, Tools};
use crate::workspace::Workspace;
use crate::{images, prepare, process, wasm};

/// Enough for a 99th percentile that is not simply the slowest.
const SANDBOX_RUNS: &str = "200";

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// How long a verdict of the gate takes, and what it burns
    Gate,
    /// How long a run takes in a process or a container that is started for it
    Cold,
    /// How long a server takes to be ready, and what it holds while nobody asks
    Idle,
    /// Warm, cached and sustained runs in processes, over HTTP
    Process,
    /// The same in containers, beside containers that do nothing
    Docker,
    /// A group-by over 10 million rows
    Large,
    /// 200 clients for 10 minutes
    Clients,
    /// What a first visit downloads
    Page,
}

impl Part {
    fn is_of_containers(self) -> bool {
        self == Self::Docker
    }
}

#[derive(Debug, Args)]
pub struct Options {
    /// Measure instead what the gate refuses of its corpus, and publish it in docs/security.md
    #[arg(long)]
    refusals: bool,
    /// Only these, in this order
    #[arg(value_enum)]
    parts: Vec<Part>,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.refusals {
        return refusals::run(workspace);
    }
    let tools = setup::run(workspace)?;
    // The programs are built for speed, below.
    prepare::beside_the_programs(workspace, &tools)?;
    build(workspace, &tools)?;
    let bench = Bench {
        workspace,
        tools,
        has_containers: OnceCell::new(),
    };
    let parts = match options.parts.as_slice() {
        [] => Part::value_variants(),
        chosen => chosen,
    };
    for part in parts {
        bench.measure(*part)?;
    }
    Ok(())
}

/// The server's and the runner's apart: together, cargo would choose other features for what both
/// depend on than it does for the service.
fn build(workspace: &Workspace, tools: &Tools) -> Result<()> {
    const SERVER: [&str; 8] = [
        "csv-analyst-server",
        "--bins",
        "--example",
        "gate_latency",
        "--example",
        "sandbox_latency",
        "--example",
        "service_bench",
    ];
    const RUNNER: [&str; 4] = ["csv-analyst-runner", "--bins", "--features", "measure"];
    process::step("building what measures, for speed", || {
        for package in [&SERVER[..], &RUNNER[..]] {
            let mut cargo = tools.native_cargo(workspace);
            cargo.args(["build", "--release", "--package"]).args(package);
            process::run(&mut cargo)?;
        }
        Ok(())
    })
}

struct Bench<'a> {
    workspace: &'a Workspace,
    tools: Tools,
    /// Whether there is an engine, with the runner's image of this build in it.
    has_containers: OnceCell<bool>,
}

impl Bench<'_> {
    fn measure(&self, part: Part) -> Result<()> {
        let name = part.to_possible_value().map(|value| value.get_name().to_owned());
        println!("\n== {}", name.unwrap_or_default());
        if part.is_of_containers() && !self.has_containers()? {
            return Ok(());
        }
        match part {
            Part::Gate => self.example("gate_latency", &[]),
            Part::Cold => self.cold(),
            Part::Page => wasm::print_sizes(self.workspace),
            Part::Idle => self.service("idle"),
            Part::Process => self.service("process"),
            Part::Docker => self.service("docker"),
            Part::Large => self.service("large"),
            Part::Clients => self.service("clients"),
        }
    }

    /// The image is made when the first part needs it.
    fn has_containers(&self) -> Result<bool> {
        if let Some(known) = self.has_containers.get() {
            return Ok(*known);
        }
        let found = match images::Engine::connect() {
            Ok(_) => images::run(self.workspace, &images::Options::default()).map(|()| true)?,
            Err(error) => {
                println!("SKIPPED: {error:#}");
                false
            }
        };
        Ok(*self.has_containers.get_or_init(|| found))
    }

    fn cold(&self) -> Result<()> {
        let runner = self.workspace.target.join("release/runner-native");
        let library = self.workspace.root.join("datasets");
        let of = |kind: &str| {
            let arguments = [
                runner.as_os_str(),
                library.as_os_str(),
                kind.as_ref(),
                SANDBOX_RUNS.as_ref(),
            ];
            self.example("sandbox_latency", &arguments)
        };
        of("process")?;
        match self.has_containers()? {
            true => of("docker"),
            false => Ok(()),
        }
    }

    fn example(&self, program: &str, arguments: &[&OsStr]) -> Result<()> {
        let release = self.workspace.target.join("release");
        let mut command = Command::new(release.join("examples").join(program));
        self.tools.duckdb.apply(&mut command);
        command.arg(self.workspace.gate_component()).args(arguments);
        process::run(command.current_dir(&self.workspace.root))
    }

    fn service(&self, part: &str) -> Result<()> {
        let release = self.workspace.target.join("release");
        let mut command = Command::new(release.join("examples/service_bench"));
        self.tools.duckdb.apply(&mut command);
        for (name, path) in [
            ("--server", release.join("csv-analyst")),
            ("--runner", release.join("runner-native")),
            ("--in-process", release.join("in_process")),
            ("--gate", self.workspace.gate_component()),
            ("--site", self.workspace.site()),
            ("--registry", self.workspace.root.join("datasets/registry.json")),
        ] {
            command.arg(name).arg(path);
        }
        process::run(command.arg(part).current_dir(&self.workspace.root))
    }
}
