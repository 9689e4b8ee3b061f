//! The record's promises: sealed once, chained, unchangeable unseen, whole after a reopening.

use super::*;
use csv_analyst_protocol::chat::{Role, ThreadSummary};
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::gate::GateReport;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::plan::QueryPlan;
use csv_analyst_protocol::run::{ResultColumn, Run, RunState, Timings};
use rusqlite::Connection;
use std::path::PathBuf;
use tempfile::TempDir;

struct Fixture {
    directory: TempDir,
    store: Store,
}

fn key_file(directory: &Path) -> PathBuf {
    directory.join("keys/signing.key")
}

fn open(directory: &Path) -> Store {
    Store::open(directory, &key_file(directory)).unwrap()
}

/// As `csv-analyst verify` sees it.
fn verify(fixture: &Fixture) -> ChainReport {
    let directory = fixture.directory.path();
    verify_record(directory, &key_file(directory)).unwrap()
}

fn whole(capsules: u64) -> ChainReport {
    ChainReport {
        capsules,
        broken: vec![],
    }
}

fn refusal(directory: &Path, key_file: &Path) -> String {
    match Store::open(directory, key_file) {
        Ok(_) => panic!("it opens"),
        Err(error) => error.to_string(),
    }
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
        row_count_capped: false,
        truncated: false,
        sql: Some("SELECT 1".into()),
        input_sql: None,
        input_plan: None,
        understood: None,
        plan: None,
        gate: GateReport::default(),
        sandbox: None,
        cached_from: None,
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
    let sealed = store
        .end(run(run_id, RunState::Succeeded), String::new())
        .await
        .unwrap();
    // The head is written behind the answer, and before the next write.
    store.persist().await.unwrap();
    sealed
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
    assert_eq!(fixture.store.verify_chain().await.unwrap(), whole(3));
    assert_eq!(verify(&fixture), whole(3));
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
    let broken: Vec<&str> = report.broken.iter().map(|(what, _)| what.as_str()).collect();
    assert_eq!(broken, ["c", "b", "the record"]);
    assert_eq!(report.broken[0].1, "the capsule before it is missing or another");
}

#[tokio::test]
async fn records_taken_from_the_end_or_altogether_are_missed() {
    for removed in ["WHERE run_id = 'c'", ""] {
        let fixture = fixture();
        for run_id in ["a", "b", "c"] {
            seal(&fixture.store, run_id).await;
        }
        tamper(
            &fixture,
            &format!("DROP TRIGGER capsules_are_never_deleted; DELETE FROM capsules {removed};"),
        );
        let broken = verify(&fixture).broken;
        assert!(broken.iter().any(|(what, _)| what == "c"), "{broken:?}");
        let (what, reason) = broken.last().unwrap();
        assert_eq!(what, "the record");
        assert!(
            reason.starts_with("its signed head counts 3 sealed records"),
            "{reason}"
        );
        let directory = fixture.directory.path();
        let refused = refusal(directory, &key_file(directory));
        assert!(refused.contains("records were removed"), "{refused}");
    }
}

#[tokio::test]
async fn records_removed_with_their_runs_stay_missed_when_others_follow() {
    let fixture = fixture();
    for run_id in ["a", "b"] {
        seal(&fixture.store, run_id).await;
    }
    tamper(
        &fixture,
        "DROP TRIGGER capsules_are_never_deleted;
         DELETE FROM capsules WHERE run_id = 'b'; DELETE FROM runs WHERE run_id = 'b';",
    );
    assert_eq!(verify(&fixture).broken.len(), 1);
    for run_id in ["c", "d"] {
        seal(&fixture.store, run_id).await;
    }
    let (what, reason) = verify(&fixture).broken.remove(0);
    assert_eq!(what, "the record");
    assert!(reason.contains("records were replaced"), "{reason}");
}

#[tokio::test]
async fn a_head_that_a_crash_left_behind_is_accepted_and_caught_up() {
    let fixture = fixture();
    let head = head_in(fixture.directory.path());
    seal(&fixture.store, "a").await;
    let of_one = std::fs::read(&head).unwrap();
    seal(&fixture.store, "b").await;
    let of_two = std::fs::read(&head).unwrap();
    std::fs::write(&head, of_one).unwrap();
    assert_eq!(verify(&fixture), whole(2));
    let reopened = open(fixture.directory.path());
    assert_eq!(std::fs::read(&head).unwrap(), of_two);
    seal(&reopened, "c").await;
    assert_eq!(verify(&fixture), whole(3));
}

#[tokio::test]
async fn a_head_that_was_rewritten_or_removed_is_seen() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let head = head_in(fixture.directory.path());
    let text = std::fs::read_to_string(&head).unwrap();
    std::fs::write(&head, text.replace("\"count\":1", "\"count\":0")).unwrap();
    assert!(
        verify(&fixture).broken[0]
            .1
            .contains("not signed by this server's key")
    );
    std::fs::remove_file(&head).unwrap();
    assert!(verify(&fixture).broken[0].1.contains("head is missing"));
}

#[tokio::test]
async fn a_key_that_was_deleted_is_not_replaced() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let directory = fixture.directory.path();
    let key = key_file(directory);
    std::fs::remove_file(&key).unwrap();
    let refused = refusal(directory, &key);
    assert!(
        refused.contains("signing.key") && refused.contains("restore it"),
        "{refused}"
    );
    assert!(!key.exists());
    let unverified = verify_record(directory, &key).unwrap_err().to_string();
    assert!(unverified.contains("restore it"), "{unverified}");
}

#[test]
fn where_there_is_no_record_verifying_fails_and_makes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let typo = directory.path().join("typo");
    let error = verify_record(&typo, &key_file(&typo)).unwrap_err();
    assert!(error.to_string().contains("there is no record at"), "{error}");
    assert!(!typo.exists());
}

/// A copy that a checkpoint has made whole, in a folder with a name that an address must escape.
fn copy(fixture: &Fixture) -> TempDir {
    let from = fixture.directory.path();
    tamper(fixture, "PRAGMA wal_checkpoint(TRUNCATE);");
    let copy = tempfile::Builder::new().prefix("a%41?b#").tempdir().unwrap();
    std::fs::create_dir(copy.path().join("keys")).unwrap();
    for file in ["records.sqlite3", "keys/signing.key", "keys/capsule-head.json"] {
        std::fs::copy(from.join(file), copy.path().join(file)).unwrap();
    }
    copy
}

#[tokio::test]
async fn verifying_a_record_at_rest_leaves_no_file_behind() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let copy = copy(&fixture);
    let report = verify_record(copy.path(), &key_file(copy.path())).unwrap();
    assert_eq!(report, whole(1));
    assert_eq!(std::fs::read_dir(copy.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn an_answer_is_kept_even_if_its_run_could_not_be() {
    let fixture = fixture();
    create_thread(&fixture.store, "t").await;
    let answer = NewMessage {
        run_id: Some("never written".into()),
        ..said(Role::Assistant, "It failed.")
    };
    fixture.store.add_message("t", answer).await.unwrap();
    let messages = fixture.store.messages("t").await.unwrap().unwrap().messages;
    assert_eq!(messages[0].text, "It failed.");
    assert!(messages[0].run.is_none());
}

#[tokio::test]
async fn a_record_that_cannot_be_written_says_so_within_a_moment() {
    let fixture = fixture();
    assert!(fixture.store.is_writable().await);
    tamper(
        &fixture,
        "CREATE TRIGGER full BEFORE UPDATE ON probe BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;",
    );
    assert!(fixture.store.is_writable().await, "the answer of a moment ago");
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert!(!fixture.store.is_writable().await);
}

#[tokio::test]
async fn another_key_does_not_seal() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let directory = fixture.directory.path();
    let other = directory.join("other.key");
    SigningKeyFile::create(&other).unwrap();
    assert!(refusal(directory, &other).contains("not signed by this server's key"));
    std::fs::remove_file(head_in(directory)).unwrap();
    assert!(refusal(directory, &other).contains("did not seal the records"));
    let report = verify_record(directory, &other).unwrap();
    assert_eq!(report.broken[0].1, "its signature is not by this server's key");
}

#[tokio::test]
async fn a_closed_record_is_one_file_and_takes_no_more_writes() {
    let fixture = fixture();
    seal(&fixture.store, "a").await;
    let log = fixture.directory.path().join("records.sqlite3-wal");
    assert!(log.exists());
    let clone = fixture.store.clone();
    fixture.store.close().await;
    assert!(!log.exists());
    assert!(matches!(clone.run("a").await, Err(StoreError::Closed)));
    assert_eq!(verify(&fixture), whole(1));
    clone.close().await;
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

async fn create_thread(store: &Store, thread_id: &str) {
    let thread = ThreadSummary {
        thread_id: thread_id.into(),
        dataset_id: "shop".into(),
        title: "T".into(),
        created_at: "2026".into(),
        updated_at: "2026".into(),
    };
    store.create_thread(thread).await.unwrap();
}

fn said(role: Role, text: &str) -> NewMessage {
    NewMessage {
        role,
        text: text.into(),
        run_id: None,
        suggestions: vec![],
    }
}

#[tokio::test]
async fn only_questions_without_an_answer_get_one_after_a_stop() {
    let fixture = fixture();
    let store = &fixture.store;
    for thread_id in ["open", "answered", "empty"] {
        create_thread(store, thread_id).await;
    }
    store
        .add_message("answered", said(Role::User, "q"))
        .await
        .unwrap();
    store
        .add_message("answered", said(Role::Assistant, "a"))
        .await
        .unwrap();
    store
        .add_message("open", said(Role::User, "how many?"))
        .await
        .unwrap();
    let mut interrupted = run("r", RunState::Failed);
    interrupted.question = Some("how many?".into());
    interrupted.created_at = crate::clock::now();
    store.end(interrupted, String::new()).await.unwrap();

    assert_eq!(store.answer_interrupted("It stopped.").await.unwrap(), 1);
    assert_eq!(store.answer_interrupted("It stopped.").await.unwrap(), 0);
    let messages = store.messages("open").await.unwrap().unwrap().messages;
    let last = messages.last().unwrap();
    assert_eq!((last.role, last.text.as_str()), (Role::Assistant, "It stopped."));
    assert_eq!(last.run.as_ref().unwrap().run_id, "r");
    assert_eq!(
        store.messages("answered").await.unwrap().unwrap().messages.len(),
        2
    );
}

#[tokio::test]
async fn deleting_a_conversation_keeps_its_runs() {
    let fixture = fixture();
    let store = &fixture.store;
    seal(store, "a").await;
    create_thread(store, "t").await;
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

#[tokio::test]
async fn a_follow_up_goes_on_from_the_last_plan_that_was_not_refused() {
    let fixture = fixture();
    let store = &fixture.store;
    create_thread(store, "t").await;
    for (id, state) in [("ran", RunState::TimedOut), ("refused", RunState::Rejected)] {
        let plan = QueryPlan {
            table: id.into(),
            ..QueryPlan::default()
        };
        let ended = Run {
            plan: Some(plan),
            ..run(id, state)
        };
        store.end(ended, String::new()).await.unwrap();
        let answer = NewMessage {
            run_id: Some(id.into()),
            ..said(Role::Assistant, id)
        };
        store.add_message("t", answer).await.unwrap();
    }
    let declined = said(Role::Assistant, "I can't answer that.");
    store.add_message("t", declined).await.unwrap();
    let plan = store.last_plan("t").await.unwrap().expect("a plan");
    assert_eq!(plan.table, "ran");
}

#[tokio::test]
async fn only_the_beginning_of_a_run_does_not_wait_for_the_disk() {
    let fixture = fixture();
    let waits = || {
        fixture.store.database.write(|connection| {
            Ok(connection.pragma_query_value(None, "synchronous", |row| row.get::<_, u8>(0))?)
        })
    };
    let full = 2;
    assert_eq!(waits().await.unwrap(), full);
    fixture.store.begin(&run("a", RunState::Queued)).await.unwrap();
    assert_eq!(waits().await.unwrap(), full);
    let twice = fixture.store.begin(&run("a", RunState::Queued)).await;
    assert!(twice.is_err());
    assert_eq!(waits().await.unwrap(), full, "also after a failure");
}
