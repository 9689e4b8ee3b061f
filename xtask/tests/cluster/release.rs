//! The chart, installed once for the tests of one program and removed after the last of them.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::support::{Namespace, text};

/// Of its own: what the chart makes beside its namespace is called by it.
fn name() -> String {
    format!("test{}", std::process::id())
}

/// This checkout's own images, which `cluster up` loaded. They are development builds, so the
/// release is not for production.
const VALUES: [&str; 6] = [
    "image.tag=dev",
    "image.pullPolicy=Never",
    "runners.image.tag=dev",
    "runners.image.pullPolicy=Never",
    "production=false",
    "persistence.keep=false",
];

/// All of this program's visitors come from one address.
const ONE_ADDRESS: &str = "--set-string=environment.CSV_ANALYST_QUEUE__CLIENT_SHARE_PERCENT=100";

static RELEASE: LazyLock<Option<Release>> = LazyLock::new(Release::install);

/// Tests that still use it, or will: every one takes its turn once.
static TURNS_LEFT: AtomicUsize = AtomicUsize::new(crate::TESTS);

pub struct Release {
    pub namespace: Namespace,
    address: String,
}

/// One test's use of the release.
pub struct Turn;

impl Turn {
    pub fn take() -> Option<(Self, &'static Release)> {
        let turn = Self;
        Some((turn, RELEASE.as_ref()?))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if TURNS_LEFT.fetch_sub(1, Ordering::SeqCst) == 1
            && let Some(release) = RELEASE.as_ref()
        {
            release.remove();
        }
    }
}

impl Release {
    fn install() -> Option<Self> {
        let namespace = Namespace::new("chart")?;
        let values = VALUES.map(|value| format!("--set={value}"));
        let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../helm/csv-analyst");
        let api = format!(
            "--set=networkPolicy.apiServer.cidrs={{{}}}",
            api_server(&namespace).join(",")
        );
        let name = name();
        let mut arguments = vec![
            "install",
            &name,
            ONE_ADDRESS,
            &api,
            chart.to_str().expect("a path of text"),
            "--wait",
            "--timeout=5m",
        ];
        arguments.extend(values.iter().map(String::as_str));
        let installed = namespace.helm(&arguments);
        assert!(installed.status.success(), "{}", text(&installed));
        let address =
            namespace.kubectl(&["get", "service", &full_name(), "-o", "jsonpath={.spec.clusterIP}"]);
        let address = format!("{address}:80");
        Some(Self { namespace, address })
    }

    /// Of the Service, with its port.
    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// What the release's author gave it to find out whether it works.
    pub fn test(&self) -> Output {
        self.helm(&["test", &name(), "--timeout=5m", "--logs"])
    }

    /// The namespace of the runners.
    pub fn runners(&self) -> String {
        format!("{}-runners", full_name())
    }

    /// As the service's own account would: `create jobs`, in some namespace.
    pub fn may(&self, verb: &str, what: &str, namespace: &str) -> bool {
        let account = format!(
            "--as=system:serviceaccount:{}:{}",
            self.namespace.name,
            full_name()
        );
        let scope = if namespace.is_empty() {
            "--all-namespaces".to_owned()
        } else {
            format!("--namespace={namespace}")
        };
        // A name after a slash would be an object's, not a part of it.
        let (what, part) = what.split_once('/').unwrap_or((what, ""));
        let part = format!("--subresource={part}");
        let answer = self
            .namespace
            .try_kubectl(&["auth", "can-i", verb, what, &part, &account, &scope]);
        String::from_utf8_lossy(&answer.stdout).trim() == "yes"
    }

    fn helm(&self, arguments: &[&str]) -> Output {
        self.namespace.helm(arguments)
    }

    /// As a visitor who reaches the Service: the status and the answer.
    pub fn post(&self, path: &str, body: &Value) -> (String, Value) {
        let url = format!("http://{}{path}", self.address);
        let host = format!("Host: {}", full_name());
        let output = Command::new("curl")
            .args([
                "--silent",
                "--show-error",
                "--max-time",
                "120",
                "--write-out",
                "\n%{http_code}",
            ])
            .args(["--header", &host, "--header", "Content-Type: application/json"])
            .args(["--data", &body.to_string(), &url])
            .output()
            .expect("curl starts");
        let answer = text(&output);
        let (body, status) = answer.trim_end().rsplit_once('\n').unwrap_or(("", &answer));
        (
            status.to_owned(),
            serde_json::from_str(body).unwrap_or_else(|_| json!(body)),
        )
    }

    pub fn run(&self, dataset: &str, sql: &str, timeout_ms: u64) -> (String, Value) {
        self.post(
            "/runs",
            &json!({"dataset_id": dataset, "sql": sql, "timeout_ms": timeout_ms}),
        )
    }

    fn remove(&self) {
        self.helm(&["uninstall", &name(), "--wait", "--timeout=2m"]);
        self.namespace.try_kubectl(&[
            "delete",
            "namespace",
            &self.runners(),
            &self.namespace.name,
            "--wait=false",
        ]);
    }
}

/// Its Service's address and its own, for the policy that lets the service reach nothing else.
fn api_server(namespace: &Namespace) -> Vec<String> {
    let ask = |arguments: &[&str]| format!("{}/32", namespace.kubectl(arguments));
    let own = "jsonpath={.items[0].endpoints[0].addresses[0]}";
    vec![
        ask(&[
            "get",
            "service",
            "kubernetes",
            "-n",
            "default",
            "-o",
            "jsonpath={.spec.clusterIP}",
        ]),
        ask(&["get", "endpointslices", "-n", "default", "-o", own]),
    ]
}

/// Of the release's objects: the chart appends its own name.
fn full_name() -> String {
    format!("{}-csv-analyst", name())
}
