//! One window of time against the one before it, and what is said about rows that are left out.

use super::support::{answer, decide};
use csv_analyst_protocol::gate::Place;
use serde_json::{Value, json};

fn compared(select: Value) -> Value {
    json!({"select": select, "window": {"column": "counted", "last": 1, "unit": "month"}, "compare": true})
}

#[test]
fn each_aggregate_has_its_value_before_the_difference_and_the_percentage() {
    let months = answer(compared(
        json!([{"column": "people", "agg": "sum", "as": "people"}, {"agg": "count", "as": "n"}]),
    ));
    assert_eq!(months, ["368|1190|-822|-69.1|2|3|-1|-33.3"]);
    let dates = answer(compared(json!([{"column": "counted", "agg": "max"}])));
    assert_eq!(dates, ["2026-02-07|2026-01-02"], "dates have no percentage");
}

#[test]
fn rates_are_of_their_own_window() {
    let big = json!({"agg": "rate", "where": {"column": "size", "op": "=", "value": "Big"}, "as": "big", "round": 1});
    assert_eq!(answer(compared(json!([big]))), ["50.0|33.3|16.7|50.2"]);
}

#[test]
fn groups_of_only_one_of_the_windows_are_shown() {
    let mut plan = compared(json!([{"column": "country"}, {"agg": "count", "as": "n"}]));
    plan["order_by"] = json!([{"expr": "n_change", "dir": "desc"}]);
    assert_eq!(answer(plan), ["Finland|2|1|1|100.0", "Norway|0|2|-2|-100.0"]);
}

#[test]
fn both_windows_are_named() {
    let accepted = decide(compared(json!([{"agg": "count"}]))).expect("accepted");
    assert_eq!(
        accepted.notes,
        [
            "Last month of the data: 8 Jan to 7 Feb 2026.",
            "Compared with the month before: 8 Dec 2025 to 7 Jan 2026."
        ]
    );
}

#[test]
fn nothing_is_compared_without_a_window() {
    let rejection = decide(json!({"select": [{"agg": "count"}], "compare": true})).expect_err("refused");
    assert_eq!(rejection.place, Some(Place::Pointer("/compare".into())));
}

#[test]
fn rows_that_an_aggregate_leaves_out_are_spoken_of() {
    let notes = |expression: Value| {
        let plan = json!({"select": [{"agg": "avg", "expression": expression}]});
        decide(plan).expect("accepted").notes
    };
    assert_eq!(
        notes(json!({"number": {"column": "area"}})),
        ["Rows without a value of `area` are left out."]
    );
    assert!(
        notes(json!({"column": "people"})).is_empty(),
        "each town has people"
    );
}
