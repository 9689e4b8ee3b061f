//! Statuses as kubelets and controllers write them.

use super::*;
use serde_json::{Value, json};

fn seen(status: Value) -> Seen {
    let pod = json!({"metadata": {"name": "pod-1"}, "status": status});
    Seen {
        pod: Some(Arc::new(serde_json::from_value(pod).unwrap())),
        ..Seen::default()
    }
}

fn container(state: Value) -> Value {
    json!({"phase": "Running", "containerStatuses": [{
        "name": "runner", "image": "x", "imageID": "docker.io/library/x@sha256:1", "ready": true, "restartCount": 0, "state": state,
    }]})
}

fn terminated(code: i32, reason: &str) -> Value {
    container(json!({"terminated": {"exitCode": code, "reason": reason}}))
}

#[test]
fn a_running_container_is_running() {
    let seen = seen(container(json!({"running": {}})));
    assert_eq!(seen.sight(), Sight::Running("pod-1".into()));
    assert_eq!(seen.image_id().as_deref(), Some("docker.io/library/x@sha256:1"));
}

#[test]
fn how_a_container_ended_is_told_apart() {
    for (status, ending) in [
        (terminated(137, "OOMKilled"), Ending::OutOfMemory),
        (terminated(137, "Error"), Ending::Killed),
        (terminated(3, "Error"), Ending::Exit(3)),
        (terminated(0, "Completed"), Ending::Exit(0)),
        (
            json!({"phase": "Failed", "reason": "Evicted", "message": "Usage of EmptyDir volume \"scratch\" exceeds the limit \"64Mi\". "}),
            Ending::OutOfStorage,
        ),
        (
            json!({"phase": "Failed", "reason": "Evicted", "message": "Pod ephemeral local storage usage exceeds the total limit of containers 64Mi. "}),
            Ending::OutOfStorage,
        ),
        (
            json!({"phase": "Failed", "reason": "Evicted", "message": "The node was low on resource: memory. "}),
            Ending::TakenAway,
        ),
        (
            json!({"phase": "Failed", "reason": "DeadlineExceeded", "message": "Pod was active on the node longer than the specified deadline"}),
            Ending::OutOfTime,
        ),
        (json!({"phase": "Failed"}), Ending::Unknown),
    ] {
        assert_eq!(seen(status.clone()).sight(), Sight::Ended(ending), "{status}");
    }
}

#[test]
fn a_pod_that_is_being_deleted_or_gone_was_taken_away() {
    let pod = json!({
        "metadata": {"name": "pod-1", "deletionTimestamp": "2026-01-01T00:00:00Z"},
        "status": container(json!({"running": {}})),
    });
    let mut seen = Seen {
        pod: Some(Arc::new(serde_json::from_value(pod).unwrap())),
        ..Seen::default()
    };
    assert_eq!(seen.sight(), Sight::Ended(Ending::TakenAway));
    seen.gone = true;
    assert_eq!(seen.sight(), Sight::Ended(Ending::TakenAway));
}

fn trouble(status: Value) -> Option<Trouble> {
    match seen(status).sight() {
        Sight::Coming(hindrance) => hindrance.map(|(trouble, _)| trouble),
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_holds_a_pod_up_is_told_apart() {
    let waiting = |reason: &str| {
        let mut status = container(json!({"waiting": {"reason": reason, "message": "why"}}));
        status["phase"] = "Pending".into();
        status
    };
    for (reason, expected) in [
        ("ContainerCreating", None),
        ("ErrImagePull", None),
        ("ImagePullBackOff", Some(Trouble::ImagePull)),
        ("InvalidImageName", Some(Trouble::ImageName)),
        ("ErrImageNeverPull", Some(Trouble::ImageNeverPulled)),
        ("CreateContainerConfigError", Some(Trouble::Container)),
        ("CreateContainerError", Some(Trouble::Container)),
        ("RunContainerError", Some(Trouble::Container)),
    ] {
        assert_eq!(trouble(waiting(reason)), expected, "{reason}");
    }
    let unschedulable = json!({"phase": "Pending", "conditions": [{
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
        "message": "0/1 nodes are available: 1 Insufficient memory.",
    }]});
    assert_eq!(trouble(unschedulable), Some(Trouble::Unschedulable));
}

#[test]
fn why_no_pod_is_made_is_told_until_there_is_one() {
    let mut seen = Seen {
        refusal: Some("Error creating: pods \"x\" is forbidden: exceeded quota: q, requested: pods=1".into()),
        ..Seen::default()
    };
    assert!(matches!(seen.sight(), Sight::Coming(Some((Trouble::Quota, _)))));
    seen.pod = super::tests::seen(container(json!({"running": {}}))).pod;
    assert_eq!(seen.sight(), Sight::Running("pod-1".into()));
}
