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

/// Appends the capsule of `run` inside the caller's transaction; answers its hash.
pub fn seal(
    connection: &Connection,
    key: &SigningKeyFile,
    run: &Run,
    stderr: &str,
) -> Result<String, StoreError> {
    let (last, previous_hash) = head(connection)?;
    let content = CapsuleContent {
        version: CONTENT_VERSION,
        sequence: last + 1,
        run: sealed_form(run),
        result_hash: (run.status == RunState::Succeeded)
            .then(|| result_hash(&run.columns, &run.rows))
            .transpose()?,
        stderr: stderr.to_owned(),
        previous_hash,
    };
    let text = serde_json::to_string(&content)?;
    let hash = sha256(text.as_bytes());
    connection.execute(
        "INSERT INTO capsules (sequence, run_id, content, hash, signature, public_key) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        (content.sequence.cast_signed(), &run.run_id, &text, &hash, key.sign(&hash), key.public_key()),
    )?;
    Ok(hash)
}

/// Sequence and hash of the newest capsule.
fn head(connection: &Connection) -> Result<(u64, String), StoreError> {
    let newest = "SELECT sequence, hash FROM capsules ORDER BY sequence DESC LIMIT 1";
    let row = connection
        .query_row(newest, [], |row| {
            Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get(1)?))
        })
        .optional()?;
    Ok(row.unwrap_or((0, FIRST_PREVIOUS_HASH.to_owned())))
}
