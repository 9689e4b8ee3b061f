//! Datasets for tests: the built-in ones with their values read from the CSV files, as ingest would
//! fill them, and small ones that nobody described.
#![allow(dead_code)]

use csv_analyst_planner::{Decline, Outcome, PlannedQuery, plan};
use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, MAX_LISTED_VALUES, Registry};
use csv_analyst_protocol::plan::QueryPlan;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub fn built_in() -> Vec<Dataset> {
    let folder = datasets_folder();
    let text = std::fs::read_to_string(folder.join("registry.json")).expect("the registry");
    let registry: Registry = serde_json::from_str(&text).expect("a registry");
    registry
        .datasets
        .into_iter()
        .map(|dataset| filled(dataset, &folder))
        .collect()
}

pub fn built_in_dataset(id: &str) -> Dataset {
    built_in()
        .into_iter()
        .find(|dataset| dataset.id == id)
        .expect("a built-in dataset")
}

/// `films` or `employees`: no descriptions, no synonyms, no terms.
pub fn undescribed(name: &str) -> Dataset {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(format!("{name}.json"));
    serde_json::from_str(&std::fs::read_to_string(path).expect("a fixture")).expect("a dataset")
}

pub fn planned(question: &str, dataset: &Dataset) -> PlannedQuery {
    match plan(question, dataset, None) {
        Outcome::Plan(planned) => *planned,
        Outcome::Declined(decline) => panic!("{question}: {}", decline.reason),
    }
}

pub fn followed(question: &str, dataset: &Dataset, previous: &QueryPlan) -> QueryPlan {
    match plan(question, dataset, Some(previous)) {
        Outcome::Plan(planned) => planned.plan,
        Outcome::Declined(decline) => panic!("{question}: {}", decline.reason),
    }
}

pub fn declined(question: &str, dataset: &Dataset) -> Decline {
    match plan(question, dataset, None) {
        Outcome::Declined(decline) => decline,
        Outcome::Plan(planned) => panic!(
            "{question}: {}",
            serde_json::to_string(&planned.plan).expect("JSON")
        ),
    }
}

/// The plan as JSON, without the notes for people.
pub fn json(plan: &QueryPlan) -> Value {
    serde_json::to_value(QueryPlan {
        notes: None,
        ..plan.clone()
    })
    .expect("JSON")
}

fn datasets_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets")
}

fn filled(mut dataset: Dataset, folder: &Path) -> Dataset {
    let mut newest = String::new();
    for table in &mut dataset.tables {
        let text = std::fs::read_to_string(folder.join(&dataset.id).join(&table.file)).expect("a CSV file");
        let records: Vec<Vec<String>> = text.lines().map(fields).collect();
        table.row_count = Some(records.len() as u64 - 1);
        for column in &mut table.columns {
            let place = records[0]
                .iter()
                .position(|name| *name == column.name)
                .expect("a column of the file");
            fill(column, records[1..].iter().map(|record| record[place].as_str()));
            if column.kind.is_temporal() {
                newest = newest.max(column.max.clone().unwrap_or_default());
            }
        }
    }
    dataset.now = Some(if newest.len() == 10 {
        format!("{newest} 00:00:00")
    } else {
        newest
    });
    dataset
}

fn fill<'t>(column: &mut Column, cells: impl Iterator<Item = &'t str>) {
    let mut values = BTreeSet::new();
    for cell in cells {
        if cell.is_empty() {
            column.nullable = true;
        } else {
            values.insert(cell);
        }
    }
    column.distinct_count = Some(values.len() as u64);
    if column.kind == ColumnType::Text && values.len() <= MAX_LISTED_VALUES {
        column.values = values.iter().map(|value| (*value).to_owned()).collect();
    } else if column.kind.is_temporal() {
        column.min = values.first().map(|value| (*value).to_owned());
        column.max = values.last().map(|value| (*value).to_owned());
    } else if column.kind.is_number() {
        let mut numbers: Vec<f64> = values.iter().filter_map(|value| value.parse().ok()).collect();
        numbers.sort_by(f64::total_cmp);
        column.min = numbers.first().map(f64::to_string);
        column.max = numbers.last().map(f64::to_string);
    }
}

/// One line of CSV; the built-in files have no line breaks inside fields.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().expect("one field at least").push(other),
        }
    }
    fields
}
