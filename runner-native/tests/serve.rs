//! `runner-native serve`: one request, one answer, within the caps.

mod support;

use csv_analyst_protocol::runner::{MOST_WAKES, READY_LINE, RunResponse, RunnerErrorKind, WAKE_LINE};
use serde_json::json;
use support::{Snapshot, error, request, table};

#[test]
fn a_query_is_answered_with_names_types_and_cells() {
    let sql = "SELECT count(*) AS n, sum(i) AS total, max(s) AS last FROM t";
    let response = Snapshot::new()
        .serve(&[])
        .ask(&request(sql, &["t"], &["count_star", "sum", "max"]));
    assert_eq!(response.run_id, "run-1");
    assert!(response.peak_memory_bytes > 1 << 20);
    let table = table(response);
    let columns: Vec<_> = table
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.kind.as_str()))
        .collect();
    assert_eq!(
        columns,
        [("n", "BIGINT"), ("total", "HUGEINT"), ("last", "VARCHAR")]
    );
    assert_eq!(table.rows, [vec![json!(1000), json!(499_500), json!("row 999")]]);
}

#[test]
fn rows_beyond_the_cap_are_counted_but_not_sent() {
    let table = table(
        Snapshot::new()
            .serve(&[])
            .ask(&request("SELECT * FROM t ORDER BY i", &["t"], &[])),
    );
    assert_eq!(
        (table.rows.len(), table.row_count, table.truncated),
        (200, 1000, true)
    );
    assert_eq!(table.rows[199][0], json!(199));
}

#[test]
fn a_result_without_rows_still_has_columns() {
    let table = table(
        Snapshot::new()
            .serve(&[])
            .ask(&request("SELECT * FROM t WHERE i < 0", &["t"], &[])),
    );
    assert_eq!(
        (table.columns.len(), table.row_count, table.truncated),
        (2, 0, false)
    );
}

#[test]
fn a_large_cell_and_a_large_result_end_the_run() {
    let cell = request(
        "SELECT repeat('x', 5000) AS big FROM t LIMIT 1",
        &["t"],
        &["repeat"],
    );
    let failure = error(Snapshot::new().serve(&[]).ask(&cell));
    assert_eq!(
        (failure.kind, failure.message.contains("`big`")),
        (RunnerErrorKind::Resource, true)
    );
    let list = request("SELECT list(s) AS all_of_them FROM t", &["t"], &["list"]);
    assert_eq!(
        error(Snapshot::new().serve(&[]).ask(&list)).kind,
        RunnerErrorKind::Resource
    );
    let mut result = request("SELECT repeat('x', 4000) FROM t", &["t"], &["repeat"]);
    result.max_rows = 1_000;
    assert_eq!(
        error(Snapshot::new().serve(&[]).ask(&result)).kind,
        RunnerErrorKind::Resource
    );
}

#[test]
fn an_engine_error_names_no_value() {
    let failure = error(Snapshot::new().serve(&[]).ask(&request(
        "SELECT CAST(s AS INTEGER) FROM t",
        &["t"],
        &[],
    )));
    assert_eq!(failure.kind, RunnerErrorKind::Execution);
    assert_eq!(failure.message, "A value can't be converted to INT32.");
}

#[test]
fn what_the_gate_did_not_claim_is_refused() {
    for sql in [
        "SELECT * FROM t",
        "SELECT 1; SELECT 2",
        "DROP TABLE t",
        "SELECT getenv('HOME')",
    ] {
        let failure = error(Snapshot::new().serve(&[]).ask(&request(sql, &["other"], &[])));
        assert_eq!(failure.kind, RunnerErrorKind::Policy, "{sql}");
    }
}

#[test]
fn a_line_that_is_no_request_is_a_protocol_error() {
    for line in ["garbage", "{}", "[1,2]", ""] {
        let mut runner = Snapshot::new().serve(&[]);
        runner.say(line);
        let response: RunResponse = serde_json::from_str(&runner.hear()).expect("a response");
        assert_eq!(error(response).kind, RunnerErrorKind::Protocol, "{line:?}");
    }
}

#[test]
fn a_second_request_is_never_read() {
    let mut runner = Snapshot::new().serve(&[]);
    let line = serde_json::to_string(&request("SELECT 1 AS one", &[], &[])).expect("a request");
    runner.say(&format!("{line}\n{line}"));
    assert!(runner.hear().contains("one"));
    assert_eq!(runner.hear(), "");
    assert!(runner.wait().success());
}

#[test]
fn a_runner_that_was_woken_says_nothing_and_answers_its_one_request() {
    for wakes in [1, 3, MOST_WAKES + 2] {
        let mut runner = Snapshot::new().serve(&[]);
        for _ in 0..wakes {
            runner.say(WAKE_LINE);
        }
        let counted = table(runner.ask(&request("SELECT count(*) AS n FROM t", &["t"], &["count_star"])));
        assert_eq!(counted.rows.len(), 1, "{wakes}");
    }
}

#[test]
fn a_runner_that_was_woken_for_nothing_ends_quietly() {
    let mut runner = Snapshot::new().serve(&[]);
    runner.say(WAKE_LINE);
    assert!(runner.end().success());
}

#[test]
fn a_runner_that_nobody_needs_ends_quietly() {
    let runner = Snapshot::new().serve(&[]);
    assert_eq!(runner.ready, READY_LINE);
    assert!(runner.end().success());
}

#[test]
fn an_endless_query_ends_itself_when_nobody_else_does() {
    let mut runner = Snapshot::new().serve(&["--timeout-ms", "200"]);
    let endless = "SELECT count(*) FROM t a, t b, t c, t d, t e";
    runner.say(&serde_json::to_string(&request(endless, &["t"], &["count_star"])).expect("a request"));
    assert_eq!(runner.hear(), "");
    assert_eq!(runner.wait().code(), Some(5));
}

#[test]
fn a_runner_whose_server_is_gone_ends_in_the_middle_of_its_query() {
    let mut runner = Snapshot::new().serve(&["--timeout-ms", "600000"]);
    let endless = "SELECT count(*) FROM t a, t b, t c, t d, t e";
    runner.say(&serde_json::to_string(&request(endless, &["t"], &["count_star"])).expect("a request"));
    assert_eq!(runner.abandon().code(), Some(5));
}

#[test]
fn every_thread_is_under_seccomp_without_capabilities() {
    let runner = Snapshot::new().serve(&["--threads", "4"]);
    let mut threads = 0;
    for status in runner.thread_statuses() {
        let has = |line: &str| status.lines().any(|each| each == line);
        assert!(
            has("Seccomp:\t2") && has("NoNewPrivs:\t1") && has("CapEff:\t0000000000000000"),
            "{status}"
        );
        threads += 1;
    }
    assert!(threads >= 4, "{threads} threads");
    assert!(runner.end().success());
}

#[test]
fn a_query_too_large_for_its_memory_is_a_resource_error() {
    let sql = "SELECT count(DISTINCT hash(a.i * 1000 + b.i)) FROM t a, t b";
    let runner = Snapshot::new().serve(&["--memory-bytes", "67108864"]);
    let failure = error(runner.ask(&request(sql, &["t"], &["count", "hash"])));
    assert_eq!(failure.kind, RunnerErrorKind::Resource, "{failure:?}");
}

#[test]
fn spilling_stays_in_the_scratch_folder_and_is_gone_afterwards() {
    let snapshot = Snapshot::new();
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let folder = scratch.path().to_string_lossy().into_owned();
    let runner = snapshot.serve(&[
        "--memory-bytes",
        "83886080",
        "--scratch",
        &folder,
        "--scratch-bytes",
        "268435456",
    ]);
    let sql = "SELECT max(h) AS h FROM (SELECT hash(a.i * 1000 + b.i) AS h, a.s FROM t a, t b ORDER BY ALL)";
    assert_eq!(
        table(runner.ask(&request(sql, &["t"], &["max", "hash"]))).row_count,
        1
    );
    assert_eq!(
        std::fs::read_dir(scratch.path())
            .expect("it is still there")
            .count(),
        0
    );
    assert_eq!(
        std::fs::read_dir(snapshot.folder.path())
            .expect("it is still there")
            .count(),
        1
    );
}

/// Its streams are for the test to give.
fn greeted(snapshot: &Snapshot) -> std::process::Command {
    let mut command = std::process::Command::new(support::RUNNER);
    command
        .args([
            "serve",
            "--greeted",
            "--memory-bytes",
            "536870912",
            "--timeout-ms",
            "20000",
        ])
        .arg("--snapshot")
        .arg(&snapshot.file)
        .env_clear();
    command
}

#[test]
fn one_that_is_greeted_says_nothing_before_and_then_answers() {
    use std::io::{BufRead, BufReader, Read, Write};
    let snapshot = Snapshot::new();
    let mut child = greeted(&snapshot)
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the runner starts");
    let (mut input, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut output = BufReader::new(output);
    let request = serde_json::to_string(&request("SELECT count(*) AS n FROM t", &["t"], &["count_star"]));
    // Both at once: the greeting takes nothing of the request.
    write!(input, "\n{}\n", request.unwrap()).expect("the runner listens");
    let mut ready = String::new();
    output.read_line(&mut ready).expect("the runner speaks");
    assert_eq!(ready.trim_end(), READY_LINE);
    let mut answer = String::new();
    output.read_to_string(&mut answer).expect("the runner speaks");
    let response: RunResponse = serde_json::from_str(&answer).expect("a response");
    assert_eq!(table(response).rows, [vec![json!(1000)]]);
    assert!(child.wait().expect("the runner ends").success());
}

#[test]
fn one_that_waits_for_a_greeting_and_is_not_needed_ends_in_silence() {
    let snapshot = Snapshot::new();
    let output = greeted(&snapshot)
        .stdin(std::process::Stdio::null())
        .output()
        .expect("the runner ends");
    assert!(output.status.success() && output.stdout.is_empty());
}
