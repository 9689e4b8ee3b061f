//! What operators run against a service: `smoke`, `backup` and `restore`, as the real program.

use crate::support::server::Server;
use crate::support::{Artefacts, artefacts, process_settings};
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

struct Case {
    directory: TempDir,
}

impl Case {
    fn new(artefacts: &Artefacts) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let settings = process_settings(artefacts);
        let case = Self { directory };
        case.write("csv-analyst.toml", &settings);
        case.write(
            "sales.csv",
            "sale_id,category,amount\n1,Toys,5\n2,Toys,6\n3,Books,7\n",
        );
        // Nothing that anybody would be suggested to ask.
        case.write("notes.csv", "note\nalpha beta gamma\n");
        case.write("bad.csv", "a,b\n1,2,3\n");
        case
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("a file");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn serve(&self, datasets: &[&str]) -> Server {
        let named = datasets.iter().map(|name| {
            let file = self.path(&format!("{name}.csv"));
            format!("{name}={}", file.display())
        });
        let mut flags = vec![
            "--config".to_owned(),
            self.path("csv-analyst.toml").display().to_string(),
        ];
        flags.extend(named.flat_map(|named| ["--dataset".to_owned(), named]));
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        Server::start(&self.path("data"), &flags)
    }
}

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_csv-analyst"));
    command.args(arguments);
    command
}

fn smoke(server: &Server, patience: &str) -> (Output, String) {
    let address = server.address.to_string();
    let mut command = program(&["smoke", "--address", &address, "--patience", patience]);
    let output = command.output().expect("the program runs");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output, text)
}

#[test]
fn smoke_asks_each_dataset_and_leaves_runs_on_record_but_no_conversation() {
    let Some(artefacts) = artefacts("smoke") else {
        return;
    };
    let case = Case::new(&artefacts);
    let server = case.serve(&["sales", "notes"]);
    let (output, text) = smoke(&server, "60");
    assert!(output.status.success(), "{text}");
    assert!(text.contains("sales: ") && text.contains("notes: "), "{text}");
    assert_eq!(text.matches("record verified").count(), 2, "{text}");
    assert!(text.contains("2 of 2 datasets answered"), "{text}");
    let (_, threads) = server.request("GET", "/threads", None);
    assert_eq!(threads["threads"], json!([]));
    assert!(server.stop());
}

#[test]
fn smoke_fails_where_a_dataset_cannot_be_asked_and_names_it() {
    let Some(artefacts) = artefacts("smoke of a refused dataset") else {
        return;
    };
    let case = Case::new(&artefacts);
    let server = case.serve(&["sales", "bad"]);
    let (output, text) = smoke(&server, "60");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("bad: NOT ANSWERED: bad.csv, line 2"), "{text}");
    assert!(text.contains("1 of 2 datasets answered"), "{text}");
    server.kill();
}

#[test]
fn smoke_fails_where_there_is_nothing_to_ask_or_nobody_answers() {
    let Some(artefacts) = artefacts("smoke of nothing") else {
        return;
    };
    let case = Case::new(&artefacts);
    case.write("registry.json", "{\"datasets\": []}");
    let mut settings = std::fs::read_to_string(case.path("csv-analyst.toml")).expect("a file");
    settings.push_str(&format!(
        "[datasets]\nregistry = '{}'\n",
        case.path("registry.json").display()
    ));
    case.write("csv-analyst.toml", &settings);
    let server = case.serve(&[]);
    let (output, text) = smoke(&server, "60");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("no dataset"), "{text}");
    let address = server.address.to_string();
    server.kill();
    let mut command = program(&["smoke", "--address", &address, "--patience", "0"]);
    let output = command.output().expect("the program runs");
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(&address), "{text}");
}

fn back_up(data: &Path) -> Output {
    let data = data.to_str().expect("text");
    program(&["backup", "--data-directory", data])
        .output()
        .expect("the program runs")
}

fn restore(data: &Path, archive: &[u8]) -> Output {
    let data = data.to_str().expect("text");
    let mut command = program(&["restore", "--data-directory", data]);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut input = child.stdin.take().expect("a pipe");
    // One that refuses the archive does not read it all.
    let _ = input.write_all(archive);
    drop(input);
    child.wait_with_output().expect("it ends")
}

#[test]
fn a_backup_made_beside_a_running_service_is_served_elsewhere() {
    let Some(artefacts) = artefacts("backup and restore") else {
        return;
    };
    let case = Case::new(&artefacts);
    let server = case.serve(&["sales"]);
    server.wait_until_ready();
    let question = json!({"dataset_id": "sales", "message": "total amount by category"});
    let (status, answer) = server.request("POST", "/chat", Some(&question));
    assert_eq!(status, 200, "{answer}");
    let archive = back_up(&case.path("data"));
    assert!(archive.status.success(), "{archive:?}");
    // What came after it is not in it.
    server.request("POST", "/chat", Some(&question));
    let path = format!("/runs/{}", answer["run"]["run_id"].as_str().expect("an id"));
    let before = server.request("GET", &path, None);
    server.kill();

    let restored = restore(&case.path("data"), &archive.stdout);
    assert_eq!(restored.status.code(), Some(1), "a record is there: {restored:?}");
    std::fs::rename(case.path("data"), case.path("lost")).expect("it is moved");
    let restored = restore(&case.path("data"), &archive.stdout);
    let said = String::from_utf8_lossy(&restored.stdout).into_owned();
    assert!(restored.status.success(), "{restored:?}");
    assert!(said.contains("1 sealed records, 0 broken"), "{said}");
    let server = case.serve(&["sales"]);
    assert_eq!(server.request("GET", &path, None), before);
    assert!(server.stop());
}
