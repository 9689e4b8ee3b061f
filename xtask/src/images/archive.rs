//! An image archive in the form that every container engine loads: one layer, one configuration, as an OCI
//! layout with the older index of Docker beside it.
//!
//! Times, owners and order are fixed, so the digest says what is inside and nothing else.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::closure::ImageFile;
use super::recipe::{Folder, Recipe, USER};
use crate::fingerprint::hex;
use crate::tar::Tar;

/// A moment that never changes; when it was made is not part of what it is.
const CREATED: &str = "1970-01-01T00:00:00Z";

/// What it was made from.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    pub revision: String,
    /// Where the source can be had, when that is known.
    pub source: Option<String>,
}

pub struct Image {
    configuration: Vec<u8>,
    layer: Vec<u8>,
    files: usize,
}

impl Image {
    pub fn of(recipe: &Recipe, files: &[ImageFile], origin: &Origin) -> Result<Self> {
        let layer = layer(recipe, files);
        let configuration = configuration(recipe, &layer, origin)?;
        Ok(Self {
            configuration,
            layer,
            files: files.len(),
        })
    }

    /// The digest of the configuration, by which an engine calls an image; engines that keep images in
    /// containerd call it by the manifest's.
    pub fn id(&self) -> String {
        digest(&self.configuration)
    }

    pub fn size_bytes(&self) -> usize {
        self.layer.len()
    }

    pub fn file_count(&self) -> usize {
        self.files
    }

    /// By which a registry calls it.
    pub fn manifest_digest(&self) -> String {
        digest(self.manifest().to_string().as_bytes())
    }

    pub fn archive(&self, tag: &str) -> Vec<u8> {
        let manifest = self.manifest().to_string();
        let (configuration, layer) = (blob(&self.configuration), blob(&self.layer));
        let docker = json!([{"Config": configuration, "RepoTags": [tag], "Layers": [layer]}]);
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [described(MANIFEST_TYPE, manifest.as_bytes(), Some(tag))],
        });
        let mut tar = Tar::default();
        tar.file("oci-layout", 0o644, br#"{"imageLayoutVersion":"1.0.0"}"#);
        tar.file("index.json", 0o644, index.to_string().as_bytes());
        tar.file("manifest.json", 0o644, docker.to_string().as_bytes());
        tar.file(&blob(manifest.as_bytes()), 0o644, manifest.as_bytes());
        tar.file(&configuration, 0o644, &self.configuration);
        tar.file(&layer, 0o644, &self.layer);
        tar.finish()
    }

    fn manifest(&self) -> Value {
        json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": described("application/vnd.oci.image.config.v1+json", &self.configuration, None),
            "layers": [described("application/vnd.oci.image.layer.v1.tar", &self.layer, None)],
        })
    }
}

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// Where a layout keeps what has this content.
fn blob(contents: &[u8]) -> String {
    format!("blobs/sha256/{}", hex(&Sha256::digest(contents)))
}

/// A descriptor of the OCI image specification; the first annotation is what containerd names an image by.
fn described(kind: &str, contents: &[u8], tag: Option<&str>) -> Value {
    let mut descriptor = json!({"mediaType": kind, "digest": digest(contents), "size": contents.len()});
    if let Some(tag) = tag {
        let (_, version) = tag.rsplit_once(':').unwrap_or((tag, "latest"));
        let whole = match tag.split_once('/') {
            Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => tag.to_owned(),
            Some(_) => format!("docker.io/{tag}"),
            None => format!("docker.io/library/{tag}"),
        };
        descriptor["annotations"] = json!({
            "io.containerd.image.name": whole,
            "org.opencontainers.image.ref.name": version,
        });
    }
    descriptor
}

pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

/// Of the whole image: our own code, DuckDB, and the GNU C library and compiler's with their exceptions.
pub const LICENCES: &str =
    "Apache-2.0 AND MIT AND LGPL-2.1-or-later AND GPL-3.0-or-later WITH GCC-exception-3.1";

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

fn configuration(recipe: &Recipe, layer: &[u8], origin: &Origin) -> Result<Vec<u8>> {
    let mut configuration: Value = json!({
        "architecture": architecture(),
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
                "org.opencontainers.image.licenses": LICENCES,
                "org.opencontainers.image.version": env!("CARGO_PKG_VERSION"),
                "org.opencontainers.image.revision": origin.revision,
            },
        },
        "rootfs": {"type": "layers", "diff_ids": [digest(layer)]},
        "history": [{"created": CREATED, "created_by": "cargo xtask images"}],
    });
    if let Some(source) = &origin.source {
        configuration["config"]["Labels"]["org.opencontainers.image.source"] = json!(source);
    }
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
    use super::{Image, ImageFile, Origin, folders};
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
            let id = |contents| {
                Image::of(&recipe, &files(contents), &Origin::default())
                    .unwrap()
                    .id()
            };
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
            ["data", "data/snapshots", "engine", "pinned", "snapshots", "tmp"]
        );
    }

    #[test]
    fn the_same_files_give_the_same_archive_byte_for_byte() {
        let archive = || {
            let origin = Origin {
                revision: "abc".to_owned(),
                source: Some("https://example.org/analyst".to_owned()),
            };
            let image = Image::of(&SERVER, &files(b"one"), &origin).unwrap();
            image.archive("csv-analyst:latest")
        };
        assert_eq!(archive(), archive());
    }

    #[test]
    fn the_archive_is_a_layout_whose_digests_are_those_of_its_blobs() {
        let image = Image::of(&RUNNER, &files(b"one"), &Origin::default()).unwrap();
        let archive = image.archive("a.example/runner:1");
        let text = String::from_utf8_lossy(&archive);
        for digest in [image.id(), image.manifest_digest()] {
            let blob = digest.replace("sha256:", "blobs/sha256/");
            assert!(text.contains(&blob) && text.contains(&digest), "{digest}");
        }
        assert!(text.contains("\"io.containerd.image.name\":\"a.example/runner:1\""));
    }

    #[test]
    fn the_services_image_asks_itself_for_its_health_and_is_not_root() {
        let image = Image::of(&SERVER, &files(b""), &Origin::default()).unwrap();
        let configuration: serde_json::Value = serde_json::from_slice(&image.configuration).unwrap();
        let config = &configuration["config"];
        assert_eq!(config["User"], "65534:65534");
        assert_eq!(config["Healthcheck"]["Test"][1], config["Entrypoint"][0]);
    }
}
