//! Checks that the record is what was sealed: one run's capsule, or the whole chain.
//!
//! It checks against the server's own key, not the key that the row names, and checks the stored
//! run, whose rows people see, against the capsule too.

use super::chain::{FIRST_PREVIOUS_HASH, result_hash, sealed_form, sha256};
use super::database::open_to_read;
use super::error::StoreError;
use super::key::SigningKeyFile;
use super::{Store, database_in, head, head_in, runs};
use csv_analyst_protocol::capsule::{CapsuleContent, Verification};
use csv_analyst_protocol::run::{Run, RunState};
use rusqlite::{Connection, OptionalExtension, Row};
use std::path::Path;

/// What `csv-analyst verify` found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ChainReport {
    pub capsules: u64,
    /// What does not verify, with the reason: the id of a run, or the record as a whole.
    pub broken: Vec<(String, String)>,
}

struct StoredCapsule {
    sequence: i64,
    run_id: String,
    content: String,
    hash: String,
    signature: String,
    public_key: String,
}

const COLUMNS: &str = "sequence, run_id, content, hash, signature, public_key";

impl Store {
    /// `None` when the run is unknown or has not ended.
    pub async fn verify(&self, run_id: &str) -> Result<Option<Verification>, StoreError> {
        let (run_id, key) = (run_id.to_owned(), self.key.clone());
        self.database
            .read(move |connection| {
                let capsule = find(connection, &run_id)?;
                capsule
                    .map(|capsule| verify_one(connection, &key, &capsule))
                    .transpose()
            })
            .await
    }

    /// Every capsule, from the first, and whether any is missing.
    pub async fn verify_chain(&self) -> Result<ChainReport, StoreError> {
        let (key, head) = (self.key.clone(), self.head.clone());
        self.database
            .read(move |connection| verify_all(connection, &key, head.path()))
            .await
    }

    /// The capsule as JSON text, its content byte for byte as it was hashed.
    pub async fn capsule_text(&self, run_id: &str) -> Result<Option<String>, StoreError> {
        let run_id = run_id.to_owned();
        self.database
            .read(move |connection| Ok(find(connection, &run_id)?.map(|capsule| text_of(&capsule))))
            .await
    }

    /// The hash of a run's result, from its capsule.
    pub async fn result_hash(&self, run_id: &str) -> Result<Option<String>, StoreError> {
        let run_id = run_id.to_owned();
        self.database
            .read(move |connection| match find(connection, &run_id)? {
                Some(capsule) => Ok(serde_json::from_str::<CapsuleContent>(&capsule.content)?.result_hash),
                None => Ok(None),
            })
            .await
    }
}

/// The whole record in `directory`, for whoever has no open store. Opens what is there, and only to
/// read it.
pub fn verify_record(directory: &Path, key_file: &Path) -> Result<ChainReport, StoreError> {
    let mut connection = open_to_read(&database_in(directory))?;
    let key = SigningKeyFile::load(key_file)?;
    verify_all(&mut connection, &key, &head_in(directory))
}

fn text_of(capsule: &StoredCapsule) -> String {
    // The three others are hexadecimal: nothing in them needs escaping.
    let StoredCapsule {
        content,
        hash,
        signature,
        public_key,
        ..
    } = capsule;
    format!(
        r#"{{"content":{content},"hash":"{hash}","signature":"{signature}","public_key":"{public_key}"}}"#
    )
}

fn find(connection: &Connection, run_id: &str) -> Result<Option<StoredCapsule>, StoreError> {
    let query = format!("SELECT {COLUMNS} FROM capsules WHERE run_id = ?1");
    Ok(connection.query_row(&query, [run_id], read_row).optional()?)
}

fn read_row(row: &Row<'_>) -> rusqlite::Result<StoredCapsule> {
    Ok(StoredCapsule {
        sequence: row.get(0)?,
        run_id: row.get(1)?,
        content: row.get(2)?,
        hash: row.get(3)?,
        signature: row.get(4)?,
        public_key: row.get(5)?,
    })
}

fn verify_one(
    connection: &Connection,
    key: &SigningKeyFile,
    capsule: &StoredCapsule,
) -> Result<Verification, StoreError> {
    let content: Option<CapsuleContent> = serde_json::from_str(&capsule.content).ok();
    let hash_matches = match &content {
        Some(content) => {
            sha256(capsule.content.as_bytes()) == capsule.hash
                && content.run.run_id == capsule.run_id
                && run_agrees(connection, content, &capsule.hash)?
        }
        None => false,
    };
    let chain_intact = match &content {
        Some(content) => follows_predecessor(connection, capsule.sequence, content)?,
        None => false,
    };
    let signature_valid = key.verifies(&capsule.hash, &capsule.signature);
    Ok(Verification {
        run_id: capsule.run_id.clone(),
        valid: hash_matches && signature_valid && chain_intact,
        hash_matches,
        signature_valid,
        chain_intact,
        hash: capsule.hash.clone(),
        public_key: key.public_key(),
    })
}

/// The run that `GET /runs/{id}` serves says what the capsule says, and all its rows have the sealed hash.
fn run_agrees(connection: &Connection, content: &CapsuleContent, hash: &str) -> Result<bool, StoreError> {
    let Ok(Some(run)) = runs::load(connection, &content.run.run_id) else {
        return Ok(false);
    };
    let same_hash = run.capsule_hash.as_deref() == Some(hash);
    Ok(same_hash && sealed_form(&run) == content.run && hash_of_result(&run)? == content.result_hash)
}

fn hash_of_result(run: &Run) -> Result<Option<String>, StoreError> {
    let succeeded = run.status == RunState::Succeeded;
    Ok(succeeded
        .then(|| result_hash(&run.columns, &run.rows))
        .transpose()?)
}

fn follows_predecessor(
    connection: &Connection,
    sequence: i64,
    content: &CapsuleContent,
) -> Result<bool, StoreError> {
    let previous: Option<String> = connection
        .query_row(
            "SELECT hash FROM capsules WHERE sequence = ?1",
            [sequence - 1],
            |row| row.get(0),
        )
        .optional()?;
    let expected = if sequence == 1 {
        Some(FIRST_PREVIOUS_HASH.to_owned())
    } else {
        previous
    };
    Ok(content.sequence.cast_signed() == sequence && expected.as_ref() == Some(&content.previous_hash))
}

fn verify_all(
    connection: &mut Connection,
    key: &SigningKeyFile,
    head_file: &Path,
) -> Result<ChainReport, StoreError> {
    // Read before the snapshot is taken: what a server seals in between then comes after this head.
    let head = head::read(head_file, key);
    let snapshot = connection.transaction()?;
    let mut report = verify_capsules(&snapshot, key)?;
    for run_id in ended_without_capsule(&snapshot)? {
        let reason = "it has ended, but its sealed record is missing";
        report.broken.push((run_id, reason.to_owned()));
    }
    let against_head = match head {
        Ok(Some(head)) => head::contradiction(&snapshot, &head)?,
        Ok(None) if report.capsules == 0 => None,
        Ok(None) => {
            Some("its signed head is missing, so nobody can tell whether newer records were".to_owned())
        }
        Err(reason) => Some(format!("its signed head {reason}")),
    };
    let whole = against_head.map(|reason| ("the record".to_owned(), reason));
    report.broken.extend(whole);
    Ok(report)
}

fn verify_capsules(connection: &Connection, key: &SigningKeyFile) -> Result<ChainReport, StoreError> {
    let mut statement = connection.prepare(&format!("SELECT {COLUMNS} FROM capsules ORDER BY sequence"))?;
    let mut report = ChainReport::default();
    for capsule in statement.query_map([], read_row)? {
        let verification = verify_one(connection, key, &capsule?)?;
        report.capsules += 1;
        if let Some(reason) = reason_against(&verification) {
            report.broken.push((verification.run_id, reason.to_owned()));
        }
    }
    Ok(report)
}

fn ended_without_capsule(connection: &Connection) -> Result<Vec<String>, StoreError> {
    let query = "SELECT run_id FROM runs WHERE state NOT IN ('queued', 'running')
        AND run_id NOT IN (SELECT run_id FROM capsules) ORDER BY created_at, run_id";
    let mut statement = connection.prepare(query)?;
    Ok(statement
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

fn reason_against(verification: &Verification) -> Option<&'static str> {
    match verification {
        Verification {
            hash_matches: false, ..
        } => Some("its content differs from what was hashed"),
        Verification {
            signature_valid: false,
            ..
        } => Some("its signature is not by this server's key"),
        Verification {
            chain_intact: false, ..
        } => Some("the capsule before it is missing or another"),
        _ => None,
    }
}
