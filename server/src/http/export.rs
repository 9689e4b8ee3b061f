//! A run's rows as a file; headers and the file's name say when they are not all.
//!
//! Cells that a spreadsheet would take for a formula are neutralised in CSV: the data may come from
//! strangers. It exports what the record holds, which is what was shown.

use super::error::ApiError;
use super::extract::{ApiPath, ApiQuery};
use super::runs::{file_part, find};
use super::state::AppState;
use axum::extract::State;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use csv_analyst_protocol::run::{Cell, ResultColumn, Run, RunState};
use serde::Deserialize;
use serde_json::{Map, Value};

/// All rows that the query produced, also those that are not in the file.
const ROW_COUNT: HeaderName = HeaderName::from_static("x-row-count");
/// `true`: the file holds the first of them only.
const TRUNCATED: HeaderName = HeaderName::from_static("x-truncated");

#[derive(Deserialize)]
pub struct ExportOptions {
    format: Option<String>,
}

pub async fn export(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
    ApiQuery(options): ApiQuery<ExportOptions>,
) -> Result<Response, ApiError> {
    let run = find(&state, &id).await?;
    if run.status != RunState::Succeeded {
        return Err(ApiError::invalid(
            StatusCode::CONFLICT,
            "only a run that succeeded has rows to export",
        ));
    }
    let (extension, media_type, text) = match options.format.as_deref().unwrap_or("csv") {
        "csv" => ("csv", "text/csv; charset=utf-8", csv(&run)),
        "json" => ("json", "application/json", json(&run)),
        _ => {
            return Err(ApiError::invalid(
                StatusCode::UNPROCESSABLE_ENTITY,
                "`format` is `csv` or `json`",
            ));
        }
    };
    let part = if run.truncated { "-part" } else { "" };
    let disposition = format!(
        "attachment; filename=\"run-{}{part}.{extension}\"",
        file_part(&run.run_id)
    );
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
        (ROW_COUNT, run.row_count.to_string()),
        (TRUNCATED, run.truncated.to_string()),
    ];
    Ok((headers, text).into_response())
}

/// RFC 4180.
fn csv(run: &Run) -> String {
    let header = run
        .columns
        .iter()
        .map(|column| quoted(&neutral(&column.name)))
        .collect::<Vec<_>>()
        .join(",");
    let lines = run.rows.iter().map(|row| {
        row.iter()
            .zip(&run.columns)
            .map(|(cell, column)| csv_cell(cell, column))
            .collect::<Vec<_>>()
            .join(",")
    });
    std::iter::once(header)
        .chain(lines)
        .map(|line| line + "\r\n")
        .collect()
}

fn csv_cell(cell: &Cell, column: &ResultColumn) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) if is_number(column) => quoted(text),
        Value::String(text) => quoted(&neutral(text)),
        other => quoted(&other.to_string()),
    }
}

/// Long decimals travel as text, and a minus sign in front of digits is no formula.
fn is_number(column: &ResultColumn) -> bool {
    let kind = column.kind.as_str();
    kind.starts_with("DECIMAL")
        || matches!(
            kind,
            "BIGINT" | "UBIGINT" | "HUGEINT" | "UHUGEINT" | "DOUBLE" | "FLOAT"
        )
}

/// OWASP, "CSV Injection": these beginnings make a cell a formula.
fn neutral(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

fn quoted(text: &str) -> String {
    match text.contains(['"', ',', '\r', '\n']) || text.is_empty() {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

/// An array of objects, columns in their order.
fn json(run: &Run) -> String {
    let names = distinct_names(&run.columns);
    let object = |row: &Vec<Cell>| {
        let fields = names.iter().cloned().zip(row.iter().cloned());
        Value::Object(fields.collect::<Map<_, _>>())
    };
    Value::Array(run.rows.iter().map(object).collect()).to_string()
}

/// An object has each name once: of `x, x` the second becomes `x_2`, or the next number that is free.
fn distinct_names(columns: &[ResultColumn]) -> Vec<String> {
    let mut names: Vec<String> = Vec::with_capacity(columns.len());
    for (index, column) in columns.iter().enumerate() {
        let wanted = &column.name;
        let repeats = columns[..index].iter().any(|before| before.name == *wanted);
        let free = |name: &String| !names.contains(name) && columns.iter().all(|other| other.name != *name);
        let numbered = (2..).map(|n| format!("{wanted}_{n}")).find(free);
        names.push(match (repeats, numbered) {
            (true, Some(numbered)) => numbered,
            _ => wanted.clone(),
        });
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(kind: &str) -> ResultColumn {
        ResultColumn {
            name: "c".into(),
            kind: kind.into(),
        }
    }

    #[test]
    fn a_formula_becomes_text_and_a_number_stays_one() {
        assert_eq!(csv_cell(&"=1+1".into(), &column("VARCHAR")), "'=1+1");
        assert_eq!(csv_cell(&"@a,b".into(), &column("VARCHAR")), "\"'@a,b\"");
        assert_eq!(
            csv_cell(&"-12345678901234567890".into(), &column("DECIMAL(38,0)")),
            "-12345678901234567890"
        );
        assert_eq!(csv_cell(&(-5).into(), &column("INTEGER")), "-5");
    }

    #[test]
    fn columns_of_the_same_name_are_numbered_in_json() {
        let named = |name: &str| ResultColumn {
            name: name.into(),
            kind: "INTEGER".into(),
        };
        let names = distinct_names(&["x", "x", "x_2", "x"].map(named));
        assert_eq!(names, ["x", "x_3", "x_2", "x_4"]);
    }

    #[test]
    fn null_and_the_empty_text_stay_apart() {
        assert_eq!(csv_cell(&Value::Null, &column("VARCHAR")), "");
        assert_eq!(csv_cell(&"".into(), &column("VARCHAR")), "\"\"");
    }

    #[test]
    fn quotes_are_doubled() {
        assert_eq!(csv_cell(&"a \"b\"".into(), &column("VARCHAR")), "\"a \"\"b\"\"\"");
    }
}
