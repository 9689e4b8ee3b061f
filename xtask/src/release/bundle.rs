//! The service as one archive for this machine's platform: unpacked anywhere, it runs from there. Programs,
//! gate, page, built-in datasets, licence, and DuckDB's library, which the runner looks for in `lib` beside it.

use std::env::consts::{ARCH, DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX, OS};
use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::{Compression, GzBuilder};

use super::{Options, Release, glibc};
use crate::fingerprint::write_atomically;
use crate::images::{Profile, Target, parts};
use crate::process;
use crate::setup::Tools;
use crate::tar::Tar;
use crate::workspace::Workspace;

struct Entry {
    path: String,
    mode: u32,
    contents: Vec<u8>,
}

pub fn make(workspace: &Workspace, tools: &Tools, release: &Release, options: &Options) -> Result<()> {
    let profile = options.profile;
    if !options.built {
        Target::Server.build(workspace, tools, profile)?;
    }
    let name = format!("csv-analyst-{}-{OS}-{ARCH}", release.version);
    process::step(&format!("packing {name}.tar.gz"), || {
        let entries = entries(workspace, tools, profile)?;
        tell_what_they_need(&entries, options.dry_run)?;
        // Nobody downloads a development build.
        let effort = match profile {
            Profile::Dev => Compression::fast(),
            Profile::Release => Compression::best(),
        };
        let archive = pack(&name, entries, release.revision.seconds, effort)?;
        write_atomically(&release.folder.join(format!("{name}.tar.gz")), &archive)
    })
}

/// What a machine has to have for them; an error where that is more than a release promises.
fn tell_what_they_need(entries: &[Entry], dry_run: bool) -> Result<()> {
    let programs = entries.iter().filter(|entry| entry.mode == PROGRAM);
    let Some(needed) = glibc::needed(programs.map(|entry| entry.contents.as_slice())) else {
        return Ok(());
    };
    println!("    the programs need glibc {needed} or later");
    match glibc::breach(needed) {
        Some(breach) if !dry_run => bail!("{breach}"),
        Some(breach) => println!("    only a dry run may do this: {breach}"),
        None => {}
    }
    Ok(())
}

/// Modes of files: of what is started or loaded, and of everything else.
const PROGRAM: u32 = 0o755;
const DOCUMENT: u32 = 0o644;

fn entries(workspace: &Workspace, tools: &Tools, profile: Profile) -> Result<Vec<Entry>> {
    let programs = workspace.target.join(profile.folder());
    let mut entries = Vec::new();
    for program in ["csv-analyst", "runner-native"] {
        let file = format!("{program}{EXE_SUFFIX}");
        entries.push(entry(&programs.join(&file), &file, PROGRAM)?);
    }
    let library = format!("{DLL_PREFIX}duckdb{DLL_SUFFIX}");
    entries.push(entry(
        &tools.duckdb.directory.join(&library),
        &format!("lib/{library}"),
        PROGRAM,
    )?);
    for document in ["README.md", "CHANGELOG.md"] {
        entries.push(entry(&workspace.root.join(document), document, DOCUMENT)?);
    }
    // As in the image, where they lie below `app`.
    entries.extend(parts(workspace)?.into_iter().map(|file| Entry {
        path: file.path.trim_start_matches("app/").to_owned(),
        mode: DOCUMENT,
        contents: file.contents,
    }));
    Ok(entries)
}

fn entry(file: &Path, path: &str, mode: u32) -> Result<Entry> {
    Ok(Entry {
        path: path.to_owned(),
        mode,
        contents: fs::read(file).with_context(|| format!("cannot read {}", file.display()))?,
    })
}

/// In the order of their names, of one time, of nobody in particular.
fn pack(name: &str, mut entries: Vec<Entry>, seconds: u64, effort: Compression) -> Result<Vec<u8>> {
    entries.sort_by(|one, other| one.path.cmp(&other.path));
    let mut tar = Tar::of_time(seconds);
    for entry in &entries {
        tar.file(&format!("{name}/{}", entry.path), entry.mode, &entry.contents);
    }
    // Without a time or a file name in its head.
    let mut packer = GzBuilder::new().mtime(0).write(Vec::new(), effort);
    packer.write_all(&tar.finish())?;
    packer.finish().context("an archive in memory can be packed")
}

#[cfg(test)]
mod tests {
    use super::{Compression, Entry, pack};
    use std::process::Command;

    const EFFORT: Compression = Compression::new(9);

    fn entries(order: [&str; 2]) -> Vec<Entry> {
        let entry = |path: &str| Entry {
            path: path.to_owned(),
            mode: 0o755,
            contents: path.as_bytes().to_vec(),
        };
        order.map(entry).into()
    }

    #[test]
    fn the_same_files_of_the_same_commit_give_the_same_bytes_in_whatever_order_they_were_found() {
        let first = pack("a-1", entries(["x", "lib/y"]), 7, EFFORT).unwrap();
        assert_eq!(first, pack("a-1", entries(["lib/y", "x"]), 7, EFFORT).unwrap());
        assert_ne!(first, pack("a-1", entries(["lib/y", "x"]), 8, EFFORT).unwrap());
    }

    #[test]
    fn the_systems_tar_unpacks_it_into_one_folder() {
        let folder = tempfile::tempdir().unwrap();
        let archive = folder.path().join("a.tar.gz");
        std::fs::write(
            &archive,
            pack("a-1", entries(["x", "lib/y"]), 1_700_000_000, EFFORT).unwrap(),
        )
        .unwrap();
        let mut tar = Command::new("tar");
        let status = tar
            .arg("-xzf")
            .arg(&archive)
            .arg("-C")
            .arg(folder.path())
            .status();
        assert!(status.unwrap().success());
        let found = std::fs::metadata(folder.path().join("a-1/lib/y")).unwrap();
        let modified = found
            .modified()
            .unwrap()
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap();
        assert_eq!(modified.as_secs(), 1_700_000_000);
    }
}
