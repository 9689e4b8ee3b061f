//! `cargo xtask datasets`: writes the built-in datasets' CSV files, or with `--check` compares them.
//!
//! Everything follows from fixed seeds and fixed dates. It refuses the clock, the network and
//! floating point, so that the files are the same everywhere and forever.

pub mod calendar;
mod catalogue;
mod csv;
mod ecommerce;
mod random;
mod sensors;
mod support;
#[cfg(test)]
mod tests;

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

/// One file of a dataset.
pub struct GeneratedFile {
    /// Below `datasets/`: `ecommerce/orders.csv`.
    pub path: &'static str,
    pub text: String,
}

fn generate() -> Vec<GeneratedFile> {
    let mut files = ecommerce::generate();
    files.extend(support::generate());
    files.extend(sensors::generate());
    files
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets")
}

/// Writes every file; with `check`, changes nothing and fails on any difference.
pub fn run(check: bool) -> Result<()> {
    let files = generate();
    for file in &files {
        let path = folder().join(file.path);
        if check {
            compare(file, &path)?
        } else {
            write(file, &path)?
        }
    }
    let word = if check { "match the generator" } else { "written" };
    eprintln!("datasets: {} files {word}", files.len());
    Ok(())
}

fn write(file: &GeneratedFile, path: &Path) -> Result<()> {
    let parent = path.parent().context("a generated file lies in a folder")?;
    std::fs::create_dir_all(parent).with_context(|| format!("creating datasets/{}", file.path))?;
    std::fs::write(path, &file.text).with_context(|| format!("writing datasets/{}", file.path))
}

fn compare(file: &GeneratedFile, path: &Path) -> Result<()> {
    let found = std::fs::read_to_string(path).with_context(|| format!("reading datasets/{}", file.path))?;
    if found == file.text {
        return Ok(());
    }
    let same_lines = found
        .lines()
        .zip(file.text.lines())
        .take_while(|(left, right)| left == right)
        .count();
    bail!(
        "datasets/{} differs from the generator at line {}: run `cargo xtask datasets` and commit the result",
        file.path,
        same_lines + 1
    )
}
