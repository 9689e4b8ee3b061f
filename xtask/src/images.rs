//! `cargo xtask images`: the runner's container image, made of nothing but what the runner loads.
//!
//! The image is written byte for byte here and handed to the engine's socket: no base image is
//! pulled, no shell is inside, no build tool or client has to be installed, and the same inputs
//! give the same digest everywhere.

mod archive;
mod closure;
mod engine;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::setup::{self, Tools};
use crate::workspace::Workspace;
use archive::Image;
pub use engine::Engine;

/// The name that the service looks for unless its configuration says otherwise.
const TAG: &str = "csv-analyst-runner:latest";

/// What the image is made of is built for speed and without debug tables.
const PROFILE: &str = "release";

pub fn run(workspace: &Workspace) -> Result<()> {
    // Asked first: nobody should wait minutes to hear that there is no engine.
    let engine = Engine::connect()?;
    let tools = setup::run(workspace)?;
    let runner = build_runner(workspace, &tools)?;
    let image = process::step("packing the runner's image", || {
        Image::of(&closure::files_of(&runner, &tools.duckdb)?, &version(workspace))
    })?;
    process::step("handing it to the container engine", || {
        engine.load(&image.archive(TAG))
    })?;
    let loaded = engine.image_id(TAG)?;
    if loaded != image.id() {
        bail!(
            "the engine says that {TAG} is {loaded}, but {} was handed to it",
            image.id()
        );
    }
    println!("image:  {TAG}");
    println!("digest: {loaded}");
    println!(
        "size:   {:.1} MB in {} files",
        image.size_bytes() as f64 / 1e6,
        image.file_count()
    );
    Ok(())
}

fn build_runner(workspace: &Workspace, tools: &Tools) -> Result<PathBuf> {
    process::step("building the runner for the image", || {
        let mut cargo = tools.native_cargo(workspace);
        cargo.args([
            "build",
            "--profile",
            PROFILE,
            "--package",
            "csv-analyst-runner",
            "--bin",
            "runner-native",
        ]);
        process::run(cargo.args(tools.duckdb.features()))
    })?;
    let runner = workspace.target.join(PROFILE).join("runner-native");
    runner.is_file().then_some(runner).context("cargo left no runner")
}

/// For the image's label; an archive without git is "unknown".
fn version(workspace: &Workspace) -> String {
    let mut git = std::process::Command::new("git");
    git.current_dir(&workspace.root).args(["rev-parse", "HEAD"]);
    process::capture(&mut git).map_or_else(|_| "unknown".to_owned(), |printed| printed.trim().to_owned())
}
