//! Helm and kubectl, where `cargo xtask` finds them too: on the search path, else among what was built into the
//! cache (docs/kubernetes.md, docs/cluster.md).

use std::path::{Path, PathBuf};
use std::process::Command;

/// One that is nowhere is called by its name, so that its start fails.
pub fn program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let searched = std::env::split_paths(&path).map(|folder| folder.join(name));
    let built = cache().map(|cache| cache.join("bin").join(name));
    let mut places = searched.chain(built);
    places
        .find(|place| place.is_file())
        .unwrap_or_else(|| PathBuf::from(name))
}

fn cache() -> Option<PathBuf> {
    let folder = |variable: &str| std::env::var_os(variable).map(PathBuf::from);
    folder("CSV_ANALYST_CACHE").or_else(|| {
        let usual = || Some(folder("HOME")?.join(".cache"));
        Some(folder("XDG_CACHE_HOME").or_else(usual)?.join("csv-analyst"))
    })
}

/// Without anybody's settings: its own are looked for in `home`, which is empty.
pub fn helm(home: &Path) -> Command {
    let mut helm = Command::new(program("helm"));
    for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        helm.env(variable, home);
    }
    helm
}
