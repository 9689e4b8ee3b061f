//! `cargo xtask images`: the container images, each made of nothing but what its programs load.
//!
//! An image is written byte for byte here and handed to the engine's socket: no base image is
//! pulled, no shell is inside, no build tool or client has to be installed, and the same inputs
//! give the same digest everywhere.

mod archive;
mod closure;
mod contents;
mod engine;
mod recipe;

use anyhow::{Result, bail};
use clap::Args;

use crate::process;
use crate::setup::{self, Tools};
use crate::workspace::Workspace;
pub use archive::Image;
pub use closure::ImageFile;
pub use contents::{Profile, Target};
pub use engine::Engine;
pub use recipe::Recipe;

#[derive(Debug, Args)]
pub struct Options {
    /// Which images
    #[arg(value_enum, default_values_t = [Target::Runner])]
    targets: Vec<Target>,
    #[arg(long, value_enum, default_value_t = Profile::Release)]
    profile: Profile,
    /// Build nothing: pack what is there
    #[arg(long)]
    built: bool,
    /// Call the image so, instead of by its usual name (`csv-analyst-runner:latest`, `csv-analyst:latest`),
    /// which the service, `compose.yml` and the chart look for
    #[arg(long)]
    tag: Option<String>,
}

impl Default for Options {
    /// As without arguments.
    fn default() -> Self {
        Self {
            targets: vec![Target::Runner],
            profile: Profile::Release,
            built: false,
            tag: None,
        }
    }
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.tag.is_some() && options.targets.len() > 1 {
        bail!("one tag cannot name two images: make them one after the other");
    }
    // Asked first: nobody should wait minutes to hear that there is no engine.
    let engine = Engine::connect()?;
    let tools = setup::run(workspace)?;
    for target in &options.targets {
        make(workspace, &tools, &engine, *target, options)?;
    }
    Ok(())
}

fn make(
    workspace: &Workspace,
    tools: &Tools,
    engine: &Engine,
    target: Target,
    options: &Options,
) -> Result<()> {
    let recipe = target.recipe();
    let usual = format!("{}:latest", recipe.name);
    let tag = options.tag.as_ref().unwrap_or(&usual);
    if !options.built {
        target.build(workspace, tools, options.profile)?;
    }
    let image = process::step(&format!("packing {tag}"), || {
        packed(workspace, tools, target, options.profile)
    })?;
    process::step("handing it to the container engine", || {
        engine.load(&image.archive(tag))
    })?;
    let loaded = engine.image_id(tag)?;
    if loaded != image.id() {
        bail!(
            "the engine says that {tag} is {loaded}, but {} was handed to it",
            image.id()
        );
    }
    println!("image:  {tag}");
    println!("digest: {loaded}");
    println!(
        "size:   {:.1} MB in {} files",
        image.size_bytes() as f64 / 1e6,
        image.file_count()
    );
    Ok(())
}

/// Of what is built already.
pub fn packed(workspace: &Workspace, tools: &Tools, target: Target, profile: Profile) -> Result<Image> {
    let files = target.files(workspace, tools, profile)?;
    Image::of(target.recipe(), &files, &version(workspace))
}

/// For the image's label; an archive without git is "unknown".
fn version(workspace: &Workspace) -> String {
    let mut git = std::process::Command::new("git");
    git.current_dir(&workspace.root).args(["rev-parse", "HEAD"]);
    process::capture(&mut git).map_or_else(|_| "unknown".to_owned(), |printed| printed.trim().to_owned())
}
