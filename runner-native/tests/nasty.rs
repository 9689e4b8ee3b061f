//! Files of real life and of bad intent, each with what must come of it: types, first rows and notes, or the
//! error with its place. `CSV_ANALYST_UPDATE=1` writes the outcomes anew, to be read before they are kept.

mod support;

use csv_analyst_protocol::ingest::{IngestOutcome, IngestRequest, IngestTable, TableProfile};
use csv_analyst_protocol::reading::{FileLimits, Reading};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const MOST_ROWS: usize = 4;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files")
}

fn ingest(file: &Path, output: &Path, reading: Reading) -> (Option<i32>, IngestOutcome) {
    support::ingest(&IngestRequest {
        output: output.to_string_lossy().into_owned(),
        memory_bytes: 512 << 20,
        scratch: None,
        limits: FileLimits {
            columns: 1_200,
            ..FileLimits::default()
        },
        tables: vec![IngestTable {
            name: "data".into(),
            path: file.to_string_lossy().into_owned(),
            columns: Vec::new(),
            reading,
        }],
    })
}

/// What a reader of the outcome needs to know, one fact on each line.
fn told(file: &Path) -> String {
    let directory = tempfile::tempdir().expect("a temporary folder");
    let output = directory.path().join("snapshot.duckdb");
    let mut text = String::new();
    match ingest(file, &output, Reading::default()) {
        (Some(0), IngestOutcome::Snapshot(profile)) => {
            for table in &profile.tables {
                tell_table(&mut text, table, &output);
            }
        }
        (Some(2), IngestOutcome::Error(error)) => {
            let left = std::fs::read_dir(directory.path()).expect("it is there").count();
            assert_eq!(left, 0, "{}: a refused file leaves nothing", file.display());
            let _ = writeln!(text, "refused: {}", place(error.line, error.column.as_deref()));
            let _ = writeln!(text, "  {} [{:?}]", error.message, error.cause);
            let _ = writeln!(text, "  hint: {}", error.hint.unwrap_or_default());
        }
        other => panic!("{}: {other:?}", file.display()),
    }
    text
}

fn tell_table(text: &mut String, table: &TableProfile, snapshot: &Path) {
    let _ = writeln!(text, "table {}: {} rows", table.name, table.row_count);
    for column in &table.columns {
        let unit = column
            .unit
            .as_deref()
            .map(|unit| format!(" in {unit}"))
            .unwrap_or_default();
        let _ = writeln!(text, "  {:?} {}{unit}", column.name, column.kind.sql_name());
    }
    for row in rows(snapshot, &table.name, table.columns.len()) {
        let _ = writeln!(text, "  > {row}");
    }
    for note in &table.notes {
        let instead = note
            .instead
            .as_deref()
            .map(|text| format!(" [{text}]"))
            .unwrap_or_default();
        let place = place(note.line, note.column.as_deref());
        let _ = writeln!(text, "  {:?}: {place}: {}{instead}", note.kind, note.message);
    }
}

fn place(line: Option<u64>, column: Option<&str>) -> String {
    let line = line.map(|line| format!("line {line}")).unwrap_or_default();
    let column = column.map(|name| format!(" column {name:?}")).unwrap_or_default();
    format!("{line}{column}").trim().to_owned()
}

fn rows(snapshot: &Path, table: &str, width: usize) -> Vec<String> {
    let engine = duckdb::Connection::open(snapshot).expect("a snapshot");
    let query = format!("SELECT COLUMNS(*)::VARCHAR FROM \"{table}\" LIMIT {MOST_ROWS}");
    let mut statement = engine.prepare(&query).expect("the table is there");
    let cells = |row: &duckdb::Row<'_>| {
        (0..width)
            .map(|place| {
                row.get::<_, Option<String>>(place)
                    .map(|cell| format!("{:?}", cell.as_deref().unwrap_or("NULL")))
            })
            .collect::<Result<Vec<_>, _>>()
    };
    let rows = statement.query_map([], cells).expect("rows");
    rows.map(|row| row.expect("a row").join(" ")).collect()
}

#[test]
fn every_file_comes_to_what_was_expected_of_it() {
    let update = std::env::var_os("CSV_ANALYST_UPDATE").is_some();
    let mut differing = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_none_or(|ending| ending != "expected"))
        .collect();
    files.sort();
    assert!(files.len() > 60, "the files are here");
    for file in files {
        let mut name = file.as_os_str().to_owned();
        name.push(".expected");
        let told = told(&file);
        if update {
            std::fs::write(&name, &told).expect("it can be written");
        }
        let expected = std::fs::read_to_string(&name).unwrap_or_default();
        if told != expected {
            differing.push(format!(
                "{}\nexpected:\n{expected}\ntold:\n{told}",
                file.display()
            ));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n\n"));
}
