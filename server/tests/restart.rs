//! The real program, killed in the middle of a run: the next start says so and leaves nothing behind;
//! and its record, when somebody took something from it.

mod support;

use rusqlite::Connection;
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use support::server::Server;
use support::{Artefacts, artefacts, process_settings, small_shop};

/// Rows of 300 sales joined with themselves four times: far more than any time limit allows.
const ENDLESS: &str = "SELECT count(*) FROM sales AS a, sales AS b, sales AS c, sales AS d, sales AS e";

fn start(artefacts: &Artefacts, directory: &Path) -> Server {
    let folder = small_shop(directory);
    let dataset = format!("shop={}", folder.path.display());
    let config = directory.join("csv-analyst.toml");
    std::fs::write(&config, settings(artefacts)).expect("the file can be written");
    let config = config.display().to_string();
    let server = Server::start(
        &directory.join("data"),
        &["--config", &config, "--dataset", &dataset],
    );
    server.wait_until_ready();
    server
}

/// A short drain, so that a stop does not wait for the endless query.
fn settings(artefacts: &Artefacts) -> String {
    format!("[queue]\ndrain_ms = 200\n{}", process_settings(artefacts))
}

fn submit_endless(server: &Server) -> String {
    let body = json!({"dataset_id": "shop", "sql": ENDLESS, "timeout_ms": 60_000});
    let (status, accepted) = server.request("POST", "/runs?wait=false", Some(&body));
    assert_eq!(status, 202, "{accepted}");
    let run_id = accepted["run_id"].as_str().expect("an id").to_owned();
    wait_for(|| server.request("GET", &format!("/runs/{run_id}/status"), None).1["status"] == "running");
    run_id
}

fn wait_for(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "it did not happen in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Processes whose command line names this test's data directory.
fn processes_about(directory: &Path) -> Vec<String> {
    let needle = directory.display().to_string();
    let own = std::process::id().to_string();
    let entries = std::fs::read_dir("/proc").expect("/proc is there").flatten();
    let command = |pid: &str| std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|pid| pid.parse::<u32>().is_ok() && *pid != own)
        .map(|pid| command(&pid))
        .filter(|command| command.contains(&needle))
        .collect()
}

#[test]
fn a_run_interrupted_by_kill_is_closed_sealed_and_leaves_no_process() {
    let Some(artefacts) = artefacts("restart after kill -9") else {
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary folder");
    let server = start(&artefacts, directory.path());
    let run_id = submit_endless(&server);
    server.kill();

    let server = start(&artefacts, directory.path());
    let (_, run) = server.request("GET", &format!("/runs/{run_id}"), None);
    assert_eq!(run["status"], "failed", "{run}");
    assert_eq!(
        run["error"]["message"],
        "the server stopped while this run was in progress"
    );
    let (_, verification) = server.request("POST", &format!("/runs/{run_id}/verify"), Some(&json!({})));
    assert_eq!(verification["valid"], true, "{verification}");
    assert!(server.stop(), "a clean stop");
    wait_for(|| processes_about(directory.path()).is_empty());
}

#[test]
fn a_stop_cancels_what_does_not_end_and_seals_it() {
    let Some(artefacts) = artefacts("clean stop") else {
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary folder");
    let server = start(&artefacts, directory.path());
    let run_id = submit_endless(&server);
    assert!(server.stop(), "a clean stop");
    assert_eq!(processes_about(directory.path()), Vec::<String>::new());

    let server = start(&artefacts, directory.path());
    let (_, run) = server.request("GET", &format!("/runs/{run_id}"), None);
    assert_eq!(run["status"], "cancelled", "{run}");
    assert!(server.stop(), "a clean stop");
}

#[test]
fn a_second_server_on_the_same_data_is_refused() {
    let Some(artefacts) = artefacts("one server per data directory") else {
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary folder");
    let server = start(&artefacts, directory.path());
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_csv-analyst"))
        .args(["serve", "--listen", "127.0.0.1:0", "--data-directory"])
        .arg(directory.path().join("data"))
        .output()
        .expect("the program runs");
    assert!(!second.status.success());
    assert!(String::from_utf8_lossy(&second.stderr).contains("in use by another csv-analyst"));
    let (status, body): (u16, Value) = server.request("GET", "/healthz", None);
    assert_eq!((status, body["status"].as_str()), (200, Some("ok")));
    assert!(server.stop(), "a clean stop");
}

/// A question on record whose answer the server was killed before writing.
fn ask_and_forget_the_answer(server: Server, database: &Path) -> String {
    let asked = json!({"dataset_id": "shop", "message": "total amount by category"});
    let (status, answer) = server.request("POST", "/chat", Some(&asked));
    assert_eq!(status, 200, "{answer}");
    server.kill();
    let connection = Connection::open(database).expect("a record");
    let removed = connection.execute("DELETE FROM messages WHERE role = '\"assistant\"'", []);
    assert_eq!(removed.expect("a message"), 1);
    answer["thread_id"].as_str().expect("an id").to_owned()
}

#[test]
fn a_question_that_a_kill_left_open_is_answered_at_the_next_start() {
    let Some(artefacts) = artefacts("open question after kill -9") else {
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary folder");
    let server = start(&artefacts, directory.path());
    let thread = ask_and_forget_the_answer(server, &directory.path().join("data/records.sqlite3"));

    let server = start(&artefacts, directory.path());
    let (_, kept) = server.request("GET", &format!("/threads/{thread}/messages"), None);
    let messages = kept["messages"].as_array().expect("messages");
    assert_eq!(messages.len(), 2, "{kept}");
    assert_eq!(messages[1]["role"], "assistant");
    assert_eq!(
        messages[1]["text"],
        "The service stopped while this question was being answered. Ask it again."
    );
    assert!(messages[1]["run"]["run_id"].is_string(), "{kept}");
    assert!(server.stop(), "a clean stop");
}

/// Whether it succeeded, and what it said.
fn verify(data_directory: &Path) -> (bool, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_csv-analyst"))
        .args(["verify", "--data-directory"])
        .arg(data_directory)
        .output()
        .expect("the program runs");
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

#[test]
fn verify_looks_at_nothing_but_what_is_there() {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let typo = directory.path().join("typo");
    let (green, text) = verify(&typo);
    assert!(!green && text.contains("there is no record at"), "{text}");
    assert!(!typo.exists(), "nothing is made");
}

#[test]
fn verify_works_beside_a_server_and_misses_what_was_removed() {
    let Some(artefacts) = artefacts("verify") else {
        return;
    };
    let directory = tempfile::tempdir().expect("a temporary folder");
    let data = directory.path().join("data");
    let server = start(&artefacts, directory.path());
    for _ in 0..2 {
        let body = json!({"dataset_id": "shop", "sql": "SELECT count(*) FROM sales"});
        assert_eq!(server.request("POST", "/runs", Some(&body)).0, 200);
    }
    assert_eq!(verify(&data), (true, "2 sealed records, 0 broken\n".to_owned()));
    assert!(server.stop(), "a clean stop");
    assert!(verify(&data).0, "after the stop too");
    let connection = Connection::open(data.join("records.sqlite3")).expect("a record");
    connection
        .execute_batch("DROP TRIGGER capsules_are_never_deleted; DELETE FROM capsules")
        .expect("somebody can write the file");
    let (green, text) = verify(&data);
    assert!(!green && text.contains("0 sealed records, 3 broken"), "{text}");
}
