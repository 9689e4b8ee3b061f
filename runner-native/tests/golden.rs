//! The checked-in golden answers are what their hand-written SQL says about the CSV files.
//!
//! DuckDB reads the CSVs directly here: neither ingest, nor the gate, nor the planner has a part in it,
//! so a mistake of theirs cannot hide in the goldens.

mod library;

use duckdb::Connection;
use library::{dataset, datasets_folder, engine_with, registry};
use serde::Deserialize;
use serde_json::Value;

/// Cells are compared as DuckDB's own text of them, except for the last digits of a double, which may
/// depend on the order of summation.
const RELATIVE_TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    #[serde(default)]
    dataset: Option<String>,
    #[serde(alias = "prompt")]
    question: String,
    sql: String,
    ordered: bool,
    prefix: bool,
    #[serde(default, rename = "notes")]
    _notes: String,
    compare: Vec<String>,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

fn goldens(file: &str) -> Vec<Golden> {
    let path = datasets_folder().join("golden").join(file);
    let text = std::fs::read_to_string(path).expect("the golden file is there");
    serde_json::from_str(&text).expect("the golden file has the fields of its README")
}

fn recompute(engine: &Connection, golden: &Golden) -> (Vec<String>, Vec<Vec<Option<String>>>) {
    let as_text = format!(
        "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({}) AS answer",
        golden.sql
    );
    let mut statement = engine
        .prepare(&as_text)
        .unwrap_or_else(|error| panic!("{}: {error}", golden.question));
    let width = golden.columns.len();
    let rows = statement
        .query_map([], |row| (0..width).map(|column| row.get(column)).collect())
        .expect("the query runs")
        .collect::<Result<_, _>>()
        .expect("the rows are text");
    (statement.column_names(), rows)
}

fn same_cell(expected: &Value, found: &Option<String>) -> bool {
    match (expected, found) {
        (Value::Null, None) => true,
        (Value::String(expected), Some(found)) => expected == found,
        (Value::Bool(expected), Some(found)) => expected.to_string() == *found,
        (Value::Number(expected), Some(found)) => {
            let (expected, found) = (
                expected.as_f64().unwrap_or(f64::NAN),
                found.parse().unwrap_or(f64::NAN),
            );
            (expected - found).abs() <= RELATIVE_TOLERANCE * expected.abs().max(1.0)
        }
        _ => false,
    }
}

fn check(engine: &Connection, golden: &Golden) {
    let question = &golden.question;
    let (columns, rows) = recompute(engine, golden);
    assert_eq!(columns, golden.columns, "{question}");
    assert!(!rows.is_empty(), "{question}: an empty answer proves nothing");
    assert!(
        golden.compare.iter().all(|name| columns.contains(name)),
        "{question}: compares unknown columns"
    );
    assert!(
        golden.ordered || !golden.prefix,
        "{question}: a prefix needs an order"
    );
    assert_eq!(rows.len(), golden.rows.len(), "{question}");
    for (expected, found) in golden.rows.iter().zip(&rows) {
        let same = expected.len() == found.len()
            && expected
                .iter()
                .zip(found)
                .all(|(expected, found)| same_cell(expected, found));
        assert!(same, "{question}: the file says {expected:?}, the data {found:?}");
    }
}

fn check_prompts_of(id: &str) {
    let dataset = dataset(id);
    let goldens = goldens(&format!("{id}.json"));
    let questions: Vec<&String> = goldens.iter().map(|golden| &golden.question).collect();
    assert_eq!(
        questions,
        dataset.prompts.iter().collect::<Vec<_>>(),
        "one golden for each prompt, in order"
    );
    let engine = engine_with(&dataset);
    goldens.iter().for_each(|golden| check(&engine, golden));
}

#[test]
fn ecommerce_goldens_follow_from_the_data() {
    check_prompts_of("ecommerce");
}

#[test]
fn support_goldens_follow_from_the_data() {
    check_prompts_of("support");
}

#[test]
fn sensors_goldens_follow_from_the_data() {
    check_prompts_of("sensors");
}

#[test]
fn goldens_of_the_paraphrases_follow_from_the_data() {
    let paraphrases = goldens("paraphrases.json");
    assert_eq!(paraphrases.len(), 40);
    for dataset in registry().datasets {
        let engine = engine_with(&dataset);
        let of_dataset = |golden: &&Golden| golden.dataset.as_deref() == Some(dataset.id.as_str());
        let asked: Vec<&Golden> = paraphrases.iter().filter(of_dataset).collect();
        assert!(asked.len() >= 10, "{} has paraphrases", dataset.id);
        asked.into_iter().for_each(|golden| check(&engine, golden));
    }
}
