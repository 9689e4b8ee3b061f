//! `cargo xtask release --dry-run` over what the other tests were built with: every part, sums that hold, and
//! an archive that answers a question from wherever it was unpacked. (The same bytes twice: `bundle.rs` and
//! `bill_of_materials.rs`.) And the chart that a release publishes, as the workflow makes it.

mod built;
mod installed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

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

    let notes = std::fs::read_to_string(first.path().join("NOTES.md")).expect("notes");
    assert!(notes.contains("need glibc 2."), "{notes}");

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

#[test]
fn the_chart_of_a_release_installs_its_images_by_digest_and_is_otherwise_the_same() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(chart) = packed_chart(folder.path()) else {
        return;
    };
    let stamped = folder.path().join("stamped");
    let [service, runner] = ["1", "2"].map(|digit| format!("sha256:{}", digit.repeat(64)));
    let images = [
        format!("ghcr.io/owner/csv-analyst@{service}"),
        format!("ghcr.io/owner/csv-analyst-runner@{runner}"),
    ];
    let output = stamp(&chart, &images, &stamped);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");

    let before = values(&chart);
    let after = values(&stamped.join(chart.file_name().expect("a name")));
    assert_eq!(before.lines().count(), after.lines().count());
    let pairs = before.lines().zip(after.lines());
    let changed: Vec<&str> = pairs
        .filter(|(old, new)| old != new)
        .map(|(_, new)| new.trim())
        .collect();
    let expected = [
        "repository: ghcr.io/owner/csv-analyst".to_owned(),
        format!("digest: {service}"),
        "repository: ghcr.io/owner/csv-analyst-runner".to_owned(),
        format!("digest: {runner}"),
    ];
    assert_eq!(changed, expected);
}

#[test]
fn a_chart_is_not_made_to_install_what_a_tag_names() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(chart) = packed_chart(folder.path()) else {
        return;
    };
    let images = ["csv-analyst:1", "csv-analyst-runner:1"].map(str::to_owned);
    let stamped = folder.path().join("stamped");
    let output = stamp(&chart, &images, &stamped);
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(words.contains("not an image by its digest"), "{words}");
    assert!(!output.status.success() && !stamped.exists());
}

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("xtask lies in the checkout").to_owned()
}

/// `None`, said loudly, where there is no helm.
fn packed_chart(folder: &Path) -> Option<PathBuf> {
    let mut helm = installed::helm(folder);
    helm.arg("package").arg(root().join("helm/csv-analyst"));
    let Ok(output) = helm.arg("--destination").arg(folder).output() else {
        eprintln!("SKIPPED: {TEST}: its chart: `helm` is not installed (see docs/kubernetes.md)");
        return None;
    };
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words}");
    let name = format!("csv-analyst-{}.tgz", env!("CARGO_PKG_VERSION"));
    Some(folder.join(name))
}

/// As the workflow does, with the same helm that the tests have.
fn stamp(chart: &Path, images: &[String], to: &Path) -> Output {
    let helm = installed::program("helm");
    let known = std::env::var_os("PATH").unwrap_or_default();
    let mut search_path = vec![helm.parent().expect("it was found").to_owned()];
    search_path.extend(std::env::split_paths(&known));
    let search_path = std::env::join_paths(search_path).expect("a search path");
    let mut script = Command::new("sh");
    script
        .arg(root().join(".github/stamp-chart.sh"))
        .arg(chart)
        .args(images)
        .arg(to)
        .env("PATH", search_path);
    script.output().expect("it starts")
}

/// The file of a packed chart, word for word.
fn values(chart: &Path) -> String {
    let home = tempfile::tempdir().expect("a temporary folder");
    let mut helm = installed::helm(home.path());
    let output = helm.args(["show", "values"]).arg(chart).output();
    let printed = output.expect("it starts").stdout;
    String::from_utf8(printed).expect("text")
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
    assert!(said.contains("the programs need glibc 2."), "{said}");
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
