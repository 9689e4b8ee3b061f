//! What the record's files are called, and where they lie in a data directory. A backup calls them the same.

use std::path::{Path, PathBuf};

pub const DATABASE: &str = "records.sqlite3";
pub const HEAD: &str = "capsule-head.json";
pub const KEY: &str = "capsule-signing.key";
/// The folder of the head and the key: whoever can write the database alone cannot reach them.
pub const KEYS: &str = "keys";

pub fn database_in(directory: &Path) -> PathBuf {
    directory.join(DATABASE)
}

/// With the two files that SQLite keeps beside it.
pub fn database_files_in(directory: &Path) -> [PathBuf; 3] {
    ["", "-wal", "-shm"].map(|ending| directory.join(format!("{DATABASE}{ending}")))
}

pub fn head_in(directory: &Path) -> PathBuf {
    directory.join(KEYS).join(HEAD)
}

/// Unless the configuration names another place.
pub fn key_in(directory: &Path) -> PathBuf {
    directory.join(KEYS).join(KEY)
}
