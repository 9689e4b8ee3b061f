//! A namespace of its own for each test on the cluster, and kubectl.

#[path = "../installed/mod.rs"]
pub mod installed;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Two processors and twenty pods that start at once: slow is not broken.
const PATIENCE: Duration = Duration::from_secs(120);

pub const PROBE: &str = "csv-analyst.example/probe:1";
pub const RUNNER: &str = "docker.io/library/csv-analyst-runner:dev";

/// `None`, said loudly, where no cluster is up. `cargo xtask cluster test` sets the variable.
pub fn kubeconfig(test: &str) -> Option<PathBuf> {
    let found = std::env::var_os("CSV_ANALYST_KUBECONFIG").map(PathBuf::from);
    if found.is_none() {
        eprintln!("SKIPPED: the cluster: {test}: none is up (`cargo xtask cluster up`, then `cluster test`)");
    }
    found
}

/// Gone at the end of the test, with everything in it.
pub struct Namespace {
    pub name: String,
    kubeconfig: PathBuf,
    borrowed: bool,
}

impl Namespace {
    /// With Pod Security *restricted* enforced, as the runners' has.
    pub fn new(test: &str) -> Option<Self> {
        let kubeconfig = kubeconfig(test)?;
        let short: String = test.chars().take(40).collect();
        let name = format!("test-{}-{}", short.replace('_', "-"), std::process::id());
        let namespace = Self {
            name,
            kubeconfig,
            borrowed: false,
        };
        namespace.apply(&json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {
                "name": namespace.name,
                "labels": {"pod-security.kubernetes.io/enforce": "restricted"},
            },
        }));
        // A pod that comes before its service account is refused.
        namespace.eventually(
            "the service account",
            &["get", "serviceaccount", "default"],
            |_| true,
        );
        Some(namespace)
    }

    /// One that is there already and stays.
    pub fn beside(&self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kubeconfig: self.kubeconfig.clone(),
            borrowed: true,
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(installed::program("kubectl"));
        command
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["--namespace", &self.name])
            .args(arguments);
        command
    }

    pub fn try_kubectl(&self, arguments: &[&str]) -> Output {
        self.command(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("kubectl starts")
    }

    /// Helm with nothing of the person's own settings.
    pub fn helm(&self, arguments: &[&str]) -> Output {
        let home = tempfile::tempdir().expect("a temporary folder");
        installed::helm(home.path())
            .arg("--kubeconfig")
            .arg(&self.kubeconfig)
            .args(["--namespace", &self.name])
            .args(arguments)
            .output()
            .expect("helm starts")
    }

    pub fn kubectl(&self, arguments: &[&str]) -> String {
        let output = self.try_kubectl(arguments);
        assert!(
            output.status.success(),
            "kubectl {arguments:?}: {}",
            text(&output)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn get(&self, what: &[&str]) -> Value {
        let arguments: Vec<&str> = ["get", "-o", "json"].iter().chain(what).copied().collect();
        serde_json::from_str(&self.kubectl(&arguments)).expect("kubectl prints JSON")
    }

    pub fn try_apply(&self, object: &Value) -> Output {
        use std::io::Write;
        let mut child = self
            .command(&["apply", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl starts");
        let mut input = child.stdin.take().expect("an input");
        input
            .write_all(object.to_string().as_bytes())
            .expect("kubectl reads");
        drop(input);
        child.wait_with_output().expect("kubectl ends")
    }

    pub fn apply(&self, object: &Value) {
        let output = self.try_apply(object);
        assert!(output.status.success(), "{object}: {}", text(&output));
    }

    /// Asks until the answer suits; the answer.
    pub fn eventually(&self, what: &str, arguments: &[&str], suits: impl Fn(&str) -> bool) -> String {
        let start = Instant::now();
        loop {
            let output = self.try_kubectl(arguments);
            let answer = String::from_utf8_lossy(&output.stdout).into_owned();
            if output.status.success() && suits(&answer) {
                return answer;
            }
            assert!(
                start.elapsed() < PATIENCE,
                "{what}: never; the last answer was: {}",
                text(&output)
            );
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// `Complete`, or `Failed` with the reason.
    pub fn end_of(&self, job: &str) -> String {
        let ended = r#"jsonpath={range .status.conditions[?(@.status=="True")]}{.type} {.reason};{end}"#;
        let told = self.eventually(job, &["get", "job", job, "-o", ended], |told| {
            told.contains("Complete ") || told.contains("Failed ")
        });
        let last = told
            .split(';')
            .find(|told| told.starts_with("Complete ") || told.starts_with("Failed "));
        last.expect("it has ended").to_owned()
    }

    /// Runs the probe in a pod to its end: whether it succeeded, and what it printed.
    pub fn probe(&self, name: &str, deed: &str, object: &str) -> (bool, String) {
        self.apply(&job(name, &container(PROBE, &[deed, object])));
        let end = self.end_of(name);
        (
            end.starts_with("Complete"),
            self.kubectl(&["logs", &format!("job/{name}")]),
        )
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        if !self.borrowed {
            self.try_kubectl(&["delete", "namespace", &self.name, "--wait=false"]);
        }
    }
}

pub fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A container as strict as Pod Security *restricted* wants it, and stricter.
pub fn container(image: &str, arguments: &[&str]) -> Value {
    json!({
        "name": "runner",
        "image": image,
        "imagePullPolicy": "Never",
        "args": arguments,
        "resources": {"limits": {"cpu": "500m", "memory": "64Mi"}, "requests": {"cpu": "10m", "memory": "16Mi"}},
        "securityContext": {
            "allowPrivilegeEscalation": false,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": true,
            "runAsNonRoot": true,
            "runAsUser": 65534,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    })
}

/// A Job of one pod with this container, tried once.
pub fn job(name: &str, container: &Value) -> Value {
    json!({
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": name},
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": 110,
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "terminationGracePeriodSeconds": 1,
                    "containers": [container],
                },
            },
        },
    })
}
