//! A dataset of towns in memory, and plans asked of it.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Rejection};
use csv_analyst_protocol::limits::Limits;
use duckdb::Connection;
use serde_json::{Value, json};

const TOWNS: &str = "
    ('Bergen', 'Norway', '465 km²', 290, 'c. 1070', DATE '2026-01-01', 'Mid'),
    ('Oslo', 'Norway', '$1,234.50', 700, 'July 1, 1867', DATE '2026-01-02', 'Big'),
    ('Turku', 'Finland', '−8.5 (16.7)', 200, '12/31/1999', DATE '2026-01-02', 'Mid'),
    ('Espoo', 'Finland', 'unknown', 300, NULL, DATE '2026-02-07', 'Big'),
    ('Vaasa', 'Finland', NULL, 68, '1–3 July 1606', DATE '2026-02-07', 'Small'),
    ('Visby', 'Sweden', '12', 24, 'March 1411', NULL, 'Small')";

fn dataset() -> Dataset {
    let column = |name: &str, kind: &str| json!({"name": name, "type": kind});
    let size = json!({"name": "size", "type": "text", "ordered_values": ["Small", "Mid", "Big"]});
    let described = json!({"id": "towns", "name": "Towns", "now": "2026-02-07 00:00:00", "tables": [{
        "name": "towns", "file": "towns.csv", "primary_key": ["name"], "columns": [
            column("name", "text"), column("country", "text"), column("area", "text"),
            column("people", "integer"), column("founded", "text"), column("counted", "date"), size]}]});
    serde_json::from_value(described).expect("a dataset")
}

pub fn decide(mut plan: Value) -> Result<Acceptance, Rejection> {
    plan["dataset_id"] = json!("towns");
    plan["table"] = json!("towns");
    check(
        &UntrustedQueryText::Plan(&plan.to_string()),
        &dataset(),
        &Limits::default(),
    )
}

/// Rows as text, cells separated by a bar; a missing value is `-`.
#[track_caller]
pub fn answer(plan: Value) -> Vec<String> {
    let accepted =
        decide(plan).unwrap_or_else(|rejection| panic!("{}: {}", rejection.rule, rejection.message));
    let engine = Connection::open_in_memory().expect("DuckDB opens");
    let table = "CREATE TABLE towns(name VARCHAR, country VARCHAR, area VARCHAR, people INTEGER, founded VARCHAR, \
                 counted DATE, size VARCHAR)";
    engine
        .execute_batch(&format!("{table}; INSERT INTO towns VALUES {TOWNS}"))
        .expect("the table is made");
    rows(&engine, &accepted.sql)
}

fn rows(engine: &Connection, sql: &str) -> Vec<String> {
    let text = format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({sql}) AS answer");
    let mut statement = engine
        .prepare(&text)
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let mut rows = statement
        .query([])
        .unwrap_or_else(|error| panic!("{error}\n{sql}"));
    let mut lines = Vec::new();
    while let Some(row) = rows.next().unwrap_or_else(|error| panic!("{error}\n{sql}")) {
        let width = row.as_ref().column_count();
        let cells = (0..width).map(|index| {
            let cell: Option<String> = row.get(index).expect("text");
            cell.unwrap_or_else(|| "-".into())
        });
        lines.push(cells.collect::<Vec<_>>().join("|"));
    }
    lines
}
