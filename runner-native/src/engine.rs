//! Opening DuckDB with every setting that closes it, and then locking the settings.
//!
//! The engine's settings don't hold alone (its own documentation says so): they are the innermost
//! of several layers. A setting that the linked engine does not know makes the start fail; none is
//! skipped.

use crate::guards::{Guard, GuardPolicy};
use duckdb::{Config, Connection};
use std::path::Path;

/// What the engine may use.
#[derive(Clone, Copy, Debug)]
pub struct EngineLimits<'a> {
    pub memory_bytes: u64,
    pub scratch: Option<(&'a Path, u64)>,
}

#[derive(Debug, thiserror::Error)]
#[error("the engine can't be opened: {0}")]
pub struct EngineError(#[from] duckdb::Error);

/// Known when the database is opened. `allow_extension_repositories`, `operator_memory_limit` and
/// `max_execution_time` join with DuckDB 2.0, which has them.
const CLOSED: &[(&str, &str)] = &[
    ("autoinstall_known_extensions", "false"),
    ("autoload_known_extensions", "false"),
    ("allow_community_extensions", "false"),
    ("allow_unsigned_extensions", "false"),
    ("allow_persistent_secrets", "false"),
    ("allow_unredacted_secrets", "false"),
    ("secret_directory", ""),
    ("extension_directory", ""),
    ("home_directory", ""),
    ("allocator_background_threads", "false"),
    ("enable_external_file_cache", "false"),
    ("preserve_insertion_order", "true"),
];

/// Enough to open an empty database.
const PROBE_BYTES: u64 = 128 << 20;

/// Settable only once it is open. External access follows last: it also freezes folders.
const QUIET: &str = "SET TimeZone = 'UTC'; SET enable_progress_bar = false; SET enable_logging = false;";

/// Opens the snapshot read-only, with one thread: others start only when the process is locked.
pub fn open(
    snapshot: &Path,
    limits: &EngineLimits<'_>,
    policy: &GuardPolicy,
) -> Result<Connection, EngineError> {
    let mut config = sized(limits.memory_bytes)?.access_mode(duckdb::AccessMode::ReadOnly)?;
    if policy.wants(Guard::EngineSettings) {
        config = close(config, limits.scratch)?;
    }
    Ok(Connection::open_with_flags(snapshot, config)?)
}

/// A new, writable database for ingest: files can be read, everything else is closed.
pub fn create(
    file: &Path,
    memory_bytes: u64,
    scratch: Option<(&Path, u64)>,
) -> Result<Connection, EngineError> {
    let connection = Connection::open_with_flags(file, close(sized(memory_bytes)?, scratch)?)?;
    connection.execute_batch(QUIET)?;
    Ok(connection)
}

/// Another connection to the same database, for reading while the first one writes.
pub fn beside(connection: &Connection) -> duckdb::Result<Connection> {
    let other = connection.try_clone()?;
    other.execute_batch(QUIET)?;
    Ok(other)
}

/// An empty database with all settings, for the report of guards.
pub fn open_empty() -> Result<Connection, EngineError> {
    Ok(Connection::open_with_flags(
        ":memory:",
        close(sized(PROBE_BYTES)?, None)?,
    )?)
}

/// Memory and threads are always given: their defaults depend on the machine.
fn sized(memory_bytes: u64) -> Result<Config, EngineError> {
    let share = format!("{}B", engine_share(memory_bytes));
    Ok(Config::default()
        .with("memory_limit", share)?
        .with("threads", "1")?)
}

fn close(mut config: Config, scratch: Option<(&Path, u64)>) -> Result<Config, EngineError> {
    for (name, value) in CLOSED {
        config = config.with(name, value)?;
    }
    let (folder, bytes) = match scratch {
        Some((folder, bytes)) => (folder.to_string_lossy().into_owned(), bytes),
        None => (String::new(), 0),
    };
    Ok(config
        .with("temp_directory", folder)?
        .with("max_temp_directory_size", format!("{bytes}B"))?)
}

/// From here on no SQL can change a setting. Without a scratch folder no file is needed any more,
/// since the snapshot is open.
pub fn lock(connection: &Connection, threads: u64, no_files: bool) -> Result<(), EngineError> {
    connection.execute_batch(&format!("SET threads = {};", threads.max(1)))?;
    connection.execute_batch(QUIET)?;
    connection.execute_batch("SET enable_external_access = false;")?;
    if no_files {
        connection.execute_batch("SET disabled_filesystems = 'LocalFileSystem';")?;
    }
    connection.execute_batch("SET lock_configuration = true;")?;
    Ok(())
}

/// The engine passes its own limit now and then, and the process has a footprint of about 60 MB
/// beside it: a quarter of the whole, and at least 64 MiB, stays free.
fn engine_share(memory_bytes: u64) -> u64 {
    let reserve = (memory_bytes / 4).max(64 << 20).min(memory_bytes / 2);
    memory_bytes - reserve
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_known_to_the_linked_engine() {
        lock(&open_empty().unwrap(), 2, true).unwrap();
    }

    #[test]
    fn a_locked_engine_refuses_files_settings_and_extensions() {
        let connection = open_empty().unwrap();
        lock(&connection, 1, true).unwrap();
        for attack in [
            "SET memory_limit = '10GB'",
            "SET lock_configuration = false",
            "RESET enable_external_access",
            "SET threads = 8",
            "SELECT * FROM read_text('/etc/passwd')",
            "SELECT * FROM read_csv('/etc/passwd')",
            "SELECT * FROM sniff_csv('/etc/passwd')",
            "SELECT * FROM glob('/*')",
            "SELECT * FROM '/etc/passwd.csv'",
            "COPY (SELECT 1) TO '/tmp/engine-settings-test.csv'",
            "EXPORT DATABASE '/tmp/engine-settings-test'",
            "ATTACH '/tmp/engine-settings-test.db'",
            "INSTALL httpfs",
            "LOAD httpfs",
            "CREATE PERSISTENT SECRET s (TYPE s3)",
        ] {
            assert!(
                connection.execute_batch(attack).is_err(),
                "went through: {attack}"
            );
        }
    }

    #[test]
    fn the_engine_gets_less_than_the_whole() {
        assert_eq!(engine_share(512 << 20), 384 << 20);
        assert_eq!(engine_share(100 << 20), 50 << 20);
    }
}
