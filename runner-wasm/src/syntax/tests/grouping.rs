//! Which operator takes which value. Every line was read off DuckDB's own tree.

use super::{accepted, refused_by, same_expression};

#[test]
fn tighter_operators_take_their_values_first() {
    for (short, long) in [
        ("a || b + 1", "a || (b + 1)"),
        ("-2 ^ 2", "(-2) ^ 2"),
        ("-a::INTEGER", "-(a::INTEGER)"),
        ("-a[1]", "-(a[1])"),
        ("-a COLLATE nocase", "(-a) COLLATE nocase"),
        ("a + b // c", "a + (b // c)"),
        ("a << b + c", "a << (b + c)"),
        ("~a + b", "~(a + b)"),
        ("~a || b", "(~a) || b"),
        ("a + b AT TIME ZONE c", "a + (b AT TIME ZONE c)"),
        ("a AT TIME ZONE b + c", "(a AT TIME ZONE b) + c"),
        ("a ^ b AT TIME ZONE c", "a ^ (b AT TIME ZONE c)"),
        ("a || b COLLATE nocase", "a || (b COLLATE nocase)"),
        ("a OR b AND NOT c = d", "a OR (b AND (NOT (c = d)))"),
        ("a = b IN (1)", "a = (b IN (1))"),
        ("a IN b || c", "(a IN b) || c"),
        ("a IN [1, 2] + c", "(a IN [1, 2]) + c"),
        ("a = b LIKE c", "a = (b LIKE c)"),
        ("a LIKE b = c", "(a LIKE b) = c"),
        ("a LIKE b ESCAPE c || d", "a LIKE b ESCAPE (c || d)"),
        ("a BETWEEN b AND c AND d", "(a BETWEEN b AND c) AND d"),
        ("a BETWEEN b = c AND d", "a BETWEEN (b = c) AND d"),
        ("a BETWEEN b AND c = d", "(a BETWEEN b AND c) = d"),
        ("a = b IS NULL", "(a = b) IS NULL"),
        ("a IS NULL = b", "(a IS NULL) = b"),
        ("a IS DISTINCT FROM b = c", "a IS DISTINCT FROM (b = c)"),
        ("NOT a NOT NULL", "NOT (a NOT NULL)"),
        ("x = a NOT NULL", "(x = a) NOT NULL"),
        ("a + NOT b + c", "a + (NOT (b + c))"),
        ("a = NOT b = c", "a = (NOT (b = c))"),
        ("a > ALL (SELECT 1) + b", "(a > ALL (SELECT 1)) + b"),
    ] {
        same_expression(short, long);
    }
}

#[test]
fn operators_of_one_rank_go_from_left_to_right() {
    for (short, long) in [
        ("2 ^ 3 ^ 2", "(2 ^ 3) ^ 2"),
        ("a - b - c", "(a - b) - c"),
        ("a // b * c % d", "((a // b) * c) % d"),
        ("a | b & c", "(a | b) & c"),
        ("a || b ^@ c", "(a || b) ^@ c"),
        (
            "a AT TIME ZONE b AT TIME ZONE c",
            "(a AT TIME ZONE b) AT TIME ZONE c",
        ),
        ("a -> b -> c", "(a -> b) -> c"),
    ] {
        // A chain from brackets is a tree of two chains; both say the same.
        let tree = super::tree(&format!("SELECT {short}"));
        let links = |text: &str| text.matches("Link {").count() + text.matches("Arrow {").count();
        assert_eq!(
            links(&tree),
            links(&super::tree(&format!("SELECT {long}"))),
            "{short}"
        );
        assert_ne!(
            tree,
            super::tree(&format!("SELECT {}", from_the_right(long))),
            "{short}"
        );
    }
}

/// The other way to bracket three values.
fn from_the_right(long: &str) -> String {
    let plain: String = long.chars().filter(|c| !matches!(c, '(' | ')')).collect();
    let mut words = plain.splitn(3, ' ');
    let (first, operator, rest) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    if operator == "AT" {
        let rest = rest.trim_start_matches("TIME ZONE ");
        format!("{first} AT TIME ZONE ({rest})")
    } else {
        format!("{first} {operator} ({rest})")
    }
}

#[test]
fn a_double_equals_ranks_with_concatenation_as_in_duckdb() {
    same_expression("a == b + 1", "a == (b + 1)");
    same_expression("a == b AND c", "(a == b) AND c");
    same_expression("a < b == c", "a < (b == c)");
    accepted("SELECT a == b == c");
}

#[test]
fn the_long_arrow_is_loose_on_its_left_and_tight_on_its_right() {
    same_expression("a ->> b = c", "(a ->> b) = c");
    same_expression("a = b ->> c", "(a = b) ->> c");
    same_expression("x AND a ->> b", "(x AND a) ->> b");
    same_expression("a ->> b + c", "a ->> (b + c)");
    same_expression("a -> b = c", "a -> (b = c)");
}

#[test]
fn comparisons_side_by_side_have_no_order() {
    for text in [
        "a = b = c",
        "a < b < c",
        "a LIKE b LIKE c",
        "a LIKE b IN (c)",
        "a BETWEEN b AND c BETWEEN d AND e",
        "a IS DISTINCT FROM b IS NULL",
        "a = b = ANY (SELECT 1)",
    ] {
        refused_by("syntax", &format!("SELECT {text}"));
    }
    accepted("SELECT a IN (1) IN (2)");
    accepted("SELECT a IS NULL IS NULL");
    accepted("SELECT a = ANY (SELECT 1) = b");
}

#[test]
fn where_and_follows_no_word_is_an_operator() {
    for bound in ["b COLLATE x", "b AT TIME ZONE c", "b -> c", "NOT b", "b IN (1)"] {
        refused_by("syntax", &format!("SELECT a BETWEEN {bound} AND d"));
    }
    accepted("SELECT a BETWEEN b IS DISTINCT FROM c AND d");
    accepted("SELECT a BETWEEN (b AND c) AND NOT d");
}

#[test]
fn not_behind_an_operator_without_a_rank_is_refused_as_in_duckdb() {
    for operator in ["||", "&", "==", "~"] {
        refused_by("syntax", &format!("SELECT a {operator} NOT b"));
        accepted(&format!("SELECT a {operator} (NOT b)"));
    }
}

#[test]
fn a_percent_sign_ends_a_limit_or_divides() {
    use super::same;
    same("SELECT a LIMIT 10 PERCENT", "SELECT a LIMIT 10%");
    same("SELECT a LIMIT 10 % (3)", "SELECT a LIMIT (10 % 3)");
    accepted("SELECT a LIMIT b% OFFSET 3");
}
