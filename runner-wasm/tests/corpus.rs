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
