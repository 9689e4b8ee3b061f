//! Bringing a snapshot to a place that only runners can write: one line says what comes, then its bytes.

use serde::{Deserialize, Serialize};

/// The file's name in its folder, on both sides.
pub const SNAPSHOT_FILE: &str = "snapshot.duckdb";
/// Of a folder for one snapshot: a prefix of the installation's own, and as many hex digits of its hash.
pub const FOLDER_DIGITS: usize = 32;
pub const MAX_SNAPSHOT_BYTES: u64 = 64 << 30;
/// Of either request: a thousand datasets' folders fit.
pub const MAX_LINE_BYTES: u64 = 256 << 10;

/// What is going to be sent, if it is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransferRequest {
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: String,
}

/// Which folders are needed; of the others, those that begin so are removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SweepRequest {
    pub prefix: String,
    pub keep: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferAnswer {
    /// It is there already, byte for byte.
    Present,
    /// Its bytes are waited for.
    Wanted,
    /// It is there now: whole, compared with its hash, and on the disk.
    Stored,
    Swept(u64),
    /// For the log.
    Refused(String),
}
