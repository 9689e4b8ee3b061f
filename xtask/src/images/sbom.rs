//! What is in an image, as a bill of materials in CycloneDX 1.6: every file, where each shared library comes
//! from, and the crates that are linked into each program, its two WebAssembly guests included.
//!
//! It is made of the files that were packed, not of what should have been; the same files of the same commit
//! give the same document.

mod crates;
mod libraries;

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::archive::Image;
use super::closure::ImageFile;
use super::recipe::Recipe;
use crate::datasets::calendar;
use crate::fingerprint::hex;
use crate::workspace::Workspace;
use crates::Crate;
pub use crates::Program;

/// What is being described.
pub struct Subject<'a> {
    pub recipe: &'a Recipe,
    pub image: &'a Image,
    pub files: &'a [ImageFile],
    /// Which of the files hold crates.
    pub programs: &'a [Program],
    pub version: &'a str,
    pub revision: &'a str,
    /// Seconds since 1970: of the commit.
    pub made_at: u64,
}

pub fn of(workspace: &Workspace, subject: &Subject<'_>) -> Result<Vec<u8>> {
    let mut bill = Bill::default();
    for file in subject.files {
        bill.add_file(file);
    }
    for program in subject.programs {
        bill.add_crates(program, &crates::linked(workspace, program)?);
    }
    bill.finish(subject)
}

#[derive(Default)]
struct Bill {
    components: BTreeMap<String, Value>,
    /// Which component is made of which others.
    parts: BTreeMap<String, BTreeSet<String>>,
    /// Files of the image: its own parts.
    files: BTreeSet<String>,
}

impl Bill {
    fn add_file(&mut self, file: &ImageFile) {
        let reference = format!("file:/{}", file.path);
        let mut component = json!({
            "type": "file",
            "bom-ref": reference,
            "name": format!("/{}", file.path),
            "hashes": [{"alg": "SHA-256", "content": hex(&Sha256::digest(&file.contents))}],
        });
        if let Some(origin) = file.from.as_deref().and_then(libraries::origin) {
            component["type"] = json!("library");
            component["version"] = json!(origin.version);
            component["purl"] = json!(origin.package_url);
            component["properties"] = json!([{"name": "csv-analyst:package", "value": origin.package}]);
        }
        self.components.insert(reference.clone(), component);
        self.files.insert(reference);
    }

    fn add_crates(&mut self, program: &Program, linked: &[Crate]) {
        let holder = format!("file:/{}", program.path);
        for one in linked {
            self.components
                .entry(one.reference())
                .or_insert_with(|| one.component());
            let parts = self.parts.entry(one.reference()).or_default();
            parts.extend(one.dependencies.iter().cloned());
            self.parts
                .entry(holder.clone())
                .or_default()
                .insert(one.reference());
        }
    }

    fn finish(mut self, subject: &Subject<'_>) -> Result<Vec<u8>> {
        let id = subject.image.id();
        self.parts.insert(id.clone(), self.files);
        let dependencies: Vec<Value> = self
            .parts
            .iter()
            .map(|(reference, parts)| json!({"ref": reference, "dependsOn": parts}))
            .collect();
        let components: Vec<&Value> = self.components.values().collect();
        let bill = json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": format!("urn:uuid:{}", uuid_of(&id)),
            "version": 1,
            "metadata": {
                "timestamp": timestamp(subject.made_at),
                "lifecycles": [{"phase": "build"}],
                "tools": {"components": [{
                    "type": "application", "name": "cargo xtask images", "version": env!("CARGO_PKG_VERSION"),
                }]},
                "component": {
                    "type": "container",
                    "bom-ref": id,
                    "name": subject.recipe.name,
                    "version": subject.version,
                    "description": subject.recipe.description,
                    "licenses": [{"expression": super::archive::LICENCES}],
                    "purl": format!(
                        "pkg:oci/{}@{}?arch={}",
                        subject.recipe.name,
                        subject.image.manifest_digest().replace(':', "%3A"),
                        super::archive::architecture(),
                    ),
                    "properties": [
                        {"name": "csv-analyst:image-id", "value": id},
                        {"name": "csv-analyst:revision", "value": subject.revision},
                    ],
                },
            },
            "components": components,
            "dependencies": dependencies,
        });
        let mut text = serde_json::to_vec_pretty(&bill)?;
        text.push(b'\n');
        Ok(text)
    }
}

/// In the form of a version 8 UUID (RFC 9562): as many bits of the image's digest as fit.
fn uuid_of(digest: &str) -> String {
    let mut bytes = Sha256::digest(digest)[..16].to_vec();
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex(&bytes);
    let (a, b, c, d, e) = (
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    );
    format!("{a}-{b}-{c}-{d}-{e}")
}

/// RFC 3339, in UTC.
pub fn timestamp(seconds: u64) -> String {
    let moment = calendar::timestamp(i64::try_from(seconds).unwrap_or(i64::MAX));
    format!("{}Z", moment.replace(' ', "T"))
}

#[cfg(test)]
mod tests {
    use super::{timestamp, uuid_of};

    #[test]
    fn a_moment_is_written_in_utc() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00Z");
        assert_eq!(timestamp(951_827_696), "2000-02-29T12:34:56Z");
        assert_eq!(timestamp(1_798_761_599), "2026-12-31T23:59:59Z");
    }

    #[test]
    fn the_same_image_has_the_same_serial_number() {
        let number = uuid_of("sha256:0");
        assert_eq!(number, uuid_of("sha256:0"));
        assert_ne!(number, uuid_of("sha256:1"));
        assert_eq!((number.len(), &number[14..15]), (36, "8"));
    }
}
