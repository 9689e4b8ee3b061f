//! `cargo xtask release --dry-run` over what the other tests were built with: every part, sums that hold, and
//! an archive that answers a question from wherever it was unpacked. (The same bytes twice: `bundle.rs` and
//! `bill_of_materials.rs`.)

mod built;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

const TEST: &str = "a release";

#[test]
fn a_dry_run_makes_every_part_and_its_archive_runs_from_where_it_was_unpacked() {
    if !built::is_there(TEST) {
        return;
    }
    let first = made();
    let sums = sums(first.path());
    for end in [".tar.gz", ".cdx.json", "NOTES.md"] {
        let is_there = sums.keys().any(|name| name.ends_with(end));
        assert!(is_there, "{end} is missing: {sums:?}");
    }
    assert_eq!(
        sums.keys().filter(|name| name.contains("-image-linux-")).count(),
        2
    );

    let mut check = Command::new("sha256sum");
    let checked = check
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(first.path())
        .status();
    assert!(checked.expect("it starts").success());
    answers_from_its_folder(
        first.path(),
        sums.keys().find(|name| name.ends_with(".tar.gz")).expect("one"),
    );
}

#[test]
fn a_commit_without_a_versions_tag_is_no_release() {
    if is_tagged() {
        eprintln!("SKIPPED: {TEST}: this commit has a version's tag");
        return;
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    let output = xtask
        .args(["release", "--built", "--parts", "notes", "--out"])
        .arg(folder.path().join("made"));
    let output = output.output().expect("it starts");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success());
    assert!(
        words.contains("not ready to be released") && words.contains("tag v"),
        "{words}"
    );
}

fn is_tagged() -> bool {
    let tags = Command::new("git")
        .args(["tag", "--points-at", "HEAD"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    tags.is_ok_and(|tags| {
        tags.stdout
            .split(|byte| *byte == b'\n')
            .any(|tag| tag.starts_with(b"v"))
    })
}

fn made() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask.args([
        "release",
        "--dry-run",
        "--built",
        "--profile",
        "dev",
        "--allow-dirty",
        "--out",
    ]);
    let output = xtask.arg(folder.path().join("made")).output().expect("it starts");
    let (said, failed) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{failed}");
    assert!(said.contains("nothing was uploaded"), "{said}");
    for line in said.lines().filter(|line| line.starts_with("SKIPPED")) {
        eprintln!("{line}");
    }
    // The folder is the release itself, so that its sums can be checked in it.
    for entry in std::fs::read_dir(folder.path().join("made")).expect("it was made") {
        let entry = entry.expect("an entry");
        std::fs::rename(entry.path(), folder.path().join(entry.file_name())).expect("it can be moved");
    }
    folder
}

fn sums(folder: &Path) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(folder.join("SHA256SUMS")).expect("sums");
    let pairs = text.lines().filter_map(|line| line.split_once("  "));
    pairs
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect()
}

fn answers_from_its_folder(folder: &Path, archive: &str) {
    let mut tar = Command::new("tar");
    let status = tar
        .arg("-xzf")
        .arg(folder.join(archive))
        .arg("-C")
        .arg(folder)
        .status();
    assert!(status.expect("tar starts").success());
    let unpacked = folder.join(archive.trim_end_matches(".tar.gz"));
    for part in [
        "LICENSE",
        "lib",
        "datasets/registry.json",
        "site/pkg",
        "gate.wasm",
    ] {
        assert!(unpacked.join(part).exists(), "{part} is missing");
    }
    let mut ask = Command::new(unpacked.join("csv-analyst"));
    ask.args([
        "ask",
        "--sandbox",
        "process",
        "--dataset",
        "ecommerce",
        "How many orders are there?",
    ]);
    let output = ask
        .env_clear()
        .env("CSV_ANALYST_DATA_DIRECTORY", folder.join("data"))
        .current_dir(folder)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(said.contains("orders"), "{said}");
}
