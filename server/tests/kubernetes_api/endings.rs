//! A pod that dies at its request: how, the cluster tells and not the pod.

use super::case::{Case, code};
use super::play::{Scene, evicted, terminated};
use super::sandbox_support::in_time;
use super::speech::Speech;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_server::sandbox::{Sandbox, SandboxFailure, SandboxProvider};
use serde_json::{Value, json};
use std::time::Duration;

async fn dies(status: Value, expected: ErrorCode) {
    let scene = Scene {
        speech: Speech::DieAtRequest(status.clone()),
        ..Scene::default()
    };
    if let Some(code) = code(scene).await {
        assert_eq!(code, expected, "{status}");
    }
}

#[tokio::test]
async fn one_that_ran_out_of_memory_exceeded_its_resources() {
    dies(terminated(137, "OOMKilled"), ErrorCode::RunnerResourceExceeded).await;
}

#[tokio::test]
async fn one_that_was_evicted_for_what_it_held_exceeded_its_resources() {
    let message = "Usage of EmptyDir volume \"scratch\" exceeds the limit \"64Mi\". ";
    dies(evicted(message), ErrorCode::RunnerResourceExceeded).await;
}

#[tokio::test]
async fn one_that_was_evicted_for_others_was_taken_away() {
    let message = "The node was low on resource: memory. ";
    dies(evicted(message), ErrorCode::RunnerInternalError).await;
}

#[tokio::test]
async fn one_that_the_cluster_ended_for_its_time_ran_out_of_time() {
    let status = json!({"phase": "Failed", "reason": "DeadlineExceeded"});
    dies(status, ErrorCode::RunnerTimeout).await;
    dies(terminated(5, "Error"), ErrorCode::RunnerTimeout).await;
}

#[tokio::test]
async fn one_that_somebody_killed_is_no_fault_of_the_query() {
    dies(terminated(137, "Error"), ErrorCode::RunnerInternalError).await;
    dies(terminated(1, "Error"), ErrorCode::RunnerInternalError).await;
}

async fn no_longer_waiting(sandbox: &mut dyn Sandbox) {
    in_time("it waits no more", async {
        while sandbox.is_waiting() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn one_that_vanished_while_it_waited_is_noticed_and_has_executed_nothing() {
    let Some(query) = super::case::query() else {
        return;
    };
    let case = Case::new().await;
    let mut sandbox = case.start().await.expect("it starts");
    assert!(sandbox.is_waiting());
    let pods: Vec<String> = case.stage().lock().pods.keys().cloned().collect();
    for pod in pods {
        case.stage().vanishes(&pod);
    }
    no_longer_waiting(&mut *sandbox).await;
    let outcome = case.ask(&query, sandbox).await;
    assert_eq!(outcome.unwrap_err().failure, SandboxFailure::GoneBefore);
}

/// The deadline that the cluster keeps counts from the start, so one that grew old could be ended in the
/// middle of its run.
#[tokio::test]
async fn one_that_waited_too_long_waits_no_more() {
    let mut case = Case::new().await;
    case.settings.kubernetes.start_deadline_seconds = 10;
    case.settings.kubernetes.max_waiting_seconds = 1;
    let mut sandbox = case.start().await.expect("it starts");
    assert!(sandbox.is_waiting());
    no_longer_waiting(&mut *sandbox).await;
    sandbox.give_up().destroy().await.expect("it can be destroyed");
    case.nothing_left().await;
}

#[tokio::test]
async fn a_claim_that_lost_its_snapshot_is_given_it_again() {
    let case = Case::new().await;
    let provider = case.open().await.expect("the play begins");
    let loaders = || {
        let state = case.stage().lock();
        let created = state
            .calls
            .iter()
            .filter(|call| call.starts_with("DELETE jobs/csv-analyst-loader"));
        created.count()
    };
    drop(provider.start(&case.class).await.expect("it starts"));
    drop(provider.start(&case.class).await.expect("it starts"));
    assert_eq!(loaders(), 1, "it is brought once");
    case.scene(
        "runner",
        Scene {
            speech: Speech::DieAtGreeting(terminated(4, "Error")),
            ..Scene::default()
        },
    );
    let failed = provider.start(&case.class).await.map(drop).unwrap_err();
    assert!(failed.to_string().contains("snapshot"), "{failed}");
    case.scene("runner", Scene::default());
    drop(provider.start(&case.class).await.expect("it starts"));
    assert_eq!(loaders(), 2);
    case.nothing_left().await;
}
