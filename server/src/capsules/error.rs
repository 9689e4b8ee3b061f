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
    #[error("the record's head {}: {reason}", path.display())]
    Head { path: PathBuf, reason: String },
    #[error("there is no record at {}; name the server's data directory with --data-directory", .0.display())]
    NoRecord(PathBuf),
    #[error("run {0} has ended already")]
    AlreadySealed(String),
}

impl StoreError {
    /// Whether the same write may succeed later: a full disk is emptied, a lock is given back.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Sqlite(_) => true,
            Self::Migration(_)
            | Self::Content(_)
            | Self::Thread(_)
            | Self::Closed
            | Self::Key { .. }
            | Self::Head { .. }
            | Self::NoRecord(_)
            | Self::AlreadySealed(_) => false,
        }
    }
}
