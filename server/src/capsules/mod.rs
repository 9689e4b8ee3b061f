//! The record: runs, their sealed capsules, threads and messages, in SQLite.
//!
//! A run is sealed exactly once, when it ends; a capsule is never changed or deleted (the database
//! refuses it) and carries the hash of the one before it and a signature by a key that is kept
//! outside the database. It refuses to decide how a run ends: it writes down what it is told.

mod chain;
mod database;
mod error;
mod key;
mod runs;
mod schema;
mod threads;
mod verify;

pub use chain::{PREVIEW_ROWS, result_hash};
pub use error::StoreError;
pub use key::SigningKeyFile;
pub use runs::StoredRun;
pub use threads::NewMessage;
pub use verify::ChainReport;

use database::Database;
use std::path::Path;
use std::sync::Arc;

/// Cheap to clone; all clones write through one thread.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    key: Arc<SigningKeyFile>,
}

impl Store {
    /// Opens or creates `records.sqlite3` in `directory` and brings its schema up to date.
    pub fn open(directory: &Path, key: SigningKeyFile) -> Result<Self, StoreError> {
        let database = Database::open(&directory.join("records.sqlite3"))?;
        Ok(Self {
            database: Arc::new(database),
            key: Arc::new(key),
        })
    }

    pub fn public_key(&self) -> String {
        self.key.public_key()
    }
}

#[cfg(test)]
mod tests;
