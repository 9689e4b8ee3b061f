//! The parser of tables that nobody described: values, superlatives, neighbours, differences, order; and
//! that whatever it is asked, it answers with a plan that the gate takes, or not at all.

mod support;

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_planner::{Answered, Outcome, Settings, describe_answer, plan_with};
use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, Table};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::run::{Cell, ResultColumn};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::{declined, json as plan_json, planned};

fn column(name: &str, kind: ColumnType, values: &[&str]) -> Column {
    let numbers: Vec<f64> = values.iter().filter_map(|value| value.parse().ok()).collect();
    let bound = |fold: fn(f64, f64) -> f64| {
        let bound = numbers.iter().copied().reduce(fold);
        bound
            .filter(|_| kind.is_number())
            .map(|number| number.to_string())
    };
    Column {
        name: name.into(),
        kind,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        distinct_count: Some(values.len() as u64),
        min: bound(f64::min),
        max: bound(f64::max),
        ..Column::default()
    }
}

/// Lakes, as an encyclopaedia has them.
fn lakes() -> Dataset {
    let text = ColumnType::Text;
    let columns = vec![
        column(
            "Lake",
            text,
            &["Ammer", "Bodensee", "Chiemsee", "Garda", "Maggiore", "Zell"],
        ),
        column("Country", text, &["Austria", "Germany", "Italy"]),
        column(
            "Max. depth (m)",
            ColumnType::Integer,
            &["68", "73", "81", "251", "346", "372"],
        ),
        column(
            "Surface area",
            text,
            &["4.5 km²", "46.6 km²", "79.9 km²", "212 km²", "370 km²", "536 km²"],
        ),
        column(
            "First survey",
            text,
            &[
                "July 1, 1867",
                "March 5, 1871",
                "May 12, 1880",
                "June 3, 1902",
                "May 9, 1911",
                "1 April 1920",
            ],
        ),
    ];
    let table = Table {
        name: "lakes".into(),
        file: "lakes.csv".into(),
        row_count: Some(6),
        columns,
        ..Table::default()
    };
    Dataset {
        id: "lakes".into(),
        name: "Lakes".into(),
        tables: vec![table],
        ..Dataset::default()
    }
}

fn made(question: &str) -> Value {
    plan_json(&planned(question, &lakes()).plan)
}

#[test]
fn a_cell_in_the_question_is_a_condition_and_the_column_asked_for_is_shown() {
    let plan = made("What country is Garda in?");
    assert_eq!(plan["select"], json!([{"column": "Country"}]));
    assert_eq!(
        plan["filters"],
        json!([{"column": "Lake", "op": "=", "value": "Garda"}])
    );
}

#[test]
fn a_superlative_sorts_by_what_it_speaks_of_and_shows_what_is_asked() {
    let plan = made("Which lake has the highest max. depth?");
    assert_eq!(plan["select"], json!([{"column": "Lake"}]));
    assert_eq!(
        plan["order_by"][0],
        json!({"expression": {"column": "Max. depth (m)"}, "dir": "desc"})
    );
    assert_eq!(plan["limit"], json!(1));
}

#[test]
fn numbers_in_texts_are_compared_as_numbers() {
    let plan = made("Which lake has the largest surface area?");
    assert_eq!(
        plan["order_by"][0]["expression"],
        json!({"number": {"column": "Surface area"}})
    );
}

#[test]
fn a_demonym_finds_its_country() {
    let plan = made("how many italian lakes are there?");
    assert_eq!(plan["select"], json!([{"agg": "count"}]));
    assert_eq!(
        plan["filters"],
        json!([{"column": "Country", "op": "=", "value": "Italy"}])
    );
}

#[test]
fn a_neighbour_is_a_place_in_the_file() {
    let plan = made("which lake is listed after Garda?");
    assert_eq!(plan["select"], json!([{"column": "Lake"}]));
    assert_eq!(plan["filters"][0]["expression"], json!("position"));
    let lookup = &plan["filters"][0]["value_of"]["add"][0]["lookup"];
    assert_eq!(
        lookup["where"],
        json!([{"column": "Lake", "op": "=", "value": "Garda"}])
    );
}

#[test]
fn a_difference_looks_both_values_up() {
    let plan = made("what is the difference in max. depth between Garda and Chiemsee?");
    let sides = &plan["select"][0]["expression"]["abs"]["subtract"];
    assert_eq!(sides.as_array().map(Vec::len), Some(2), "{plan}");
}

#[test]
fn a_value_of_the_question_is_not_its_answer() {
    let settings = Settings::default();
    for question in ["lakes deeper than Bodensee", "which lake is greener than Garda?"] {
        if let Outcome::Plan(planned) = plan_with(question, &lakes(), None, settings) {
            let plan = plan_json(&planned.plan);
            let echo = json!([{"column": "Lake", "op": "=", "value": "Bodensee"}]);
            assert_ne!(plan["filters"], echo, "{question}: {plan}");
            assert!(plan["filters"][0]["value_of"].is_object(), "{question}: {plan}");
        }
    }
}

#[test]
fn a_question_that_names_nothing_shows_nothing() {
    for question in ["what is it?", "of the", "which of them was it?"] {
        declined(question, &lakes());
    }
}

#[test]
fn words_that_fit_nothing_are_asked_about() {
    let reason = declined("colourless green ideas sleep furiously", &lakes()).reason;
    assert!(!reason.is_empty());
    declined(
        "max. depth by country",
        &Dataset {
            tables: Vec::new(),
            ..lakes()
        },
    );
}

#[test]
fn the_answer_is_said_by_its_value() {
    let dataset = lakes();
    let plan = planned("What country is Garda in?", &dataset).plan;
    let columns = [ResultColumn {
        name: "Country".into(),
        kind: "VARCHAR".into(),
    }];
    let rows = [vec![Cell::String("Italy".into())]];
    let answered = Answered {
        columns: &columns,
        rows: &rows,
        row_count: 1,
        capped: false,
    };
    assert_eq!(describe_answer(&plan, &dataset, answered), "Country: Italy.");
}

fn passes_the_gate(question: &str) -> Result<(), TestCaseError> {
    let dataset = lakes();
    let settings = Settings {
        least_confidence: 0.0,
    };
    if let Outcome::Plan(planned) = plan_with(question, &dataset, None, settings) {
        prop_assert!((0.0..=1.0).contains(&planned.confidence));
        let plan = plan_json(&planned.plan).to_string();
        let checked = check(&UntrustedQueryText::Plan(&plan), &dataset, &Limits::default());
        prop_assert!(checked.is_ok(), "{question}: {:?}: {plan}", checked.err());
        let again = plan_with(question, &dataset, None, settings);
        prop_assert_eq!(Outcome::Plan(planned), again, "not the same twice");
    }
    Ok(())
}

const WORDS: [&str; 36] = [
    "which",
    "lake",
    "has",
    "the",
    "highest",
    "lowest",
    "depth",
    "country",
    "Garda",
    "Zell",
    "and",
    "or",
    "Italy",
    "before",
    "after",
    "than",
    "more",
    "not",
    "how",
    "many",
    "total",
    "average",
    "difference",
    "between",
    "100",
    "1880",
    "May",
    "12",
    "first",
    "last",
    "same",
    "as",
    "most",
    "surface",
    "second",
    "3",
];

#[test]
fn nothing_is_compared_with_itself() {
    for question in ["difference Italy Italy", "difference between Italy and Italy"] {
        passes_the_gate(question).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_order_of_its_words_gives_a_plan_that_the_gate_takes(places in prop::collection::vec(0..WORDS.len(), 1..14)) {
        let words: Vec<&str> = places.into_iter().map(|place| WORDS[place]).collect();
        passes_the_gate(&words.join(" "))?;
    }

    #[test]
    fn any_text_is_answered_or_declined(text in "\\PC{0,80}") {
        passes_the_gate(&text)?;
    }
}
