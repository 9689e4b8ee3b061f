//! What can go wrong with the record. None of it is a user's doing: to users it is an internal error.

use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the record: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the record's schema: {0}")]
    Migration(#[from] rusqlite_migration::Error),
    #[error("the record holds something that cannot be read back: {0}")]
    Content(#[from] serde_json::Error),
    #[error("the record's thread could not be started: {0}")]
    Thread(std::io::Error),
    #[error("the record is closed")]
    Closed,
    #[error("the signing key {}: {reason}", path.display())]
    Key { path: PathBuf, reason: String },
    #[error("run {0} has ended already")]
    AlreadySealed(String),
}
