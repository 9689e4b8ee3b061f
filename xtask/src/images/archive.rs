//! An image archive in the form that every container engine loads: one layer, one configuration.
//!
//! Times, owners and order are fixed, so the digest says what is inside and nothing else.

mod tar;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::closure::ImageFile;
use crate::fingerprint::hex;
use tar::Tar;

/// Nobody: what the runner needs, it can read as anyone.
const USER: &str = "65534:65534";

/// A moment that never changes; when it was made is not part of what it is.
const CREATED: &str = "1970-01-01T00:00:00Z";

pub struct Image {
    configuration: Vec<u8>,
    layer: Vec<u8>,
    files: usize,
}

impl Image {
    pub fn of(files: &[ImageFile], revision: &str) -> Result<Self> {
        let layer = layer(files)?;
        let configuration = configuration(&layer, revision)?;
        Ok(Self {
            configuration,
            layer,
            files: files.len(),
        })
    }

    /// The digest of the configuration, by which an engine calls an image.
    pub fn id(&self) -> String {
        digest(&self.configuration)
    }

    pub fn size_bytes(&self) -> usize {
        self.layer.len()
    }

    pub fn file_count(&self) -> usize {
        self.files
    }

    pub fn archive(&self, tag: &str) -> Vec<u8> {
        let configuration = format!("{}.json", self.id().trim_start_matches("sha256:"));
        let manifest = json!([{"Config": configuration, "RepoTags": [tag], "Layers": ["layer.tar"]}]);
        let mut tar = Tar::default();
        tar.file("manifest.json", 0o644, manifest.to_string().as_bytes());
        tar.file(&configuration, 0o644, &self.configuration);
        tar.file("layer.tar", 0o644, &self.layer);
        tar.finish()
    }
}

fn layer(files: &[ImageFile]) -> Result<Vec<u8>> {
    let mut tar = Tar::default();
    for folder in folders(files) {
        tar.folder(&folder);
    }
    for file in files {
        tar.file(&file.path, 0o555, &file.contents);
    }
    Ok(tar.finish())
}

/// Every folder above a file, and the one that the service mounts a snapshot into.
fn folders(files: &[ImageFile]) -> std::collections::BTreeSet<String> {
    let above = files.iter().flat_map(|file| {
        let ends = file.path.match_indices('/').map(|(at, _)| at);
        ends.map(|at| file.path[..at].to_owned()).collect::<Vec<_>>()
    });
    above.chain(["data".to_owned()]).collect()
}

fn configuration(layer: &[u8], revision: &str) -> Result<Vec<u8>> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let configuration: Value = json!({
        "architecture": architecture,
        "os": "linux",
        "created": CREATED,
        "config": {
            "User": USER,
            "WorkingDir": "/",
            "Env": [],
            "Entrypoint": ["/runner-native"],
            "Labels": {
                "org.opencontainers.image.title": "csv-analyst-runner",
                "org.opencontainers.image.description": "Runs one checked query in DuckDB and ends",
                "org.opencontainers.image.licenses": "Apache-2.0 AND MIT",
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
                "org.opencontainers.image.revision": revision,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": CREATED, "created_by": "cargo xtask images"}],
    });
    serde_json::to_vec(&configuration).context("an image's configuration is plain JSON")
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::{Image, ImageFile, folders};

    fn files(contents: &[u8]) -> Vec<ImageFile> {
        vec![
            ImageFile {
                path: "lib/x/libc.so.6".to_owned(),
                contents: vec![1],
            },
            ImageFile {
                path: "runner-native".to_owned(),
                contents: contents.to_vec(),
            },
        ]
    }

    #[test]
    fn the_same_files_give_the_same_digest_and_others_another() {
        let one = Image::of(&files(b"one"), "abc").unwrap();
        assert_eq!(one.id(), Image::of(&files(b"one"), "abc").unwrap().id());
        assert_ne!(one.id(), Image::of(&files(b"two"), "abc").unwrap().id());
    }

    #[test]
    fn every_folder_exists_before_what_lies_in_it() {
        let folders: Vec<String> = folders(&files(b"")).into_iter().collect();
        assert_eq!(folders, ["data", "lib", "lib/x"]);
    }
}
