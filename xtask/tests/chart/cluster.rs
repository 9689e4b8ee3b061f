//! A real API server's word on what is rendered: its own strict validation, and its Pod Security admission.
//!
//! Nothing is started: all of it is a dry run, in two namespaces that are made for it and removed.

use super::helm::rendered;
use super::shape::{of_kind, pods};
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
        let cache = cache()?;
        let own = cache.join("cluster/bin/kubectl");
        let cluster = Self {
            kubectl: if own.exists() { own } else { "kubectl".into() },
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

    fn would_take(&self, object: &Value) -> Output {
        let arguments = [
            "create",
            "--dry-run=server",
            "--validate=strict",
            "--filename=-",
            "--namespace",
        ];
        let namespace = object["metadata"]["namespace"]
            .as_str()
            .unwrap_or(&self.namespace);
        self.kubectl(&[&arguments[..], &[namespace]].concat(), &object.to_string())
    }
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

fn cache() -> Option<PathBuf> {
    let given = std::env::var_os("CSV_ANALYST_CACHE").map(PathBuf::from);
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/csv-analyst"));
    given.or_else(home)
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
        let foreign = |object: &&Value| FOREIGN.iter().any(|kind| object["kind"] == *kind);
        for object in objects
            .iter()
            .filter(|object| !foreign(object) && object["kind"] != "Namespace")
        {
            let mut object = object.clone();
            // As the release's own namespace, which `helm template` calls `analysts`.
            let subjects = object.get_mut("subjects").and_then(Value::as_array_mut);
            for subject in subjects.into_iter().flatten() {
                subject["namespace"] = json!(cluster.namespace);
            }
            let taken = cluster.would_take(&object);
            assert!(taken.status.success(), "{}: {object}: {taken:?}", case.name);
            assert!(taken.stderr.is_empty(), "{}: {taken:?}", case.name);
        }
    }
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
        let admitted = cluster.would_take(&pod(&specification));
        assert!(admitted.status.success(), "{admitted:?}");
        for (key, worse) in [
            ("allowPrivilegeEscalation", json!(true)),
            ("capabilities", json!({})),
        ] {
            let mut spoilt = specification.clone();
            spoilt["containers"][0]["securityContext"][key] = worse;
            let refused = cluster.would_take(&pod(&spoilt));
            let said = String::from_utf8_lossy(&refused.stderr).into_owned();
            assert!(
                !refused.status.success() && said.contains("violates PodSecurity"),
                "{key}: {said}"
            );
        }
    }
    assert_eq!(of_kind(&objects, "Namespace").len(), 1);
}
