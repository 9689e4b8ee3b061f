//! Computed values.

use super::support::{answer, decide};
use csv_analyst_protocol::gate::Place;
use serde_json::{Value, json};

/// One expression, row by row in the order of the file.
#[track_caller]
fn values(expression: Value) -> Vec<String> {
    answer(
        json!({"select": [{"expression": expression, "as": "value"}], "order_by": [{"expression": "position"}]}),
    )
}

#[track_caller]
fn refused_at(plan: Value, pointer: &str) {
    let rejection = decide(plan.clone()).expect_err("refused");
    assert_eq!(
        rejection.place,
        Some(Place::Pointer(pointer.into())),
        "{}",
        rejection.message
    );
    assert!(plan.pointer(pointer).is_some(), "{pointer} is in the plan");
}

#[test]
fn the_first_number_in_a_text_is_read() {
    let numbers = values(json!({"number": {"column": "area"}}));
    assert_eq!(numbers, ["465.0", "1234.5", "-8.5", "-", "-", "12.0"]);
}

#[test]
fn a_hyphen_between_digits_or_letters_is_no_sign() {
    for (text, number) in [
        ("1990-95", "1990.0"),
        ("A-7", "7.0"),
        ("(-5)", "-5.0"),
        ("-$1,000", "-1000.0"),
        ("–3", "-3.0"),
        ("No.5", "5.0"),
        (".5", "0.5"),
        ("3,4", "3.0"),
        ("45%", "45.0"),
        ("1\u{a0}234", "1234.0"),
        ("", "-"),
    ] {
        let found = answer(
            json!({"select": [{"expression": {"number": {"aggregate": {"agg": "max", "of": {"literal": text}}}}}]}),
        );
        assert_eq!(found, [number], "{text:?}");
    }
}

#[test]
fn a_date_in_a_text_is_read_in_the_usual_forms() {
    let dates = values(json!({"date": {"column": "founded"}}));
    assert_eq!(
        dates,
        [
            "1070-01-01",
            "1867-07-01",
            "1999-12-31",
            "-",
            "1606-07-01",
            "1411-03-01"
        ]
    );
    for (text, date) in [
        ("1 July 1867", "1867-07-01"),
        ("Jul 1, 1867", "1867-07-01"),
        ("Sept. 5, 1990 (aged 3)", "1990-09-05"),
        ("2nd of June 1953", "1953-06-02"),
        ("Monday, 3 October 2011 12:00 UTC", "2011-10-03"),
        ("July 30 – August 2, 2001", "2001-07-30"),
        ("20 March - 21 April 2001", "2001-03-20"),
        ("May – June 1990", "1990-05-01"),
        ("12-Mar-2005", "2005-03-12"),
        ("1867-07-01 12:30:00", "1867-07-01"),
        ("2014/3/5", "2014-03-05"),
        ("31/12/1999", "1999-12-31"),
        ("31.12.1999", "1999-12-31"),
        ("1/2/99", "1999-01-02"),
        ("marathon", "-"),
        ("2,864 km", "-"),
        ("12345", "-"),
    ] {
        let found = answer(
            json!({"select": [{"expression": {"date": {"aggregate": {"agg": "max", "of": {"literal": text}}}}}]}),
        );
        assert_eq!(found, [date], "{text:?}");
    }
}

#[test]
fn numbers_and_dates_are_themselves() {
    assert_eq!(
        values(json!({"number": {"column": "people"}}))[..2],
        ["290", "700"]
    );
    assert_eq!(
        values(json!({"date": {"column": "counted"}}))[..2],
        ["2026-01-01", "2026-01-02"]
    );
    refused_at(
        json!({"select": [{"expression": {"number": {"column": "counted"}}}]}),
        "/select/0/expression/number",
    );
    refused_at(
        json!({"select": [{"expression": {"date": {"column": "people"}}}]}),
        "/select/0/expression/date",
    );
}

#[test]
fn a_position_is_a_place_in_the_file() {
    assert_eq!(values(json!("position")), ["1", "2", "3", "4", "5", "6"]);
    let after = json!({"add": [
        {"lookup": {"agg": "min", "of": "position", "where": [{"column": "name", "op": "=", "value": "Oslo"}]}},
        {"literal": 1}]});
    let next = answer(json!({"select": [{"column": "name"}],
        "filters": [{"expression": "position", "op": "=", "value_of": after}]}));
    assert_eq!(next, ["Turku"]);
}

#[test]
fn positions_are_counted_before_rows_are_left_out() {
    let newest = answer(json!({"select": [{"column": "name"}, {"expression": "position"}],
        "latest": {"key": ["country"], "by": "counted"}, "order_by": [{"expr": "name"}]}));
    assert_eq!(newest, ["Espoo|4", "Oslo|2", "Visby|6"]);
}

#[test]
fn parts_of_dates_are_numbers_and_monday_is_the_first_day() {
    let part = |part: &str| values(json!({"part": {"part": part, "of": {"column": "counted"}}}));
    assert_eq!(part("weekday"), ["4", "5", "5", "6", "6", "-"]);
    assert_eq!(part("quarter")[0], "1");
    let year = values(json!({"part": {"part": "year", "of": {"date": {"column": "founded"}}}}));
    assert_eq!(year, ["1070", "1867", "1999", "-", "1606", "1411"]);
    refused_at(
        json!({"select": [{"expression": {"part": {"part": "hour", "of": {"column": "counted"}}}}]}),
        "/select/0/expression/part/part",
    );
    refused_at(
        json!({"select": [{"expression": {"part": {"part": "year", "of": {"column": "founded"}}}}]}),
        "/select/0/expression/part/of",
    );
}

#[test]
fn small_functions_compute() {
    let people = json!({"column": "people"});
    let apart = json!({"abs": {"subtract": [people, {"literal": 250}]}});
    assert_eq!(values(apart)[..3], ["40", "450", "50"]);
    let halved = json!({"round": {"of": {"divide": [people, {"literal": 700}]}, "digits": 2}});
    assert_eq!(values(halved)[..2], ["0.41", "1.0"]);
    assert_eq!(
        values(json!({"length": {"column": "area"}})),
        ["7", "9", "11", "7", "-", "2"]
    );
    refused_at(
        json!({"select": [{"expression": {"length": {"column": "people"}}}]}),
        "/select/0/expression/length",
    );
}

#[test]
fn bins_have_lower_edges_without_the_noise_of_fractions() {
    let bins = answer(
        json!({"select": [{"expression": {"bin": {"of": {"column": "people"}, "width": 100}}, "as": "from"},
        {"agg": "count", "as": "towns"}], "group_by": ["from"]}),
    );
    assert_eq!(bins, ["0.0|2", "200.0|2", "300.0|1", "700.0|1"]);
    let fine =
        values(json!({"bin": {"of": {"divide": [{"column": "people"}, {"literal": 900}]}, "width": 0.1}}));
    assert_eq!(fine[..2], ["0.3", "0.7"]);
    refused_at(
        json!({"select": [{"expression": {"bin": {"of": {"column": "people"}, "width": 0}}}]}),
        "/select/0/expression/bin/width",
    );
}

#[test]
fn lookups_alone_are_one_row() {
    let people = |name: &str| json!({"lookup": {"agg": "max", "of": {"column": "people"}, "where": [{"column": "name", "op": "=", "value": name}]}});
    let more = json!({"subtract": [people("Oslo"), people("Bergen")]});
    assert_eq!(answer(json!({"select": [{"expression": more}]})), ["410"]);
    refused_at(
        json!({"select": [{"expression": more}], "filters": [{"column": "people", "op": ">", "value": 1}]}),
        "/filters",
    );
}

#[test]
fn a_lookup_does_not_see_the_plans_filters() {
    let all = json!({"lookup": {"agg": "sum", "of": {"column": "people"}}});
    let share = json!({"divide": [{"aggregate": {"agg": "sum", "of": {"column": "people"}}}, all]});
    let finnish = answer(json!({"select": [{"expression": share, "round": 3}],
        "filters": [{"column": "country", "op": "=", "value": "Finland"}]}));
    assert_eq!(finnish, ["0.359"]);
}

#[test]
fn mistakes_inside_a_lookup_are_pointed_at() {
    let lookup = |of: Value, condition: Value| {
        json!({"filters": [{"column": "people", "op": ">",
        "value_of": {"lookup": {"agg": "max", "of": of, "where": [condition]}}}]})
    };
    let good = json!({"column": "name", "op": "=", "value": "Oslo"});
    refused_at(
        lookup(json!({"column": "peple"}), good),
        "/filters/0/value_of/lookup/of/column",
    );
    refused_at(
        lookup(
            json!({"column": "people"}),
            json!({"column": "nam", "op": "=", "value": "Oslo"}),
        ),
        "/filters/0/value_of/lookup/where/0/column",
    );
    refused_at(
        lookup(
            json!({"column": "people"}),
            json!({"column": "people", "op": "=", "value": "x"}),
        ),
        "/filters/0/value_of/lookup/where/0/value",
    );
}
