//! The head of the chain, kept outside the database: how many sealed records there are, and the
//! newest one's hash, signed.
//!
//! The chain itself shows what was changed in it or taken from its middle; only this shows that its
//! end was cut off. It is written after each seal, so that a crash leaves it behind the record and
//! never ahead of it. It refuses to go back: what it has said once stays said.

use super::chain::{ChainHead, Sealed, newest};
use super::error::StoreError;
use super::key::SigningKeyFile;
use rusqlite::{Connection, OptionalExtension};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

pub struct HeadFile {
    path: PathBuf,
    /// The record as this process left it.
    known: Mutex<ChainHead>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignedHead {
    count: u64,
    hash: String,
    signature: String,
}

impl HeadFile {
    /// Compares the head with the record and brings it up to the newest. A record that lacks what the
    /// head names is refused: going on would seal over the loss.
    pub fn open(path: PathBuf, key: &SigningKeyFile, connection: &Connection) -> Result<Self, StoreError> {
        let newest = newest(connection)?;
        match read(&path, key).map_err(|reason| head_error(&path, reason))? {
            Some(head) => {
                if let Some(reason) = contradiction(connection, &head)? {
                    return Err(head_error(&path, format!("{reason}. {WHAT_TO_DO}")));
                }
            }
            None if newest.count > 0 => adopt(connection, key, &newest)?,
            None => {}
        }
        write(&path, key, &newest).map_err(|error| head_error(&path, error))?;
        Ok(Self {
            path,
            known: Mutex::new(newest),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// After a record was sealed and committed. A failure here takes nothing back: a head that lags is
    /// caught up by the next seal or the next start.
    pub fn advance(&self, key: &SigningKeyFile, sealed: Sealed) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if *known != sealed.previous {
            tracing::error!(
                known = known.count,
                found = sealed.previous.count,
                "ALARM: sealed records were removed or replaced; run `csv-analyst verify`"
            );
            return;
        }
        *known = sealed.newest;
        if let Err(error) = write(&self.path, key, &known) {
            tracing::error!(%error, path = %self.path.display(), "the record's head could not be written");
        }
    }
}

const WHAT_TO_DO: &str =
    "Restore records.sqlite3 from a copy; to go on with what is left, move this file away";

/// The signed head; `None` when there is no file. The error is the reason in words.
pub fn read(path: &Path, key: &SigningKeyFile) -> Result<Option<ChainHead>, String> {
    let Some(head) = read_unverified(path)? else {
        return Ok(None);
    };
    let chain_head = ChainHead {
        count: head.count,
        hash: head.hash,
    };
    match key.verifies(&signed_text(&chain_head), &head.signature) {
        true => Ok(Some(chain_head)),
        false => Err("is not signed by this server's key; restore it, or the key, from a copy".to_owned()),
    }
}

/// How many records somebody claims there are; enough to refuse a new key.
pub fn claimed_count(path: &Path) -> u64 {
    match read_unverified(path) {
        Ok(None) => 0,
        Ok(Some(head)) => head.count,
        Err(_) => 1,
    }
}

fn read_unverified(path: &Path) -> Result<Option<SignedHead>, String> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    serde_json::from_str(&text)
        .map(Some)
        .map_err(|_| "cannot be read; restore it from a copy".to_owned())
}

/// Nothing else that this key signs looks like this.
fn signed_text(head: &ChainHead) -> String {
    format!("csv-analyst head {} {}", head.count, head.hash)
}

/// Written beside itself and renamed: a crash leaves the old head or the new one. The folder is not
/// synced: a rename that a power failure undoes leaves a head that lags.
pub fn write(path: &Path, key: &SigningKeyFile, head: &ChainHead) -> std::io::Result<()> {
    let signed = SignedHead {
        count: head.count,
        hash: head.hash.clone(),
        signature: key.sign(&signed_text(head)),
    };
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let unfinished = path.with_extension("new");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)?;
    file.write_all(serde_json::to_string(&signed)?.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&unfinished, path)
}

/// Why the record cannot be the one that had this head; records after it may have been added.
pub fn contradiction(connection: &Connection, head: &ChainHead) -> Result<Option<String>, StoreError> {
    let held: u64 = connection
        .query_row("SELECT count(*) FROM capsules", [], |row| row.get::<_, i64>(0))?
        .cast_unsigned();
    if held < head.count {
        return Ok(Some(format!(
            "its signed head counts {} sealed records, but {held} are there: records were removed",
            head.count
        )));
    }
    match head.count == 0 || hash_at(connection, head.count)?.as_ref() == Some(&head.hash) {
        true => Ok(None),
        false => Ok(Some(format!(
            "sealed record {} is missing or another than its signed head names: records were replaced",
            head.count
        ))),
    }
}

fn hash_at(connection: &Connection, sequence: u64) -> Result<Option<String>, StoreError> {
    let query = "SELECT hash FROM capsules WHERE sequence = ?1";
    Ok(connection
        .query_row(query, [sequence.cast_signed()], |row| row.get(0))
        .optional()?)
}

/// A record that has no head yet, of an earlier version or moved away on purpose, is taken as it is,
/// if this key sealed it.
fn adopt(connection: &Connection, key: &SigningKeyFile, newest: &ChainHead) -> Result<(), StoreError> {
    let query = "SELECT signature FROM capsules WHERE hash = ?1";
    let signature: String = connection.query_row(query, [&newest.hash], |row| row.get(0))?;
    if !key.verifies(&newest.hash, &signature) {
        return Err(key.error("did not seal the records in records.sqlite3; restore the key that did"));
    }
    tracing::warn!(
        records = newest.count,
        "the record had no head file; it gets one for the records that are there"
    );
    Ok(())
}

fn head_error(path: &Path, reason: impl ToString) -> StoreError {
    StoreError::Head {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}
