//! Answers a candidate over rows in memory, as the engine answers its plan: tens of thousands of
//! candidates are tried for every question that the weights are learned from.

use crate::beam::form::{Ask, Check, DatePoint, Fold, Form, Key, Order, Test};
use crate::beam::mentions::Value;
use crate::beam::reading::{WrittenDate, date_of, number_of};
use crate::beam::view::{Facet, TableView};
use std::cmp::Ordering;
use std::collections::HashMap;

/// The rows of one table, as texts; an empty text is NULL.
pub struct Rows {
    pub cells: Vec<Vec<String>>,
}

pub(crate) struct Engine<'a> {
    view: &'a TableView<'a>,
    rows: &'a Rows,
    /// Cells as numbers: of number columns, and of texts that begin with one.
    numbers: Vec<Vec<Option<f64>>>,
    dates: Vec<Vec<Option<WrittenDate>>>,
    folded: Vec<Vec<String>>,
}

impl<'a> Engine<'a> {
    pub fn new(view: &'a TableView<'a>, rows: &'a Rows) -> Self {
        let per_cell = |row: &Vec<String>, read: &dyn Fn(usize, &str) -> Option<f64>| {
            row.iter()
                .enumerate()
                .map(|(column, cell)| read(column, cell))
                .collect()
        };
        let number = |column: usize, cell: &str| match view.columns[column].facet {
            Facet::Number | Facet::NumberText => number_of(cell),
            _ => None,
        };
        Self {
            view,
            rows,
            numbers: rows.cells.iter().map(|row| per_cell(row, &number)).collect(),
            dates: rows
                .cells
                .iter()
                .map(|row| {
                    let dated = |(column, cell): (usize, &String)| match view.columns[column].facet.is_dated()
                    {
                        true => iso_date(cell).or_else(|| date_of(cell)),
                        false => None,
                    };
                    row.iter().enumerate().map(dated).collect()
                })
                .collect(),
            folded: rows
                .cells
                .iter()
                .map(|row| row.iter().map(|cell| cell.to_lowercase()).collect())
                .collect(),
        }
    }

    pub fn answer(&self, form: &Form) -> Option<Vec<String>> {
        let rows = self.select(&form.checks);
        match &form.ask {
            Ask::Values(out) => Some(self.values(&rows, *out)),
            Ask::Count => Some(vec![rows.len().to_string()]),
            Ask::CountDistinct(out) => {
                let mut values = self.values(&rows, *out);
                values.retain(|value| !value.is_empty());
                values.sort();
                values.dedup();
                Some(vec![values.len().to_string()])
            }
            Ask::Total(fold, column) => self.fold(&rows, *fold, *column),
            Ask::Top {
                out,
                key,
                descending,
                rows: limit,
                skipped,
            } => {
                let mut sorted: Vec<usize> = rows
                    .into_iter()
                    .filter(|row| self.key(*row, *key).is_some())
                    .collect();
                sorted.sort_by(|a, b| {
                    let ordering = compare(self.key(*a, *key), self.key(*b, *key));
                    if *descending { ordering.reverse() } else { ordering }
                });
                let sorted: Vec<usize> = sorted
                    .into_iter()
                    .skip(*skipped as usize)
                    .take(*limit as usize)
                    .collect();
                Some(self.values(&sorted, *out))
            }
            Ask::Frequent { out, descending } => self.best_group(&rows, *out, *descending, |_| Some(1.0)),
            Ask::TopGroup { out, key, descending } => {
                self.best_group(&rows, *out, *descending, |row| self.numbers[row][*key])
            }
            Ask::Beside { out, offset } => self.beside(&rows, *out, *offset),
            Ask::Difference(column) => self.difference(form, *column),
            Ask::CountDifference => {
                let (left, right) = self.alternatives(form)?;
                Some(vec![left.len().abs_diff(right.len()).to_string()])
            }
            Ask::Spread(column) => {
                let numbers: Vec<f64> = rows
                    .iter()
                    .filter_map(|row| self.numbers[*row][*column])
                    .collect();
                let (low, high) = bounds(&numbers)?;
                Some(vec![written(high - low)])
            }
        }
    }

    fn select(&self, checks: &[Check]) -> Vec<usize> {
        let mut rows: Vec<usize> = (0..self.rows.cells.len()).collect();
        for check in checks {
            let kept = self.matching(check);
            rows.retain(|row| kept[*row]);
        }
        rows
    }

    pub fn matching(&self, check: &Check) -> Vec<bool> {
        let anchor = match &check.test {
            Test::Beyond(_, anchor) | Test::SameAs(anchor) => Some(self.matching(anchor)),
            _ => None,
        };
        (0..self.rows.cells.len())
            .map(|row| self.meets(row, check, anchor.as_deref()))
            .collect()
    }

    fn meets(&self, row: usize, check: &Check, anchor: Option<&[bool]>) -> bool {
        let column = check.column;
        let filled = !self.rows.cells[row][column].is_empty();
        match &check.test {
            Test::Equal(value) => self.is(row, column, value),
            Test::NotEqual(value) => filled && !self.is(row, column, value),
            Test::OneOf(values) => values.iter().any(|value| self.is(row, column, value)),
            Test::Compare(order, bound) => {
                self.numbers[row][column].is_some_and(|number| order.holds(number.total_cmp(bound)))
            }
            Test::Between(low, high) => {
                self.numbers[row][column].is_some_and(|number| (*low..=*high).contains(&number))
            }
            Test::Dated(order, point) => {
                self.dates[row][column].is_some_and(|date| dated(date, *order, *point))
            }
            Test::Beyond(order, _) => {
                let limit = self.anchor_value(column, *order, anchor.unwrap_or(&[]));
                let own = self.key(row, Key::Column(column));
                matches!((own, limit), (Some(own), Some(limit)) if order.holds(own.total_cmp(&limit)))
            }
            Test::SameAs(_) => {
                let anchor = anchor.unwrap_or(&[]);
                let same = |other: usize| self.folded[other][column] == self.folded[row][column];
                filled && !anchor[row] && (0..anchor.len()).any(|other| anchor[other] && same(other))
            }
        }
    }

    fn anchor_value(&self, column: usize, order: Order, anchor: &[bool]) -> Option<f64> {
        let values: Vec<f64> = (0..anchor.len())
            .filter(|row| anchor[*row])
            .filter_map(|row| self.key(row, Key::Column(column)))
            .collect();
        let (low, high) = bounds(&values)?;
        Some(if matches!(order, Order::Greater | Order::GreaterOrEqual) {
            high
        } else {
            low
        })
    }

    fn is(&self, row: usize, column: usize, value: &Value) -> bool {
        match value {
            Value::Text(text) => self.rows.cells[row][column] == *text,
            Value::Part(part) => self.folded[row][column].contains(&part.to_lowercase()),
            Value::Number(number) => self.numbers[row][column] == Some(*number),
        }
    }

    fn values(&self, rows: &[usize], out: usize) -> Vec<String> {
        rows.iter()
            .map(|row| self.rows.cells[*row][out].clone())
            .collect()
    }

    /// What a row is sorted by.
    fn key(&self, row: usize, key: Key) -> Option<f64> {
        match key {
            Key::Position => Some(row as f64),
            Key::Column(column) if self.view.columns[column].facet.is_dated() => {
                let date = self.dates[row][column]?;
                let year = f64::from(date.year.unwrap_or(0));
                let part = |value: Option<u32>| f64::from(value.unwrap_or(0));
                Some(year * 10_000.0 + part(date.month) * 100.0 + part(date.day))
            }
            Key::Column(column) => self.numbers[row][column],
        }
    }

    fn fold(&self, rows: &[usize], fold: Fold, column: usize) -> Option<Vec<String>> {
        let numbers: Vec<f64> = rows.iter().filter_map(|row| self.numbers[*row][column]).collect();
        let (low, high) = bounds(&numbers)?;
        let sum: f64 = numbers.iter().sum();
        Some(vec![written(match fold {
            Fold::Sum => sum,
            Fold::Average => sum / numbers.len() as f64,
            Fold::Maximum => high,
            Fold::Minimum => low,
        })])
    }

    fn best_group(
        &self,
        rows: &[usize],
        out: usize,
        descending: bool,
        worth: impl Fn(usize) -> Option<f64>,
    ) -> Option<Vec<String>> {
        let mut order: Vec<&String> = Vec::new();
        let mut totals: HashMap<&String, f64> = HashMap::new();
        for row in rows {
            let value = &self.rows.cells[*row][out];
            if value.is_empty() {
                continue;
            }
            if let Some(worth) = worth(*row) {
                if !totals.contains_key(value) {
                    order.push(value);
                }
                *totals.entry(value).or_default() += worth;
            }
        }
        let mut best: Option<&String> = None;
        for value in order {
            let better = best.is_none_or(|known| match descending {
                true => totals[value] > totals[known],
                false => totals[value] < totals[known],
            });
            if better {
                best = Some(value);
            }
        }
        Some(vec![best?.clone()])
    }

    fn beside(&self, rows: &[usize], out: usize, offset: i32) -> Option<Vec<String>> {
        let anchor = if offset > 0 {
            rows.iter().max()?
        } else {
            rows.iter().min()?
        };
        let place = i64::try_from(*anchor).ok()? + i64::from(offset);
        let row = usize::try_from(place).ok()?;
        Some(vec![self.rows.cells.get(row)?[out].clone()])
    }

    /// The rows of each of the two alternatives.
    fn alternatives(&self, form: &Form) -> Option<(Vec<usize>, Vec<usize>)> {
        let place = form
            .checks
            .iter()
            .position(|check| matches!(&check.test, Test::OneOf(values) if values.len() == 2))?;
        let Test::OneOf(values) = &form.checks[place].test else {
            return None;
        };
        let rows = |value: &Value| {
            let mut checks = form.checks.clone();
            checks[place].test = Test::Equal(value.clone());
            self.select(&checks)
        };
        Some((rows(&values[0]), rows(&values[1])))
    }

    fn difference(&self, form: &Form, column: usize) -> Option<Vec<String>> {
        let (left, right) = self.alternatives(form)?;
        let value = |rows: Vec<usize>| {
            let numbers: Vec<f64> = rows
                .into_iter()
                .filter_map(|row| self.numbers[row][column])
                .collect();
            bounds(&numbers).map(|(_, high)| high)
        };
        Some(vec![written((value(left)? - value(right)?).abs())])
    }
}

fn bounds(numbers: &[f64]) -> Option<(f64, f64)> {
    let low = numbers.iter().copied().reduce(f64::min)?;
    let high = numbers.iter().copied().reduce(f64::max)?;
    Some((low, high))
}

fn compare(left: Option<f64>, right: Option<f64>) -> Ordering {
    left.unwrap_or(f64::MAX).total_cmp(&right.unwrap_or(f64::MAX))
}

fn dated(date: WrittenDate, order: Order, point: DatePoint) -> bool {
    let Some(year) = date.year else {
        return false;
    };
    let own = (year, point.month.and(date.month), point.day.and(date.day));
    order.holds(own.cmp(&(point.year, point.month, point.day)))
}

fn iso_date(cell: &str) -> Option<WrittenDate> {
    let mut parts = cell.get(..10)?.split('-');
    let mut next = || parts.next()?.parse::<u32>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    Some(WrittenDate {
        year: i32::try_from(year).ok(),
        month: Some(month),
        day: Some(day),
    })
}

fn written(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        format!("{}", number as i64)
    } else {
        format!("{number}")
    }
}
