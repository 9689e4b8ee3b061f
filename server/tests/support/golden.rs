//! Golden answers: what `datasets/golden/` says is right, and whether an answer says the same.
//!
//! The rules are those of `datasets/golden/README.md`: by values, not by column names.

use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

#[derive(Clone, Debug, Deserialize)]
pub struct Golden {
    #[serde(default)]
    pub dataset: String,
    #[serde(alias = "prompt")]
    pub question: String,
    ordered: bool,
    prefix: bool,
    compare: Vec<String>,
    columns: Vec<String>,
    rows: Vec<Vec<Value>>,
}

pub fn goldens(file: &str) -> Vec<Golden> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../datasets/golden")
        .join(file);
    let text = std::fs::read_to_string(path).expect("the golden file is there");
    serde_json::from_str(&text).expect("the golden file has the fields of its README")
}

/// The eighteen example prompts.
pub fn example_prompts() -> Vec<Golden> {
    let of = |dataset: &str| {
        let mut found = goldens(&format!("{dataset}.json"));
        found
            .iter_mut()
            .for_each(|golden| golden.dataset = dataset.to_owned());
        found
    };
    ["ecommerce", "support", "sensors"]
        .into_iter()
        .flat_map(of)
        .collect()
}

impl Golden {
    /// Compares a chat's or run's `run` object; the error says what differs.
    pub fn check(&self, run: &Value) -> Result<(), String> {
        let found = rows_of(run)?;
        let truncated = run["truncated"].as_bool() == Some(true);
        let expected = &self.rows;
        let length_fits = match (truncated, self.prefix) {
            (true, _) => found.len() <= expected.len(),
            (false, true) => found.len() >= expected.len(),
            (false, false) => found.len() == expected.len(),
        };
        if !length_fits {
            return Err(format!("{} rows, expected {}", found.len(), expected.len()));
        }
        self.find_columns(&found, truncated)
    }

    /// Each column of `compare` needs a column of the answer; all of them together must give the rows.
    fn find_columns(&self, found: &[Vec<Value>], truncated: bool) -> Result<(), String> {
        let wanted: Vec<usize> = self
            .compare
            .iter()
            .map(|name| {
                self.columns
                    .iter()
                    .position(|column| column == name)
                    .expect("compare names columns")
            })
            .collect();
        let width = found.first().map_or(0, Vec::len);
        let mut chosen = Vec::new();
        match self.assign(&wanted, width, found, truncated, &mut chosen) {
            true => Ok(()),
            false => Err(format!(
                "no columns hold {:?}; first row {:?}, expected {:?}",
                self.compare,
                found.first(),
                self.rows.first()
            )),
        }
    }

    fn assign(
        &self,
        wanted: &[usize],
        width: usize,
        found: &[Vec<Value>],
        truncated: bool,
        chosen: &mut Vec<usize>,
    ) -> bool {
        if chosen.len() == wanted.len() {
            return true;
        }
        (0..width).any(|candidate| {
            if chosen.contains(&candidate) {
                return false;
            }
            chosen.push(candidate);
            let fits = self.same_rows(&wanted[..chosen.len()], chosen, found, truncated)
                && self.assign(wanted, width, found, truncated, chosen);
            if !fits {
                chosen.pop();
            }
            fits
        })
    }

    fn same_rows(&self, wanted: &[usize], chosen: &[usize], found: &[Vec<Value>], truncated: bool) -> bool {
        let same = |expected: &Vec<Value>, row: &Vec<Value>| {
            wanted
                .iter()
                .zip(chosen)
                .all(|(&left, &right)| same_cell(&expected[left], &row[right]))
        };
        if self.ordered {
            return self
                .rows
                .iter()
                .zip(found)
                .all(|(expected, row)| same(expected, row));
        }
        let mut free: Vec<&Vec<Value>> = self.rows.iter().collect();
        let all_known = found
            .iter()
            .all(|row| match free.iter().position(|expected| same(expected, row)) {
                Some(index) => {
                    free.swap_remove(index);
                    true
                }
                None => false,
            });
        all_known && (truncated || free.is_empty())
    }
}

fn rows_of(run: &Value) -> Result<Vec<Vec<Value>>, String> {
    if run["status"] != "succeeded" {
        return Err(format!("status {}, error {}", run["status"], run["error"]));
    }
    let rows = run["rows"].as_array().ok_or("no rows")?;
    Ok(rows
        .iter()
        .map(|row| row.as_array().cloned().unwrap_or_default())
        .collect())
}

/// Numbers within one part in a million, or rounded to two decimals or more.
fn same_cell(expected: &Value, found: &Value) -> bool {
    match (number(expected), number(found)) {
        (Some(expected), Some(found)) => {
            let difference = (expected - found).abs();
            difference <= 1e-6 * expected.abs().max(1e-9) || difference <= 0.005 + 1e-9
        }
        _ => expected == found,
    }
}

/// Long decimals travel as text.
fn number(cell: &Value) -> Option<f64> {
    match cell {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-') => {
            text.parse().ok()
        }
        _ => None,
    }
}
