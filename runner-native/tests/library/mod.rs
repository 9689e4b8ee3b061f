//! The built-in datasets for tests: DuckDB over their CSV files, and their schema as ingest fills it.
#![allow(dead_code)]

use csv_analyst_protocol::dataset::{ColumnType, Dataset, MAX_LISTED_VALUES, Registry, Table};
use duckdb::Connection;
use std::path::{Path, PathBuf};

pub fn datasets_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets")
}

pub fn registry() -> Registry {
    let text =
        std::fs::read_to_string(datasets_folder().join("registry.json")).expect("the registry is there");
    serde_json::from_str(&text).expect("the registry fits the protocol")
}

pub fn dataset(id: &str) -> Dataset {
    let found = registry().datasets.into_iter().find(|dataset| dataset.id == id);
    found.unwrap_or_else(|| panic!("no dataset {id}"))
}

/// Its tables are read from the CSV files directly: ingest has no part in it.
pub fn engine_with(dataset: &Dataset) -> Connection {
    let engine = Connection::open_in_memory().expect("DuckDB opens");
    for table in &dataset.tables {
        engine
            .execute_batch(&create_table(&dataset.id, table))
            .expect("the CSV fits its declared types");
    }
    engine
}

fn create_table(dataset_id: &str, table: &Table) -> String {
    let columns: Vec<String> = table
        .columns
        .iter()
        .map(|column| format!("'{}': '{}'", column.name, column.kind.sql_name()))
        .collect();
    let path = datasets_folder().join(dataset_id).join(&table.file);
    let path = path
        .to_str()
        .expect("the checkout's path is UTF-8")
        .replace('\'', "''");
    let columns = columns.join(", ");
    format!(
        "CREATE TABLE {} AS FROM read_csv('{path}', header = true, columns = {{{columns}}})",
        table.name
    )
}

/// The dataset with its counts, ranges and values.
pub fn profiled(mut dataset: Dataset, engine: &Connection) -> Dataset {
    let mut newest = String::new();
    for table in &mut dataset.tables {
        let name = table.name.clone();
        table.row_count =
            one_text(engine, &format!("SELECT count(*) FROM {name}")).and_then(|n| n.parse().ok());
        for column in &mut table.columns {
            let of = |what: &str| {
                one_text(
                    engine,
                    &format!("SELECT {what} FROM {name}").replace('?', &column.name),
                )
            };
            column.distinct_count = of("count(DISTINCT ?)").and_then(|count| count.parse().ok());
            column.nullable = of("count(*) - count(?)").as_deref() != Some("0");
            if column.kind.is_number() || column.kind.is_temporal() {
                column.min = of("min(?)");
                column.max = of("max(?)");
            }
            if column.kind.is_temporal() {
                newest = newest.max(column.max.clone().unwrap_or_default());
            }
            if column.kind == ColumnType::Text && column.distinct_count <= Some(MAX_LISTED_VALUES as u64) {
                let listed = format!(
                    "SELECT DISTINCT {0} FROM {name} WHERE {0} IS NOT NULL ORDER BY 1",
                    column.name
                );
                column.values = texts(engine, &listed);
            }
        }
    }
    let midnight = if newest.len() == 10 { " 00:00:00" } else { "" };
    dataset.now = Some(format!("{newest}{midnight}"));
    dataset
}

fn one_text(engine: &Connection, query: &str) -> Option<String> {
    texts(engine, query).pop()
}

fn texts(engine: &Connection, query: &str) -> Vec<String> {
    rows(engine, query)
        .expect("the query runs")
        .1
        .into_iter()
        .filter_map(|mut row| row.pop().flatten())
        .collect()
}

pub type TextRows = Vec<Vec<Option<String>>>;

/// Column names and cells as DuckDB's own text of them.
pub fn rows(engine: &Connection, query: &str) -> duckdb::Result<(Vec<String>, TextRows)> {
    let as_text = format!("SELECT CAST(COLUMNS(*) AS VARCHAR) FROM ({query}) AS answer");
    let mut statement = engine.prepare(&as_text)?;
    let mut found = statement.query([])?;
    let columns = found.as_ref().map(|ran| ran.column_names()).unwrap_or_default();
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(
            (0..columns.len())
                .map(|place| row.get(place))
                .collect::<duckdb::Result<_>>()?,
        );
    }
    Ok((columns, rows))
}
