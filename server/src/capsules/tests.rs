//! The record's promises: sealed once, chained, unchangeable unseen, whole after a reopening.

use super::*;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::gate::GateReport;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::run::{ResultColumn, Run, RunState, Timings};
use rusqlite::Connection;
use tempfile::TempDir;

struct Fixture {
    directory: TempDir,
    store: Store,
}

fn open(directory: &Path) -> Store {
    let key = SigningKeyFile::load_or_create(&directory.join("keys/signing.key")).unwrap();
    Store::open(directory, key).unwrap()
}

fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path());
    Fixture { directory, store }
}

/// Changes the database as somebody would who can write its file.
fn tamper(fixture: &Fixture, sql: &str) {
    let connection = Connection::open(fixture.directory.path().join("records.sqlite3")).unwrap();
    connection.execute_batch(sql).unwrap();
}

fn run(run_id: &str, status: RunState) -> Run {
    Run {
        run_id: run_id.into(),
        dataset_id: "shop".into(),
        dataset_version: "v1".into(),
        status,
        question: None,
        created_at: "2026-02-01T00:00:00.000Z".into(),
        finished_at: None,
        columns: vec![ResultColumn {
            name: "total".into(),
            kind: "DOUBLE".into(),
        }],
        rows: (0..PREVIEW_ROWS + 5)
            .map(|n| vec![(n as f64 / 3.0).into()])
            .collect(),
        row_count: 25,
        truncated: false,
        sql: Some("SELECT 1".into()),
        input_sql: None,
        plan: None,
        gate: GateReport::default(),
        sandbox: None,
        limits: Limits::default(),
        timings: Timings {
            total_ms: 0.1 + 0.2,
            ..Timings::default()
        },
        error: None,
        capsule_hash: None,
    }
}

async fn seal(store: &Store, run_id: &str) -> Run {
    store.begin(&run(run_id, RunState::Queued)).await.unwrap();
    store
        .end(run(run_id, RunState::Succeeded), String::new())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_run_is_sealed_when_it_ends_and_verifies() {
    let fixture = fixture();
    let sealed = seal(&fixture.store, "a").await;
    let verification = fixture.store.verify("a").await.unwrap().unwrap();
    assert!(verification.valid, "{verification:?}");
    assert_eq!(sealed.capsule_hash, Some(verification.hash));
    assert_eq!(fixture.store.run("a").await.unwrap(), Some(sealed));
}

#[tokio::test]
async fn a_run_that_has_not_ended_has_no_capsule() {
    let fixture = fixture();
    fixture.store.begin(&run("a", RunState::Queued)).await.unwrap();
    assert_eq!(fixture.store.verify("a").await.unwrap(), None);
    assert_eq!(fixture.store.unfinished().await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_run_is_sealed_exactly_once() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let again = fixture.store.end(run("a", RunState::Failed), String::new()).await;
    assert!(matches!(again, Err(StoreError::AlreadySealed(_))));
    assert_eq!(
        fixture.store.run("a").await.unwrap().unwrap().status,
        RunState::Succeeded
    );
}

#[tokio::test]
async fn a_rejected_run_is_written_whole_at_its_end() {
    let fixture = fixture();
    let mut rejected = run("a", RunState::Rejected);
    rejected.error = Some(ErrorDetail::new(ErrorCode::SqlPolicyViolation, "no"));
    fixture.store.end(rejected, String::new()).await.unwrap();
    assert!(fixture.store.verify("a").await.unwrap().unwrap().valid);
    assert_eq!(fixture.store.result_hash("a").await.unwrap(), None);
}

#[tokio::test]
async fn every_capsule_names_the_one_before_it() {
    let fixture = fixture();
    for run_id in ["a", "b", "c"] {
        seal(&fixture.store, run_id).await;
    }
    let report = fixture.store.verify_chain().await.unwrap();
    assert_eq!(
        report,
        ChainReport {
            capsules: 3,
            broken: vec![]
        }
    );
}

#[tokio::test]
async fn the_database_refuses_to_change_or_delete_a_capsule() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let connection = Connection::open(fixture.directory.path().join("records.sqlite3")).unwrap();
    assert!(connection.execute("UPDATE capsules SET hash = 'x'", []).is_err());
    assert!(connection.execute("DELETE FROM capsules", []).is_err());
    assert!(connection.execute("UPDATE runs SET body = '{}'", []).is_err());
}

#[tokio::test]
async fn a_capsule_that_was_changed_behind_the_triggers_is_found() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    seal(&fixture.store, "b").await;
    tamper(
        &fixture,
        "DROP TRIGGER capsules_are_never_changed;
         UPDATE capsules SET content = replace(content, 'SELECT 1', 'SELECT 2') WHERE run_id = 'a';",
    );
    assert!(!fixture.store.verify("a").await.unwrap().unwrap().hash_matches);
    assert!(fixture.store.verify("b").await.unwrap().unwrap().valid);
}

#[tokio::test]
async fn a_row_that_people_see_cannot_be_changed_unseen() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    // The last row is outside the capsule's preview: only the result's hash covers it.
    tamper(
        &fixture,
        "DROP TRIGGER an_ended_run_stays; UPDATE runs SET body = replace(body, '[8.0]', '[9.0]');",
    );
    assert!(!fixture.store.verify("a").await.unwrap().unwrap().valid);
}

#[tokio::test]
async fn a_capsule_that_was_removed_breaks_the_chain() {
    let fixture = fixture();
    for run_id in ["a", "b", "c"] {
        seal(&fixture.store, run_id).await;
    }
    tamper(
        &fixture,
        "DROP TRIGGER capsules_are_never_deleted; DELETE FROM capsules WHERE run_id = 'b';",
    );
    let report = fixture.store.verify_chain().await.unwrap();
    assert_eq!(
        report.broken,
        vec![("c".to_owned(), "the capsule before it is missing or another")]
    );
}

#[tokio::test]
async fn another_key_does_not_seal() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let other = SigningKeyFile::load_or_create(&fixture.directory.path().join("other.key")).unwrap();
    let reopened = Store::open(fixture.directory.path(), other).unwrap();
    assert!(!reopened.verify("a").await.unwrap().unwrap().signature_valid);
}

#[tokio::test]
async fn the_record_survives_a_reopening_byte_for_byte() {
    let fixture = fixture();
    let sealed = seal(&fixture.store, "a").await;
    let text = fixture.store.capsule_text("a").await.unwrap();
    let reopened = open(fixture.directory.path());
    assert_eq!(reopened.run("a").await.unwrap(), Some(sealed));
    assert_eq!(reopened.capsule_text("a").await.unwrap(), text);
}

#[tokio::test]
async fn the_capsule_as_served_is_the_capsule_of_the_protocol() {
    let fixture = fixture();
    let sealed = seal(&fixture.store, "a").await;
    let text = fixture.store.capsule_text("a").await.unwrap().unwrap();
    let capsule: csv_analyst_protocol::capsule::Capsule = serde_json::from_str(&text).unwrap();
    assert_eq!(Some(capsule.hash), sealed.capsule_hash);
    assert_eq!(capsule.content.run.rows.len(), PREVIEW_ROWS);
    assert_eq!(
        capsule.content.result_hash,
        Some(result_hash(&sealed.columns, &sealed.rows).unwrap())
    );
}

#[tokio::test]
async fn deleting_a_conversation_keeps_its_runs() {
    use csv_analyst_protocol::chat::{Role, ThreadSummary};
    let fixture = fixture();
    let store = &fixture.store;
    seal(store, "a").await;
    let thread = ThreadSummary {
        thread_id: "t".into(),
        dataset_id: "shop".into(),
        title: "T".into(),
        created_at: "2026".into(),
        updated_at: "2026".into(),
    };
    store.create_thread(thread).await.unwrap();
    let message = NewMessage {
        role: Role::Assistant,
        text: "x".into(),
        run_id: Some("a".into()),
        suggestions: vec!["s".into()],
    };
    store.add_message("t", message.clone()).await.unwrap();
    let messages = store.messages("t").await.unwrap().unwrap().messages;
    assert_eq!(messages[0].run.as_ref().unwrap().run_id, "a");
    assert!(store.delete_thread("t").await.unwrap());
    assert!(!store.delete_thread("t").await.unwrap());
    assert!(store.messages("t").await.unwrap().is_none());
    assert!(store.run("a").await.unwrap().is_some());
    store.add_message("t", message).await.unwrap();
}
