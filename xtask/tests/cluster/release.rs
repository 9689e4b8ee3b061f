//! The chart, installed once for the tests that run side by side, and removed after the last of them.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, Weak};

use serde_json::{Value, json};

use crate::support::installed::program;
use crate::support::{Namespace, kubeconfig, text};

/// This checkout's own images, which `cluster up` loaded. They are development builds, so the
/// release is not for production.
const VALUES: [&str; 10] = [
    "image.tag=dev",
    "image.pullPolicy=Never",
    "runners.image.tag=dev",
    "runners.image.pullPolicy=Never",
    "production=false",
    "persistence.keep=false",
    // Twenty at once, on a node of any size.
    "runners.concurrent=20",
    "runners.maxPods=32",
    "runners.requests.cpuMillis=10",
    "runners.requests.memoryMiB=32",
];

/// What its namespaces are called by, with a number and the process's.
const TEST: &str = "chart";

/// All of this program's visitors come from one address.
const ONE_ADDRESS: &str = "--set-string=environment.CSV_ANALYST_QUEUE__CLIENT_SHARE_PERCENT=100";

/// Held by the tests that use it, and by nobody else: however many they are and however they end, what none of
/// them holds is removed.
static SHARED: Mutex<Weak<Release>> = Mutex::new(Weak::new());

/// How often it was installed by this program.
static INSTALLED: AtomicUsize = AtomicUsize::new(0);

pub struct Release {
    /// The release is called as its namespace is.
    pub namespace: Namespace,
    /// Of the Service, with its port.
    address: String,
}

impl Release {
    /// `None`, said loudly, where no cluster is up, or there is no helm.
    pub fn shared() -> Option<Arc<Self>> {
        kubeconfig(TEST)?;
        if !has_helm() {
            return None;
        }
        // Where it could not be installed, no other test waits for that again.
        let mut shared = SHARED.lock().expect("the chart could be installed");
        if let Some(release) = shared.upgrade() {
            return Some(release);
        }
        let release = Arc::new(Self::install(&[])?);
        *shared = Arc::downgrade(&release);
        Some(release)
    }

    /// For one test alone, which changes it: with more values, each as `--set` takes it. `None` as above.
    pub fn alone(values: &[&str]) -> Option<Self> {
        kubeconfig(TEST)?;
        has_helm().then(|| Self::install(values))?
    }

    fn install(more: &[&str]) -> Option<Self> {
        // One that is being removed still has its name.
        let number = INSTALLED.fetch_add(1, Ordering::Relaxed);
        let namespace = Namespace::new(&format!("{TEST}-{number}"))?;
        remove_what_was_left(&namespace);
        // From here on it is removed, also where this fails.
        let mut release = Self {
            namespace,
            address: String::new(),
        };
        release.made("install", more);
        let service = release.full_name();
        let address = ["get", "service", &service, "-o", "jsonpath={.spec.clusterIP}"];
        release.address = format!("{}:80", release.namespace.kubectl(&address));
        Some(release)
    }

    /// `install` or `upgrade`, from this checkout's chart.
    pub fn made(&self, how: &str, more: &[&str]) {
        let chart = Path::new(env!("CARGO_MANIFEST_DIR")).join("../helm/csv-analyst");
        let [service, own] = api_server(&self.namespace);
        let api = format!("--set=networkPolicy.apiServer.cidrs={{{service}/32,{own}/32}}");
        let values: Vec<String> = VALUES
            .iter()
            .chain(more)
            .map(|value| format!("--set={value}"))
            .collect();
        let mut arguments = vec![
            how,
            &self.namespace.name,
            ONE_ADDRESS,
            &api,
            chart.to_str().expect("a path of text"),
            "--wait",
            "--timeout=5m",
        ];
        arguments.extend(values.iter().map(String::as_str));
        let made = self.helm(&arguments);
        assert!(made.status.success(), "{}", text(&made));
    }

    pub fn address(&self) -> String {
        self.address.clone()
    }

    /// As a pod reaches it, where it may.
    pub fn api_server(&self) -> String {
        let [service, _] = api_server(&self.namespace);
        format!("{service}:443")
    }

    /// What the release's author gave it to find out whether it works.
    pub fn test(&self) -> Output {
        self.helm(&["test", &self.namespace.name, "--timeout=5m", "--logs"])
    }

    /// Of the release's objects: the chart appends its own name.
    fn full_name(&self) -> String {
        format!("{}-csv-analyst", self.namespace.name)
    }

    /// The namespace of the runners.
    pub fn runners(&self) -> String {
        format!("{}-runners", self.full_name())
    }

    /// As the service's own account would: `create jobs`, in some namespace.
    pub fn may(&self, verb: &str, what: &str, namespace: &str) -> bool {
        let account = format!(
            "--as=system:serviceaccount:{}:{}",
            self.namespace.name,
            self.full_name()
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

    pub fn helm(&self, arguments: &[&str]) -> Output {
        self.namespace.helm(arguments)
    }

    /// As a visitor who reaches the Service: the status and the answer.
    pub fn post(&self, path: &str, body: &Value) -> (String, Value) {
        self.ask(path, &["--data", &body.to_string()])
    }

    pub fn get(&self, path: &str) -> (String, Value) {
        self.ask(path, &[])
    }

    fn ask(&self, path: &str, arguments: &[&str]) -> (String, Value) {
        let url = format!("http://{}{path}", self.address);
        let host = format!("Host: {}", self.full_name());
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
            .args(arguments)
            .arg(&url)
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
}

/// Without end, as far as a run's time goes, and in little memory.
pub const ENDLESS: &str = "SELECT count(*) AS n FROM orders a JOIN orders b ON a.total < b.total JOIN orders c ON b.total < c.total";

/// Said loudly where it is not so.
fn has_helm() -> bool {
    let there = program("helm").is_file();
    if !there {
        eprintln!("SKIPPED: the cluster: {TEST}: `helm` is not installed (see docs/kubernetes.md)");
    }
    there
}

impl Release {
    /// A question that always has an answer.
    pub fn count(&self) -> (String, Value) {
        self.run("ecommerce", "SELECT count(*) AS n FROM orders", 20_000)
    }

    pub fn assert_on_record(&self, run: &str) {
        let (status, verified) = self.post(&format!("/runs/{run}/verify"), &json!({}));
        assert_eq!(verified["valid"], true, "{status} {verified}");
    }

    pub fn assert_no_ended_job_is_left(&self) {
        let ended = "jsonpath={.items[?(@.status.completionTime)].metadata.name}";
        let runners = self.namespace.beside(&self.runners());
        runners.eventually(
            "no ended Job is left",
            &["get", "jobs", "-o", ended],
            str::is_empty,
        );
    }
}

impl Drop for Release {
    /// Its own namespace goes with it.
    fn drop(&mut self) {
        self.helm(&["uninstall", &self.namespace.name, "--wait", "--timeout=2m"]);
        self.namespace
            .try_kubectl(&["delete", "namespace", &self.runners(), "--wait=false"]);
    }
}

/// A program that was killed removed nothing. With both of its namespaces goes all that Helm made and knows of it.
fn remove_what_was_left(namespace: &Namespace) {
    let names = ["get", "namespaces", "-o", "jsonpath={.items[*].metadata.name}"];
    let names = namespace.kubectl(&names);
    for name in names.split_whitespace().filter(|name| is_left(name)) {
        namespace.try_kubectl(&["delete", "namespace", name, "--timeout=2m"]);
    }
}

/// As this program names them, and of a process that is no more.
fn is_left(namespace: &str) -> bool {
    let maker = || {
        let mut words = namespace.strip_prefix("test-chart-")?.split('-');
        words.next()?.parse::<usize>().ok()?;
        words.next()?.parse::<u32>().ok()
    };
    let lives = |maker: u32| maker == std::process::id() || Path::new(&format!("/proc/{maker}")).exists();
    maker().is_some_and(|maker| !lives(maker))
}

/// The addresses of its Service and of itself, for the policy that lets the service reach nothing else.
fn api_server(namespace: &Namespace) -> [String; 2] {
    let service = "jsonpath={.spec.clusterIP}";
    let own = "jsonpath={.items[0].endpoints[0].addresses[0]}";
    [
        namespace.kubectl(&["get", "service", "kubernetes", "-n", "default", "-o", service]),
        namespace.kubectl(&["get", "endpointslices", "-n", "default", "-o", own]),
    ]
}
