//! Answers that are kept: when one is given again, what such a run says of itself, and when not.

use super::scripted::Script;
use super::{Stage, queue, stage};
use csv_analyst_protocol::run::{Run, RunState};
use csv_analyst_server::runs::{Client, Submission};
use std::sync::Arc;

const SQL: &str = "SELECT count(*) AS n FROM numbers";

async fn cached(stage: &Stage, sql: &str) -> Arc<Run> {
    let submission = Submission {
        use_cache: true,
        ..stage.submission(sql)
    };
    ended(stage, submission).await
}

async fn ended(stage: &Stage, submission: Submission) -> Arc<Run> {
    let handle = stage.runs.submit(submission).expect("admitted");
    handle.ended().await
}

#[tokio::test]
async fn the_same_query_is_answered_without_a_sandbox_and_says_whose_answer_it_is() {
    let Some(stage) = stage("run: kept", Script::Answer, queue(1, 4)) else {
        return;
    };
    let first = cached(&stage, SQL).await;
    // Other spelling, same canonical text.
    let second = cached(&stage, "select COUNT(*) as n\nfrom numbers").await;
    assert_eq!(first.cached_from, None);
    assert_eq!(second.cached_from.as_ref(), Some(&first.run_id));
    assert_eq!(second.sandbox, None);
    assert_eq!((&second.rows, second.row_count), (&first.rows, first.row_count));
    assert!(second.gate.accepted && second.status == RunState::Succeeded);
    assert_ne!(second.capsule_hash, first.capsule_hash);
    let capsule = stage.store.capsule_text(&second.run_id).await.expect("a record");
    assert!(capsule.is_some_and(|text| text.contains(&format!(r#""cached_from":"{}""#, first.run_id))));
    let hash = |run: Arc<Run>| {
        let store = stage.store.clone();
        async move { store.result_hash(&run.run_id).await.expect("the record answers") }
    };
    assert_eq!(hash(first).await, hash(second).await);
    stage.close().await;
}

#[tokio::test]
async fn a_hit_of_a_hit_names_the_run_that_a_sandbox_answered() {
    let Some(stage) = stage("run: kept twice", Script::Answer, queue(1, 4)) else {
        return;
    };
    let first = cached(&stage, SQL).await;
    cached(&stage, SQL).await;
    assert_eq!(
        cached(&stage, SQL).await.cached_from.as_ref(),
        Some(&first.run_id)
    );
    stage.close().await;
}

#[tokio::test]
async fn another_version_other_limits_and_a_request_without_the_cache_are_run() {
    let Some(stage) = stage("run: not kept", Script::Answer, queue(1, 4)) else {
        return;
    };
    cached(&stage, SQL).await;
    let mut newer = (*stage.dataset).clone();
    newer.dataset = Arc::new(csv_analyst_protocol::dataset::Dataset {
        version: "v2".into(),
        ..(*newer.dataset).clone()
    });
    let mut fewer = stage.submission(SQL);
    fewer.limits.max_rows = 7;
    for submission in [
        Submission {
            dataset: Arc::new(newer),
            use_cache: true,
            ..stage.submission(SQL)
        },
        Submission {
            use_cache: true,
            ..fewer
        },
        stage.submission(SQL),
    ] {
        let run = ended(&stage, submission).await;
        assert_eq!(run.cached_from, None);
        assert!(run.sandbox.is_some());
    }
    stage.close().await;
}

#[tokio::test]
async fn what_failed_is_not_kept() {
    let Some(stage) = stage("run: failure kept", Script::EngineError, queue(1, 4)) else {
        return;
    };
    cached(&stage, SQL).await;
    let again = cached(&stage, SQL).await;
    assert_eq!((again.status, &again.cached_from), (RunState::Failed, &None));
    assert!(again.sandbox.is_some(), "it was tried");
    stage.close().await;
}

#[tokio::test]
async fn what_is_not_on_record_is_not_kept() {
    let Some(stage) = stage("run: unsealed kept", Script::Answer, queue(1, 4)) else {
        return;
    };
    super::record::forbid_sealing(&stage);
    assert_eq!(cached(&stage, SQL).await.status, RunState::Failed);
    super::record::change(&stage, "DROP TRIGGER full");
    let again = cached(&stage, SQL).await;
    assert_eq!(again.cached_from, None);
    stage.close().await;
}

#[tokio::test]
async fn a_replay_is_run_and_compared_with_what_was_kept() {
    let Some(stage) = stage("run: replay of kept", Script::Answer, queue(1, 4)) else {
        return;
    };
    cached(&stage, SQL).await;
    let hit = cached(&stage, SQL).await;
    let replay = stage
        .runs
        .replay(&hit, stage.dataset.clone(), Client::default())
        .await
        .expect("replayed");
    assert!(replay.matches);
    let again = stage
        .runs
        .get(&replay.replay_run_id)
        .await
        .expect("a record")
        .expect("a run");
    assert!(again.sandbox.is_some() && again.cached_from.is_none());
    stage.close().await;
}
