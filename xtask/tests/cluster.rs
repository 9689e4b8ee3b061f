//! What the cluster itself must do before anything of ours is tried on it: the rules that the runners'
//! namespace rests on are enforced by the real thing, each shown with the case that it lets through.

#[path = "cluster/support.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod support;

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};
use support::{Namespace, PROBE, RUNNER, container, job, text};

fn pod(job: &mut Value) -> &mut Value {
    &mut job["spec"]["template"]["spec"]
}

type Change<'change> = &'change dyn Fn(&mut Value);

#[test]
fn pod_security_admits_a_runners_pod_and_refuses_each_way_out_of_it() {
    let Some(namespace) = Namespace::new("pod_security") else {
        return;
    };
    let admitted = |name: &str, change: Change| {
        let mut pod = job(name, &container(PROBE, &["sleep", "0"]))["spec"]["template"].take();
        pod["apiVersion"] = json!("v1");
        pod["kind"] = json!("Pod");
        pod["metadata"] = json!({"name": name});
        change(&mut pod["spec"]);
        namespace.try_apply(&pod)
    };
    let plain = admitted("plain", &|_| ());
    assert!(plain.status.success(), "{}", text(&plain));
    let ways_out: [(&str, Change); 6] = [
        ("privileged", &|spec| {
            let security = &mut spec["containers"][0]["securityContext"];
            security["privileged"] = json!(true);
            // The API server refuses the two together for another reason.
            security["allowPrivilegeEscalation"] = json!(true);
        }),
        ("root", &|spec| {
            spec["containers"][0]["securityContext"]["runAsUser"] = json!(0)
        }),
        ("capability", &|spec| {
            spec["containers"][0]["securityContext"]["capabilities"] =
                json!({"drop": ["ALL"], "add": ["SYS_ADMIN"]});
        }),
        ("host-network", &|spec| spec["hostNetwork"] = json!(true)),
        ("host-path", &|spec| {
            spec["volumes"] = json!([{"name": "root", "hostPath": {"path": "/"}}])
        }),
        ("unconfined", &|spec| {
            spec["containers"][0]["securityContext"]["seccompProfile"] = json!({"type": "Unconfined"});
        }),
    ];
    for (name, change) in ways_out {
        let refused = admitted(name, change);
        assert!(!refused.status.success(), "{name} was admitted");
        assert!(
            text(&refused).contains("violates PodSecurity \"restricted"),
            "{name}: {}",
            text(&refused)
        );
    }
}

#[test]
fn a_waiting_runner_is_talked_with_over_attach() {
    let Some(namespace) = Namespace::new("attach") else {
        return;
    };
    let mut runner = container(RUNNER, &["guards", "--greeted"]);
    runner["stdin"] = json!(true);
    runner["stdinOnce"] = json!(true);
    runner["resources"]["limits"]["memory"] = json!("256Mi");
    namespace.apply(&job("talk", &runner));
    let phase = ["get", "pods", "-o", "jsonpath={.items[0].status.phase}"];
    namespace.eventually("the runner waits", &phase, |phase| phase == "Running");
    let mut attached = namespace
        .command(&["attach", "-i", "job/talk"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    attached
        .stdin
        .take()
        .expect("an input")
        .write_all(b"\n")
        .expect("the runner reads");
    let said = attached.wait_with_output().expect("kubectl ends");
    let said: Value = serde_json::from_slice(&said.stdout).expect("the runner answers in JSON");
    assert!(said.to_string().contains("seccomp"), "{said}");
    assert!(namespace.end_of("talk").starts_with("Complete"));
}

#[test]
fn a_finished_job_and_its_pod_are_removed_when_their_time_is_over() {
    let Some(namespace) = Namespace::new("time_to_live") else {
        return;
    };
    let mut short_lived = job("brief", &container(PROBE, &["sleep", "0"]));
    short_lived["spec"]["ttlSecondsAfterFinished"] = json!(1);
    namespace.apply(&short_lived);
    let left = ["get", "jobs,pods", "-o", "name"];
    namespace.eventually("the Job is removed", &left, str::is_empty);
}

#[test]
fn a_quota_refuses_the_pod_above_it() {
    let Some(namespace) = Namespace::new("quota") else {
        return;
    };
    namespace.apply(&json!({
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "runners"},
        "spec": {"hard": {"pods": "1"}},
    }));
    let used = [
        "get",
        "resourcequota",
        "runners",
        "-o",
        "jsonpath={.status.used.pods}",
    ];
    namespace.eventually("the quota counts", &used, |used| used == "0");
    namespace.apply(&job("first", &container(PROBE, &["sleep", "100"])));
    namespace.eventually("the first pod counts", &used, |used| used == "1");
    namespace.apply(&job("second", &container(PROBE, &["sleep", "0"])));
    let events = [
        "get",
        "events",
        "-o",
        "jsonpath={.items[?(@.reason==\"FailedCreate\")].message}",
    ];
    namespace.eventually("the refusal is told", &events, |told| {
        told.contains("exceeded quota: runners")
    });
    let pods = namespace.get(&["pods", "--selector=app=second"]);
    assert_eq!(pods["items"], json!([]));
}

#[test]
fn a_limit_range_gives_limits_to_who_names_none() {
    let Some(namespace) = Namespace::new("limit_range") else {
        return;
    };
    namespace.apply(&json!({
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "runners"},
        "spec": {"limits": [{"type": "Container", "default": {"memory": "48Mi"}, "max": {"memory": "64Mi"}}]},
    }));
    let mut unlimited = container(PROBE, &["sleep", "0"]);
    unlimited["resources"] = json!({});
    namespace.apply(&job("unlimited", &unlimited));
    let limit = [
        "get",
        "pods",
        "-o",
        "jsonpath={.items[0].spec.containers[0].resources.limits.memory}",
    ];
    namespace.eventually("the pod has a limit", &limit, |limit| limit == "48Mi");
}

#[test]
fn a_job_past_its_deadline_fails_and_says_so() {
    let Some(namespace) = Namespace::new("deadline") else {
        return;
    };
    let mut slow = job("slow", &container(PROBE, &["sleep", "100"]));
    slow["spec"]["activeDeadlineSeconds"] = json!(2);
    namespace.apply(&slow);
    assert_eq!(namespace.end_of("slow"), "Failed DeadlineExceeded");
}

#[test]
fn a_container_above_its_memory_is_killed_and_the_pod_says_so() {
    let Some(namespace) = Namespace::new("memory") else {
        return;
    };
    let (modest, said) = namespace.probe("modest", "hold", "16");
    assert!(modest, "{said}");
    namespace.apply(&job("greedy", &container(PROBE, &["hold", "256"])));
    assert!(namespace.end_of("greedy").starts_with("Failed"));
    let reason = "jsonpath={.items[0].status.containerStatuses[0].state.terminated.reason}";
    let reason = namespace.kubectl(&["get", "pods", "--selector=app=greedy", "-o", reason]);
    assert_eq!(reason, "OOMKilled");
}

#[test]
fn one_folder_of_a_claim_is_seen_alone_and_cannot_be_changed() {
    let Some(namespace) = Namespace::new("claim") else {
        return;
    };
    namespace.apply(&json!({
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "snapshots"},
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Mi"}}},
    }));
    let with_claim = |name: &str, arguments: &[&str], mount: Value| {
        let mut container = container(PROBE, arguments);
        container["volumeMounts"] = json!([mount]);
        let mut job = job(name, &container);
        let spec = pod(&mut job);
        spec["securityContext"] = json!({"fsGroup": 65534});
        spec["volumes"] = json!([{"name": "claim", "persistentVolumeClaim": {"claimName": "snapshots"}}]);
        namespace.apply(&job);
        let end = namespace.end_of(name);
        (
            end.starts_with("Complete"),
            namespace.kubectl(&["logs", &format!("job/{name}")]),
        )
    };
    let writable = |folder: &str| json!({"name": "claim", "mountPath": "/data", "subPath": folder});
    let mut readable = writable("a");
    readable["readOnly"] = json!(true);
    assert!(with_claim("write-a", &["write", "/data/a.txt"], writable("a")).0);
    assert!(with_claim("write-b", &["write", "/data/b.txt"], writable("b")).0);
    assert_eq!(
        with_claim("list", &["list", "/data"], readable.clone()),
        (true, "a.txt\n".to_owned())
    );
    let (written, why) = with_claim("spoil", &["write", "/data/a.txt"], readable);
    assert!(!written && why.contains("read-only file system"), "{why}");
}

#[test]
fn a_pod_with_users_of_its_own_has_no_root_of_the_nodes() {
    let Some(namespace) = Namespace::new("users") else {
        return;
    };
    let map_of = |name: &str, host_users: bool| {
        let mut asking = job(name, &container(PROBE, &["read", "/proc/self/uid_map"]));
        pod(&mut asking)["hostUsers"] = json!(host_users);
        namespace.apply(&asking);
        let end = namespace.end_of(name);
        let map = namespace.kubectl(&["logs", &format!("job/{name}")]);
        assert!(end.starts_with("Complete"), "{end}: {map}");
        map.split_whitespace()
            .map(|number| number.parse::<u64>().expect("a number"))
            .collect::<Vec<_>>()
    };
    assert_eq!(map_of("shared", true)[..2], [0, 0]);
    let own = map_of("own", false);
    assert!(own[1] >= 65_536, "the pod's root is {} on the node", own[1]);
}

#[test]
fn a_policy_that_allows_nothing_cuts_a_pod_off_from_pods_names_and_the_machine() {
    let Some(namespace) = Namespace::new("policy") else {
        return;
    };
    let mut server = container(PROBE, &["serve", ":8000"]);
    server["ports"] = json!([{"containerPort": 8000}]);
    namespace.apply(&job("server", &server));
    let address = [
        "get",
        "pods",
        "--selector=app=server",
        "-o",
        "jsonpath={.items[0].status.podIP}",
    ];
    let address = namespace.eventually("the server has an address", &address, |address| {
        !address.is_empty()
    });
    let server = format!("{address}:8000");
    let api = namespace.kubectl(&[
        "get",
        "endpointslices",
        "--namespace=default",
        "-o",
        "jsonpath={.items[0].endpoints[0].addresses[0]}",
    ]);
    let ways = [
        ("pods", "connect", server.as_str()),
        ("names", "look-up", "kubernetes.default.svc.cluster.local"),
        ("service", "connect", "10.96.0.1:443"),
        ("api", "connect", &format!("{api}:6443")),
    ];
    for (name, open, said) in all_tried(&namespace, "before", &ways) {
        assert!(open, "{name} must work before it is forbidden: {said}");
    }
    namespace.apply(&json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "nothing"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    }));
    for (name, open, said) in all_tried(&namespace, "after", &ways) {
        assert!(!open, "{name} is reached in spite of the policy: {said}");
    }
}

/// Each way in a pod of its own, all at once: whether it was open, and what the pod said.
fn all_tried<'way>(
    namespace: &Namespace,
    when: &str,
    ways: &[(&'way str, &str, &str)],
) -> Vec<(&'way str, bool, String)> {
    let named = |name: &str| format!("{when}-{name}");
    for (name, deed, object) in ways {
        namespace.apply(&job(&named(name), &container(PROBE, &[deed, object])));
    }
    let outcome = |(name, _, _): &(&'way str, &str, &str)| {
        let end = namespace.end_of(&named(name));
        let said = namespace.kubectl(&["logs", &format!("job/{}", named(name))]);
        (*name, end.starts_with("Complete"), said)
    };
    ways.iter().map(outcome).collect()
}
