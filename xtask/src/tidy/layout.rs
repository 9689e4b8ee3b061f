//! What may lie at the top of the repository: the rooms, the documents, the usual dot files.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::Breach;

const TOP_LEVEL: [&str; 26] = [
    // Rooms.
    "datasets",
    "helm",
    "planner",
    "protocol",
    "runner-native",
    "runner-wasm",
    "server",
    "web",
    "xtask",
    // Documents, and the pictures in them.
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "docs",
    // Settings of tools.
    ".cargo",
    ".ci",
    ".github",
    ".gitattributes",
    ".gitignore",
    "Cargo.lock",
    "Cargo.toml",
    "compose.yml",
    "deny.toml",
    "rust-toolchain.toml",
    "rustfmt.toml",
];

pub fn check(paths: &[PathBuf]) -> Vec<Breach> {
    let tops: BTreeSet<String> = paths
        .iter()
        .filter_map(|path| {
            Some(
                path.components()
                    .next()?
                    .as_os_str()
                    .to_string_lossy()
                    .into_owned(),
            )
        })
        .collect();
    let strangers = tops.into_iter().filter(|top| !TOP_LEVEL.contains(&top.as_str()));
    strangers
        .map(|place| Breach {
            place,
            what: "is not one of the entries that the top level may have".to_owned(),
            why: "every thing has a room (ARCHITECTURE.md); a new room is a decision, not an accident",
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::check;

    #[test]
    fn a_stranger_at_the_top_is_named() {
        let breaches = check(&[
            PathBuf::from("server/src/lib.rs"),
            PathBuf::from("scratch/notes.txt"),
        ]);
        assert_eq!(breaches.len(), 1);
        assert_eq!(breaches[0].place, "scratch");
    }
}
