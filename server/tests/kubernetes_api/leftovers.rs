//! What a server that is gone has left is removed; what lives, or is another installation's, stays.

use super::case::{Case, INSTANCE};
use csv_analyst_server::sandbox::SandboxProvider;
use serde_json::json;

fn leave(case: &Case, name: &str, instance: &str, owner: &str) {
    let job = json!({"metadata": {
        "name": name, "labels": {"csv-analyst.instance": instance}, "annotations": {"csv-analyst.owner": owner},
    }});
    case.stage().lock().jobs.insert(name.into(), job);
}

#[tokio::test]
async fn only_what_dead_servers_of_this_installation_left_is_removed() {
    let case = Case::new().await;
    let provider = case.open().await.expect("the play begins");
    leave(&case, "dead", INSTANCE, "another-machine/1/1");
    leave(&case, "others", "another-installation", "another-machine/1/1");
    let sandbox = provider.start(&case.class).await.expect("it starts");
    assert_eq!(provider.remove_leftovers().await.expect("a count"), 1);
    {
        let state = case.stage().lock();
        assert!(!state.jobs.contains_key("dead") && state.jobs.contains_key("others"));
        assert_eq!(state.pods.len(), 1, "the living one stays");
    }
    sandbox.give_up().destroy().await.expect("it can be destroyed");
    case.stage().lock().jobs.remove("others");
    case.nothing_left().await;
}

#[tokio::test]
async fn a_start_that_is_given_up_leaves_nothing() {
    let case = Case::new().await;
    let provider = case.open().await.expect("the play begins");
    for wait in [0, 1, 5, 20] {
        let start = provider.start(&case.class);
        drop(tokio::time::timeout(std::time::Duration::from_millis(wait), start).await);
    }
    case.nothing_left().await;
}

#[tokio::test]
async fn one_that_is_dropped_used_or_not_leaves_nothing() {
    let case = Case::new().await;
    drop(case.start().await.expect("it starts"));
    case.nothing_left().await;
}
