//! Plans as sentences. `explanations/*.json` hold plans of every construct, each with the sentence that it is.

use csv_analyst_planner::explain;
use csv_analyst_protocol::dataset::{Dataset, Registry};
use csv_analyst_protocol::plan::QueryPlan;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Explained {
    sentence: String,
    plan: Value,
}

fn dataset(id: &str) -> Dataset {
    let registry: Registry =
        serde_json::from_str(include_str!("../../datasets/registry.json")).expect("the registry");
    let mut found = registry
        .datasets
        .into_iter()
        .find(|dataset| dataset.id == id)
        .expect("a dataset of that name");
    for (table, rows) in found.tables.iter_mut().zip([5_000, 12_034, 300]) {
        table.row_count = Some(rows);
    }
    found
}

fn plan(mut value: Value, id: &str) -> QueryPlan {
    value["dataset_id"] = id.into();
    serde_json::from_value(value).expect("a plan")
}

fn check(id: &str, file: &str) {
    let explained: Vec<Explained> = serde_json::from_str(file).expect("sentences and plans");
    for case in explained {
        assert_eq!(explain(&plan(case.plan, id), &dataset(id)), case.sentence);
    }
}

#[test]
fn plans_of_the_shop_explain_themselves() {
    check("ecommerce", include_str!("explanations/ecommerce.json"));
}

#[test]
fn plans_of_the_sensors_explain_themselves() {
    check("sensors", include_str!("explanations/sensors.json"));
}

#[test]
fn a_plan_that_fits_nothing_is_still_a_sentence() {
    let lost = plan(
        serde_json::json!({"table": "no_such_table", "select": [{"column": "some_thing"}], "order_by": [{"expr": "x"}]}),
        "ecommerce",
    );
    assert_eq!(
        explain(&lost, &dataset("ecommerce")),
        "No such tables with some thing, lowest x first"
    );
}

#[test]
fn outputs_that_name_one_another_in_circles_end() {
    let name = |name: &str| serde_json::json!({"add": [{"column": name}, {"column": name}]});
    let circle = serde_json::json!({"table": "orders", "select": [
        {"expression": name("b"), "as": "a"}, {"expression": name("a"), "as": "b"}], "group_by": ["a", "b"]});
    let sentence = explain(&plan(circle, "ecommerce"), &dataset("ecommerce"));
    assert!(sentence.len() < 2_000, "{sentence}");
}

#[test]
fn a_huge_plan_is_a_bounded_sentence_soon() {
    let sums = (0..2_000).fold(serde_json::json!({"column": "total"}), |sum, index| {
        if index % 40 == 0 {
            serde_json::json!({"column": "x"})
        } else {
            serde_json::json!({"add": [sum, {"column": "x"}]})
        }
    });
    let items: Vec<Value> = (0..50)
        .map(|_| serde_json::json!({"expression": sums, "as": "x"}))
        .collect();
    let huge = serde_json::json!({"table": "orders", "select": items});
    let sentence = explain(&plan(huge, "ecommerce"), &dataset("ecommerce"));
    assert!(sentence.chars().count() <= 601, "{}", sentence.len());
}
