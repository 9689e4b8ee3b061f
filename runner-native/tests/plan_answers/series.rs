//! Rows of the answer beside one another, and the first rows of each group.

use super::support::{answer, decide};
use csv_analyst_protocol::gate::Place;
use serde_json::{Value, json};

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

fn people() -> Value {
    json!({"column": "people", "agg": "sum", "as": "people"})
}

#[test]
fn shares_are_of_the_whole_answer_or_of_a_group() {
    let of_all = answer(json!({"select": [{"column": "country"}, people(),
        {"expression": {"share": {"of": {"column": "people"}}}, "round": 1}]}));
    assert_eq!(of_all, ["Finland|568|35.9", "Norway|990|62.6", "Sweden|24|1.5"]);
    let of_country = answer(json!({"select": [{"column": "name"},
        {"expression": {"share": {"of": {"column": "people"}, "within": ["country"]}}, "round": 1}],
        "filters": [{"column": "country", "op": "=", "value": "Norway"}]}));
    assert_eq!(of_country, ["Bergen|29.3", "Oslo|70.7"]);
}

#[test]
fn a_limit_does_not_change_the_whole() {
    let first = answer(json!({"select": [{"column": "country"},
        {"expression": {"share": {"of": {"aggregate": {"agg": "sum", "of": {"column": "people"}}}}}, "as": "share", "round": 1}],
        "order_by": [{"expr": "share", "dir": "desc"}], "limit": 1}));
    assert_eq!(first, ["Norway|62.6"]);
}

#[test]
fn equals_share_a_rank() {
    let ranked = answer(
        json!({"select": [{"column": "size"}, {"agg": "count", "as": "towns"},
        {"expression": {"rank": {"by": {"column": "towns"}, "dir": "desc"}}, "as": "rank"}],
        "filters": [{"column": "name", "op": "!=", "value": "Oslo"}]}),
    );
    assert_eq!(ranked, ["Small|2|1", "Mid|2|1", "Big|1|3"]);
}

#[test]
fn totals_run_along_a_bucket_within_each_other_group() {
    let day = json!({"column": "counted", "bucket": "day", "as": "day"});
    let running =
        json!({"expression": {"running": {"of": {"column": "people"}, "along": "day"}}, "as": "total"});
    let all = answer(
        json!({"select": [day, people(), running], "filters": [{"column": "counted", "op": "is_not_null"}]}),
    );
    assert_eq!(
        all,
        ["2026-01-01|290|290", "2026-01-02|900|1190", "2026-02-07|368|1558"]
    );
    let each = answer(json!({"select": [{"column": "country"}, day, people(), running],
        "filters": [{"column": "country", "op": "!=", "value": "Sweden"}]}));
    assert_eq!(
        each,
        [
            "Finland|2026-01-02|200|200",
            "Finland|2026-02-07|368|568",
            "Norway|2026-01-01|290|290",
            "Norway|2026-01-02|700|990"
        ]
    );
}

#[test]
fn the_period_before_is_the_one_before_in_time_not_the_row_before() {
    let week = json!({"column": "counted", "bucket": "week", "as": "week"});
    let of =
        |expression: &str| json!({"expression": {expression: {"of": {"column": "people"}, "along": "week"}}});
    let weeks = answer(json!({"select": [week, people(), of("previous"), of("change")],
        "filters": [{"column": "counted", "op": "is_not_null"}]}));
    assert_eq!(
        weeks,
        ["2025-12-29|1190|-|-", "2026-02-02|368|-|-"],
        "five weeks lie between them"
    );
    let day = json!({"column": "counted", "bucket": "day", "as": "day"});
    let percent = json!({"expression": {"change": {"of": {"column": "people"}, "along": "day", "percent": true}}, "round": 1});
    let days = answer(
        json!({"select": [day, percent, people()], "filters": [{"column": "counted", "op": "is_not_null"}]}),
    );
    assert_eq!(
        days,
        ["2026-01-01|-|290", "2026-01-02|210.3|900", "2026-02-07|-|368"]
    );
}

#[test]
fn moving_values_look_at_the_last_rows_or_periods() {
    let moving = |along: &str| json!({"expression": {"moving": {"agg": "sum", "of": {"column": "people"}, "last": 2, "along": along}}, "as": "sum"});
    let rows = answer(
        json!({"select": [{"column": "name"}, moving("counted")], "order_by": [{"expr": "counted"}, {"expr": "name"}]}),
    );
    assert_eq!(
        rows,
        [
            "Bergen|290",
            "Oslo|990",
            "Turku|900",
            "Espoo|500",
            "Vaasa|368",
            "Visby|92"
        ]
    );
    let day = json!({"column": "counted", "bucket": "day", "as": "day"});
    let days = answer(
        json!({"select": [day, people(), moving("day")], "filters": [{"column": "counted", "op": "is_not_null"}]}),
    );
    assert_eq!(
        days,
        ["2026-01-01|290|290", "2026-01-02|900|1190", "2026-02-07|368|368"]
    );
    refused_at(
        json!({"select": [day, {"expression": {"moving": {"of": {"column": "people"}, "last": 1, "along": "day"}}}]}),
        "/select/1/expression/moving/last",
    );
}

#[test]
fn of_each_group_the_first_rows_are_kept() {
    let top = |n: u64, ties: bool| json!({"n": n, "per": ["country"], "order_by": [{"expr": "people", "dir": "desc"}], "ties": ties});
    let select = json!([{"column": "country"}, {"column": "name"}]);
    let largest = answer(json!({"select": select, "top": top(1, false)}));
    assert_eq!(largest, ["Finland|Espoo", "Norway|Oslo", "Sweden|Visby"]);
    let two = answer(
        json!({"select": select, "top": top(2, false), "filters": [{"column": "country", "op": "=", "value": "Finland"}]}),
    );
    assert_eq!(two, ["Finland|Espoo", "Finland|Turku"]);
    let newest =
        json!({"n": 1, "per": ["country"], "order_by": [{"expr": "counted", "dir": "desc"}], "ties": true});
    let tied = answer(
        json!({"select": select, "top": newest, "filters": [{"column": "country", "op": "=", "value": "Finland"}]}),
    );
    assert_eq!(tied, ["Finland|Espoo", "Finland|Vaasa"]);
}

#[test]
fn of_each_group_the_first_groups_are_kept() {
    let sizes = answer(
        json!({"select": [{"column": "country"}, {"column": "size"}, people()],
        "top": {"n": 1, "per": ["country"], "order_by": [{"expr": "people", "dir": "desc"}]}}),
    );
    assert_eq!(sizes, ["Finland|Big|300", "Norway|Big|700", "Sweden|Small|24"]);
    refused_at(
        json!({"top": {"n": 0, "per": ["country"], "order_by": [{"expr": "people"}]}}),
        "/top/n",
    );
    refused_at(
        json!({"top": {"n": 1, "per": [], "order_by": [{"expr": "people"}]}}),
        "/top/per",
    );
    refused_at(
        json!({"top": {"n": 1, "per": ["country"], "order_by": [{"expr": "peple"}]}}),
        "/top/order_by/0/expr",
    );
}

#[test]
fn percentiles_are_aggregates() {
    let half = answer(
        json!({"select": [{"expression": {"percentile": {"of": {"column": "people"}, "percent": 50}}},
        {"expression": {"percentile": {"of": {"column": "people"}, "percent": 90}}}]}),
    );
    assert_eq!(half, ["245.0|500.0"]);
    refused_at(
        json!({"select": [{"expression": {"percentile": {"of": {"column": "people"}, "percent": 101}}}]}),
        "/select/0/expression/percentile/percent",
    );
}

#[test]
fn what_compares_rows_stands_in_the_select_list_alone() {
    let rank = json!({"rank": {"by": {"column": "people"}}});
    refused_at(
        json!({"filters": [{"expression": rank, "op": "=", "value": 1}]}),
        "/filters/0/expression",
    );
    refused_at(
        json!({"order_by": [{"expression": rank}]}),
        "/order_by/0/expression",
    );
    refused_at(
        json!({"select": [{"expression": {"share": {"of": {"share": {"of": {"column": "people"}}}}}}]}),
        "/select/0/expression/share/of",
    );
    refused_at(
        json!({"select": [{"expression": rank, "agg": "max"}]}),
        "/select/0",
    );
    refused_at(
        json!({"select": [{"column": "country"}, people(), {"expression": rank, "as": "rank"}],
            "having": [{"column": "rank", "op": "=", "value": 1}]}),
        "/having/0/column",
    );
}

#[test]
fn rows_are_not_ranked_by_a_lookup_of_positions() {
    let place = json!({"lookup": {"agg": "min", "of": "position", "where": [{"column": "name", "op": "=", "value": "Oslo"}]}});
    let apart = json!({"subtract": [{"column": "people"}, place]});
    refused_at(
        json!({"select": [{"expression": {"rank": {"by": apart}}}]}),
        "/select/0",
    );
    refused_at(
        json!({"order_by": [{"expression": apart}], "limit": 1, "ties": true}),
        "/ties",
    );
    assert_eq!(
        answer(json!({"select": [{"column": "name"}], "order_by": [{"expression": apart}], "limit": 1})),
        ["Visby"]
    );
}
