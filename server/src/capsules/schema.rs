//! Tables of the record and how they came to be. A migration that was published is never edited.

use super::error::StoreError;
use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

const FIRST: &str = "
CREATE TABLE runs (
    run_id TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    body TEXT NOT NULL
) STRICT;
CREATE INDEX runs_unfinished ON runs (run_id) WHERE state IN ('queued', 'running');
CREATE TRIGGER an_ended_run_stays BEFORE UPDATE ON runs
WHEN OLD.state NOT IN ('queued', 'running')
BEGIN SELECT RAISE(ABORT, 'this run has ended'); END;

CREATE TABLE capsules (
    sequence INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE REFERENCES runs (run_id),
    content TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    signature TEXT NOT NULL,
    public_key TEXT NOT NULL
) STRICT;
CREATE TRIGGER capsules_are_never_changed BEFORE UPDATE ON capsules
BEGIN SELECT RAISE(ABORT, 'capsules are never changed'); END;
CREATE TRIGGER capsules_are_never_deleted BEFORE DELETE ON capsules
BEGIN SELECT RAISE(ABORT, 'capsules are never deleted'); END;

CREATE TABLE threads (
    thread_id TEXT PRIMARY KEY,
    dataset_id TEXT NOT NULL,
    title TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
) STRICT;
CREATE TABLE messages (
    sequence INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    thread_id TEXT NOT NULL REFERENCES threads (thread_id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    text TEXT NOT NULL,
    run_id TEXT REFERENCES runs (run_id),
    suggestions TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX messages_of_thread ON messages (thread_id, sequence);
";

/// One row that is written again and again, to see whether the record can be written.
const PROBE: &str = "
CREATE TABLE probe (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    written_at TEXT NOT NULL
) STRICT;
";

pub fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    Ok(migrations().to_latest(connection)?)
}

fn migrations() -> Migrations<'static> {
    Migrations::new(vec![M::up(FIRST), M::up(PROBE)])
}

#[cfg(test)]
mod tests {
    #[test]
    fn migrations_apply_in_order() {
        super::migrations().validate().unwrap();
    }
}
