//! Queries that the gate would never let through, sent straight to a runner with claims to match:
//! the layers below must hold alone.

mod support;

use csv_analyst_protocol::runner::{RunnerErrorKind, RunnerOutcome};
use support::{Snapshot, error, request};

const READERS: &[(&str, &str)] = &[
    ("read_text", "SELECT * FROM read_text('/etc/passwd')"),
    ("read_blob", "SELECT * FROM read_blob('/etc/passwd')"),
    ("read_csv", "SELECT * FROM read_csv('/etc/passwd')"),
    ("read_csv_auto", "SELECT * FROM read_csv_auto('/etc/passwd')"),
    ("sniff_csv", "SELECT * FROM sniff_csv('/etc/passwd')"),
    ("read_json", "SELECT * FROM read_json('/etc/passwd')"),
    ("parquet_scan", "SELECT * FROM parquet_scan('/etc/passwd')"),
];

fn reads_a_file(query: &(&str, &str), without: &[&str]) -> bool {
    let options: Vec<&str> = without.iter().flat_map(|guard| ["--without", guard]).collect();
    let response = Snapshot::new()
        .serve(&options)
        .ask(&request(query.1, &[], &[query.0]));
    // Some of the functions answer no rows where they find no file.
    matches!(response.outcome, RunnerOutcome::Table(table) if table.row_count > 0)
}

#[test]
fn another_file_can_be_read_only_without_any_guard() {
    let text = &READERS[0];
    assert!(
        reads_a_file(text, &["engine-settings", "landlock", "own-root"]),
        "the attack itself works"
    );
}

#[test]
fn the_engines_settings_alone_refuse_other_files() {
    for query in READERS {
        let without = ["landlock", "seccomp", "namespaces", "own-root"];
        assert!(!reads_a_file(query, &without), "{}", query.0);
    }
}

#[test]
fn landlock_alone_refuses_other_files() {
    for query in READERS {
        let without = ["engine-settings", "seccomp", "namespaces", "own-root"];
        assert!(!reads_a_file(query, &without), "{}", query.0);
    }
}

#[test]
fn the_runners_own_root_alone_holds_no_other_files() {
    for query in READERS {
        let without = ["engine-settings", "seccomp", "landlock"];
        assert!(!reads_a_file(query, &without), "{}", query.0);
    }
}

#[test]
fn a_refused_file_is_not_named_in_the_answer() {
    let query = READERS[0];
    let failure = error(Snapshot::new().serve(&[]).ask(&request(query.1, &[], &[query.0])));
    assert_eq!(failure.kind, RunnerErrorKind::Execution);
    assert!(!failure.message.contains("passwd"), "{}", failure.message);
}

#[test]
fn writing_settings_and_attaching_are_no_queries_to_the_second_opinion() {
    for sql in [
        "COPY (SELECT 1) TO '/tmp/bypassed-gate.csv'",
        "SET memory_limit = '10GB'",
        "ATTACH ':memory:' AS m",
        "CREATE TABLE u AS SELECT 1",
        "INSERT INTO t VALUES (1, 'x')",
        "INSTALL httpfs",
        "CALL pragma_version()",
        "EXPLAIN SELECT 1",
    ] {
        let failure = error(Snapshot::new().serve(&[]).ask(&request(sql, &["t"], &[])));
        assert_eq!(failure.kind, RunnerErrorKind::Policy, "{sql}");
    }
}

#[test]
fn the_environment_is_empty_and_other_catalogs_stay_closed() {
    let home = request("SELECT getenv('PATH') AS path", &[], &["getenv"]);
    let response = Snapshot::new().serve(&[]).ask(&home);
    if let RunnerOutcome::Table(table) = response.outcome {
        assert!(
            table.rows[0][0].as_str().unwrap_or_default().is_empty(),
            "{:?}",
            table.rows
        );
    }
    let catalog = request("SELECT * FROM information_schema.tables", &["tables"], &[]);
    assert_eq!(
        error(Snapshot::new().serve(&[]).ask(&catalog)).kind,
        RunnerErrorKind::Policy
    );
}

#[test]
fn a_giant_single_value_does_not_pass_the_memory_limit() {
    let bomb = request(
        "SELECT length(format('{:1000000000d}', 1)) AS n",
        &[],
        &["length", "format"],
    );
    let runner = Snapshot::new().serve(&["--memory-bytes", "268435456"]);
    let failure = error(runner.ask(&bomb));
    assert!(
        matches!(
            failure.kind,
            RunnerErrorKind::Resource | RunnerErrorKind::Execution
        ),
        "{failure:?}"
    );
}
