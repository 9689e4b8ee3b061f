//! A real API server's word on what is rendered: its own strict validation, and its Pod Security admission.
//!
//! Nothing is started: all of it is a dry run, in two namespaces that are made for it and removed.

use super::helm::{rendered, text as output};
use super::installed::program;
use super::shape::{of_kind, pods, text};
use super::values::{all, jobs};
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// Of projects whose resources a bare cluster does not have.
const FOREIGN: [&str; 2] = ["HTTPRoute", "ServiceMonitor"];

struct Cluster {
    kubectl: PathBuf,
    kubeconfig: PathBuf,
    namespace: String,
}

impl Cluster {
    /// `None`, said loudly, where there is none.
    fn find(test: &str) -> Option<Self> {
        let skip = |reason: &str| eprintln!("SKIPPED: the chart on a cluster: {test}: {reason}");
        let Some(kubeconfig) = std::env::var_os("CSV_ANALYST_KUBECONFIG").map(PathBuf::from) else {
            skip("CSV_ANALYST_KUBECONFIG names none; `cargo xtask cluster test` does");
            return None;
        };
        let cluster = Self {
            kubectl: program("kubectl"),
            kubeconfig,
            namespace: format!("test-chart-{test}-{}", std::process::id()),
        };
        if !cluster
            .kubectl(&["version", "--request-timeout=5s"], "")
            .status
            .success()
        {
            skip("the API server does not answer");
            return None;
        }
        for name in [cluster.namespace.clone(), cluster.runners()] {
            let made = cluster.kubectl(&["create", "--filename=-"], &namespace(&name).to_string());
            assert!(made.status.success(), "{made:?}");
            // Pods are refused until a controller has made it.
            let account = [
                "wait",
                "--for=create",
                "serviceaccount/default",
                "--timeout=60s",
                "--namespace",
                &name,
            ];
            assert!(cluster.kubectl(&account, "").status.success());
        }
        Some(cluster)
    }

    fn runners(&self) -> String {
        format!("{}-runners", self.namespace)
    }

    fn kubectl(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(&self.kubectl);
        command.arg("--kubeconfig").arg(&self.kubeconfig).args(arguments);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("kubectl starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        // One that fails early does not read it.
        let _ = stdin.write_all(input.as_bytes());
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }

    /// In one call, whose start takes longer than all its answers. As documents one after the other: of each the
    /// API server itself is the judge, where in a `List` kubectl would be the first.
    fn would_take(&self, objects: &[Value]) -> Output {
        let documents: Vec<String> = objects
            .iter()
            .map(|object| self.placed(object).to_string())
            .collect();
        let arguments = ["create", "--dry-run=server", "--validate=strict", "--filename=-"];
        self.kubectl(&arguments, &documents.join("\n"))
    }

    /// The test's namespace is the release's own, which most objects do not name, and which `helm template`
    /// calls `analysts` where one does.
    fn placed(&self, object: &Value) -> Value {
        let mut object = object.clone();
        if object["metadata"].get("namespace").is_none() {
            object["metadata"]["namespace"] = json!(self.namespace);
        }
        let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
        for subject in subjects.into_iter().flatten() {
            subject["namespace"] = json!(self.namespace);
        }
        object
    }

    /// What the API server has against these, each with its name.
    fn doubts(&self, objects: &[Value]) -> Vec<String> {
        let together = self.would_take(objects);
        if is_without_doubt(&together, objects.len()) {
            return Vec::new();
        }
        // A warning names no object: which it is about is asked one by one, and only here.
        let mut found = Vec::new();
        for object in objects {
            let answer = self.would_take(std::slice::from_ref(object));
            if !is_without_doubt(&answer, 1) {
                let (kind, name) = (text(object, "/kind"), text(object, "/metadata/name"));
                found.push(format!("{kind} {name}: {}", output(&answer)));
            }
        }
        if found.is_empty() {
            found.push(format!("all of them together: {}", output(&together)));
        }
        found
    }
}

/// Every object was judged, and nothing was said but that it would be taken.
fn is_without_doubt(answer: &Output, objects: usize) -> bool {
    let taken = String::from_utf8_lossy(&answer.stdout).lines().count();
    answer.status.success() && answer.stderr.is_empty() && taken == objects
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let runners = self.runners();
        self.kubectl(
            &["delete", "namespace", "--wait=false", &self.namespace, &runners],
            "",
        );
    }
}

fn namespace(name: &str) -> Value {
    let labels = json!({"pod-security.kubernetes.io/enforce": "restricted"});
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
}

#[test]
fn the_api_server_takes_every_object_without_a_doubt() {
    let Some(cluster) = Cluster::find("objects") else {
        return;
    };
    let runners = format!("--set=runners.namespace.name={}", cluster.runners());
    for case in all() {
        let Some(objects) = rendered("on a cluster", &[&case.values[..], &[&runners]].concat()) else {
            return;
        };
        let judged: Vec<Value> = objects.into_iter().filter(is_judged).collect();
        assert_eq!(cluster.doubts(&judged), [""; 0], "{}", case.name);
    }
}

/// The namespace is made for the test instead.
fn is_judged(object: &Value) -> bool {
    let is_foreign = FOREIGN.iter().any(|kind| object["kind"] == *kind);
    !is_foreign && object["kind"] != "Namespace"
}

#[test]
fn pod_security_admits_each_pod_and_none_that_was_made_worse() {
    let Some(cluster) = Cluster::find("admission") else {
        return;
    };
    let Some(objects) = rendered("on a cluster", &jobs().values) else {
        return;
    };
    let pod = |specification: &Value| {
        let metadata = json!({"name": "judged"});
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": specification})
    };
    for specification in pods(&objects) {
        let mut specification = specification.clone();
        // Accounts of the release do not exist here, and are not what is judged.
        specification
            .as_object_mut()
            .expect("a map")
            .remove("serviceAccountName");
        let admitted = cluster.would_take(&[pod(&specification)]);
        assert!(admitted.status.success(), "{admitted:?}");
        for (key, worse) in [
            ("allowPrivilegeEscalation", json!(true)),
            ("capabilities", json!({})),
        ] {
            let mut spoilt = specification.clone();
            spoilt["containers"][0]["securityContext"][key] = worse;
            let refused = cluster.would_take(&[pod(&spoilt)]);
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(
                !refused.status.success() && said.contains("violates PodSecurity"),
                "{key}: {said}"
            );
        }
    }
    assert_eq!(of_kind(&objects, "Namespace").len(), 1);
}
