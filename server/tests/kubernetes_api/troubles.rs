//! A pod that does not come: each reason in words of its own, none naming anything of the cluster.

use super::case::Case;
use super::play::{Scene, waiting};
use super::sandbox_support::in_time;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_server::sandbox::SandboxProvider;
use serde_json::{Value, json};
use std::time::Duration;

async fn told(scene: Scene) -> String {
    let mut case = Case::new().await;
    case.settings.kubernetes.start_deadline_seconds = 10;
    let provider = case.open().await.expect("the play begins");
    case.scene("runner", scene);
    let error = provider
        .start(&case.class)
        .await
        .map(drop)
        .expect_err("no pod comes");
    assert_eq!(error.code(), ErrorCode::RunnerUnavailable);
    case.nothing_left().await;
    let words = error.to_string();
    assert!(
        !words.contains("csv-analyst-runner-") && !words.contains("of the play"),
        "{words}"
    );
    words
}

async fn stays(status: Value, expected: &str) {
    let words = told(Scene {
        statuses: vec![status],
        ..Scene::default()
    })
    .await;
    assert!(words.contains(expected), "{words}");
}

async fn refused(message: &str, expected: &str) {
    let words = told(Scene {
        refusal: Some(message.to_owned()),
        ..Scene::default()
    })
    .await;
    assert!(words.contains(expected), "{words}");
}

#[tokio::test]
async fn an_image_that_cannot_be_pulled() {
    stays(waiting("ImagePullBackOff"), "can't pull the runner image").await;
}

#[tokio::test]
async fn an_image_whose_name_is_none() {
    stays(waiting("InvalidImageName"), "no name of an image").await;
}

#[tokio::test]
async fn an_image_that_is_not_there_and_never_pulled() {
    stays(waiting("ErrImageNeverPull"), "not on the node").await;
}

#[tokio::test]
async fn a_container_that_cannot_be_made() {
    stays(
        waiting("CreateContainerConfigError"),
        "can't make the runner's container",
    )
    .await;
}

#[tokio::test]
async fn a_pod_that_no_node_takes() {
    let status = json!({"phase": "Pending", "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient memory.",
    }]});
    stays(status, "no node of the cluster has room").await;
}

#[tokio::test]
async fn a_pod_that_only_takes_too_long() {
    stays(json!({"phase": "Pending"}), "did not start in time").await;
}

const USED_UP: &str =
    "Error creating: pods \"x\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2";

#[tokio::test]
async fn a_quota_that_is_used_up() {
    refused(USED_UP, "quota").await;
}

#[tokio::test]
async fn a_quota_that_has_room_again_is_not_told_of_a_pod_that_then_takes_too_long() {
    let mut case = Case::new().await;
    case.settings.kubernetes.start_deadline_seconds = 5;
    let provider = case.open().await.expect("the play begins");
    let refusal = Some(USED_UP.to_owned());
    case.scene(
        "runner",
        Scene {
            refusal,
            ..Scene::default()
        },
    );
    let has_room_again = async {
        let job = in_time("its Job is made", runner_job(&case)).await;
        // The refusal is heard of meanwhile.
        tokio::time::sleep(Duration::from_millis(500)).await;
        case.stage().make_pod(&job, &[json!({"phase": "Pending"})]);
    };
    let (started, ()) = tokio::join!(provider.start(&case.class), has_room_again);
    let words = started.map(drop).expect_err("it never runs").to_string();
    assert!(words.contains("did not start in time"), "{words}");
    case.nothing_left().await;
}

async fn runner_job(case: &Case) -> String {
    loop {
        let found = {
            let state = case.stage().lock();
            let mut names = state.jobs.keys();
            names.find(|name| name.contains("-runner-")).cloned()
        };
        match found {
            Some(name) => return name,
            None => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

#[tokio::test]
async fn a_pod_that_pod_security_refuses() {
    let message =
        "Error creating: pods \"x\" is forbidden: violates PodSecurity \"restricted:latest\": hostPath";
    refused(message, "Pod Security refuses").await;
}

#[tokio::test]
async fn a_pod_that_admission_refuses() {
    let message = "Error creating: admission webhook \"policy.example\" denied the request: no";
    refused(message, "admission refuses").await;
}

#[tokio::test]
async fn a_pod_that_nobody_makes() {
    let words = told(Scene {
        no_pod: true,
        ..Scene::default()
    })
    .await;
    assert!(words.contains("made no pod"), "{words}");
}
