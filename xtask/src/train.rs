//! `cargo xtask train`: the weights of the planner's parser for undescribed tables, learned anew from samples of
//! questions with known answers.
//!
//! A sample is a folder with `questions.jsonl` and `tables/`, which stays outside the repository. The service itself
//! reads the tables (`csv-analyst eval --schemas`), so that the parser learns from what it will be told. The same
//! samples give the same weights.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

use crate::setup::Tools;
use crate::workspace::Workspace;
use crate::{prepare, process};

const WEIGHTS: &str = "planner/src/beam/weights.bin";

#[derive(Debug, Args)]
pub struct Options {
    /// Folders with `questions.jsonl` (id, table, question, answer) and `tables/<table>.csv`
    #[arg(required = true)]
    samples: Vec<PathBuf>,
    /// Learn from every table; otherwise a fifth of them is kept aside to measure
    #[arg(long)]
    all: bool,
    /// Print so many mistakes of each sample
    #[arg(long, default_value_t = 0)]
    failures: usize,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let tools = prepare::run(workspace)?;
    let schemas = workspace.target.join("schemas");
    for sample in &options.samples {
        let sample = sample
            .canonicalize()
            .with_context(|| format!("{}", sample.display()))?;
        process::step("reading the tables as the service does", || {
            read_tables(workspace, &tools, &sample, &schemas)
        })?;
    }
    process::step("learning", || {
        let mut cargo = tools.native_cargo(workspace);
        cargo.args(["run", "--release", "--package", "csv-analyst-planner"]);
        cargo.args(["--features", "training", "--example", "train", "--", "--schemas"]);
        cargo.arg(&schemas).arg("--out").arg(workspace.root.join(WEIGHTS));
        cargo.args(["--failures", &options.failures.to_string()]);
        cargo.args(options.all.then_some("--all"));
        process::run(cargo.args(absolute(&options.samples)?))
    })
}

fn read_tables(workspace: &Workspace, tools: &Tools, sample: &Path, schemas: &Path) -> Result<()> {
    let mut command = Command::new(workspace.target.join("debug/csv-analyst"));
    tools.duckdb.apply(&mut command);
    command
        .arg("eval")
        .arg("--questions")
        .arg(sample.join("questions.jsonl"));
    command.arg("--tables").arg(sample.join("tables"));
    command
        .arg("--out")
        .arg(workspace.target.join("training-predictions.jsonl"));
    command.arg("--schemas").arg(schemas);
    process::run(command.current_dir(&workspace.root))
}

fn absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let absolute = |path: &PathBuf| path.canonicalize().with_context(|| format!("{}", path.display()));
    paths.iter().map(absolute).collect()
}
