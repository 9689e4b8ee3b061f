//! Properties: what comes out of the printer reads back as what went in, nothing panics, and the same
//! input has the same answer.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Rejection};
use csv_analyst_protocol::limits::Limits;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::LazyLock;

static DATASET: LazyLock<Dataset> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../cases/dataset.json")).expect("the dataset is valid")
});

fn sql(text: &str) -> Result<Acceptance, Rejection> {
    check(&UntrustedQueryText::Sql(text), &DATASET, &Limits::default())
}

fn plan(plan: &Value) -> Result<Acceptance, Rejection> {
    check(
        &UntrustedQueryText::Plan(&plan.to_string()),
        &DATASET,
        &Limits::default(),
    )
}

/// Quoted pieces of a canonical text, as DuckDB reads them: a doubled quote is the only escape.
fn quoted(sql: &str, quote: char) -> Vec<String> {
    let mut found = Vec::new();
    let mut characters = sql.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\'' && character != '"' {
            continue;
        }
        let mut content = String::new();
        while let Some(next) = characters.next() {
            if next != character {
                content.push(next);
            } else if characters.peek() == Some(&character) {
                content.extend(characters.next());
            } else {
                break;
            }
        }
        if character == quote {
            found.push(content);
        }
    }
    found
}

/// Text that tempts a printer: quotes, backslashes, comments, dollars, semicolons.
fn tempting() -> impl Strategy<Value = String> {
    prop_oneof![
        r#"[ -~]{0,40}"#,
        r#"['"\\;$\-/* a-z]{0,40}"#,
        r#"(\\'|''|'|"|\\|--|/\*|\*/|\$\$|;|x){0,20}"#,
        any::<String>().prop_map(|text| text.chars().filter(|c| !c.is_control()).take(40).collect()),
    ]
}

fn fragment() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "SELECT",
        "FROM",
        "WHERE",
        "films",
        "reviews",
        "title",
        "budget",
        "(",
        ")",
        ",",
        "*",
        "'x'",
        "1",
        "=",
        "AND",
        "OR",
        "NOT",
        "IN",
        "GROUP BY",
        "ORDER BY",
        "LIMIT",
        "JOIN",
        "ON",
        "USING",
        "WITH",
        "AS",
        "UNION ALL",
        "CASE",
        "WHEN",
        "THEN",
        "END",
        "OVER",
        "count",
        "sum",
        "::",
        "INTEGER",
        "[",
        "]",
        "{",
        "}",
        ":",
        "->",
        "x",
        ".",
        "||",
        "BETWEEN",
        "LIKE",
        "EXISTS",
        "INTERVAL",
        "DAY",
        "DATE",
        "\"a\"",
        ";",
        "--",
        "/*",
        "*/",
        "$$",
        "?",
        "-",
        "+",
        "DISTINCT",
        "FILTER",
        "QUALIFY",
        "EXCLUDE",
        "VALUES",
        "LATERAL",
        "read_csv",
        "getenv",
        "NULL",
        "IS",
    ])
    .prop_map(str::to_string)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_text_in_a_plan_arrives_as_that_text(text in tempting()) {
        let accepted = plan(&json!({"dataset_id": "cinema", "table": "films",
            "select": [{"column": "title"}], "filters": [{"column": "title", "op": "=", "value": text}]}));
        match accepted {
            Ok(accepted) => prop_assert_eq!(quoted(&accepted.sql, '\''), vec![text]),
            Err(rejection) => prop_assert!(false, "{}", rejection.message),
        }
    }

    #[test]
    fn any_alias_in_a_plan_arrives_as_that_name(text in tempting()) {
        let accepted = plan(&json!({"dataset_id": "cinema", "table": "films",
            "select": [{"column": "budget", "agg": "sum", "as": text}]}));
        if let Ok(accepted) = accepted {
            let names = quoted(&accepted.sql, '"');
            prop_assert!(names.iter().all(|name| *name == text), "{}", accepted.sql);
            prop_assert!(quoted(&accepted.sql, '\'').is_empty());
        } else {
            prop_assert!(text.is_empty() || text.chars().any(char::is_control));
        }
    }

    #[test]
    fn any_text_in_sql_arrives_as_that_text(text in r#"['"\\;$\-/* a-z%_]{0,40}"#) {
        let written = format!("SELECT title FROM films WHERE title = '{}'", text.replace('\'', "''"));
        let accepted = sql(&written).map_err(|rejection| TestCaseError::fail(rejection.message))?;
        prop_assert_eq!(quoted(&accepted.sql, '\''), vec![text]);
    }

    #[test]
    fn arbitrary_text_never_panics_and_is_always_answered_the_same(text in ".{0,200}") {
        prop_assert_eq!(sql(&text), sql(&text));
    }

    #[test]
    fn arbitrary_sql_words_never_panic_and_never_reach_out(words in prop::collection::vec(fragment(), 0..40)) {
        let text = format!("SELECT {}", words.join(" "));
        if let Ok(accepted) = sql(&text) {
            prop_assert!(accepted.claims.tables.iter().all(|table| DATASET.table(table).is_some()));
            prop_assert!(!accepted.claims.functions.iter().any(|name| name == "getenv" || name == "read_csv"));
            prop_assert!(accepted.sql.contains("LIMIT "));
        }
    }

    #[test]
    fn arbitrary_bytes_as_a_plan_never_panic(text in ".{0,200}") {
        let query = UntrustedQueryText::Plan(&text);
        prop_assert!(check(&query, &DATASET, &Limits::default()).is_err());
    }

    #[test]
    fn plans_with_random_parts_never_panic(
        column in prop::sample::select(vec!["title", "budget", "released", "dubbed", "rating", "screenings.price", "cinemas.city", "reviews.stars", "nothing", ""]),
        aggregate in prop::sample::select(vec!["count", "count_distinct", "sum", "avg", "min", "max", "median", "stddev", "rate"]),
        op in prop::sample::select(vec!["=", "!=", "<", "<=", ">", ">=", "in", "not_in", "between", "contains", "startswith", "endswith", "is_null", "is_not_null"]),
        value in prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!("2026-01-01")), Just(json!(true)), Just(json!(null)), Just(json!([1, 2])), Just(json!(["Teen", "Adult"])), Just(json!({}))],
    ) {
        let candidate = json!({"dataset_id": "cinema", "table": "films",
            "select": [{"column": "genre"}, {"column": column, "agg": aggregate, "as": "v"}],
            "filters": [{"column": column, "op": op, "value": value}]});
        let answer = plan(&candidate);
        let policy = answer.as_ref().err().map(|rejection| rejection.rule.as_str());
        prop_assert!(!matches!(policy, Some("reads-back-the-same" | "construct-not-allowed" | "syntax")), "{:?}", answer);
    }
}

#[test]
fn every_allowed_function_can_be_called_by_its_plain_name() {
    for name in csv_analyst_gate::allowed_functions() {
        let attempts = ["1", "", "1, 2", "[1]", "1) OVER (", "'a', 'b', 'c'"];
        let unread = attempts.iter().all(|arguments| {
            let answer = sql(&format!("SELECT {name}({arguments})"));
            answer.is_err_and(|rejection| matches!(rejection.rule.as_str(), "syntax" | "reads-back-the-same"))
        });
        assert!(!unread, "{name}");
    }
}
