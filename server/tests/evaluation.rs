//! `csv-analyst eval`, the real program: every question's line, what is refused before the first one, and
//! what an interruption leaves.

mod support;

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use support::{Artefacts, artefacts, compiled_gate};
use tempfile::TempDir;

struct Case {
    directory: TempDir,
}

impl Case {
    fn new(artefacts: &Artefacts) -> Self {
        let directory = tempfile::tempdir().expect("a temporary folder");
        let case = Self { directory };
        let settings = format!(
            "[sandbox]\nrunner_binary = '{}'\n[gate]\ncomponent = '{}'\ncache_directory = '{}'\n",
            artefacts.runner.display(),
            artefacts.gate.display(),
            compiled_gate(artefacts).display()
        );
        case.write("csv-analyst.toml", &settings);
        case.write(
            "tables/films.csv",
            "title,studio,year,gross\nDawn,Apex,1999,10\nDusk,Apex,2004,30\nNoon,Birch,2004,20\n",
        );
        case.write(
            "tables/world/cities.csv",
            "city,country,people\nOslo,Norway,700\nRome,Italy,2800\n",
        );
        case.write(
            "tables/world/rivers.csv",
            "river,length\nTiber,405\nGlomma,621\nPo,652\n",
        );
        case.write("tables/ragged.csv", "a,b\n1,2\n1,2,3\n");
        case
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("the folder can be made");
        std::fs::write(path, text).expect("the file can be written");
    }

    /// A file of questions, one object a line.
    fn ask(&self, questions: &[Value]) {
        let lines: String = questions.iter().map(|question| format!("{question}\n")).collect();
        self.write("questions.jsonl", &lines);
    }

    fn command(&self, flags: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_csv-analyst"));
        command.current_dir(self.directory.path());
        command.args([
            "eval",
            "--config",
            "csv-analyst.toml",
            "--questions",
            "questions.jsonl",
        ]);
        command
            .args(["--tables", "tables", "--out", "out.jsonl"])
            .args(flags);
        command
    }

    fn run(&self, flags: &[&str]) -> Output {
        self.command(flags).output().expect("the program runs")
    }

    fn predictions(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.path("out.jsonl")).unwrap_or_default();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("a whole object"))
            .collect()
    }
}

fn of_films(id: &str, question: &str) -> Value {
    json!({"id": id, "question": question, "table": "films"})
}

fn files_in(folder: &Path) -> usize {
    std::fs::read_dir(folder).expect("a folder").count()
}

#[test]
fn every_question_gets_its_line_with_the_answer_or_the_reason_and_the_way_to_it() {
    let Some(artefacts) = artefacts("an evaluation") else {
        return;
    };
    let case = Case::new(&artefacts);
    case.ask(&[
        of_films("sum", "total gross by studio"),
        of_films("no", "total gross by umbrella"),
        json!({"id": "db", "question": "how many rivers are there", "db": "world"}),
        json!({"id": "bad", "question": "how many rows are there", "table": "ragged"}),
        of_films("max", "which film has the highest gross"),
    ]);
    let output = case.run(&["--jobs", "3", "--work", "work"]);
    assert_eq!(output.status.code(), Some(0), "{output:?}");

    let lines = case.predictions();
    let ids: Vec<_> = lines
        .iter()
        .map(|line| line["id"].as_str().unwrap_or(""))
        .collect();
    assert_eq!(ids, ["sum", "no", "db", "bad", "max"]);
    assert_eq!(lines[0]["columns"][0], "studio");
    assert_eq!(lines[0]["rows"].as_array().map(Vec::len), Some(2));
    assert_eq!(lines[0]["plan"]["table"], "films");
    assert!(lines[0]["sql"].as_str().is_some_and(|sql| sql.contains("LIMIT")));
    assert!(
        lines[0]["confidence"]
            .as_f64()
            .is_some_and(|confidence| confidence > 0.5)
    );
    assert!(
        lines[0]["sandbox_ms"]
            .as_f64()
            .is_some_and(|elapsed| elapsed > 0.0)
    );
    assert_eq!(lines[1]["error"], "declined: I did not understand \u{2026}");
    assert!(
        lines[1]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("umbrella"))
    );
    assert_eq!(lines[2]["rows"], json!([[3]]));
    assert_eq!(lines[3]["error"], "unread: VALIDATION_ERROR");
    assert!(
        lines[3]["reason"]
            .as_str()
            .is_some_and(|reason| reason.contains("ragged.csv, line 3"))
    );
    assert!(
        lines[4]["rows"][0]
            .as_array()
            .is_some_and(|row| row.contains(&json!("Dusk")))
    );

    let summary = String::from_utf8_lossy(&output.stdout);
    assert!(summary.starts_with("5 questions"), "{summary}");
    assert!(summary.contains("answered       3   60.0 %"), "{summary}");
    assert!(!case.path("data").exists(), "a measurement keeps no record");

    // The second time, the snapshots are there, and the answers are the same.
    let kept = files_in(&case.path("work/snapshots"));
    assert_eq!(
        case.run(&["--work", "work", "--limit", "3"]).status.code(),
        Some(0)
    );
    assert_eq!(files_in(&case.path("work/snapshots")), kept);
    let again = case.predictions();
    assert_eq!(again.len(), 3);
    assert_eq!(again[0]["rows"], lines[0]["rows"]);
}

#[test]
fn a_bad_line_or_a_missing_table_is_named_and_no_older_predictions_are_lost() {
    let Some(artefacts) = artefacts("an evaluation that cannot begin") else {
        return;
    };
    let case = Case::new(&artefacts);
    case.write("out.jsonl", "{\"id\": \"old\"}\n");
    let refused = |flags: &[&str]| {
        let output = case.run(flags);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(case.predictions(), [json!({"id": "old"})]);
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    case.write("questions.jsonl", "{\"id\": \"a\"\n");
    assert!(refused(&[]).contains("questions.jsonl, line 1: "));
    case.ask(&[
        of_films("a", "how many films"),
        json!({"id": "b", "question": "?", "table": "no\u{1b}[2Jne"}),
    ]);
    let message = refused(&[]);
    assert!(
        message.contains("question `b` (line 2)") && message.contains("ne.csv"),
        "{message}"
    );
    assert!(!message.contains('\u{1b}'), "{message}");
    case.ask(&[of_films("a", "how many films")]);
    assert!(refused(&["--gate-component", "nowhere.wasm"]).contains("nowhere.wasm"));
}

/// Long enough for an overloaded machine.
const DEADLINE: Duration = Duration::from_secs(60);

#[test]
fn an_interruption_leaves_whole_lines_and_says_how_many() {
    let Some(artefacts) = artefacts("an evaluation that is interrupted") else {
        return;
    };
    let case = Case::new(&artefacts);
    let questions: Vec<Value> = (0..5_000)
        .map(|number| of_films(&format!("q{number}"), "total gross by studio"))
        .collect();
    case.ask(&questions);
    let mut command = case.command(&[]);
    // What is not kept must be gone afterwards: a folder for temporary folders of its own.
    let temporary = case.path("temporary");
    std::fs::create_dir(&temporary).expect("the folder can be made");
    command.env("TMPDIR", &temporary);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = child.expect("the program starts");
    let began = Instant::now();
    while std::fs::metadata(case.path("out.jsonl")).map_or(0, |file| file.len()) == 0 {
        assert!(began.elapsed() < DEADLINE, "nothing is written in time");
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(interrupted.expect("kill runs").success());
    let output = child.wait_with_output().expect("it ends");

    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = case.predictions();
    assert!(!lines.is_empty() && lines.len() < questions.len());
    assert!(
        lines.iter().all(|line| line.get("error").is_none()),
        "a stop is no end of a question"
    );
    let message = String::from_utf8_lossy(&output.stderr);
    let expected = format!("{} of 5000 questions were asked", lines.len());
    assert!(message.contains(&expected), "{message}");
    assert_eq!(files_in(&temporary), 0, "temporary folders are left");
}
