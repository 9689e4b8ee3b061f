//! Runs in the record: begun, ended and sealed in one transaction, read back, found unfinished.

use super::Store;
use super::chain::{Sealed, seal};
use super::error::StoreError;
use super::key::SigningKeyFile;
use csv_analyst_protocol::run::{Run, RunState};
use rusqlite::{Connection, OptionalExtension};

/// A run's body is JSON text; it is handed out as it is stored.
pub type StoredRun = Run;

impl Store {
    /// Writes a run down that has not ended yet: at once, before anything that is asked of the record later;
    /// what it answers says that it was done. A power failure may take it back until [`Self::persist`] or any
    /// end has returned; the end of this process does not.
    pub fn begin(&self, run: &Run) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let run = run.clone();
        self.database
            .write_ahead(move |connection| insert(connection, &run))
    }

    /// Writes down how a run ended and seals it, exactly once; answers the run with its capsule's hash.
    /// A run that never began (a rejection) is written whole.
    pub async fn end(&self, run: Run, stderr: String) -> Result<Run, StoreError> {
        let (key, head, head_key) = (self.key.clone(), self.head.clone(), self.key.clone());
        self.database
            .write_then(
                move |connection| end_in_transaction(connection, &key, run, &stderr),
                // Nobody has to wait for the head: one that lags is caught up.
                move |sealed| head.advance(&head_key, sealed),
            )
            .await
    }

    pub async fn run(&self, run_id: &str) -> Result<Option<StoredRun>, StoreError> {
        let run_id = run_id.to_owned();
        self.database
            .read(move |connection| load(connection, &run_id))
            .await
    }

    /// Runs that a stopped server left behind, oldest first.
    pub async fn unfinished(&self) -> Result<Vec<StoredRun>, StoreError> {
        self.database.read(|connection| load_unfinished(connection)).await
    }
}

fn insert(connection: &Connection, run: &Run) -> Result<(), StoreError> {
    insert_row(connection, run, run.status, &serde_json::to_string(run)?)
}

fn insert_row(connection: &Connection, run: &Run, state: RunState, body: &str) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO runs (run_id, dataset_id, state, created_at, body) VALUES (?1, ?2, ?3, ?4, ?5)",
        (
            &run.run_id,
            &run.dataset_id,
            state.as_str(),
            &run.created_at,
            body,
        ),
    )?;
    Ok(())
}

fn end_in_transaction(
    connection: &mut Connection,
    key: &SigningKeyFile,
    mut run: Run,
    stderr: &str,
) -> Result<(Run, Sealed), StoreError> {
    let transaction = connection.transaction()?;
    let state: Option<String> = transaction
        .query_row("SELECT state FROM runs WHERE run_id = ?1", [&run.run_id], |row| {
            row.get(0)
        })
        .optional()?;
    match state.as_deref() {
        // The capsule refers to the run's row, and an ended row cannot be updated with the capsule's hash:
        // so it begins as queued, and gets its body below.
        None => insert_row(&transaction, &run, RunState::Queued, "{}")?,
        Some("queued" | "running") => {}
        Some(_) => return Err(StoreError::AlreadySealed(run.run_id)),
    }
    let sealed = seal(&transaction, key, &run, stderr)?;
    run.capsule_hash = Some(sealed.newest.hash.clone());
    transaction.execute(
        "UPDATE runs SET state = ?2, body = ?3 WHERE run_id = ?1",
        (&run.run_id, run.status.as_str(), serde_json::to_string(&run)?),
    )?;
    transaction.commit()?;
    Ok((run, sealed))
}

pub(super) fn load(connection: &Connection, run_id: &str) -> Result<Option<Run>, StoreError> {
    let body: Option<String> = connection
        .query_row("SELECT body FROM runs WHERE run_id = ?1", [run_id], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(body.map(|text| serde_json::from_str(&text)).transpose()?)
}

fn load_unfinished(connection: &Connection) -> Result<Vec<Run>, StoreError> {
    let query = "SELECT body FROM runs WHERE state IN ('queued', 'running') ORDER BY created_at, run_id";
    let mut statement = connection.prepare(query)?;
    let bodies = statement
        .query_map([], |row| row.get::<_, String>(0))?
        .collect::<Result<Vec<_>, _>>()?;
    bodies
        .iter()
        .map(|text| Ok(serde_json::from_str(text)?))
        .collect()
}
