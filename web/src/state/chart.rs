//! Chooses a chart from a result's shape: one number, categories with a number, or a number over
//! time. No other shape gets a chart, and a chart shows only numbers that the table shows.

use crate::format::cell::{is_identifier, is_numeric, is_temporal, number_of};
use crate::format::time::seconds_of;
use csv_analyst_protocol::run::{Cell, ResultColumn};

/// More bars than this are a table.
const MAX_BARS: usize = 40;
/// Fewer points than this are no line.
const MIN_POINTS: usize = 3;

#[derive(Clone, Debug, PartialEq)]
pub enum Chart {
    /// One row with one number: the column to read it from.
    Figure { value: usize },
    /// Horizontal bars: label column, and the columns that can be drawn.
    Bars { label: usize, values: Vec<usize> },
    /// A line over time.
    Line { time: usize, values: Vec<usize> },
}

pub fn chart_of(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> Option<Chart> {
    let values = drawable(columns, rows);
    if rows.len() == 1 && columns.len() == 1 {
        return values.first().map(|value| Chart::Figure { value: *value });
    }
    if values.is_empty() || rows.len() < 2 {
        return None;
    }
    let time = columns.iter().position(|column| is_temporal(&column.kind));
    if let Some(time) = time {
        return line(time, values, rows);
    }
    let label = label_column(columns, rows)?;
    let drawn = rows.len() <= MAX_BARS && values.iter().all(|value| *value != label);
    drawn.then_some(Chart::Bars { label, values })
}

/// Only one row per moment makes a line, and every row needs its place on the time axis.
fn line(time: usize, values: Vec<usize>, rows: &[Vec<Cell>]) -> Option<Chart> {
    let placed: Option<Vec<f64>> = rows.iter().map(|row| moment_of(row, time)).collect();
    let mut moments = placed?;
    moments.sort_unstable_by(f64::total_cmp);
    moments.dedup();
    (moments.len() == rows.len() && rows.len() >= MIN_POINTS).then_some(Chart::Line { time, values })
}

/// Where a row stands on the time axis, in seconds.
pub fn moment_of(row: &[Cell], time: usize) -> Option<f64> {
    seconds_of(row.get(time)?.as_str()?)
}

fn drawable(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> Vec<usize> {
    let fits = |index: &usize| {
        let column = &columns[*index];
        is_numeric(&column.kind)
            && !is_identifier(&column.name)
            && rows
                .iter()
                .any(|row| row.get(*index).is_some_and(|cell| number_of(cell).is_finite()))
    };
    (0..columns.len()).filter(fits).collect()
}

/// The text column whose values tell the rows apart; identifiers only when nothing else does.
fn label_column(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> Option<usize> {
    let tells_apart = |index: &usize| {
        let mut labels: Vec<String> = rows
            .iter()
            .map(|row| row.get(*index).map(ToString::to_string).unwrap_or_default())
            .collect();
        labels.sort_unstable();
        labels.dedup();
        labels.len() == rows.len()
    };
    let named = (0..columns.len()).filter(|index| !is_numeric(&columns[*index].kind));
    let identifiers = (0..columns.len())
        .filter(|index| is_numeric(&columns[*index].kind) && is_identifier(&columns[*index].name));
    named.chain(identifiers).find(tells_apart)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn columns(kinds: &[(&str, &str)]) -> Vec<ResultColumn> {
        kinds
            .iter()
            .map(|(name, kind)| ResultColumn {
                name: (*name).into(),
                kind: (*kind).into(),
            })
            .collect()
    }

    #[test]
    fn one_number_is_a_figure() {
        let chart = chart_of(&columns(&[("orders", "BIGINT")]), &[vec![json!(5_000)]]);
        assert_eq!(chart, Some(Chart::Figure { value: 0 }));
    }

    #[test]
    fn categories_with_a_number_are_bars() {
        let rows = [vec![json!("Toys"), json!(5)], vec![json!("Books"), json!(7)]];
        let chart = chart_of(&columns(&[("category", "VARCHAR"), ("orders", "BIGINT")]), &rows);
        assert_eq!(
            chart,
            Some(Chart::Bars {
                label: 0,
                values: vec![1]
            })
        );
    }

    #[test]
    fn a_number_over_time_is_a_line_only_with_one_row_per_moment() {
        let kinds = columns(&[("month", "DATE"), ("orders", "BIGINT")]);
        let row = |day: &str| vec![json!(day), json!(5)];
        let months = [row("2026-01-01"), row("2026-02-01"), row("2026-03-01")];
        assert_eq!(
            chart_of(&kinds, &months),
            Some(Chart::Line {
                time: 0,
                values: vec![1]
            })
        );
        assert_eq!(
            chart_of(&kinds, &[row("2026-01-01"), row("2026-01-01"), row("2026-03-01")]),
            None
        );
    }

    #[test]
    fn rows_that_only_list_things_get_no_chart() {
        let rows = [vec![json!("a"), json!("b")], vec![json!("c"), json!("d")]];
        assert_eq!(
            chart_of(&columns(&[("name", "VARCHAR"), ("zone", "VARCHAR")]), &rows),
            None
        );
    }

    #[test]
    fn an_identifier_labels_bars_but_is_never_drawn() {
        let rows = [vec![json!(17), json!(5.5)], vec![json!(18), json!(7.5)]];
        let chart = chart_of(
            &columns(&[("customer_id", "INTEGER"), ("spend", "DOUBLE")]),
            &rows,
        );
        assert_eq!(
            chart,
            Some(Chart::Bars {
                label: 0,
                values: vec![1]
            })
        );
    }

    #[test]
    fn a_row_without_a_moment_has_no_place_on_a_line() {
        let kinds = columns(&[("month", "DATE"), ("orders", "BIGINT")]);
        let rows = [json!("2026-01-01"), json!("2026-02-01"), json!(null)].map(|day| vec![day, json!(5)]);
        assert_eq!(chart_of(&kinds, &rows), None);
    }
}
