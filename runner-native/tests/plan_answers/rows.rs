//! Which rows, and in which order.

use super::support::{answer, decide};
use csv_analyst_protocol::gate::Place;
use serde_json::{Value, json};

#[track_caller]
fn names(mut plan: Value) -> Vec<String> {
    plan["select"] = json!([{"column": "name"}]);
    answer(plan)
}

#[track_caller]
fn refused_at(plan: Value, pointer: &str) {
    let rejection = decide(plan).expect_err("refused");
    assert_eq!(
        rejection.place,
        Some(Place::Pointer(pointer.into())),
        "{}",
        rejection.message
    );
}

fn of_town(column: &str, name: &str) -> Value {
    json!({"lookup": {"agg": "min", "of": {"column": column}, "where": [{"column": "name", "op": "=", "value": name}]}})
}

#[test]
fn columns_are_compared_with_columns() {
    let longer = json!({"filters": [{"column": "country", "op": ">", "value_of": {"column": "name"}}]});
    assert_eq!(names(longer), ["Bergen", "Espoo"]);
    let within = json!({"filters": [{"column": "name", "op": "contains", "value_of": {"literal": "ER"}}]});
    assert_eq!(names(within), ["Bergen"]);
}

#[test]
fn rows_are_compared_with_a_row_that_is_looked_up() {
    let same =
        json!({"filters": [{"column": "country", "op": "=", "value_of": of_town("country", "Turku")}]});
    assert_eq!(names(same), ["Espoo", "Turku", "Vaasa"]);
    let more = json!({"filters": [{"column": "people", "op": ">", "value_of": of_town("people", "Bergen")}]});
    assert_eq!(names(more), ["Espoo", "Oslo"]);
}

#[test]
fn ordered_categories_compare_by_their_meaning_with_a_looked_up_one() {
    let bigger = json!({"filters": [{"column": "size", "op": ">", "value_of": of_town("size", "Bergen")}]});
    assert_eq!(names(bigger), ["Espoo", "Oslo"]);
}

#[test]
fn values_of_different_kinds_are_not_compared() {
    refused_at(
        json!({"filters": [{"column": "people", "op": ">", "value_of": {"column": "area"}}]}),
        "/filters/0/value_of",
    );
    refused_at(
        json!({"filters": [{"column": "people", "op": "in", "value_of": {"literal": 1}}]}),
        "/filters/0/value_of",
    );
    refused_at(
        json!({"filters": [{"column": "people", "op": "=", "value": 1, "value_of": {"literal": 1}}]}),
        "/filters/0/value_of",
    );
    refused_at(
        json!({"filters": [{"column": "people", "expression": {"literal": 1}, "op": "=", "value": 1}]}),
        "/filters/0",
    );
}

#[test]
fn what_is_written_in_a_text_can_be_filtered_and_ordered_by() {
    let number = json!({"number": {"column": "area"}});
    let large = json!({"filters": [{"expression": number, "op": ">", "value": 100}],
        "order_by": [{"expression": number, "dir": "desc"}]});
    assert_eq!(names(large), ["Oslo", "Bergen"]);
    let founded = json!({"date": {"column": "founded"}});
    let old = json!({"filters": [{"expression": founded, "op": "<", "value": "1500-01-01"}],
        "order_by": [{"expression": founded}]});
    assert_eq!(names(old), ["Bergen", "Visby"]);
}

#[test]
fn what_is_missing_comes_last_in_either_direction() {
    for dir in ["asc", "desc"] {
        let rows = names(json!({"order_by": [{"expression": {"number": {"column": "area"}}, "dir": dir}]}));
        assert_eq!(rows[4..], ["Espoo", "Vaasa"], "{dir}");
    }
}

#[test]
fn the_second_highest_is_one_further() {
    let second = json!({"order_by": [{"expr": "people", "dir": "desc"}], "limit": 1, "offset": 1});
    assert_eq!(names(second), ["Espoo"]);
}

#[test]
fn rows_that_tie_with_the_last_one_are_kept() {
    let newest = |ties: bool, limit: u64| {
        names(json!({"order_by": [{"expr": "counted", "dir": "desc"}], "limit": limit, "ties": ties}))
    };
    assert_eq!(newest(false, 1), ["Espoo"]);
    assert_eq!(newest(true, 1), ["Espoo", "Vaasa"]);
    assert_eq!(newest(true, 3), ["Espoo", "Vaasa", "Oslo", "Turku"]);
    let groups = answer(
        json!({"select": [{"column": "size"}, {"agg": "count", "as": "towns"}],
        "order_by": [{"expr": "towns", "dir": "desc"}], "limit": 1, "ties": true}),
    );
    assert_eq!(groups, ["Small|2", "Mid|2", "Big|2"]);
}

#[test]
fn ties_need_an_order_and_a_limit() {
    refused_at(json!({"limit": 1, "ties": true}), "/ties");
    refused_at(json!({"order_by": [{"expr": "people"}], "ties": true}), "/ties");
}

#[test]
fn one_row_per_key_is_the_newest_or_the_oldest() {
    let kept = json!({"key": ["country"], "by": "counted"});
    assert_eq!(names(json!({"latest": kept})), ["Espoo", "Oslo", "Visby"]);
    assert_eq!(names(json!({"earliest": kept})), ["Bergen", "Turku", "Visby"]);
    refused_at(json!({"latest": kept, "earliest": kept}), "/earliest");
}

#[test]
fn groups_are_compared_with_what_is_computed() {
    let people = json!({"column": "people", "agg": "sum", "as": "people"});
    let quarter = json!({"divide": [{"lookup": {"agg": "sum", "of": {"column": "people"}}}, {"literal": 2}]});
    let large = answer(json!({"select": [{"column": "country"}, people],
        "having": [{"column": "people", "op": ">", "value_of": quarter}]}));
    assert_eq!(large, ["Norway|990"]);
    let several = answer(json!({"select": [{"column": "country"}, people],
        "having": [{"expression": {"aggregate": {"agg": "count", "of": {"column": "name"}}}, "op": ">", "value": 1}],
        "order_by": [{"expression": {"divide": [{"column": "people"}, {"aggregate": {"agg": "count", "of": {"column": "name"}}}]}}]}));
    assert_eq!(several, ["Finland|568", "Norway|990"]);
}

#[test]
fn an_aggregate_beside_a_column_that_is_no_group_is_refused() {
    let total = json!({"aggregate": {"agg": "sum", "of": {"column": "people"}}});
    refused_at(
        json!({"select": [{"expression": {"subtract": [total, {"column": "people"}]}}]}),
        "/select/0",
    );
    refused_at(
        json!({"select": [{"column": "name"}], "filters": [{"expression": total, "op": ">", "value": 1}]}),
        "/filters/0/expression",
    );
    refused_at(
        json!({"select": [{"column": "name"}], "having": [{"expression": total, "op": ">", "value": 1}]}),
        "/having",
    );
    refused_at(
        json!({"select": [{"column": "name"}], "order_by": [{"expression": total}]}),
        "/order_by/0/expression",
    );
}
