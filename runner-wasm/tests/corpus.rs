//! The gate's own corpus: attacks that must be refused by the rule that is meant to refuse them, and
//! ordinary questions that must pass. One JSON object per line of `cases/*.jsonl`:
//! `{"name", "rule"?, "sql" | "plan" | "repeat" | "plan_repeat"}`, where the last two build a long text (of
//! SQL, of a plan) from pieces and `[piece, times]`.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Rejection};
use csv_analyst_protocol::limits::Limits;
use serde_json::Value;

const DATASET: &str = include_str!("../cases/dataset.json");
const ATTACKS: &str = include_str!("../cases/attacks.jsonl");
const LEGITIMATE: &str = include_str!("../cases/legitimate.jsonl");

fn cases(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("a case is a JSON object"))
        .collect()
}

fn piece(piece: &Value) -> String {
    match piece {
        Value::String(text) => text.clone(),
        other => {
            let times = other[1].as_u64().expect("a piece is [text, times]") as usize;
            other[0].as_str().expect("a piece is [text, times]").repeat(times)
        }
    }
}

fn decide(case: &Value) -> Result<Acceptance, Rejection> {
    let dataset: Dataset = serde_json::from_str(DATASET).expect("the dataset is valid");
    let limits = Limits::default();
    if !case["plan"].is_null() {
        return check(
            &UntrustedQueryText::Plan(&case["plan"].to_string()),
            &dataset,
            &limits,
        );
    }
    if let Some(pieces) = case["plan_repeat"].as_array() {
        let plan: String = pieces.iter().map(piece).collect();
        return check(&UntrustedQueryText::Plan(&plan), &dataset, &limits);
    }
    let sql = match case["repeat"].as_array() {
        Some(pieces) => pieces.iter().map(piece).collect(),
        None => case["sql"].as_str().expect("a case has a query").to_string(),
    };
    check(&UntrustedQueryText::Sql(&sql), &dataset, &limits)
}

/// Unoptimised code needs far more stack than the guest's: the caps themselves are tested in the guest.
fn with_room(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(test)
        .expect("a thread");
    if let Err(panic) = thread.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn every_attack_is_refused_by_its_rule() {
    with_room(|| {
        let mut failures = Vec::new();
        let cases = cases(ATTACKS);
        for case in &cases {
            match decide(case) {
                Ok(acceptance) => {
                    failures.push(format!("{} was accepted as: {}", case["name"], acceptance.sql))
                }
                Err(rejection) => {
                    let expected = case["rule"].as_str().unwrap_or(&rejection.rule);
                    if rejection.rule != expected {
                        failures.push(format!(
                            "{} was refused by {}: {}",
                            case["name"], rejection.rule, rejection.message
                        ));
                    }
                }
            }
        }
        assert!(cases.len() >= 400, "the corpus shrank to {}", cases.len());
        assert!(
            failures.is_empty(),
            "{} of {}:\n{}",
            failures.len(),
            cases.len(),
            failures.join("\n")
        );
    });
}

#[test]
fn every_legitimate_query_passes() {
    with_room(|| {
        let mut failures = Vec::new();
        let cases = cases(LEGITIMATE);
        for case in &cases {
            if let Err(rejection) = decide(case) {
                failures.push(format!(
                    "{}: {} {} {:?}",
                    case["name"], rejection.rule, rejection.message, rejection.hint
                ));
            }
        }
        assert!(cases.len() >= 120, "the corpus shrank to {}", cases.len());
        assert!(
            failures.is_empty(),
            "{} of {}:\n{}",
            failures.len(),
            cases.len(),
            failures.join("\n")
        );
    });
}

#[test]
fn a_canonical_query_is_its_own_canonical_form() {
    with_room(|| {
        for case in cases(LEGITIMATE) {
            let Ok(first) = decide(&case) else { continue };
            let again = decide(&serde_json::json!({ "sql": first.sql }));
            // Printing adds brackets, so the longest chains may pass the caps once only.
            if let Ok(again) = again {
                assert_eq!(again.sql, first.sql, "{}", case["name"]);
                assert_eq!(again.claims, first.claims, "{}", case["name"]);
            }
        }
    });
}

#[test]
fn every_query_is_bounded_by_a_limit_of_the_gate() {
    with_room(|| {
        for case in cases(LEGITIMATE) {
            let Ok(acceptance) = decide(&case) else { continue };
            let limits = Limits::default();
            let limit = acceptance
                .sql
                .rsplit_once("\nLIMIT ")
                .and_then(|(_, rest)| rest.lines().next()?.parse::<u64>().ok());
            assert!(
                limit.is_some_and(|limit| limit <= limits.row_cap),
                "{}",
                acceptance.sql
            );
        }
    });
}

fn canonical(sql: &str) -> String {
    match decide(&serde_json::json!({ "sql": sql })) {
        Ok(acceptance) => acceptance.sql.replace('\n', " "),
        Err(rejection) => panic!("{sql}: {} {}", rejection.rule, rejection.message),
    }
}

#[test]
fn a_query_in_parentheses_with_a_limit_keeps_one_limit_per_select() {
    for (sql, expected) in [
        (
            "(SELECT film_id FROM films ORDER BY film_id LIMIT 5)",
            "SELECT film_id FROM films ORDER BY film_id LIMIT 5",
        ),
        (
            "(SELECT film_id FROM films LIMIT 5) LIMIT 3",
            "SELECT film_id FROM films LIMIT 3",
        ),
        (
            "(SELECT film_id FROM films LIMIT 3) LIMIT 5",
            "SELECT film_id FROM films LIMIT 3",
        ),
        (
            "WITH x AS (SELECT 1 AS a) (SELECT a FROM x LIMIT 5)",
            "WITH x AS (   SELECT 1 AS a ) SELECT a FROM x LIMIT 5",
        ),
        (
            "(SELECT 1 UNION SELECT 2 LIMIT 1)",
            "SELECT 1 UNION SELECT 2 LIMIT 1",
        ),
        (
            "(SELECT film_id FROM films ORDER BY title) LIMIT 4 OFFSET 2",
            "SELECT film_id FROM films ORDER BY title LIMIT 4 OFFSET 2",
        ),
        (
            "(SELECT film_id FROM films LIMIT 5) OFFSET 2",
            "SELECT film_id FROM films LIMIT 5 OFFSET 2",
        ),
        (
            "(SELECT film_id FROM films LIMIT 5) ORDER BY film_id",
            "SELECT film_id FROM films ORDER BY film_id LIMIT 5",
        ),
        (
            "(SELECT film_id FROM films ORDER BY film_id LIMIT 5) ORDER BY film_id DESC",
            "SELECT * FROM (   SELECT film_id   FROM films   ORDER BY film_id   LIMIT 5 ) \
             ORDER BY film_id DESC LIMIT 10000",
        ),
    ] {
        assert_eq!(canonical(sql), expected, "{sql}");
    }
}

#[test]
fn what_people_write_most_is_refused_with_what_to_write() {
    for (sql, hint) in [
        (
            "SELECT count(*) FILTER (dubbed) FROM films",
            "Write FILTER (WHERE condition).",
        ),
        (
            "FROM films WHERE dubbed",
            "Begin with SELECT: SELECT * FROM .. WHERE ..",
        ),
        (
            "SUMMARIZE films",
            "Tables and columns are in the dataset's schema: GET /datasets/{id}/schema.",
        ),
        (
            "SELECT date(starts) FROM screenings",
            "Write the cast: value::DATE.",
        ),
        (
            "SELECT budget ISNULL FROM films",
            "Write `IS NULL`; for a name of this kind put AS before it.",
        ),
    ] {
        let rejection = decide(&serde_json::json!({ "sql": sql })).expect_err(sql);
        assert_eq!(
            rejection.hint.as_deref(),
            Some(hint),
            "{sql}: {}",
            rejection.message
        );
    }
}

#[test]
fn a_comparison_inside_a_call_reaches_as_far_as_anywhere_else() {
    assert_eq!(
        canonical("SELECT sum(genre = 'x' AND budget > 1), struct_pack(a := budget = 1) FROM films"),
        "SELECT sum(genre = 'x' AND budget > 1), struct_pack(a := budget = 1) FROM films LIMIT 10000"
    );
}

#[test]
fn a_field_keeps_the_name_that_the_engine_gives_it() {
    assert_eq!(
        canonical("SELECT a FROM (SELECT s.a FROM (SELECT {'a': 5} AS s))"),
        "SELECT a FROM (   SELECT (s).a AS a   FROM (     SELECT {'a': 5} AS s   ) ) LIMIT 10000"
    );
    let column_of_that_name = "SELECT s.a FROM (SELECT {'a': 5} AS s, 1 AS a) LIMIT 1";
    assert!(canonical(column_of_that_name).starts_with("SELECT (s).a FROM"));
}

#[test]
fn intervals_keep_their_units() {
    assert_eq!(
        canonical("SELECT INTERVAL '-1' DAY, INTERVAL 2 DECADE, INTERVAL '2 quarters'"),
        "SELECT INTERVAL (-1) DAY, INTERVAL (2) DECADE, INTERVAL '2 quarters' LIMIT 10000"
    );
}
