//! Pods under all values, judged; and the judge, judged.

use super::helm::rendered;
use super::pod_security::{Needs, breaches, own_breaches};
use super::shape::{of_kind, pods, text};
use super::values::{all, processes};
use serde_json::{Value, json};

#[test]
fn every_pod_is_restricted_whatever_the_values() {
    for case in all() {
        let Some(objects) = rendered("restricted pods", &case.values) else {
            return;
        };
        let pods = pods(&objects);
        assert_eq!(pods.len(), 2, "the service and its test");
        let service = Needs {
            token: case.jobs,
            services: false,
        };
        // It finds the service without a name server.
        let test = Needs {
            token: false,
            services: true,
        };
        for (pod, needs) in pods.into_iter().zip([service, test]) {
            assert_eq!(breaches(pod), [""; 0], "{}", case.name);
            assert_eq!(own_breaches(pod, &needs), [""; 0], "{}", case.name);
        }
    }
}

#[test]
fn the_namespace_of_runners_lets_no_other_pod_in() {
    for case in all() {
        let Some(objects) = rendered("the runners' namespace", &case.values) else {
            return;
        };
        for namespace in of_kind(&objects, "Namespace") {
            for mode in ["enforce", "audit", "warn"] {
                let label = format!("/metadata/labels/pod-security.kubernetes.io~1{mode}");
                assert_eq!(text(namespace, &label), "restricted", "{}", case.name);
            }
        }
    }
}

/// A way to write one thing worse, and what is then said.
type Spoilt = (&'static str, Value, &'static str);

#[test]
fn each_rule_finds_the_pod_that_breaks_it() {
    let Some(objects) = rendered("the rules themselves", &processes().values) else {
        return;
    };
    let spoilt: [Spoilt; 17] = [
        ("/hostNetwork", json!(true), "hostNetwork"),
        ("/hostPID", json!(true), "hostPID"),
        (
            "/volumes/0",
            json!({"name": "data", "hostPath": {"path": "/"}}),
            "hostPath",
        ),
        ("/securityContext/runAsUser", json!(0), "root"),
        ("/securityContext/runAsNonRoot", json!(false), "runAsNonRoot"),
        (
            "/securityContext/seccompProfile/type",
            json!("Unconfined"),
            "Unconfined",
        ),
        ("/securityContext/seccompProfile", json!({}), "no seccompProfile"),
        (
            "/securityContext/sysctls",
            json!([{"name": "kernel.msgmax"}]),
            "sysctl",
        ),
        (
            "/securityContext/seLinuxOptions",
            json!({"role": "r"}),
            "seLinuxOptions",
        ),
        (
            "/containers/0/securityContext/privileged",
            json!(true),
            "privileged",
        ),
        (
            "/containers/0/securityContext/allowPrivilegeEscalation",
            json!(true),
            "allowPrivilegeEscalation",
        ),
        (
            "/containers/0/securityContext/capabilities/drop",
            json!(["NET_RAW"]),
            "keeps",
        ),
        (
            "/containers/0/securityContext/capabilities/add",
            json!(["SYS_ADMIN"]),
            "adds",
        ),
        (
            "/containers/0/securityContext/procMount",
            json!("Unmasked"),
            "procMount",
        ),
        ("/containers/0/securityContext/runAsUser", json!(0), "root"),
        ("/containers/0/ports/0/hostPort", json!(80), "port of the host"),
        (
            "/containers/0/livenessProbe/httpGet/host",
            json!("metadata"),
            "names a host",
        ),
    ];
    for (pointer, value, said) in spoilt {
        let mut pod = pods(&objects)[0].clone();
        put(&mut pod, pointer, value);
        let found = breaches(&pod);
        assert!(
            found.iter().any(|breach| breach.contains(said)),
            "{pointer}: {found:?}"
        );
    }
}

fn put(value: &mut Value, pointer: &str, new: Value) {
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
    match value.pointer_mut(parent).expect("it is there") {
        Value::Array(items) => items[key.parse::<usize>().expect("a number")] = new,
        other => other[key] = new,
    }
}
