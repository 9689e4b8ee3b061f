//! `datasets/registry.json` fits the protocol and the CSV files, and all that it names exists.

use super::{Sheet, generate};
use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, Measure, Registry, Table};
use csv_analyst_protocol::plan::{Condition, Expression, Operator};
use serde_json::Value;
use std::collections::HashSet;

fn registry() -> Registry {
    let path = crate::datasets::folder().join("registry.json");
    let text = std::fs::read_to_string(path).expect("the registry is there");
    serde_json::from_str(&text).expect("the registry fits the protocol")
}

fn each_table(mut visit: impl FnMut(&Dataset, &Table, &Sheet)) {
    let files = generate();
    for dataset in &registry().datasets {
        for table in &dataset.tables {
            visit(
                dataset,
                table,
                &Sheet::of(files, &format!("{}/{}", dataset.id, table.file)),
            );
        }
    }
}

fn fits(kind: ColumnType, text: &str) -> bool {
    match kind {
        ColumnType::Boolean => matches!(text, "true" | "false"),
        ColumnType::Integer => text.parse::<i32>().is_ok(),
        ColumnType::Bigint => text.parse::<i64>().is_ok(),
        ColumnType::Double => text.parse::<f64>().is_ok(),
        ColumnType::Decimal { precision, scale } => {
            let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
            let digits = whole.trim_start_matches('-').len();
            digits <= usize::from(precision - scale) && decimals.len() <= usize::from(scale)
        }
        ColumnType::Date => text.len() == 10,
        ColumnType::Timestamp => text.len() == 19,
        ColumnType::Time | ColumnType::Text => true,
    }
}

#[test]
fn columns_are_those_of_the_csv_files_in_order() {
    each_table(|_, table, sheet| {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert_eq!(names, sheet.header, "{}", table.name);
    });
}

#[test]
fn every_value_fits_its_type_and_only_nullable_columns_have_gaps() {
    each_table(|_, table, sheet| {
        for column in &table.columns {
            let values = sheet.column(&column.name);
            assert_eq!(
                values.contains(&""),
                column.nullable,
                "{}.{}",
                table.name,
                column.name
            );
            let misfit = values
                .iter()
                .find(|value| !value.is_empty() && !fits(column.kind, value));
            assert_eq!(misfit, None, "{}.{}", table.name, column.name);
        }
    });
}

#[test]
fn primary_keys_are_unique() {
    each_table(|_, table, sheet| {
        let columns: Vec<Vec<&str>> = table.primary_key.iter().map(|name| sheet.column(name)).collect();
        assert!(!columns.is_empty(), "{} has a key", table.name);
        let keys: HashSet<Vec<&str>> = (0..sheet.rows.len())
            .map(|row| columns.iter().map(|column| column[row]).collect())
            .collect();
        assert_eq!(keys.len(), sheet.rows.len(), "{}", table.name);
    });
}

#[test]
fn relationships_point_many_rows_to_one_that_exists() {
    let files = generate();
    for dataset in &registry().datasets {
        let column = |table: &str, column: &str| -> Vec<String> {
            let table = dataset.table(table).unwrap_or_else(|| panic!("no table {table}"));
            let sheet = Sheet::of(files, &format!("{}/{}", dataset.id, table.file));
            sheet.column(column).into_iter().map(str::to_owned).collect()
        };
        for link in &dataset.relationships {
            let targets = column(&link.to_table, &link.to_column);
            let unique: HashSet<&String> = targets.iter().collect();
            assert_eq!(unique.len(), targets.len(), "{link:?}");
            assert!(
                column(&link.from_table, &link.from_column)
                    .iter()
                    .all(|key| unique.contains(key)),
                "{link:?}"
            );
        }
    }
}

#[test]
fn every_named_column_exists() {
    each_table(|_, table, _| {
        let entity = table.entity.iter().flat_map(|entity| {
            entity
                .key
                .iter()
                .chain(&entity.attributes)
                .chain(std::iter::once(&entity.latest_by))
        });
        let named = table
            .display_columns
            .iter()
            .chain(&table.time_column)
            .chain(entity);
        for name in named {
            assert!(table.column(name).is_some(), "{}.{name}", table.name);
        }
        assert!(
            !table.display_columns.is_empty() && !table.row_noun.is_empty() && !table.description.is_empty()
        );
        if let Some(time) = &table.time_column {
            assert!(table.column(time).is_some_and(|column| column.kind.is_temporal()));
        }
    });
}

#[test]
fn ordered_values_are_exactly_the_values() {
    each_table(|_, table, sheet| {
        for column in table
            .columns
            .iter()
            .filter(|column| !column.ordered_values.is_empty())
        {
            let declared: HashSet<&str> = column.ordered_values.iter().map(String::as_str).collect();
            assert_eq!(
                declared,
                sheet.column(&column.name).into_iter().collect(),
                "{}",
                column.name
            );
        }
    });
}

fn check_condition(column: &Column, condition: &Condition, values: &HashSet<&str>) {
    let known = |value: &Value| match value {
        Value::String(text) => column.kind == ColumnType::Text && values.contains(text.as_str()),
        Value::Number(_) => column.kind.is_number(),
        Value::Bool(_) => column.kind == ColumnType::Boolean,
        _ => false,
    };
    let right = match condition.op {
        Operator::IsNull | Operator::IsNotNull => column.nullable && condition.value.is_null(),
        Operator::In => condition
            .value
            .as_array()
            .is_some_and(|list| list.iter().all(known)),
        _ => known(&condition.value),
    };
    assert!(right, "{}: {condition:?}", column.name);
}

#[test]
fn terms_are_lower_case_unambiguous_and_met_by_the_data() {
    each_table(|_, table, sheet| {
        for column in &table.columns {
            let values: HashSet<&str> = sheet.column(&column.name).into_iter().collect();
            let mut seen = HashSet::new();
            for term in &column.terms {
                check_condition(column, &term.condition, &values);
                for words in &term.words {
                    assert_eq!(*words, words.trim().to_lowercase());
                    assert!(seen.insert(words), "{}: {words} means two things", column.name);
                }
            }
        }
    });
}

fn columns_of<'a>(expression: &'a Expression, found: &mut Vec<&'a str>) {
    match expression {
        Expression::Column(name) => found.push(name),
        Expression::Aggregate { .. } => panic!("a measure is an expression per row"),
        other => other
            .parts()
            .into_iter()
            .for_each(|(_, part)| columns_of(part, found)),
    }
}

fn check_measure(dataset: &Dataset, measure: &Measure) {
    let table = dataset
        .table(&measure.table)
        .unwrap_or_else(|| panic!("{} has a table", measure.name));
    let mut columns = Vec::new();
    columns_of(&measure.expression, &mut columns);
    assert!(
        !columns.is_empty() && columns.iter().all(|name| table.column(name).is_some()),
        "{}",
        measure.name
    );
}

#[test]
fn measures_use_columns_of_their_table() {
    for dataset in &registry().datasets {
        dataset
            .measures
            .iter()
            .for_each(|measure| check_measure(dataset, measure));
    }
}

#[test]
fn each_dataset_has_six_prompts_in_plain_apostrophes() {
    let registry = registry();
    let ids: Vec<&str> = registry
        .datasets
        .iter()
        .map(|dataset| dataset.id.as_str())
        .collect();
    assert_eq!(ids, ["ecommerce", "support", "sensors"]);
    for dataset in &registry.datasets {
        assert_eq!(dataset.prompts.len(), 6);
        assert!(dataset.prompts.iter().all(|prompt| prompt.is_ascii()));
    }
}

#[test]
fn what_ingest_finds_out_is_not_written_by_hand() {
    each_table(|dataset, table, _| {
        assert!(dataset.version.is_empty() && dataset.now.is_none() && table.row_count.is_none());
        let bare = |column: &Column| column.values.is_empty() && column.min.is_none() && column.max.is_none();
        assert!(table.columns.iter().all(bare));
    });
}
