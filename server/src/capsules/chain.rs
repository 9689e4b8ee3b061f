//! Sealing: a run as it ended becomes a capsule that names the hash of the capsule before it.
//!
//! What is hashed is the stored text itself, byte for byte; nothing is written anew to verify it.

use super::error::StoreError;
use super::key::SigningKeyFile;
use csv_analyst_protocol::capsule::CapsuleContent;
use csv_analyst_protocol::run::{Cell, ResultColumn, Run, RunState};
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

/// Layout version of [`CapsuleContent`].
const CONTENT_VERSION: u32 = 1;

/// The capsule keeps this many rows; the hash covers all that were returned.
pub const PREVIEW_ROWS: usize = 20;

pub const FIRST_PREVIOUS_HASH: &str = "0000000000000000000000000000000000000000000000000000000000000000";

pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// SHA-256 over columns and all returned rows.
pub fn result_hash(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> Result<String, serde_json::Error> {
    Ok(sha256(&serde_json::to_vec(&(columns, rows))?))
}

/// The run as the capsule keeps it: a preview of the rows, and no hash of itself.
pub fn sealed_form(run: &Run) -> Run {
    let mut sealed = run.clone();
    sealed.rows.truncate(PREVIEW_ROWS);
    sealed.capsule_hash = None;
    sealed
}

/// How many records there are, and the hash of the newest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainHead {
    pub count: u64,
    pub hash: String,
}

/// One step of the chain.
pub struct Sealed {
    pub previous: ChainHead,
    pub newest: ChainHead,
}

/// Appends the capsule of `run` inside the caller's transaction.
pub fn seal(
    connection: &Connection,
    key: &SigningKeyFile,
    run: &Run,
    stderr: &str,
) -> Result<Sealed, StoreError> {
    let previous = newest(connection)?;
    let content = CapsuleContent {
        version: CONTENT_VERSION,
        sequence: previous.count + 1,
        run: sealed_form(run),
        result_hash: (run.status == RunState::Succeeded)
            .then(|| result_hash(&run.columns, &run.rows))
            .transpose()?,
        stderr: stderr.to_owned(),
        previous_hash: previous.hash.clone(),
    };
    let text = serde_json::to_string(&content)?;
    let hash = sha256(text.as_bytes());
    connection.execute(
        "INSERT INTO capsules (sequence, run_id, content, hash, signature, public_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (content.sequence.cast_signed(), &run.run_id, &text, &hash, key.sign(&hash), key.public_key()),
    )?;
    let newest = ChainHead {
        count: content.sequence,
        hash,
    };
    Ok(Sealed { previous, newest })
}

impl ChainHead {
    /// Of a record in which nothing was sealed yet.
    pub fn empty() -> Self {
        Self {
            count: 0,
            hash: FIRST_PREVIOUS_HASH.to_owned(),
        }
    }
}

/// The record's end as the database has it.
pub fn newest(connection: &Connection) -> Result<ChainHead, StoreError> {
    let query = "SELECT sequence, hash FROM capsules ORDER BY sequence DESC LIMIT 1";
    let row = connection
        .query_row(query, [], |row| {
            Ok(ChainHead {
                count: row.get::<_, i64>(0)?.cast_unsigned(),
                hash: row.get(1)?,
            })
        })
        .optional()?;
    Ok(row.unwrap_or_else(ChainHead::empty))
}
