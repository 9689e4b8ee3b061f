//! The chart on a real control plane: installed by the real Helm, asked as a visitor would, watched from
//! outside. `cargo xtask cluster test` brings the cluster; without one every test says SKIPPED.

#[path = "cluster/release.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod release;
#[path = "cluster/support.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod support;

use std::thread;

use release::{ENDLESS, Release};
use serde_json::{Value, json};
use support::{PROBE, container, job, text};

/// More than a pod of 512 MiB and its scratch hold, in a query that the gate has nothing against.
const GREEDY: &str = "SELECT count(DISTINCT a.order_id * 100000 + b.order_id + a.total / 1000) AS n, \
    count(DISTINCT concat(a.order_id, '-', b.order_id, '-', a.total)) AS m \
    FROM orders a JOIN orders b ON a.order_id <> b.order_id";

#[test]
fn helm_test_gets_an_answer_from_each_dataset() {
    let Some(release) = Release::shared() else {
        return;
    };
    let tested = release.test();
    assert!(tested.status.success(), "{}", text(&tested));
    for dataset in ["ecommerce", "support", "sensors"] {
        assert!(text(&tested).contains(dataset), "{}", text(&tested));
    }
}

#[test]
fn a_run_is_a_job_that_is_gone_after_its_answer() {
    let Some(release) = Release::shared() else {
        return;
    };
    let runners = release.namespace.beside(&release.runners());
    let names = ["get", "jobs", "-o", "jsonpath={.items[*].metadata.name}"];
    let before = runners.eventually("Jobs wait", &names, |names| !names.is_empty());
    let (status, run) = release.count();
    assert_eq!(run["status"], "succeeded", "{status} {run}");
    let is_there = |name: &str, names: &str| names.split_whitespace().any(|other| other == name);
    runners.eventually("one that waited is used up", &names, |names| {
        before.split_whitespace().any(|name| !is_there(name, names))
    });
    release.assert_no_ended_job_is_left();
}

#[test]
fn a_query_past_its_time_is_ended_and_says_so() {
    let Some(release) = Release::shared() else {
        return;
    };
    let (status, run) = release.run("ecommerce", ENDLESS, 1_000);
    assert_eq!(code(&run), "RUNNER_TIMEOUT", "{status} {run}");
}

#[test]
fn a_query_past_its_memory_is_ended_and_says_so() {
    let Some(release) = Release::shared() else {
        return;
    };
    let (status, run) = release.run("ecommerce", GREEDY, 60_000);
    assert_eq!(code(&run), "RUNNER_RESOURCE_EXCEEDED", "{status} {run}");
}

#[test]
fn twenty_visitors_at_once_all_get_their_answer() {
    let Some(release) = Release::shared() else {
        return;
    };
    let runners = release.namespace.beside(&release.runners());
    let pods = || runners.kubectl(&["get", "pods", "-o", "name"]).lines().count();
    // None outlives the test, and with it the release.
    let (answers, most) = thread::scope(|scope| {
        let ask = |number: u32| {
            let (release, sql) = (&release, format!("SELECT count(*) + {number} AS n FROM orders"));
            scope.spawn(move || release.run("ecommerce", &sql, 60_000))
        };
        let visitors: Vec<_> = (0..20).map(ask).collect();
        let mut most = 0;
        while visitors.iter().any(|visitor| !visitor.is_finished()) {
            most = most.max(pods());
        }
        let answers: Vec<_> = visitors.into_iter().map(|visitor| visitor.join()).collect();
        (answers, most)
    });
    assert!(most > 12, "{most} pods at the same time");
    for answer in answers {
        let (status, run) = answer.expect("a visitor");
        assert_eq!(run["status"], "succeeded", "{status} {run}");
    }
}

#[test]
fn the_services_account_may_do_its_work_and_nothing_else() {
    let Some(release) = Release::shared() else {
        return;
    };
    let runners = release.runners();
    let own = release.namespace.name.clone();
    for (verb, what) in [
        ("create", "jobs.batch"),
        ("list", "jobs.batch"),
        ("delete", "jobs.batch"),
        ("list", "pods"),
        ("watch", "pods"),
        ("delete", "pods"),
        ("create", "pods/attach"),
    ] {
        assert!(release.may(verb, what, &runners), "it needs to {verb} {what}");
        for elsewhere in [own.as_str(), "default", "kube-system", ""] {
            assert!(
                !release.may(verb, what, elsewhere),
                "it may {verb} {what} in {elsewhere:?}"
            );
        }
    }
    for (verb, what) in [
        ("create", "pods"),
        ("create", "pods/exec"),
        ("create", "pods/ephemeralcontainers"),
        ("get", "secrets"),
        ("list", "secrets"),
        ("get", "configmaps"),
        ("create", "serviceaccounts/token"),
        ("create", "rolebindings.rbac.authorization.k8s.io"),
        ("update", "roles.rbac.authorization.k8s.io"),
        ("impersonate", "serviceaccounts"),
        ("create", "persistentvolumeclaims"),
        ("delete", "networkpolicies.networking.k8s.io"),
        ("update", "resourcequotas"),
        ("patch", "namespaces"),
        ("get", "nodes"),
    ] {
        for namespace in [runners.as_str(), own.as_str(), "kube-system", ""] {
            assert!(
                !release.may(verb, what, namespace),
                "it may {verb} {what} in {namespace:?}"
            );
        }
    }
}

#[test]
fn nothing_in_the_runners_namespace_reaches_anything() {
    let Some(release) = Release::shared() else {
        return;
    };
    let runners = release.runners();
    let namespace = release.namespace.beside(&runners);
    let own = release.address();
    // By their addresses: a name that is not found would say nothing of who can be reached.
    let api = release.api_server();
    for (name, deed, object) in [
        ("service", "connect", own.as_str()),
        ("api", "connect", api.as_str()),
        ("names", "look-up", "kubernetes.default.svc.cluster.local"),
    ] {
        let mut probe = job(name, &container(PROBE, &[deed, object]));
        probe["spec"]["ttlSecondsAfterFinished"] = json!(60);
        namespace.apply(&probe);
        let end = namespace.end_of(name);
        let said = namespace.kubectl(&["logs", &format!("job/{name}")]);
        assert!(
            end.starts_with("Failed"),
            "{name} is reached from a runners' pod: {said}"
        );
    }
}

fn code(run: &Value) -> &str {
    run["error"]["code"].as_str().unwrap_or("none")
}
