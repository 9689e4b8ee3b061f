//! What the record keeps of a run that did not go well, and what happens while it cannot be written.

use super::scripted::{SLOW, Script};
use super::{Stage, queue, stage};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::run::{Run, RunState};
use csv_analyst_server::runs::Client;
use rusqlite::Connection;
use std::sync::Arc;
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_run_that_timed_out_keeps_its_times() {
    let Some(stage) = stage("run: times of a time-out", Script::TimeOutSlowly, queue(1, 4)) else {
        return;
    };
    let run = stage.run().await;
    assert_eq!(run.status, RunState::TimedOut);
    let least = SLOW.as_secs_f64() * 1e3;
    assert!(
        run.timings.sandbox_ms >= least && run.timings.execute_ms >= least,
        "{:?}",
        run.timings
    );
    stage.close().await;
}

#[tokio::test]
async fn a_replay_that_ends_as_the_run_did_matches() {
    for (script, sql, state) in [
        (Script::Answer, "DROP TABLE numbers", RunState::Rejected),
        (Script::TimeOutSlowly, "SELECT n FROM numbers", RunState::TimedOut),
        (Script::Answer, "SELECT n FROM numbers", RunState::Succeeded),
    ] {
        let Some(stage) = stage("run: replay", script, queue(1, 4)) else {
            return;
        };
        let run = stage.submit(sql).expect("admitted").ended().await;
        let replay = replay(&stage, &run).await;
        assert_eq!((replay.matches, replay.replay_status), (true, state), "{sql}");
        stage.close().await;
    }
}

#[tokio::test]
async fn a_replay_that_ends_otherwise_does_not_match() {
    let Some(stage) = stage("run: other replay", Script::EngineError, queue(1, 4)) else {
        return;
    };
    let mut run = (*stage.run().await).clone();
    assert!(replay(&stage, &run).await.matches);
    run.status = RunState::TimedOut;
    assert!(!replay(&stage, &run).await.matches, "another state");
    run.status = RunState::Failed;
    if let Some(error) = &mut run.error {
        error.code = ErrorCode::RunnerResourceExceeded;
    }
    assert!(!replay(&stage, &run).await.matches, "another code");
    stage.close().await;
}

async fn replay(stage: &Stage, run: &Run) -> csv_analyst_protocol::capsule::Replay {
    stage
        .runs
        .replay(run, stage.dataset.clone(), Client::default())
        .await
        .expect("it is replayed")
}

/// From here on, nothing can be sealed; as a full disk does it, but at will.
pub fn forbid_sealing(stage: &Stage) {
    change(
        stage,
        "CREATE TRIGGER full BEFORE INSERT ON capsules BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;",
    );
}

pub fn change(stage: &Stage, sql: &str) {
    let connection = Connection::open(stage.directory.path().join("records.sqlite3")).expect("a record");
    connection.execute_batch(sql).expect("it can be changed");
}

#[tokio::test]
async fn a_run_that_cannot_be_sealed_ends_all_the_same_and_is_sealed_later() {
    let Some(stage) = stage("run: unsealed", Script::Answer, queue(1, 4)) else {
        return;
    };
    assert!(stage.runs.is_recording().await);
    forbid_sealing(&stage);
    let run = stage.run().await;
    assert_eq!(
        run.status,
        RunState::Failed,
        "an answer is not given without a record"
    );
    assert_eq!(run.capsule_hash, None);
    assert_eq!(stage.get(&run).await.status, RunState::Failed, "it can be read");
    let cancelled = stage.runs.cancel(&run.run_id).await.expect("an answer");
    assert_eq!(cancelled.expect("a run").status, RunState::Failed);
    assert!(!stage.runs.is_recording().await, "not ready");

    change(&stage, "DROP TRIGGER full");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !stage.runs.is_recording().await {
        assert!(Instant::now() < deadline, "it is not sealed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let sealed = stage.get(&run).await;
    assert!(sealed.capsule_hash.is_some());
    assert_eq!(sealed.error, run.error, "as it was told");
    stage.close().await;
}

#[tokio::test]
async fn a_run_that_could_not_be_begun_on_record_gets_no_answer() {
    let Some(stage) = stage("run: not begun", Script::Answer, queue(1, 4)) else {
        return;
    };
    change(
        &stage,
        "CREATE TRIGGER full BEFORE INSERT ON runs WHEN NEW.body <> '{}'
         BEGIN SELECT RAISE(ABORT, 'the disk is full'); END;",
    );
    let run = stage.run().await;
    assert_eq!(run.status, RunState::Failed);
    assert!(run.rows.is_empty(), "what the sandbox said stays here");
    assert!(run.capsule_hash.is_some(), "its end is on record");
    stage.close().await;
}

#[tokio::test]
async fn nobody_is_told_of_a_run_before_it_is_on_record() {
    let Some(stage) = stage("run: told late", Script::Answer, queue(1, 4)) else {
        return;
    };
    let other = Connection::open(stage.directory.path().join("records.sqlite3")).expect("a record");
    other.execute_batch("BEGIN IMMEDIATE").expect("it can be locked");
    let handle = stage.submit("SELECT n FROM numbers").expect("admitted");
    let told = tokio::time::timeout(Duration::from_millis(500), handle.judged()).await;
    assert!(told.is_err(), "the record is locked");
    other.execute_batch("ROLLBACK").expect("it can be unlocked");
    assert_eq!(handle.ended().await.status, RunState::Succeeded);
    stage.close().await;
}

#[tokio::test]
async fn a_stop_seals_what_could_not_be_sealed_before() {
    let Some(stage) = stage("run: unsealed at a stop", Script::TimeOutSlowly, queue(1, 4)) else {
        return;
    };
    forbid_sealing(&stage);
    let run = stage.run().await;
    assert_eq!(run.status, RunState::TimedOut, "its own end");
    change(&stage, "DROP TRIGGER full");
    stage.runs.shut_down().await;
    assert_eq!(stage.get(&run).await.status, RunState::TimedOut);
    stage.close().await;
}

impl Stage {
    async fn get(&self, run: &Arc<Run>) -> Run {
        let found = self.runs.get(&run.run_id).await;
        found.expect("the record answers").expect("a run")
    }
}
