//! The crates that are linked into a program, as cargo resolves them for its target and features: no tests,
//! no build scripts, no macros.

use std::collections::BTreeSet;
use std::fs;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::process;
use crate::workspace::Workspace;

/// A file of the image, and the cargo arguments that it is built with.
#[derive(Debug, Clone, Copy)]
pub struct Program {
    pub path: &'static str,
    pub arguments: &'static [&'static str],
    /// The host's, if absent.
    pub target: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Crate {
    pub name: String,
    pub version: String,
    /// As the crate says it, in the form of SPDX.
    pub licence: Option<String>,
    /// SHA-256 of the published archive; our own have none.
    pub checksum: Option<String>,
    /// References of other crates.
    pub dependencies: BTreeSet<String>,
}

impl Crate {
    pub fn reference(&self) -> String {
        reference(&self.name, &self.version)
    }

    pub fn component(&self) -> Value {
        let mut component = json!({
            "type": "library",
            "bom-ref": self.reference(),
            "name": self.name,
            "version": self.version,
            "purl": self.reference(),
        });
        if let Some(licence) = &self.licence {
            component["licenses"] = json!([{"expression": licence}]);
        }
        if let Some(checksum) = &self.checksum {
            component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
        }
        component
    }
}

pub fn linked(workspace: &Workspace, program: &Program) -> Result<Vec<Crate>> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "tree",
        "--locked",
        "--edges",
        "normal,no-proc-macro",
        "--prefix",
        "depth",
    ]);
    cargo.args(["--format", "|{p}|{l}"]).args(program.arguments);
    if let Some(target) = program.target {
        cargo.args(["--target", target]);
    }
    let printed = process::capture(&mut cargo).context("cargo tells which crates are linked")?;
    let lock = fs::read_to_string(workspace.root.join("Cargo.lock")).context("Cargo.lock can't be read")?;
    Ok(parse(&printed, &lock))
}

fn reference(name: &str, version: &str) -> String {
    format!("pkg:cargo/{name}@{}", version.replace('+', "%2B"))
}

/// Lines `DEPTH|NAME vVERSION (where)|LICENCE`, each below what depends on it; `(*)`: shown above.
fn parse(printed: &str, lock: &str) -> Vec<Crate> {
    let mut found: Vec<Crate> = Vec::new();
    let mut above: Vec<usize> = Vec::new();
    for line in printed.lines() {
        let mut fields = line.splitn(3, '|');
        let (Some(depth), Some(package), Some(licence)) = (fields.next(), fields.next(), fields.next())
        else {
            continue;
        };
        let mut words = package.split(' ');
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            continue;
        };
        let (Ok(depth), Some(version)) = (depth.parse::<usize>(), version.strip_prefix('v')) else {
            continue;
        };
        let known = found
            .iter()
            .position(|one| one.name == name && one.version == version);
        let at = known.unwrap_or_else(|| {
            found.push(Crate {
                name: name.to_owned(),
                version: version.to_owned(),
                licence: spdx(licence.trim_end_matches(" (*)")),
                checksum: checksum(lock, name, version),
                dependencies: BTreeSet::new(),
            });
            found.len() - 1
        });
        above.truncate(depth);
        if let Some(parent) = above.last() {
            found[*parent].dependencies.insert(reference(name, version));
        }
        above.push(at);
    }
    found
}

/// Old crates write `MIT/Apache-2.0`.
fn spdx(licence: &str) -> Option<String> {
    let licence = licence.trim();
    (!licence.is_empty()).then(|| match licence.contains(" OR ") || licence.contains(" AND ") {
        true => licence.to_owned(),
        false => licence.split('/').map(str::trim).collect::<Vec<_>>().join(" OR "),
    })
}

fn checksum(lock: &str, name: &str, version: &str) -> Option<String> {
    let head = format!("name = \"{name}\"\nversion = \"{version}\"\n");
    let (_, rest) = lock.split_once(&head)?;
    let entry = rest.split("\n[[package]]").next()?;
    let (_, rest) = entry.split_once("checksum = \"")?;
    Some(rest.split('"').next()?.to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    const PRINTED: &str = "0|ours v0.1.0 (/somewhere/ours)|Apache-2.0\n1|a v1.0.0|MIT/Apache-2.0\n\
        2|b v2.0.0+x|(MIT OR ISC) AND Zlib\n1|b v2.0.0+x|(MIT OR ISC) AND Zlib (*)\n\n0|other v1.0.0 (/x)|\n";
    const LOCK: &str = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"aa\"\n\n\
        [[package]]\nname = \"ours\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"c\"\nversion = \"1\"\nchecksum = \"cc\"\n";

    #[test]
    fn crates_are_found_once_with_what_they_depend_on() {
        let found = parse(PRINTED, LOCK);
        let names: Vec<_> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["ours", "a", "b", "other"]);
        assert_eq!(
            Vec::from_iter(&found[0].dependencies),
            ["pkg:cargo/a@1.0.0", "pkg:cargo/b@2.0.0%2Bx"]
        );
        assert_eq!(Vec::from_iter(&found[1].dependencies), ["pkg:cargo/b@2.0.0%2Bx"]);
        assert_eq!(found[1].licence.as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(found[2].licence.as_deref(), Some("(MIT OR ISC) AND Zlib"));
        assert_eq!(found[3].licence, None);
    }

    #[test]
    fn a_published_crate_has_its_checksum_and_ours_has_none() {
        let found = parse(PRINTED, LOCK);
        assert_eq!(found[1].checksum.as_deref(), Some("aa"));
        assert_eq!(found[0].checksum, None);
    }
}
