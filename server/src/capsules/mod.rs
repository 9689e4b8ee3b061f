//! The record: runs, their sealed capsules, threads and messages, in SQLite.
//!
//! A run is sealed exactly once, when it ends; a capsule is never changed or deleted (the database
//! refuses it) and carries the hash of the one before it and a signature by a key that is kept
//! outside the database. It refuses to decide how a run ends: it writes down what it is told.

mod backup;
mod chain;
mod database;
mod error;
mod files;
mod head;
mod key;
mod probe;
mod runs;
mod schema;
mod threads;
mod verify;

pub use backup::{BackupError, back_up, restore};
pub use chain::{PREVIEW_ROWS, result_hash};
pub use error::StoreError;
pub(crate) use files::{KEYS, database_files_in, key_in};
pub use runs::StoredRun;
pub use threads::NewMessage;
pub use verify::{ChainReport, verify_record};

use chain::ChainHead;
use database::Database;
use files::{database_in, head_in};
use head::HeadFile;
use key::SigningKeyFile;
use probe::Probe;
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

/// Cheap to clone; all clones write through one thread.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    key: Arc<SigningKeyFile>,
    head: Arc<HeadFile>,
    probe: Arc<Probe>,
}

impl Store {
    /// Opens or creates `records.sqlite3` in `directory` and brings its schema up to date. A new key is
    /// made for a new record only; a record that lacks what its head names is refused.
    pub fn open(directory: &Path, key_file: &Path) -> Result<Self, StoreError> {
        let head_file = head_in(directory);
        let (database, (key, head)) = Database::open(&database_in(directory), |connection| {
            let key = key_for(connection, key_file, &head_file)?;
            let head = HeadFile::open(head_file, &key, connection)?;
            Ok((key, head))
        })?;
        Ok(Self {
            database: Arc::new(database),
            key: Arc::new(key),
            head: Arc::new(head),
            probe: Arc::default(),
        })
    }

    pub fn public_key(&self) -> String {
        self.key.public_key()
    }

    /// For all clones; see [`Database::close`].
    pub async fn close(&self) {
        self.database.close().await;
    }
}

fn key_for(connection: &Connection, key_file: &Path, head_file: &Path) -> Result<SigningKeyFile, StoreError> {
    let nothing_sealed = chain::newest(connection)?.count == 0 && head::claimed_count(head_file) == 0;
    match SigningKeyFile::find(key_file)? {
        Some(key) => Ok(key),
        None if nothing_sealed => new_key(key_file, head_file),
        None => SigningKeyFile::load(key_file),
    }
}

/// With a head of its own from the start: later, a record without a head is not one whose first seal
/// was interrupted.
fn new_key(key_file: &Path, head_file: &Path) -> Result<SigningKeyFile, StoreError> {
    let key = SigningKeyFile::create(key_file)?;
    head::write(head_file, &key, &ChainHead::empty()).map_err(|error| StoreError::Head {
        path: head_file.to_owned(),
        reason: error.to_string(),
    })?;
    Ok(key)
}

#[cfg(test)]
mod tests;
