//! Drives the real runner program. Not every test file uses every helper.
#![allow(dead_code)]

pub mod case;

use csv_analyst_protocol::gate::Claims;
use csv_analyst_protocol::ingest::{IngestOutcome, IngestRequest};
use csv_analyst_protocol::runner::{
    READY_LINE, ResultTable, RunRequest, RunResponse, RunnerError, RunnerOutcome,
};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use tempfile::TempDir;

pub const RUNNER: &str = env!("CARGO_BIN_EXE_runner-native");

/// A snapshot of one table, `t(i BIGINT, s VARCHAR)` with 1,000 rows.
pub struct Snapshot {
    pub folder: TempDir,
    pub file: PathBuf,
}

impl Snapshot {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("snapshot.duckdb");
        let engine = duckdb::Connection::open(&file).expect("DuckDB opens");
        engine
            .execute_batch("CREATE TABLE t AS SELECT range AS i, 'row ' || range AS s FROM range(1000)")
            .expect("the table can be made");
        drop(engine);
        Self { folder, file }
    }

    pub fn serve(&self, extra: &[&str]) -> Runner {
        Runner::start(&self.file, extra)
    }
}

pub struct Runner {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
    pub ready: String,
}

impl Runner {
    pub fn start(snapshot: &Path, extra: &[&str]) -> Self {
        let mut command = Command::new(RUNNER);
        command
            .arg("serve")
            .arg("--snapshot")
            .arg(snapshot)
            .args(extra)
            .env_clear();
        if !extra.contains(&"--memory-bytes") {
            command.args(["--memory-bytes", "536870912"]);
        }
        if !extra.contains(&"--timeout-ms") {
            command.args(["--timeout-ms", "20000"]);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the runner starts");
        let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut ready = String::new();
        output.read_line(&mut ready).expect("the runner speaks");
        Self {
            child,
            output,
            ready: ready.trim_end().to_string(),
        }
    }

    pub fn say(&mut self, line: &str) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        writeln!(input, "{line}").expect("the runner listens");
    }

    /// The next line; empty when the runner is gone.
    pub fn hear(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("the pipe works");
        line
    }

    pub fn ask(mut self, request: &RunRequest) -> RunResponse {
        assert_eq!(self.ready, READY_LINE);
        self.say(&serde_json::to_string(request).expect("a request"));
        let line = self.hear();
        let status = self.child.wait().expect("the runner ends");
        assert!(!line.is_empty(), "no answer, {status}");
        serde_json::from_str(&line).expect("a response")
    }

    /// Closes its input and waits.
    pub fn end(mut self) -> ExitStatus {
        drop(self.child.stdin.take());
        self.child.wait().expect("the runner ends")
    }

    /// Closes the reading end of its output, as a server that dies does, and waits.
    pub fn abandon(self) -> ExitStatus {
        let Self {
            mut child, output, ..
        } = self;
        drop(output);
        child.wait().expect("the runner ends")
    }

    /// The kernel's word on each thread of the runner, also when it has forked into its namespaces.
    pub fn thread_statuses(&self) -> Vec<String> {
        let outer = self.child.id();
        let children =
            std::fs::read_to_string(format!("/proc/{outer}/task/{outer}/children")).unwrap_or_default();
        let inner = children
            .split_whitespace()
            .next()
            .map_or(outer.to_string(), str::to_owned);
        let tasks = std::fs::read_dir(format!("/proc/{inner}/task"))
            .expect("the runner lives")
            .flatten();
        tasks
            .filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok())
            .collect()
    }

    pub fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("the runner ends")
    }
}

pub fn request(sql: &str, tables: &[&str], functions: &[&str]) -> RunRequest {
    let own = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
    RunRequest {
        run_id: "run-1".into(),
        sql: sql.into(),
        claims: Claims {
            tables: own(tables),
            columns: Vec::new(),
            functions: own(functions),
        },
        timeout_ms: 20_000,
        max_rows: 200,
        max_result_bytes: 1 << 20,
        max_cell_bytes: 4_096,
    }
}

pub fn table(response: RunResponse) -> ResultTable {
    match response.outcome {
        RunnerOutcome::Table(table) => table,
        RunnerOutcome::Error(error) => panic!("{error:?}"),
    }
}

pub fn error(response: RunResponse) -> RunnerError {
    match response.outcome {
        RunnerOutcome::Table(table) => panic!("{table:?}"),
        RunnerOutcome::Error(error) => error,
    }
}

pub fn ingest(request: &IngestRequest) -> (Option<i32>, IngestOutcome) {
    let mut child = Command::new(RUNNER)
        .arg("ingest")
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the runner starts");
    let document = serde_json::to_string(request).expect("a request");
    writeln!(child.stdin.take().expect("a pipe"), "{document}").expect("the runner listens");
    let output = child.wait_with_output().expect("the runner ends");
    let lines = String::from_utf8(output.stdout).expect("text");
    // Progress may come before.
    let last = lines.lines().last().expect("an outcome");
    let outcome = serde_json::from_str(last).expect("an outcome");
    (output.status.code(), outcome)
}
