//! One installation of the service: its folders, its configuration, its server, killed and started.

use crate::processes::control_groups;
use crate::support::server::{self, Server, serve_command};
use crate::support::{Artefacts, artefacts, compiled_gate, small_shop};
use serde_json::{Value, json};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// For anything that heals or ends by itself; a healthy machine takes seconds.
pub const HEALING_DEADLINE: Duration = Duration::from_secs(120);

/// The answer to [`QUICK`] over the small shop.
pub const QUICK: &str = "SELECT category, count(*) AS sales FROM sales GROUP BY category ORDER BY category";
/// Rows of 300 sales joined with themselves four times: far more than any time limit allows.
pub const ENDLESS: &str = "SELECT count(*) FROM sales AS a, sales AS b, sales AS c, sales AS d, sales AS e";

pub struct Case {
    server: Option<Server>,
    pub label: String,
    pub data: PathBuf,
    config: PathBuf,
    pub datasets: Vec<(String, PathBuf)>,
    pub environment: Vec<(String, String)>,
    artefacts: Artefacts,
    directory: TempDir,
}

impl Case {
    /// Not started yet. `None`, said loudly, where the parts are not built.
    pub fn new(test: &str) -> Option<Self> {
        let artefacts = artefacts(test)?;
        let directory = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(directory.path().join("tmp")).expect("a folder");
        let case = Self {
            server: None,
            label: format!("faults-{}", uuid::Uuid::new_v4().simple()),
            data: directory.path().join("data"),
            config: directory.path().join("csv-analyst.toml"),
            datasets: vec![("shop".into(), small_shop(directory.path()).path)],
            environment: Vec::new(),
            artefacts,
            directory,
        };
        case.configure("kind = 'process'", "");
        Some(case)
    }

    /// The settings of the sandbox, and further sections.
    pub fn configure(&self, sandbox: &str, more: &str) {
        let text = format!(
            "[queue]\ndrain_ms = 200\nclient_share_percent = 100\n[sandbox]\nrunner_binary = '{}'\ninstance_label = '{}'\n\
             {sandbox}\n[gate]\ncomponent = '{}'\ncache_directory = '{}'\n{more}\n",
            self.artefacts.runner.display(),
            self.label,
            self.artefacts.gate.display(),
            compiled_gate(&self.artefacts).display()
        );
        std::fs::write(&self.config, text).expect("the file can be written");
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where sandboxes have their scratch folders.
    pub fn scratch(&self) -> PathBuf {
        self.path().join("tmp")
    }

    /// A test that lends a mount as the data directory takes it away itself.
    pub fn data_is_a_mount(&self) -> bool {
        let data = self.data.display().to_string();
        let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
        mounts.lines().any(|line| line.split(' ').nth(1) == Some(&data))
    }

    pub fn database(&self) -> PathBuf {
        self.data.join("records.sqlite3")
    }

    pub fn command(&self) -> Command {
        let mut command = serve_command(&self.data);
        command.arg("--config").arg(&self.config);
        command.env("TMPDIR", self.scratch());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        for (name, path) in &self.datasets {
            command.arg("--dataset").arg(format!("{name}={}", path.display()));
        }
        command
    }

    /// Waits until it listens; its datasets may not be ready.
    pub fn launch(&mut self) {
        let server = Server::launch(self.command());
        self.server = Some(server.unwrap_or_else(|log| panic!("the server does not start:\n{log}")));
    }

    pub fn start(&mut self) {
        self.launch();
        self.wait_until_ready();
    }

    /// Ready, or what a server said that refused to start.
    pub fn try_start(&mut self) -> Result<(), String> {
        self.server = Some(Server::launch(self.command())?);
        self.wait_until_ready();
        Ok(())
    }

    pub fn refused_start(&self) -> String {
        match Server::launch(self.command()) {
            Err(log) => log,
            Ok(server) => {
                server.kill();
                panic!("the server starts all the same")
            }
        }
    }

    /// Killed before or after it listens, whichever comes first.
    pub fn start_and_kill_after(&self, pause: Duration) {
        let mut command = self.command();
        let mut child = command.stderr(Stdio::null()).spawn().expect("the server starts");
        std::thread::sleep(pause);
        child.kill().expect("the server is killed");
        child.wait().expect("the server has ended");
    }

    pub fn kill(&mut self) {
        self.running().kill();
    }

    /// A clean stop.
    pub fn stop(&mut self) {
        assert!(self.running().stop(), "a clean stop");
    }

    fn running(&mut self) -> Server {
        self.server.take().expect("a server is running")
    }

    fn server(&self) -> &Server {
        self.server.as_ref().expect("a server is running")
    }

    pub fn server_id(&self) -> Option<u32> {
        self.server.as_ref().map(|server| server.child.id())
    }

    pub fn address(&self) -> SocketAddr {
        self.server().address
    }

    pub fn log(&self) -> String {
        self.server().log.text()
    }

    /// What was no ordinary answer, lately.
    fn last_words(&self) -> String {
        let log = self
            .server
            .as_ref()
            .map(|server| server.log.text())
            .unwrap_or_default();
        let is_telling = |line: &&str| !line.contains("\"message\":\"answered\"");
        let lines: Vec<&str> = log.lines().filter(is_telling).collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    pub fn request(&self, method: &str, path: &str, body: Option<&Value>) -> io::Result<(u16, Value)> {
        server::request(self.address(), method, path, body)
    }

    pub fn get(&self, path: &str) -> (u16, Value) {
        self.request("GET", path, None)
            .unwrap_or_else(|error| panic!("{path}: {error}\n{}", self.last_words()))
    }

    /// In a sandbox, whatever answers are kept.
    pub fn run_sql(&self, sql: &str, timeout_ms: u64) -> (u16, Value) {
        let body = json!({"dataset_id": "shop", "sql": sql, "timeout_ms": timeout_ms, "cache": false});
        self.request("POST", "/runs", Some(&body))
            .unwrap_or_else(|error| panic!("{error}\n{}", self.last_words()))
    }

    pub fn wait_until_ready(&self) {
        self.wait_for("the server is ready", || self.get("/readyz").0 == 200);
    }

    /// Until a quick query is answered, and rightly.
    pub fn wait_until_it_answers(&self) {
        self.wait_for("a query is answered again", || {
            let (status, run) = self.run_sql(QUICK, 20_000);
            status == 200 && run["row_count"] == 3
        });
    }

    pub fn wait_for(&self, what: &str, condition: impl FnMut() -> bool) {
        if !happens(condition) {
            panic!("in {HEALING_DEADLINE:?} not so: {what}\n{}", self.last_words());
        }
    }

    /// Whether `csv-analyst verify` is content, and what it says.
    pub fn verify(&self) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_csv-analyst"))
            .args(["verify", "--data-directory"])
            .arg(&self.data)
            .output()
            .expect("the program runs");
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&text).into_owned(),
        )
    }
}

/// Whether it comes true in time.
pub fn happens(mut condition: impl FnMut() -> bool) -> bool {
    let deadline = Instant::now() + HEALING_DEADLINE;
    while !condition() {
        if Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

impl Drop for Case {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            server.kill();
        }
        // Of a test that failed; no later server would do it.
        for group in control_groups(&self.label) {
            let _ = std::fs::remove_dir(group);
        }
    }
}
