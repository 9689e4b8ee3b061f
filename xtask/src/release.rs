//! `cargo xtask release`: everything that a release consists of, in one folder, and what would be uploaded
//! where. It uploads nothing itself: `.github/workflows/release.yml` does, with short-lived rights.
//!
//! The same programs of the same commit give the same bytes: times are the commit's, order and owners are
//! fixed. (What Helm packs has the times of its files; its checksum differs from run to run.)

mod bundle;
mod checks;
mod glibc;
mod notes;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};

use crate::fingerprint::{sha256_of, write_atomically};
use crate::images::{self, Profile, Target};
use crate::process;
use crate::revision::Revision;
use crate::setup::{self, Tools};
use crate::workspace::Workspace;

#[derive(Debug, Args)]
pub struct Options {
    /// For a commit that has no release's tag yet; says what would be uploaded
    #[arg(long)]
    dry_run: bool,
    /// Build nothing: pack what is there
    #[arg(long)]
    built: bool,
    #[arg(long, value_enum, default_value_t = Profile::Release)]
    profile: Profile,
    /// Also with changes that are not committed; never for a release that others get
    #[arg(long)]
    allow_dirty: bool,
    /// Which parts, comma-separated; each platform makes its own programs
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = [Part::Programs, Part::Images, Part::Chart, Part::Notes])]
    parts: Vec<Part>,
    /// Where to [default: `release-files` in the target folder]
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// The service with all that it needs, for this machine's platform
    Programs,
    /// Both container images and their bills of materials
    Images,
    /// The Helm chart
    Chart,
    /// What the changelog says of this version
    Notes,
}

/// What is known of a release before anything is made.
pub struct Release {
    pub version: String,
    pub revision: Revision,
    pub folder: PathBuf,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let release = Release {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: Revision::of(workspace),
        folder: options
            .out
            .clone()
            // Not `release`: that is where cargo keeps what it builds.
            .unwrap_or_else(|| workspace.target.join("release-files")),
    };
    let breaches = checks::breaches(workspace, &release, options.dry_run, options.allow_dirty)?;
    if !breaches.is_empty() {
        bail!(
            "{} is not ready to be released:\n- {}",
            release.version,
            breaches.join("\n- ")
        );
    }
    empty(&release.folder, options.out.is_none())?;
    for part in &options.parts {
        make(workspace, &release, *part, options)?;
    }
    checksums(&release.folder)?;
    report(&release, options.dry_run)
}

/// The last file of a release, and so what tells a folder of one.
const SUMS: &str = "SHA256SUMS";

/// Nothing of an earlier release may be taken for one of this; and nothing but an earlier release is
/// removed from a folder that a person has named.
fn empty(folder: &Path, is_ours: bool) -> Result<()> {
    let holds_something = fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if holds_something && !is_ours && !folder.join(SUMS).is_file() {
        bail!(
            "{} holds something else than a release; name an empty folder",
            folder.display()
        );
    }
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot empty {}", folder.display()))?;
    }
    Ok(fs::create_dir_all(folder)?)
}

fn make(workspace: &Workspace, release: &Release, part: Part, options: &Options) -> Result<()> {
    match part {
        Part::Programs => {
            let tools = setup::run(workspace)?;
            bundle::make(workspace, &tools, release, options)
        }
        Part::Images => {
            let tools = setup::run(workspace)?;
            make_images(workspace, &tools, release, options)
        }
        Part::Chart => chart(workspace, release),
        Part::Notes => {
            let changes = notes::of(&changelog(workspace)?, &release.version, options.dry_run)?;
            let needs = format!("The programs for Linux need glibc {} or later.", glibc::PROMISED);
            let text = format!("{changes}\n{needs}\n");
            write_atomically(&release.folder.join("NOTES.md"), text.as_bytes())
        }
    }
}

pub fn changelog(workspace: &Workspace) -> Result<String> {
    fs::read_to_string(workspace.root.join("CHANGELOG.md")).context("CHANGELOG.md can't be read")
}

fn make_images(workspace: &Workspace, tools: &Tools, release: &Release, options: &Options) -> Result<()> {
    for target in [Target::Runner, Target::Server] {
        let packed = images::pack(
            workspace,
            tools,
            target,
            options.profile,
            options.built,
            &release.revision,
        )?;
        packed.write(&release.folder, &format!("{}:{}", packed.name, release.version))?;
    }
    Ok(())
}

fn chart(workspace: &Workspace, release: &Release) -> Result<()> {
    let Some(helm) = workspace.helper("helm") else {
        println!("SKIPPED: the chart: helm is not installed (docs/kubernetes.md says how)");
        return Ok(());
    };
    process::step("packing the chart", || {
        let mut helm = Command::new(helm);
        helm.arg("package")
            .arg(workspace.root.join("helm/csv-analyst"))
            .arg("--destination");
        process::capture(helm.arg(&release.folder)).map(drop)
    })
}

/// As `sha256sum --check` reads it.
fn checksums(folder: &Path) -> Result<()> {
    let mut lines = Vec::new();
    for file in files(folder)? {
        lines.push(format!("{}  {}\n", sha256_of(&folder.join(&file))?, file));
    }
    write_atomically(&folder.join(SUMS), lines.concat().as_bytes())
}

fn files(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    let mut names: Vec<String> = entries
        .iter()
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

fn report(release: &Release, dry_run: bool) -> Result<()> {
    println!("\n{} of commit {}:", release.version, release.revision.commit);
    for name in files(&release.folder)? {
        let path = release.folder.join(&name);
        let size = fs::metadata(&path)?.len() as f64 / 1e6;
        println!("  {:<52} {size:>8.2} MB  {}", name, destination(&name));
    }
    println!("in {}", release.folder.display());
    match dry_run {
        true => println!("a dry run: nothing was uploaded"),
        false => println!("the release workflow uploads these; nothing was uploaded from here"),
    }
    Ok(())
}

/// Where the workflow puts a file, by its name.
fn destination(name: &str) -> &'static str {
    match name {
        _ if name.contains("-image-linux-") => "to the image registry, signed, with provenance",
        _ if name.ends_with(".cdx.json") => "to the release, and to the image as a signed statement",
        _ if name.ends_with(".tgz") => "with the images' digests to the registry, and to the release",
        "NOTES.md" => "the release's text",
        _ => "to the release, with provenance",
    }
}

#[cfg(test)]
mod tests {
    use super::{SUMS, empty};
    use std::fs;

    #[test]
    fn a_folder_that_holds_something_else_than_a_release_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let precious = folder.path().join("thesis.txt");
        fs::write(&precious, "years").unwrap();
        let refusal = empty(folder.path(), false).unwrap_err().to_string();
        assert!(
            refusal.contains("name an empty folder") && precious.is_file(),
            "{refusal}"
        );

        fs::write(folder.path().join(SUMS), "").unwrap();
        empty(folder.path(), false).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        empty(folder.path(), false).unwrap();
    }
}
