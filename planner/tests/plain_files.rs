//! Small files that nobody described: what is added up, what is counted, what is refused.

mod support;

use csv_analyst_planner::{Outcome, PlannedQuery};
use csv_analyst_planner::{plan, suggest};
use csv_analyst_protocol::dataset::{Column, ColumnRole, ColumnType, Dataset, Table};
use serde_json::{Value, json};
use support::{declined, json as plan_json, planned};

fn column(name: &str, kind: ColumnType, role: ColumnRole, distinct: u64) -> Column {
    Column {
        name: name.into(),
        kind,
        role,
        distinct_count: Some(distinct),
        min: kind.is_number().then(|| "1".to_owned()),
        max: kind.is_number().then(|| "900".to_owned()),
        ..Column::default()
    }
}

fn text(name: &str, values: &[&str]) -> Column {
    Column {
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        ..column(name, ColumnType::Text, ColumnRole::Dimension, values.len() as u64)
    }
}

fn number(name: &str, distinct: u64) -> Column {
    column(name, ColumnType::Integer, ColumnRole::Measure, distinct)
}

fn file(name: &str, row_count: u64, columns: Vec<Column>) -> Dataset {
    let table = Table {
        name: name.into(),
        file: format!("{name}.csv"),
        row_count: Some(row_count),
        columns,
        ..Table::default()
    };
    Dataset {
        id: name.into(),
        name: name.into(),
        tables: vec![table],
        ..Dataset::default()
    }
}

fn year() -> Column {
    Column {
        min: Some("2024".into()),
        max: Some("2025".into()),
        ..column("year", ColumnType::Integer, ColumnRole::Dimension, 2)
    }
}

fn sales(revenue: Column) -> Dataset {
    let regions = text("region", &["East", "North", "South", "West"]);
    let customers = column("customer_id", ColumnType::Integer, ColumnRole::Key, 30);
    file("sales", 48, vec![regions, customers, revenue])
}

fn cities() -> Dataset {
    file(
        "cities",
        5,
        vec![
            text("city", &["Lima", "Oslo", "Rome"]),
            number("value", 5),
            year(),
        ],
    )
}

fn heights() -> Dataset {
    let mut dataset = file(
        "people",
        3,
        vec![text("name", &["Ann", "Taro", "Zoe"]), number("height (cm)", 2)],
    );
    dataset.tables[0].primary_key = vec!["name".into()];
    dataset.tables[0].columns[0].role = ColumnRole::Key;
    dataset
}

fn metric(question: &str, dataset: &Dataset) -> Value {
    let select = plan_json(&planned(question, dataset).plan)["select"].clone();
    let items = select.as_array().cloned().unwrap_or_default();
    let found = items.into_iter().find(|item| item.get("agg").is_some());
    let mut found = found.unwrap_or_else(|| panic!("{question}: {select}"));
    if let Some(item) = found.as_object_mut() {
        item.retain(|key, _| key == "agg" || key == "column");
    }
    found
}

#[test]
fn totals_are_added_up() {
    let dataset = sales(number("revenue", 48));
    for (question, aggregate) in [
        ("total revenue by region", "sum"),
        ("total revenue", "sum"),
        ("revenue total by region", "sum"),
        ("total North revenue", "sum"),
        ("how much revenue did we make?", "sum"),
        ("average revenue", "avg"),
        ("max revenue per region", "max"),
    ] {
        assert_eq!(
            metric(question, &dataset),
            json!({"column": "revenue", "agg": aggregate}),
            "{question}"
        );
    }
}

#[test]
fn years_are_groups_and_can_be_compared() {
    let made = plan_json(&planned("total value by year", &cities()).plan);
    assert_eq!(made["group_by"], json!(["year"]));
    assert_eq!(
        metric("total value by year", &cities()),
        json!({"column": "value", "agg": "sum"})
    );
    let made = plan_json(&planned("cities with year above 2024", &cities()).plan);
    assert_eq!(
        made["filters"],
        json!([{"column": "year", "op": ">", "value": 2024}])
    );
}

#[test]
fn what_is_no_number_is_never_counted_instead() {
    let as_text = sales(text("revenue", &["high", "low"]));
    let as_key = sales(column("revenue", ColumnType::Integer, ColumnRole::Key, 48));
    for dataset in [as_text, as_key] {
        for question in [
            "total revenue by region",
            "total revenue",
            "revenue total by region",
            "total North revenue",
            "how much revenue did we make?",
            "sum of revenue by region",
            "average revenue",
            "maximum revenue by region",
            "Which region has the highest revenue?",
            "which region has the most revenue",
        ] {
            let reason = declined(question, &dataset).reason;
            assert!(reason.contains("\u{201c}revenue\u{201d}"), "{question}: {reason}");
            assert!(reason.contains("no numbers"), "{question}: {reason}");
        }
    }
}

#[test]
fn numbers_in_texts_are_read_and_said_to_be() {
    let dataset = sales(text("revenue", &["$1,200", "$95", "$3,000"]));
    for question in ["total revenue", "What is the average revenue?"] {
        let planned = planned(question, &dataset);
        let made = plan_json(&planned.plan);
        assert_eq!(
            made["select"][0]["expression"],
            json!({"number": {"column": "revenue"}}),
            "{question}"
        );
        assert!(
            planned.assumptions.concat().contains("first number in each cell"),
            "{question}"
        );
    }
    declined("total revenue by region", &dataset);
}

#[test]
fn things_are_still_counted() {
    assert!(suggest(&heights(), None).contains(&"How many people are there?".to_owned()));
    let dataset = sales(number("revenue", 48));
    assert_eq!(
        metric("total customers", &dataset),
        json!({"column": "customer_id", "agg": "count_distinct"})
    );
    assert_eq!(metric("total sales by region", &dataset), json!({"agg": "count"}));
}

#[test]
fn different_ones_are_counted_once() {
    for (question, dataset, column) in [
        (
            "How many different values of height (cm) are there?",
            heights(),
            "height (cm)",
        ),
        ("How many distinct heights", heights(), "height (cm)"),
        ("How many distinct cities", cities(), "city"),
        ("number of unique cities by year", cities(), "city"),
        ("distinct count of city", cities(), "city"),
        ("How many different values of city are there?", cities(), "city"),
        ("How many different values does city have?", cities(), "city"),
        ("how many different years", cities(), "year"),
        ("total number of different cities", cities(), "city"),
    ] {
        assert_eq!(
            metric(question, &dataset),
            json!({"column": column, "agg": "count_distinct"}),
            "{question}"
        );
    }
}

#[test]
fn different_things_that_nothing_tells_apart_are_refused() {
    let dataset = file("visits", 9, vec![text("page", &["a", "b"]), number("seconds", 9)]);
    declined("how many different visits", &dataset);
    declined("how many different visits per page", &dataset);
}

#[test]
fn different_ones_can_be_listed() {
    let made = plan_json(&planned("list the unique cities", &cities()).plan);
    assert_eq!(made["select"], json!([{"column": "city"}]));
    assert_eq!(made["distinct"], json!(true));
}

#[test]
fn every_suggestion_means_what_it_says() {
    for dataset in [
        heights(),
        cities(),
        sales(number("revenue", 48)),
        sales(text("revenue", &["$1", "$2"])),
    ] {
        let prompts = suggest(&dataset, None);
        assert!(prompts.len() > 2, "{prompts:?}");
        for prompt in prompts {
            let Outcome::Plan(answer) = plan(&prompt, &dataset, None) else {
                panic!("{prompt}");
            };
            let PlannedQuery { plan, .. } = *answer;
            let made = plan_json(&plan);
            if let Some(rest) = prompt.strip_prefix("How many different values of ") {
                let name = rest.trim_end_matches(" are there?");
                let is_key = dataset.tables[0].primary_key == [name];
                let counts = json!(if is_key { "count" } else { "count_distinct" });
                assert_eq!(made["select"][0]["agg"], counts, "{prompt}: {made}");
            }
            if prompt.starts_with("What is the average") {
                assert_eq!(made["select"][1]["agg"], json!("avg"), "{prompt}: {made}");
            }
        }
    }
}
