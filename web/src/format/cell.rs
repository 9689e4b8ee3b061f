//! Table cells as text: how a column's type decides alignment, digits and grouping.

use super::number::{group, pad_scale, plain, scale_of};
use csv_analyst_protocol::run::{Cell, ResultColumn};
use serde_json::Value;
use std::cmp::Ordering;

/// A DOUBLE shows at most this many digits after the point; copies keep them all.
const MAX_DOUBLE_SCALE: usize = 4;

/// What the page needs to know of a column to show its cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnStyle {
    pub numeric: bool,
    /// Dates and times, which a line's end must not cut in two.
    pub moment: bool,
    /// Identifiers and years are numbers that nobody groups.
    grouped: bool,
    /// Digits after the point.
    scale: usize,
}

/// A cell ready to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CellText {
    /// Said as `NULL`, not as an empty cell.
    Null,
    Text(String),
}

/// Styles for all columns, by type, name and (for doubles) the values.
pub fn column_styles(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> Vec<ColumnStyle> {
    columns
        .iter()
        .enumerate()
        .map(|(index, column)| column_style(column, index, rows))
        .collect()
}

fn column_style(column: &ResultColumn, index: usize, rows: &[Vec<Cell>]) -> ColumnStyle {
    let scale = match base_type(&column.kind) {
        "DECIMAL" => decimal_scale(&column.kind),
        "DOUBLE" | "FLOAT" | "REAL" => double_scale(index, rows),
        _ => 0,
    };
    ColumnStyle {
        numeric: is_numeric(&column.kind),
        moment: is_temporal(&column.kind),
        grouped: !is_identifier(&column.name),
        scale,
    }
}

/// `DECIMAL(10,2)` is a `DECIMAL`.
fn base_type(kind: &str) -> &str {
    kind.split('(').next().unwrap_or(kind).trim()
}

pub fn is_numeric(kind: &str) -> bool {
    const NAMES: [&str; 14] = [
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "DECIMAL",
        "DOUBLE",
        "FLOAT",
        "REAL",
    ];
    NAMES.contains(&base_type(kind))
}

/// A column that can be the time axis of a chart.
pub fn is_temporal(kind: &str) -> bool {
    kind == "DATE" || kind.starts_with("TIMESTAMP")
}

/// The type in a reader's words, for the head of a column.
pub fn type_label(kind: &str) -> String {
    match base_type(kind) {
        "VARCHAR" => "text".to_string(),
        "BOOLEAN" => "true/false".to_string(),
        "TINYINT" | "SMALLINT" | "INTEGER" | "BIGINT" | "HUGEINT" | "UTINYINT" | "USMALLINT" | "UINTEGER"
        | "UBIGINT" | "UHUGEINT" => "whole number".to_string(),
        "DOUBLE" | "FLOAT" | "REAL" | "DECIMAL" => "number".to_string(),
        other => kind.replace(base_type(kind), &other.to_lowercase()),
    }
}

pub fn is_identifier(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    matches!(name.as_str(), "id" | "year" | "zip" | "postcode")
        || name.ends_with("_id")
        || name.ends_with("_year")
}

fn decimal_scale(kind: &str) -> usize {
    let inside = kind.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')'));
    inside
        .and_then(|inside| inside.split_once(',')?.1.trim().parse().ok())
        .unwrap_or(0)
}

/// As many digits as the column's values need, so that the points stand under each other.
fn double_scale(index: usize, rows: &[Vec<Cell>]) -> usize {
    let needed = rows.iter().filter_map(|row| match row.get(index) {
        Some(Value::Number(number)) => Some(scale_of(&plain(number))),
        _ => None,
    });
    needed.max().unwrap_or(0).min(MAX_DOUBLE_SCALE)
}

pub fn cell_text(cell: &Cell, style: ColumnStyle) -> CellText {
    CellText::Text(match cell {
        Value::Null => return CellText::Null,
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number_text(&plain(number), style),
        Value::String(text) if style.numeric => number_text(text, style),
        Value::String(text) => text.clone(),
        Value::Array(_) | Value::Object(_) => cell.to_string(),
    })
}

fn number_text(text: &str, style: ColumnStyle) -> String {
    let rounded = match text.parse::<f64>() {
        Ok(value) if style.scale == MAX_DOUBLE_SCALE && scale_of(text) > style.scale => {
            rounded_double(value, text, style.scale)
        }
        _ => text.to_string(),
    };
    let padded = pad_scale(&rounded, style.scale);
    if style.grouped { group(&padded) } else { padded }
}

/// Rounding must not turn a small value into nothing.
fn rounded_double(value: f64, text: &str, scale: usize) -> String {
    let rounded = format!("{value:.scale$}");
    if value != 0.0 && rounded.parse::<f64>() == Ok(0.0) {
        text.to_string()
    } else {
        rounded
    }
}

/// All digits, no grouping: what a copy or a file holds. NULL is empty.
pub fn exact_text(cell: &Cell) -> String {
    match cell {
        Value::Null => String::new(),
        Value::Number(number) => plain(number),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The order of two cells when a reader sorts by their column; NULL is last in ascending order.
pub fn compare_cells(left: &Cell, right: &Cell, numeric: bool) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        _ if numeric => number_of(left).total_cmp(&number_of(right)),
        _ => exact_text(left)
            .to_lowercase()
            .cmp(&exact_text(right).to_lowercase()),
    }
}

/// The value for sorting and drawing; NaN when there is none.
pub fn number_of(cell: &Cell) -> f64 {
    match cell {
        Value::Number(number) => number.as_f64().unwrap_or(f64::NAN),
        Value::String(text) => text.parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn show(name: &str, kind: &str, cell: Value) -> CellText {
        let columns = [ResultColumn {
            name: name.into(),
            kind: kind.into(),
        }];
        let style = column_styles(&columns, &[vec![cell.clone()]])[0];
        cell_text(&cell, style)
    }

    fn text(text: &str) -> CellText {
        CellText::Text(text.to_string())
    }

    #[test]
    fn a_decimal_shows_its_scale_and_groups() {
        assert_eq!(
            show("revenue", "DECIMAL(18,2)", json!(123456.5)),
            text("123,456.50")
        );
        assert_eq!(
            show("revenue", "DECIMAL(38,2)", json!("98765432109876543210.10")),
            text("98,765,432,109,876,543,210.10")
        );
    }

    #[test]
    fn identifiers_and_years_are_not_grouped() {
        assert_eq!(show("order_id", "BIGINT", json!(10432)), text("10432"));
        assert_eq!(show("orders", "BIGINT", json!(10432)), text("10,432"));
    }

    #[test]
    fn a_double_is_cut_for_reading_but_not_for_copying() {
        assert_eq!(show("rate", "DOUBLE", json!(12.345678901)), text("12.3457"));
        assert_eq!(exact_text(&json!(12.345678901)), "12.345678901");
        assert_eq!(show("rate", "DOUBLE", json!(0.00000012)), text("0.00000012"));
    }

    #[test]
    fn doubles_of_one_column_share_their_digits() {
        let columns = [ResultColumn {
            name: "rate".into(),
            kind: "DOUBLE".into(),
        }];
        let rows = [vec![json!(12.0)], vec![json!(7.25)]];
        let style = column_styles(&columns, &rows)[0];
        assert_eq!(cell_text(&rows[0][0], style), text("12.00"));
    }

    #[test]
    fn null_is_not_an_empty_text() {
        assert_eq!(show("name", "VARCHAR", Value::Null), CellText::Null);
        assert_eq!(show("name", "VARCHAR", json!("")), text(""));
    }

    #[test]
    fn sorting_is_by_number_and_nulls_come_last() {
        assert_eq!(compare_cells(&json!(9), &json!(10), true), Ordering::Less);
        assert_eq!(compare_cells(&json!("9"), &json!("10"), false), Ordering::Greater);
        assert_eq!(compare_cells(&Value::Null, &json!(10), true), Ordering::Greater);
    }
}
