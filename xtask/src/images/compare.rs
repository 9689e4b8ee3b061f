//! `xtask/docker/compare.sh` beside an engine that is played: what it finds, and what it does not mind.

use std::fs;
use std::process::Command;

use super::recipe::{Folder, SERVER};
use super::{Image, ImageFile, Origin};
use crate::tar::Tar;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docker/compare.sh");

/// Called instead of `docker`: every image holds what is in the archive that `EXPORTED` names.
const ENGINE: &str =
    r#"docker() { case "$1" in create) echo made ;; export) cp "$EXPORTED" "$3" ;; esac; }; . "$0""#;

const PROGRAM: &str = "app/csv-analyst";

/// As an engine exports the service's image: with times and an order of its own, and with what it adds.
fn exported(folders: &[(&str, Folder)]) -> Vec<u8> {
    let mut tar = Tar::of_time(1_700_000_000);
    tar.file(".dockerenv", 0o755, b"");
    for (path, folder) in folders {
        tar.folder(path, folder.mode, folder.owner);
    }
    tar.folder("etc", 0o755, 0);
    tar.file("etc/hosts", 0o755, b"");
    tar.folder("app", 0o755, 0);
    tar.file(PROGRAM, 0o555, b"program");
    tar.finish()
}

/// Whether the script was content, and what it printed.
fn compared(exported: &[u8]) -> (bool, String) {
    let files = [ImageFile::program(PROGRAM.to_owned(), b"program".to_vec())];
    let packed = Image::of(&SERVER, &files, &Origin::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let [archive, export] = ["image.tar", "export.tar"].map(|name| folder.path().join(name));
    fs::write(&archive, packed.archive("analyst:latest")).unwrap();
    fs::write(&export, exported).unwrap();
    let mut shell = Command::new("sh");
    shell.args(["-c", ENGINE, SCRIPT, "analyst:latest"]);
    let output = shell.arg(&archive).env("EXPORTED", &export).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

#[test]
fn an_image_that_holds_what_was_packed_is_told_from_one_that_lost_an_owner() {
    let (same, said) = compared(&exported(SERVER.folders));
    assert!(same, "{said}");

    let mut folders = SERVER.folders.to_vec();
    assert_eq!(folders[0].0, "data");
    folders[0].1 = Folder::OF_ROOT;
    let (same, said) = compared(&exported(&folders));
    assert!(!same, "{said}");
    for line in ["< drwx------ 65534/65534 data/", "> drwxr-xr-x 0/0 data/"] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn a_file_that_is_missing_or_too_many_is_named() {
    let (same, said) = compared(&exported(&SERVER.folders[1..]));
    assert!(!same && said.contains("< drwx------ 65534/65534 data/"), "{said}");

    let mut more = SERVER.folders.to_vec();
    more.push(("app/shell", Folder::OF_ROOT));
    let (same, said) = compared(&exported(&more));
    assert!(!same && said.contains("> drwxr-xr-x 0/0 app/shell/"), "{said}");
}
