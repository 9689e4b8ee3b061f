//! Executing a text, and comparing what two texts give.

use duckdb::Connection;
use duckdb::arrow::array::{Array, AsArray, StructArray};
use duckdb::arrow::datatypes::{DataType, Float32Type, Float64Type};
use duckdb::arrow::util::display::{ArrayFormatter, FormatOptions};
use std::sync::mpsc;
use std::time::Duration;

/// More than this is not compared.
const MOST_ROWS: usize = 50_000;
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Default, PartialEq)]
pub struct Answer {
    pub names: Vec<String>,
    /// DuckDB's own names of the types; empty where the text can't stand in a FROM clause.
    pub types: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

#[derive(Debug)]
pub enum Failure {
    Engine(String),
    /// Too slow or too much: no answer to compare.
    TooLarge,
}

pub fn run(engine: &Connection, sql: &str) -> Result<Answer, Failure> {
    let (done, ended) = mpsc::channel::<()>();
    let interrupt = engine.interrupt_handle();
    let watch = std::thread::spawn(move || {
        let late = ended.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout);
        if late {
            interrupt.interrupt();
        }
        late
    });
    let answer = fetch(engine, sql);
    drop(done);
    let late = watch.join().expect("the watch does not panic");
    match answer {
        Err(Failure::Engine(message)) if late || message.contains("Out of Memory") => Err(Failure::TooLarge),
        answer => answer,
    }
}

fn fetch(engine: &Connection, sql: &str) -> Result<Answer, Failure> {
    let failed = |error: duckdb::Error| Failure::Engine(error.to_string());
    let mut statement = engine.prepare(sql).map_err(failed)?;
    // The iterator that this returns panics on a late error; `step` reports it instead.
    statement.stream_arrow([]).map(drop).map_err(failed)?;
    let mut answer = Answer {
        names: statement.column_names(),
        ..Answer::default()
    };
    while let Some(chunk) = statement.step().map_err(failed)? {
        for row in 0..chunk.len() {
            answer.rows.push(cells(&chunk, row));
        }
        if answer.rows.len() > MOST_ROWS {
            return Err(Failure::TooLarge);
        }
    }
    answer.types = types(engine, sql).unwrap_or_default();
    Ok(answer)
}

fn types(engine: &Connection, sql: &str) -> duckdb::Result<Vec<String>> {
    let inner = sql.trim_end().trim_end_matches(';');
    let mut statement = engine.prepare(&format!("DESCRIBE SELECT * FROM ({inner}\n)"))?;
    statement.query_map([], |row| row.get(1))?.collect()
}

fn cells(chunk: &StructArray, row: usize) -> Vec<String> {
    let columns = chunk.columns().iter();
    columns.map(|column| cell(column.as_ref(), row)).collect()
}

/// Sums of doubles differ in their last digits with the order of the rows.
fn cell(column: &dyn Array, row: usize) -> String {
    if column.is_null(row) {
        return "NULL".into();
    }
    match column.data_type() {
        DataType::Float64 => rounded(column.as_primitive::<Float64Type>().value(row)),
        DataType::Float32 => rounded(column.as_primitive::<Float32Type>().value(row).into()),
        _ => {
            let options = FormatOptions::default()
                .with_null("NULL")
                .with_display_error(true);
            match ArrayFormatter::try_new(column, &options) {
                Ok(formatter) => formatter.value(row).to_string(),
                Err(_) => "?".into(),
            }
        }
    }
}

fn rounded(value: f64) -> String {
    // Zero has two signs and one meaning.
    format!("{:.10e}", if value == 0.0 { 0.0 } else { value })
}

/// What differs, in words; names only where the query gives them, and not where the engine made them
/// from an expression's text.
pub fn difference(original: &Answer, canonical: &Answer, ordered: bool) -> Option<String> {
    let same_names = original.names.len() == canonical.names.len()
        && original
            .names
            .iter()
            .zip(&canonical.names)
            .all(|(was, is)| was == is || is_made(was) || is_told_apart(was, is));
    if !same_names {
        return Some(format!(
            "names: {:?} became {:?}",
            original.names, canonical.names
        ));
    }
    let typed = !original.types.is_empty() && !canonical.types.is_empty();
    if typed && original.types != canonical.types {
        return Some(format!(
            "types: {:?} became {:?}",
            original.types, canonical.types
        ));
    }
    if ordered && original.rows == canonical.rows {
        return None;
    }
    let (left, right) = (sorted(&original.rows), sorted(&canonical.rows));
    if left != right {
        let first = left.iter().zip(&right).find(|(left, right)| left != right);
        return Some(format!(
            "rows: {} became {}, first {first:?}",
            left.len(),
            right.len()
        ));
    }
    ordered.then(|| "the order of the rows".into())
}

fn is_made(name: &str) -> bool {
    name.contains(['(', '[']) || name.contains(" COLLATE ")
}

/// A second output of the same name gets a number inside of FROM, where the gate puts a query with a
/// LIMIT in per cent.
fn is_told_apart(was: &str, is: &str) -> bool {
    let number = is.strip_prefix(was).and_then(|rest| rest.strip_prefix('_'));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

fn sorted(rows: &[Vec<String>]) -> Vec<&Vec<String>> {
    let mut rows: Vec<_> = rows.iter().collect();
    rows.sort();
    rows
}
