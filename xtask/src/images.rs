//! `cargo xtask images`: the container images, each made of nothing but what its programs load.
//!
//! An image is written byte for byte here and handed to the engine's socket: no base image is
//! pulled, no shell is inside, no build tool or client has to be installed, and the same programs of
//! the same commit give the same digest. Beside it lies its bill of materials.

mod archive;
mod closure;
#[cfg(all(test, target_os = "linux"))]
mod compare;
mod contents;
#[cfg(test)]
mod dockerfile;
mod engine;
mod recipe;
mod sbom;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::fingerprint::write_atomically;
use crate::process;
use crate::revision::Revision;
use crate::setup::{self, Tools};
use crate::workspace::Workspace;
pub use archive::{Image, Origin};
pub use closure::{ImageFile, files_of};
pub use contents::{Profile, Target, parts};
pub use engine::Engine;
pub use recipe::Recipe;

#[derive(Debug, Args)]
pub struct Options {
    /// Which images; both, when not given
    #[arg(value_enum, default_values_t = [Target::Runner, Target::Server])]
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
    /// Write archives and bills of materials there, and hand nothing to an engine
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Default for Options {
    /// The runner's alone, into the engine: what tests and measurements start, and soon there.
    fn default() -> Self {
        Self {
            targets: vec![Target::Runner],
            profile: Profile::Release,
            built: false,
            tag: None,
            out: None,
        }
    }
}

/// An image with all that is said about it.
pub struct Packed {
    pub name: &'static str,
    image: Image,
    bill: Vec<u8>,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if options.tag.is_some() && options.targets.len() > 1 {
        bail!("one tag cannot name two images: say `runner` or `server`, and make them one after the other");
    }
    if cfg!(not(target_os = "linux")) {
        bail!(
            "images hold programs for Linux, which this system does not make; an engine does: \
             docker build --file xtask/docker/Dockerfile --target runner --tag csv-analyst-runner:latest ."
        );
    }
    // Asked first: nobody should wait minutes to hear that there is no engine.
    let engine = match &options.out {
        Some(_) => None,
        None => Some(Engine::connect()?),
    };
    let tools = setup::run(workspace)?;
    let revision = Revision::of(workspace);
    for target in &options.targets {
        let packed = pack(
            workspace,
            &tools,
            *target,
            options.profile,
            options.built,
            &revision,
        )?;
        let tag = options
            .tag
            .clone()
            .unwrap_or_else(|| format!("{}:latest", packed.name));
        packed.report(&tag);
        match (&engine, &options.out) {
            (Some(engine), _) => packed.load(engine, &tag, &workspace.target.join("images"))?,
            (None, Some(folder)) => drop(packed.write(folder, &tag)?),
            (None, None) => {}
        }
    }
    Ok(())
}

pub fn pack(
    workspace: &Workspace,
    tools: &Tools,
    target: Target,
    profile: Profile,
    built: bool,
    revision: &Revision,
) -> Result<Packed> {
    let (image, files) = image_of(workspace, tools, target, profile, built, revision)?;
    let name = target.recipe().name;
    let bill = process::step(&format!("listing what is in {name}"), || {
        bill(workspace, target, &image, &files, revision)
    })?;
    Ok(Packed { name, image, bill })
}

/// The image alone and its files, for whoever needs no bill of materials.
pub fn image_of(
    workspace: &Workspace,
    tools: &Tools,
    target: Target,
    profile: Profile,
    built: bool,
    revision: &Revision,
) -> Result<(Image, Vec<ImageFile>)> {
    if !built {
        target.build(workspace, tools, profile)?;
    }
    let recipe = target.recipe();
    process::step(&format!("packing {}", recipe.name), || {
        let files = target.files(workspace, tools, profile)?;
        let origin = Origin {
            revision: revision.commit.clone(),
            source: workspace.source_address(),
        };
        let image = Image::of(recipe, &files, &origin)?;
        Ok((image, files))
    })
}

fn bill(
    workspace: &Workspace,
    target: Target,
    image: &Image,
    files: &[ImageFile],
    revision: &Revision,
) -> Result<Vec<u8>> {
    let subject = sbom::Subject {
        recipe: target.recipe(),
        image,
        files,
        programs: target.programs(),
        version: env!("CARGO_PKG_VERSION"),
        revision: &revision.commit,
        made_at: revision.seconds,
    };
    sbom::of(workspace, &subject)
}

impl Packed {
    fn report(&self, tag: &str) {
        println!("image:    {tag}");
        println!("id:       {}", self.image.id());
        println!("manifest: {}", self.image.manifest_digest());
        println!(
            "size:     {:.1} MB in {} files",
            self.image.size_bytes() as f64 / 1e6,
            self.image.file_count()
        );
    }

    fn load(&self, engine: &Engine, tag: &str, bills: &Path) -> Result<()> {
        process::step("handing it to the container engine", || {
            engine.load(&self.image.archive(tag))
        })?;
        let loaded = engine.image_id(tag)?;
        // Engines that keep images in containerd call them by another of the two digests.
        if ![self.image.id(), self.image.manifest_digest()].contains(&loaded) {
            bail!(
                "the engine says that {tag} is {loaded}, but {} was handed to it",
                self.image.id()
            );
        }
        self.write_bill(bills).map(drop)
    }

    /// The archive and the bill of materials beside it.
    pub fn write(&self, folder: &Path, tag: &str) -> Result<[PathBuf; 2]> {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        let archive = folder.join(format!(
            "{}-image-linux-{}.tar",
            self.name,
            archive::architecture()
        ));
        write_atomically(&archive, &self.image.archive(tag))?;
        println!("archive:  {}", archive.display());
        Ok([archive, self.write_bill(folder)?])
    }

    fn write_bill(&self, folder: &Path) -> Result<PathBuf> {
        let bill = folder.join(format!(
            "{}-linux-{}.cdx.json",
            self.name,
            archive::architecture()
        ));
        write_atomically(&bill, &self.bill)?;
        println!("contents: {}", bill.display());
        Ok(bill)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::{Options, Target};

    #[derive(Debug, Parser)]
    struct CommandLine {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn without_a_name_both_images_are_made() {
        let read = |words: &[&str]| CommandLine::parse_from(words.iter().copied()).options;
        assert_eq!(read(&["images"]).targets, [Target::Runner, Target::Server]);
        assert_eq!(read(&["images", "runner"]).targets, [Target::Runner]);
    }
}
