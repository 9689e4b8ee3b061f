//! What the built-in data promises: shares, rates, ranges, and that nothing contradicts itself.
//!
//! The tests read the generated CSV text, not the generator's own structures, so they see what a user sees.

mod ecommerce;
mod registry;
mod sensors;
mod support;

use super::GeneratedFile;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Made once for all tests; they only read it.
static FILES: LazyLock<Vec<GeneratedFile>> = LazyLock::new(super::generate);

fn generate() -> &'static [GeneratedFile] {
    &FILES
}

/// A generated CSV file, cell by cell. Our files hold no quotes, so a comma always separates.
struct Sheet {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn of(files: &[GeneratedFile], path: &str) -> Self {
        let file = files
            .iter()
            .find(|file| file.path == path)
            .unwrap_or_else(|| panic!("no file {path}"));
        let mut lines = file
            .text
            .lines()
            .map(|line| line.split(',').map(str::to_owned).collect());
        Self {
            header: lines.next().expect("a header"),
            rows: lines.collect(),
        }
    }

    fn position(&self, column: &str) -> usize {
        self.header
            .iter()
            .position(|name| name == column)
            .unwrap_or_else(|| panic!("no column {column}"))
    }

    fn column(&self, column: &str) -> Vec<&str> {
        let position = self.position(column);
        self.rows.iter().map(|row| row[position].as_str()).collect()
    }

    /// The row's cell as a whole number of hundredths; `None` when empty.
    fn hundredths(&self, row: &[String], column: &str) -> Option<i64> {
        let text = &row[self.position(column)];
        let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
        (!text.is_empty()).then(|| format!("{whole}{decimals:0<2}").parse().expect("a number"))
    }

    fn cell<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        &row[self.position(column)]
    }
}

/// Percent of the values that are equal to `wanted`.
fn share(values: &[&str], wanted: &str) -> f64 {
    100.0 * values.iter().filter(|value| **value == wanted).count() as f64 / values.len() as f64
}

#[track_caller]
fn assert_near(found: f64, wanted: f64, tolerance: f64, what: &str) {
    assert!(
        (found - wanted).abs() <= tolerance,
        "{what}: {found:.2}, wanted about {wanted}"
    );
}

#[track_caller]
fn assert_shares(values: &[&str], wanted: &[(&str, f64)], tolerance: f64) {
    for (value, percent) in wanted {
        assert_near(share(values, value), *percent, tolerance, value);
    }
}

fn count_by<'a>(values: impl IntoIterator<Item = &'a str>) -> HashMap<&'a str, usize> {
    let mut counts = HashMap::new();
    values
        .into_iter()
        .for_each(|value| *counts.entry(value).or_default() += 1);
    counts
}

/// Seconds since 1970 of `2026-01-31 18:00:00`.
fn seconds(timestamp: &str) -> i64 {
    let part = |from: usize, to: usize| timestamp[from..to].parse::<i64>().expect("digits");
    let day = super::calendar::days(part(0, 4), part(5, 7), part(8, 10));
    day * 86_400 + part(11, 13) * 3_600 + part(14, 16) * 60 + part(17, 19)
}

#[test]
fn the_checked_in_files_match_the_generator() {
    super::run(true).expect("run `cargo xtask datasets` and commit the result");
}

#[test]
fn the_generator_gives_the_same_files_every_time() {
    let again = super::generate();
    assert_eq!(again.len(), generate().len());
    assert!(
        again
            .iter()
            .zip(generate())
            .all(|(one, other)| one.text == other.text)
    );
}

#[test]
fn the_files_stay_small() {
    let files = generate();
    let bytes: usize = files.iter().map(|file| file.text.len()).sum();
    assert!(bytes < 8_000_000, "{bytes} bytes");
    assert!(
        files
            .iter()
            .all(|file| file.text.ends_with('\n') && !file.text.contains('\r'))
    );
}

#[test]
fn days_survive_the_way_to_a_date_and_back() {
    for day in super::calendar::days(1999, 12, 1)..super::calendar::days(2028, 3, 2) {
        let (year, month, of_month) = super::calendar::civil(day);
        assert_eq!(super::calendar::days(year, month, of_month), day);
    }
    assert_eq!(super::calendar::timestamp(1_769_882_400), "2026-01-31 18:00:00");
    assert_eq!(
        super::calendar::weekday(super::calendar::days(2026, 1, 31)),
        5,
        "a Saturday"
    );
}
