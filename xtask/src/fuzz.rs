//! `cargo xtask fuzz [TARGET] --minutes N`: hostile bytes for everything that reads them.
//!
//! The targets are in `xtask/fuzz`, a workspace of its own, since libFuzzer needs a nightly compiler and
//! `cargo-fuzz`. Seeds come from the gate's cases; what was found is kept under the build folder, never
//! in the repository: a finding becomes a case.

mod outcome;
mod seeds;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::process;
use crate::workspace::Workspace;
use outcome::Outcome;

/// A program of `xtask/fuzz`, and the longest input worth trying.
struct Target {
    name: &'static str,
    longest_bytes: usize,
    dictionary: Option<&'static str>,
}

const TARGETS: [Target; 5] = [
    Target {
        name: "sql",
        longest_bytes: 4_096,
        dictionary: Some("sql.dict"),
    },
    Target {
        name: "plan",
        longest_bytes: 4_096,
        dictionary: Some("plan.dict"),
    },
    Target {
        name: "verdict",
        longest_bytes: 2_048,
        dictionary: Some("sql.dict"),
    },
    Target {
        name: "response",
        longest_bytes: 2_048,
        dictionary: Some("response.dict"),
    },
    Target {
        name: "files",
        longest_bytes: 4_096,
        dictionary: None,
    },
];

/// An input that takes longer is a finding.
const SLOWEST_SECONDS: u32 = 10;
const MEMORY_MEBIBYTES: u32 = 2_048;

#[derive(Debug, Args)]
pub struct Options {
    /// sql, plan, verdict, response or files; all of them, one after the other, when not given
    target: Option<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 5)]
    minutes: u64,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let chosen = chosen(options.target.as_deref())?;
    let folder = workspace.target.join("fuzz");
    build(workspace, &folder)?;
    let mut failed = Vec::new();
    for target in chosen {
        let outcome = process::step(&format!("fuzzing {}", target.name), || {
            fuzz(workspace, &folder, target, options.minutes)
        })?;
        println!("    {}: {outcome}", target.name);
        if !outcome.passed {
            failed.push(target.name);
        }
    }
    if failed.is_empty() {
        Ok(())
    } else {
        bail!("findings of {}: see {}", failed.join(", "), folder.display())
    }
}

fn chosen(name: Option<&str>) -> Result<Vec<&'static Target>> {
    let fits = |target: &&Target| name.is_none_or(|name| name == target.name);
    let chosen: Vec<_> = TARGETS.iter().filter(fits).collect();
    if chosen.is_empty() {
        let names: Vec<_> = TARGETS.iter().map(|target| target.name).collect();
        bail!("there is no such target; there are {}", names.join(", "));
    }
    Ok(chosen)
}

fn build(workspace: &Workspace, folder: &Path) -> Result<()> {
    if !process::on_path("cargo-fuzz") {
        bail!("cargo-fuzz is not installed: `cargo install cargo-fuzz`, and a nightly toolchain with rustup");
    }
    process::step("building the fuzz targets", || {
        // No sanitizer: what is fuzzed holds no unsafe code, and its own checks find more when it is fast.
        process::run(
            workspace
                .cargo_of("nightly")
                .args(["fuzz", "build", "--sanitizer", "none"])
                .arg("--fuzz-dir")
                .arg(workspace.root.join("xtask/fuzz"))
                .arg("--target-dir")
                .arg(folder.join("build")),
        )
    })
}

fn fuzz(workspace: &Workspace, folder: &Path, target: &Target, minutes: u64) -> Result<Outcome> {
    let folder = folder.join(target.name);
    let (corpus, found) = (folder.join("corpus"), folder.join("findings"));
    let seeds = seeds::write(workspace, target.name, &folder.join("seeds"))?;
    for made in [&corpus, &found] {
        fs::create_dir_all(made).with_context(|| format!("cannot make {}", made.display()))?;
    }
    let log = folder.join("log");
    let written = fs::File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut fuzzer = Command::new(program(&folder, target.name)?);
    fuzzer
        .arg(format!("-max_total_time={}", minutes * 60))
        .arg(format!("-max_len={}", target.longest_bytes))
        .arg(format!("-timeout={SLOWEST_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MEBIBYTES}"))
        .arg(format!("-artifact_prefix={}/", found.display()))
        .arg("-print_final_stats=1");
    if let Some(dictionary) = target.dictionary {
        let path = workspace.root.join("xtask/fuzz").join(dictionary);
        fuzzer.arg(format!("-dict={}", path.display()));
    }
    let status = fuzzer
        .args([&corpus, &seeds])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(written)
        .status()
        .context("cannot start the fuzzer")?;
    let said = fs::read(&log).context("cannot read the fuzzer's log")?;
    Ok(Outcome::read(&String::from_utf8_lossy(&said), status.success()))
}

/// Built for the machine's own target, whose name is a folder.
fn program(folder: &Path, name: &str) -> Result<PathBuf> {
    let built = folder.with_file_name("build");
    let candidates = fs::read_dir(&built).with_context(|| format!("cannot read {}", built.display()))?;
    candidates
        .flatten()
        .map(|entry| entry.path().join("release").join(name))
        .find(|path| path.is_file())
        .with_context(|| format!("cargo-fuzz built no {name}"))
}
