//! Long and deep texts: read or refused, never a stack that runs over.

use super::{accepted, refused, refused_by};

/// A text with a part repeated on both sides of a middle.
fn nested((begin, before, middle, behind): (&str, &str, &str, &str), times: usize) -> String {
    format!(
        "SELECT {begin}{}{middle}{}",
        before.repeat(times),
        behind.repeat(times)
    )
}

/// What a nesting begins with, then its two sides and its middle.
const NESTS: &[(&str, &str, &str, &str)] = &[
    ("", "(", "1", ")"),
    ("", "[", "1", "]"),
    ("", "{'a': ", "1", "}"),
    ("", "MAP {1: ", "1", "}"),
    ("", "f(", "1", ")"),
    ("", "(a).f(", "1", ")"),
    ("", "CASE WHEN ", "1", " THEN 1 END"),
    ("", "CAST(", "1", " AS INTEGER)"),
    ("", "(SELECT ", "1", ")"),
    ("", "EXISTS (SELECT ", "1", ")"),
    ("", "a IN (", "1", ")"),
    ("", "a IN (SELECT ", "1", ")"),
    ("", "[x FOR x IN ", "l", " IF 1]"),
    ("", "[x FOR x IN [1] IF ", "1", "]"),
    ("", "decimal(", "1", ")"),
    ("", "a[", "1", "]"),
    ("", "sum(a) OVER (ORDER BY ", "1", ")"),
    ("", "COLUMNS(", "1", ")"),
    ("", "a OR b AND NOT c = d LIKE e || f + g * h ^ -(", "1", ")"),
    ("", "(1, ", "1", ")"),
    ("", "((SELECT 1) + ", "1", ")"),
    ("x::", "STRUCT(a ", "INTEGER", ")"),
    ("", "1 LIMIT (SELECT ", "1", ")"),
    ("", "1 FROM (SELECT ", "1", ")"),
    ("1 FROM ", "(t JOIN ", "u", " ON true)"),
    ("1 FROM ", "((SELECT 1) JOIN ", "u", " ON true)"),
    ("", "1 UNION (SELECT ", "1", ")"),
    ("1 GROUP BY ", "GROUPING SETS (", "a", ")"),
    ("", "1 FROM (PIVOT (SELECT ", "1", ") ON a)"),
];

#[test]
fn every_way_to_nest_ends_at_a_limit() {
    for nest in NESTS {
        for times in [2, 15, 31, 32] {
            let text = nested(*nest, times);
            if let Err(rejection) = crate::syntax::untrusted(&text) {
                let limit = ["query-too-deep", "nesting", "syntax", "literal-form"];
                assert!(
                    limit.contains(&rejection.rule.as_str()),
                    "{nest:?}: {rejection:?}"
                );
            }
        }
        let deep = refused(&nested(*nest, 400));
        let limit = ["query-too-deep", "nesting", "chain-length"];
        assert!(limit.contains(&deep.rule.as_str()), "{nest:?}: {deep:?}");
    }
}

#[test]
fn what_people_nest_is_read() {
    accepted(&nested(("", "(", "1", ")"), 31));
    accepted(&nested(("", "f(", "1", ")"), 31));
    accepted(&nested(("", "CASE WHEN ", "1", " THEN 1 END"), 20));
    accepted(&nested(("", "1 FROM (SELECT ", "1", ")"), 30));
}

#[test]
fn the_gates_own_text_ends_at_the_parsers_limit() {
    for nest in NESTS {
        let text = nested(*nest, 3000);
        if let Err(rejection) = crate::syntax::canonical(&text) {
            let limit = ["query-too-deep", "syntax", "literal-form"];
            assert!(
                limit.contains(&rejection.rule.as_str()),
                "{nest:?}: {rejection:?}"
            );
        }
    }
    let prefixes = crate::syntax::canonical(&format!("SELECT {}a", "NOT ".repeat(5000)));
    assert_eq!(prefixes.unwrap_err().rule, "query-too-deep");
}

#[test]
fn long_flat_texts_are_read() {
    accepted(&format!("SELECT a IN (1{})", ", 1".repeat(9_000)));
    accepted(&format!("SELECT 1{}", " + 1".repeat(499)));
    accepted(&format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(499)));
    accepted(&format!("SELECT 1 FROM t{}", ", t".repeat(5_000)));
    accepted(&format!("SELECT CASE{} END", " WHEN a THEN b".repeat(4_000)));
}

#[test]
fn chains_that_are_too_long_are_refused() {
    for (part, rule) in [
        (" + 1", "chain-length"),
        (" AND true", "chain-length"),
        ("::INTEGER", "chain-length"),
        (" UNION ALL SELECT 1", "chain-length"),
        (" IN (1)", "chain-length"),
    ] {
        refused_by(rule, &format!("SELECT 1{}", part.repeat(900)));
    }
    refused_by("query-too-deep", &format!("SELECT a{}", " IS NULL".repeat(200)));
    refused_by("nesting", &format!("SELECT {}1", "- ".repeat(100)));
    refused_by("query-size", &format!("SELECT 1{}", ", 1".repeat(15_000)));
    refused_by("query-size", &format!("SELECT 1 --{}", "x".repeat(100_000)));
}
