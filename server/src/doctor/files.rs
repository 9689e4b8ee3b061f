//! The files that the service trusts or keeps, and whom else they are open to.

use super::Finding;
use crate::config::Config;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Records and snapshots grow; a full disk stops both.
const LEAST_FREE_BYTES: u64 = 1 << 30;

pub fn findings(config: &Config) -> Vec<Finding> {
    let mut found = vec![
        gate(config),
        trusted("runner", &config.sandbox.runner_binary),
        data_directory(&config.data_directory),
        key(&config.signing_key()),
    ];
    found.extend(free_space(&config.data_directory));
    found
}

fn mode(path: &Path) -> Option<u32> {
    Some(path.metadata().ok()?.permissions().mode() & 0o7777)
}

fn gate(config: &Config) -> Finding {
    match &config.gate.component {
        Some(component) => trusted("gate", component),
        None => Finding::lacking(
            "gate",
            "no gate component",
            "set gate.component, or run `cargo xtask wasm`",
        ),
    }
}

/// A program or component: whoever may write it decides what runs.
fn trusted(area: &'static str, path: &Path) -> Finding {
    let name = path.display();
    match mode(path) {
        None => Finding::lacking(
            area,
            format!("{name} is missing"),
            "install it, or name another file",
        ),
        Some(mode) if mode & 0o022 != 0 => Finding::lacking(
            area,
            format!("{name} can be written by others (mode {mode:04o})"),
            format!("chmod go-w {name}"),
        ),
        Some(_) => Finding::good(area, name.to_string()),
    }
}

/// A group may be what a volume is shared by; the world is not.
fn data_directory(path: &Path) -> Finding {
    const AREA: &str = "data directory";
    let name = path.display();
    match mode(path) {
        None => Finding::note(
            AREA,
            format!("{name} is not there yet; it will be made for its owner alone"),
        ),
        Some(mode) if mode & 0o007 != 0 => Finding::lacking(
            AREA,
            format!("{name} is open to every user (mode {mode:04o})"),
            format!("chmod o-rwx {name}"),
        ),
        Some(mode) => Finding::good(AREA, format!("{name} (mode {mode:04o})")),
    }
}

fn key(path: &Path) -> Finding {
    const AREA: &str = "signing key";
    let name = path.display();
    match mode(path) {
        None => Finding::note(AREA, "not there yet; it is made at the first start"),
        Some(mode) if mode & 0o077 != 0 => Finding::lacking(
            AREA,
            format!("{name} can be read by others (mode {mode:04o})"),
            format!("chmod 600 {name}, and think whether records can still be believed"),
        ),
        Some(_) => Finding::good(AREA, format!("{name}, its owner's alone")),
    }
}

/// Of the nearest folder that is there.
fn free_space(path: &Path) -> Option<Finding> {
    const AREA: &str = "disk";
    let there = path
        .ancestors()
        .find(|folder| folder.is_dir())
        .unwrap_or(Path::new("."));
    let numbers = rustix::fs::statvfs(there).ok()?;
    let free = numbers.f_bavail.saturating_mul(numbers.f_frsize);
    let what = format!("{} MiB free for the data directory", free >> 20);
    Some(match free {
        LEAST_FREE_BYTES.. => Finding::good(AREA, what),
        _ => Finding::lacking(AREA, what, "make room, at least 1 GiB"),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use std::fs::{Permissions, set_permissions};

    fn level(path: &Path, mode: u32, look: fn(&Path) -> Finding) -> Level {
        set_permissions(path, Permissions::from_mode(mode)).unwrap();
        look(path).level
    }

    #[test]
    fn keys_and_data_that_others_can_read_are_lacking() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        std::fs::write(&file, "").unwrap();
        assert_eq!(level(&file, 0o600, key), Level::Good);
        assert_eq!(level(&file, 0o640, key), Level::Lacking);
        assert_eq!(level(&file, 0o604, key), Level::Lacking);
        assert_eq!(level(folder.path(), 0o700, data_directory), Level::Good);
        assert_eq!(level(folder.path(), 0o755, data_directory), Level::Lacking);
    }

    #[test]
    fn programs_that_others_can_write_are_lacking() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("runner-native");
        let look = |path: &Path| trusted("runner", path);
        assert_eq!(look(&file).level, Level::Lacking);
        std::fs::write(&file, "").unwrap();
        assert_eq!(level(&file, 0o755, look), Level::Good);
        assert_eq!(level(&file, 0o775, look), Level::Lacking);
    }
}
