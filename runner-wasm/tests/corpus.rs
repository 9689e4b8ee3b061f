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
        assert!(cases.len() >= 600, "the corpus shrank to {}", cases.len());
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
        assert!(cases.len() >= 300, "the corpus shrank to {}", cases.len());
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
fn clauses_behind_a_query_in_parentheses_are_its_own() {
    for (sql, expected) in [
        (
            "(SELECT film_id FROM films ORDER BY film_id LIMIT 5)",
            "SELECT film_id FROM films ORDER BY film_id LIMIT 5",
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
    ] {
        assert_eq!(canonical(sql), expected, "{sql}");
    }
}

#[test]
fn what_people_write_most_is_refused_with_what_to_write() {
    for (sql, hint) in [
        (
            "SUMMARIZE films",
            "Tables and columns are in the dataset's schema: GET /datasets/{id}/schema.",
        ),
        (
            "SELECT date(starts) FROM screenings",
            "Write the cast: value::DATE.",
        ),
        (
            "PIVOT films ON rating USING sum(budget)",
            "Name the values: PIVOT .. ON rating IN ('Universal', 'Teen', 'Adult') USING ..",
        ),
        (
            "SELECT count(*) FROM films GROUP BY COLUMNS(*)",
            "COLUMNS can stand in the SELECT list, in WHERE and in ORDER BY; name the columns elsewhere.",
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
fn operators_keep_the_rank_that_the_engine_gives_them() {
    for (sql, expected) in [
        ("title || 1 + 2", "title || (1 + 2)"),
        ("-2 ^ 2", "pow(-2, 2)"),
        ("2 * film_id ** 2", "2 * pow(film_id, 2)"),
        ("film_id & 1 = 0", "(film_id & 1) = 0"),
        ("1 | 2 & 3", "(1 | 2) & 3"),
        (
            "NOT title ~ 'a' AND dubbed",
            "NOT regexp_full_match(title, 'a') AND dubbed",
        ),
        ("budget == 5 OR budget ISNULL", "budget = 5 OR budget IS NULL"),
        (
            "title ^@ 'a' IN [true]",
            "contains([TRUE], starts_with(title, 'a'))",
        ),
    ] {
        assert_eq!(
            canonical(&format!("SELECT {sql} AS x FROM films")),
            format!("SELECT {expected} AS x FROM films LIMIT 10000")
        );
    }
}

#[test]
fn columns_are_written_out() {
    assert_eq!(
        canonical("SELECT max(COLUMNS('_id$')), COLUMNS(c -> c LIKE 's%') AS 'x_\\0' FROM reviews"),
        "SELECT max(review_id) AS review_id, max(film_id) AS film_id, stars AS x_stars FROM reviews LIMIT 10000"
    );
    assert_eq!(
        canonical("SELECT stars FROM reviews WHERE COLUMNS('_id$') > 1"),
        "SELECT stars FROM reviews WHERE review_id > 1 AND film_id > 1 LIMIT 10000"
    );
}

#[test]
fn pivots_are_written_out_as_groups() {
    assert_eq!(
        canonical("PIVOT films ON genre IN ('Drama', x) USING sum(budget) AS b GROUP BY rating"),
        "SELECT * FROM (   SELECT rating, sum(budget) FILTER (WHERE CAST(genre AS VARCHAR) IS NOT DISTINCT FROM 'Drama') AS \
         Drama_b, sum(budget) FILTER (WHERE CAST(genre AS VARCHAR) IS NOT DISTINCT FROM 'x') AS x_b   FROM films   \
         GROUP BY rating ) LIMIT 10000"
    );
    assert_eq!(
        canonical(
            "UNPIVOT (SELECT review_id, film_id, stars FROM reviews) ON stars, film_id INTO NAME n VALUE v"
        ),
        "SELECT * FROM (   SELECT review_id, unnest(['stars', 'film_id']) AS n, unnest([stars, film_id]) AS v   \
         FROM (     SELECT review_id, film_id, stars     FROM reviews   ) ) WHERE v IS NOT NULL LIMIT 10000"
    );
}

#[test]
fn a_sample_always_has_a_seed_and_says_so() {
    let sampled =
        decide(&serde_json::json!({"sql": "SELECT title FROM films USING SAMPLE 3 ROWS"})).expect("a sample");
    assert!(
        sampled
            .sql
            .contains("USING SAMPLE reservoir(3 ROWS) REPEATABLE (42)"),
        "{}",
        sampled.sql
    );
    assert!(
        sampled.notes.iter().any(|note| note.contains("seed 42")),
        "{:?}",
        sampled.notes
    );
}

#[test]
fn rejections_point_at_what_they_mean() {
    use csv_analyst_protocol::gate::Place;
    for (sql, line, column) in [
        ("SELECT title,\n  getenv('x') FROM films", 2, 3),
        ("SELECT title FROM films WHERE\n\tnothing = 1", 2, 2),
        ("FROM films JOIN 'x.csv' ON true", 1, 17),
        ("SELECT max(budget), films.nothing FROM films", 1, 27),
        (
            "PIVOT films ON genre IN ('a', getenv('x')) USING sum(budget)",
            1,
            31,
        ),
        ("SELECT 1 LIMIT (SELECT 2)", 1, 16),
    ] {
        let rejection = decide(&serde_json::json!({ "sql": sql })).expect_err(sql);
        assert_eq!(
            rejection.place,
            Some(Place::Text { line, column }),
            "{sql}: {}",
            rejection.message
        );
    }
}

#[test]
fn intervals_keep_their_units() {
    assert_eq!(
        canonical("SELECT INTERVAL '-1' DAY, INTERVAL 2 DECADE, INTERVAL '2 quarters'"),
        "SELECT INTERVAL (-1) DAY, INTERVAL (2) DECADE, INTERVAL '2 quarters' LIMIT 10000"
    );
}
