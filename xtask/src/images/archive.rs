//! An image archive in the form that every container engine loads: one layer, one configuration.
//!
//! Times, owners and order are fixed, so the digest says what is inside and nothing else.

mod tar;

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::closure::ImageFile;
use super::recipe::{Folder, Recipe, USER};
use crate::fingerprint::hex;
use tar::Tar;

/// A moment that never changes; when it was made is not part of what it is.
const CREATED: &str = "1970-01-01T00:00:00Z";

pub struct Image {
    configuration: Vec<u8>,
    layer: Vec<u8>,
    files: usize,
}

impl Image {
    pub fn of(recipe: &Recipe, files: &[ImageFile], revision: &str) -> Result<Self> {
        let layer = layer(recipe, files);
        let configuration = configuration(recipe, &layer, revision)?;
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

fn layer(recipe: &Recipe, files: &[ImageFile]) -> Vec<u8> {
    let mut tar = Tar::default();
    for (path, folder) in folders(recipe, files) {
        tar.folder(&path, folder.mode, folder.owner);
    }
    for file in files {
        tar.file(&file.path, file.mode, &file.contents);
    }
    tar.finish()
}

/// Every folder above a file, and those of the recipe, each before what lies in it.
fn folders(recipe: &Recipe, files: &[ImageFile]) -> BTreeMap<String, Folder> {
    let above = files.iter().flat_map(|file| {
        let ends = file.path.match_indices('/').map(|(at, _)| at);
        ends.map(|at| (file.path[..at].to_owned(), Folder::OF_ROOT))
    });
    let own = recipe
        .folders
        .iter()
        .map(|(path, folder)| ((*path).to_owned(), *folder));
    above.chain(own).collect()
}

fn configuration(recipe: &Recipe, layer: &[u8], revision: &str) -> Result<Vec<u8>> {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    let mut configuration: Value = json!({
        "architecture": architecture,
        "os": "linux",
        "created": CREATED,
        "config": {
            "User": format!("{USER}:{USER}"),
            "WorkingDir": "/",
            "Env": [],
            "Entrypoint": recipe.entrypoint,
            "Labels": {
                "org.opencontainers.image.title": recipe.name,
                "org.opencontainers.image.description": recipe.description,
                "org.opencontainers.image.licenses": "Apache-2.0 AND MIT",
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
                "org.opencontainers.image.revision": revision,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": CREATED, "created_by": "cargo xtask images"}],
    });
    for (name, value) in (recipe.settings)() {
        configuration["config"][name] = value;
    }
    serde_json::to_vec(&configuration).context("an image's configuration is plain JSON")
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex(&Sha256::digest(bytes)))
}

#[cfg(test)]
mod tests {
    use super::{Image, ImageFile, folders};
    use crate::images::recipe::{RUNNER, SERVER, USER};

    fn files(contents: &[u8]) -> Vec<ImageFile> {
        vec![
            ImageFile::program("lib/x/libc.so.6".to_owned(), vec![1]),
            ImageFile::program("runner-native".to_owned(), contents.to_vec()),
        ]
    }

    #[test]
    fn the_same_files_give_the_same_digest_and_others_another() {
        for recipe in [RUNNER, SERVER] {
            let id = |contents| Image::of(&recipe, &files(contents), "abc").unwrap().id();
            assert_eq!(id(b"one"), id(b"one"));
            assert_ne!(id(b"one"), id(b"two"));
        }
    }

    #[test]
    fn every_folder_exists_before_what_lies_in_it() {
        let folders: Vec<String> = folders(&RUNNER, &files(b"")).into_keys().collect();
        assert_eq!(folders, ["data", "lib", "lib/x"]);
    }

    #[test]
    fn only_data_and_temporary_files_can_be_written_by_the_services_user() {
        let folders = folders(&SERVER, &files(b"")).into_iter();
        let writable = folders.filter(|(_, folder)| folder.owner == USER || folder.mode & 0o002 != 0);
        assert_eq!(
            writable.map(|(path, _)| path).collect::<Vec<_>>(),
            ["data", "tmp"]
        );
    }

    #[test]
    fn the_services_image_asks_itself_for_its_health_and_is_not_root() {
        let image = Image::of(&SERVER, &files(b""), "abc").unwrap();
        let configuration: serde_json::Value = serde_json::from_slice(&image.configuration).unwrap();
        let config = &configuration["config"];
        assert_eq!(config["User"], "65534:65534");
        assert_eq!(config["Healthcheck"]["Test"][1], config["Entrypoint"][0]);
    }
}
