//! The images' bills of materials: valid CycloneDX 1.6, and complete: every file of the image, every library
//! that its programs load, the crates of each program.
//!
//! The images are packed from what the other tests were built with, into a folder; no engine is needed.

mod built;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

const TEST: &str = "bills of materials";

#[test]
fn every_image_has_a_valid_and_complete_bill_of_materials_and_packing_it_twice_gives_the_same_bytes() {
    if !built::is_there(TEST) {
        return;
    }
    let (first, second) = (packed(), packed());
    let validator = validator();
    for (image, program, crates) in [
        (
            "csv-analyst-runner",
            "runner-native",
            &["duckdb", "landlock", "seccompiler"][..],
        ),
        (
            "csv-analyst",
            "app/csv-analyst",
            &["wasmtime", "bollard", "axum", "rusqlite", "wit-bindgen", "leptos"],
        ),
    ] {
        for name in files_called(first.path(), image) {
            let bytes = |folder: &Path| std::fs::read(folder.join(&name)).expect("it was packed");
            assert!(
                bytes(first.path()) == bytes(second.path()),
                "{name} differs from time to time"
            );
        }
        let bill = bill(first.path(), image);
        let errors: Vec<String> = validator
            .iter_errors(&bill)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");

        let listed = files_of(&bill);
        let inside = files_inside(first.path(), image);
        assert_eq!(listed, inside);
        for library in libraries(first.path(), image, program) {
            assert!(
                listed.iter().any(|file| file.ends_with(&library)),
                "{library} is not listed"
            );
        }
        let names = component_names(&bill);
        for wanted in crates {
            assert!(names.contains(*wanted), "{image} lacks {wanted}");
        }
        // What only tests and build scripts use is not in an image.
        for stranger in ["proptest", "insta", "cc", "serde_derive"] {
            assert!(!names.contains(stranger), "{image} lists {stranger}");
        }
        every_reference_leads_somewhere(&bill);
    }
}

fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.parent().expect("xtask lies in the checkout").to_owned()
}

fn packed() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
    xtask
        .args([
            "images",
            "server",
            "runner",
            "--profile",
            "dev",
            "--built",
            "--out",
        ])
        .arg(folder.path());
    let output = xtask.output().expect("it starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    folder
}

/// `csv-analyst-linux-..` is not `csv-analyst-runner-linux-..`.
fn files_called(folder: &Path, image: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let names = entries.map(|entry| {
        entry
            .expect("an entry")
            .file_name()
            .to_string_lossy()
            .into_owned()
    });
    let starts = [format!("{image}-linux-"), format!("{image}-image-linux-")];
    let found: Vec<String> = names
        .filter(|name| starts.iter().any(|start| name.starts_with(start)))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    found
}

fn bill(folder: &Path, image: &str) -> Value {
    let names = files_called(folder, image);
    let name = names
        .iter()
        .find(|name| name.ends_with(".cdx.json"))
        .expect("a bill");
    serde_json::from_slice(&std::fs::read(folder.join(name)).expect("it is there")).expect("JSON")
}

/// The official schema, and the two that it names.
fn validator() -> jsonschema::Validator {
    let read = |name: &str| -> Value {
        let file = root()
            .join("xtask/tests/schemas")
            .join(format!("{name}.SNAPSHOT.schema.json"));
        serde_json::from_slice(&std::fs::read(file).expect("a schema")).expect("JSON")
    };
    let mut registry = jsonschema::Registry::new();
    for name in ["spdx", "jsf-0.82"] {
        let address = format!("http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json");
        registry = registry.add(address, read(name)).expect("a schema");
    }
    let registry = registry.prepare().expect("the schemas fit together");
    let options = jsonschema::options().with_registry(&registry);
    options.build(&read("bom-1.6")).expect("a schema")
}

/// Unpacks the layer, and lists it.
fn unpacked(folder: &Path, image: &str) -> PathBuf {
    let to = folder.join(format!("{image}.unpacked"));
    if to.exists() {
        return to;
    }
    let names = files_called(folder, image);
    let archive = names
        .iter()
        .find(|name| name.ends_with(".tar"))
        .expect("an archive");
    let layout = folder.join(format!("{image}.layout"));
    for folder in [&to, &layout] {
        std::fs::create_dir(folder).expect("a folder");
    }
    tar(&folder.join(archive), &layout);
    let index = std::fs::read(layout.join("manifest.json")).expect("an index");
    let index: Value = serde_json::from_slice(&index).expect("JSON");
    tar(
        &layout.join(index[0]["Layers"][0].as_str().expect("a layer")),
        &to,
    );
    to
}

fn tar(archive: &Path, to: &Path) {
    let mut tar = Command::new("tar");
    let status = tar
        .arg("-xf")
        .arg(archive)
        .arg("-C")
        .arg(to)
        .arg("--no-same-owner")
        .status();
    assert!(status.expect("tar starts").success());
}

fn files_inside(folder: &Path, image: &str) -> BTreeSet<String> {
    let root = unpacked(folder, image);
    let (mut found, mut waiting) = (BTreeSet::new(), vec![root.clone()]);
    while let Some(next) = waiting.pop() {
        for entry in std::fs::read_dir(next).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else {
                let inside = path
                    .strip_prefix(&root)
                    .expect("inside")
                    .to_string_lossy()
                    .into_owned();
                found.insert(format!("/{inside}"));
            }
        }
    }
    found
}

/// What the system's own tool says that the program and its libraries load.
fn libraries(folder: &Path, image: &str, program: &str) -> BTreeSet<String> {
    let inside = files_inside(folder, image);
    let is_library = |file: &&String| file.contains(".so");
    let mut found = needed(&unpacked(folder, image).join(program));
    for file in inside.iter().filter(is_library) {
        found.extend(needed(
            &unpacked(folder, image).join(file.trim_start_matches('/')),
        ));
    }
    assert!(
        found.is_empty() || found.iter().any(|name| name.starts_with("libc.so")),
        "{found:?}"
    );
    found
}

fn needed(program: &Path) -> BTreeSet<String> {
    let Ok(printed) = Command::new("readelf").arg("-d").arg(program).output() else {
        eprintln!("SKIPPED: {TEST}: readelf is not installed, so needed libraries are not compared");
        return BTreeSet::new();
    };
    let text = String::from_utf8_lossy(&printed.stdout).into_owned();
    let lines = text.lines().filter(|line| line.contains("(NEEDED)"));
    lines
        .filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned()))
        .collect()
}

fn components(bill: &Value) -> impl Iterator<Item = &Value> {
    bill["components"].as_array().expect("components").iter()
}

fn files_of(bill: &Value) -> BTreeSet<String> {
    let files = components(bill).filter(|one| {
        one["bom-ref"]
            .as_str()
            .is_some_and(|name| name.starts_with("file:"))
    });
    files
        .map(|one| one["name"].as_str().expect("a name").to_owned())
        .collect()
}

fn component_names(bill: &Value) -> BTreeSet<String> {
    components(bill)
        .filter_map(|one| Some(one["name"].as_str()?.to_owned()))
        .collect()
}

fn every_reference_leads_somewhere(bill: &Value) {
    let text = |value: &Value| value.as_str().expect("a reference").to_owned();
    let mut known: BTreeSet<String> = components(bill).map(|one| text(&one["bom-ref"])).collect();
    known.insert(text(&bill["metadata"]["component"]["bom-ref"]));
    for entry in bill["dependencies"].as_array().expect("dependencies") {
        let parts = entry["dependsOn"].as_array().expect("parts");
        for reference in parts.iter().chain([&entry["ref"]]) {
            assert!(known.contains(&text(reference)), "{reference} is nowhere");
        }
    }
}
