//! The reader of SQL as the outside sees it: whatever comes in, it answers, and it answers the same to
//! texts that differ in nothing but their spelling.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Rejection};
use csv_analyst_protocol::limits::Limits;
use proptest::prelude::*;
use std::sync::LazyLock;

static DATASET: LazyLock<Dataset> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../cases/dataset.json")).expect("the dataset is valid")
});

fn sql(text: &str) -> Result<Acceptance, Rejection> {
    check(&UntrustedQueryText::Sql(text), &DATASET, &Limits::default())
}

/// Words and signs of all parts of the grammar.
const WORDS: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP BY",
    "ORDER BY",
    "LIMIT",
    "OFFSET",
    "HAVING",
    "QUALIFY",
    "WINDOW",
    "WITH",
    "RECURSIVE",
    "AS",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "ALL",
    "BY NAME",
    "VALUES",
    "TABLE",
    "PIVOT",
    "UNPIVOT",
    "ON",
    "USING",
    "SAMPLE",
    "FOR",
    "IN",
    "INTO",
    "NAME",
    "VALUE",
    "JOIN",
    "ASOF",
    "POSITIONAL",
    "NATURAL",
    "CROSS",
    "SEMI",
    "LATERAL",
    "ORDINALITY",
    "EXCLUDE",
    "REPLACE",
    "RENAME",
    "COLUMNS",
    "DISTINCT",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "CAST",
    "TRY_CAST",
    "EXTRACT",
    "SUBSTRING",
    "TRIM",
    "POSITION",
    "INTERVAL",
    "DAY",
    "DATE",
    "TIMESTAMP WITH TIME ZONE",
    "DECIMAL",
    "STRUCT",
    "MAP",
    "ARRAY",
    "ROW",
    "EXISTS",
    "ANY",
    "NOT",
    "AND",
    "OR",
    "IS",
    "NULL",
    "TRUE",
    "ISNULL",
    "BETWEEN",
    "LIKE",
    "ESCAPE",
    "SIMILAR TO",
    "GLOB",
    "COLLATE",
    "AT TIME ZONE",
    "lambda",
    "x",
    "OVER",
    "PARTITION BY",
    "ROWS",
    "PRECEDING",
    "CURRENT ROW",
    "FILTER",
    "WITHIN GROUP",
    "IGNORE NULLS",
    "ROLLUP",
    "GROUPING SETS",
    "films",
    "title",
    "budget",
    "count",
    "sum",
    "list_transform",
    "(",
    ")",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    ",",
    ".",
    ":",
    "::",
    ";",
    "*",
    "=",
    "==",
    "<",
    "+",
    "-",
    "/",
    "//",
    "%",
    "^",
    "**",
    "||",
    "->",
    "->>",
    "~",
    "&",
    "<<",
    "@>",
    ":=",
    "=>",
    "#1",
    "?",
    "1",
    "2.5",
    "'x'",
    "\"title\"",
    "$$",
    "--",
    "/*",
    "*/",
    "\n",
];

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(WORDS), 0..60)
}

/// What may stand round a value, so that a value comes out.
const ROUND: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{'a': ", "}"),
    ("MAP {1: ", "}"),
    ("abs(", ")"),
    ("(a).abs(", ")"),
    ("CASE WHEN ", " THEN 1 END"),
    ("CAST(", " AS INTEGER)"),
    ("(SELECT ", ")"),
    ("EXISTS (SELECT ", ")"),
    ("1 IN (", ")"),
    ("[x FOR x IN ", " IF 1]"),
    ("l[", "]"),
    ("sum(1) OVER (ORDER BY ", ")"),
    ("1 + ", " * 2"),
    ("NOT ", ""),
    ("- ", ""),
    ("", " IS NULL"),
    ("", "::INTEGER"),
    ("1 = ANY (SELECT ", ")"),
];

/// Unoptimised code needs far more stack than the guest's: the caps themselves are tested in the guest.
fn with_room<T: Send + 'static>(test: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(64 << 20).spawn(test);
    match thread.expect("a thread").join() {
        Ok(result) => result,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        prop_assert_eq!(sql(&text), sql(&text));
    }

    #[test]
    fn any_signs_behind_a_select_are_answered(text in r#"[ -~\n]{0,120}"#) {
        let text = format!("SELECT {text}");
        prop_assert_eq!(sql(&text), sql(&text));
    }

    #[test]
    fn any_words_of_the_grammar_are_answered(words in words()) {
        let text = words.join(" ");
        let limited = sql(&text).is_ok_and(|accepted| !accepted.sql.contains("LIMIT "));
        prop_assert!(!limited, "{}", text);
    }

    #[test]
    fn spaces_and_comments_change_nothing(words in words()) {
        let plain = format!("SELECT {}", words.join(" "));
        prop_assume!(!plain.contains("--") && !plain.contains("/*") && !plain.contains("$$"));
        let spaced = format!("/* a */SELECT\t{} -- b", words.join("/* c */\n "));
        match (sql(&plain), sql(&spaced)) {
            (Ok(plain), Ok(spaced)) => prop_assert_eq!(plain.sql, spaced.sql),
            (Err(plain), Err(spaced)) => prop_assert_eq!(plain.rule, spaced.rule),
            (plain, spaced) => prop_assert!(false, "{:?}\n{:?}", plain, spaced),
        }
    }

    #[test]
    fn values_in_one_another_end_at_a_limit(
        round in prop::collection::vec(prop::sample::select(ROUND), 0..400),
    ) {
        let before: String = round.iter().map(|(before, _)| *before).collect();
        let behind: String = round.iter().rev().map(|(_, behind)| *behind).collect();
        let text = format!("SELECT {before}1{behind}");
        let deep = round.len() > 300;
        let answer = with_room(move || sql(&text));
        prop_assert!(!deep || answer.is_err());
    }
}

#[test]
fn twenty_thousand_words_are_read_or_refused() {
    for (part, times) in [
        (", 1", 9_000),
        (" + 1", 9_000),
        (" OR title", 9_000),
        (", films", 9_000),
        (" AND (1)", 4_900),
    ] {
        let text = format!("SELECT 1{} FROM films", part.repeat(times));
        let answer = with_room(move || sql(&text));
        assert!(answer.is_err(), "{part}");
    }
    let listed = format!(
        "SELECT title FROM films WHERE budget IN (1{})",
        ", 1".repeat(9_000)
    );
    let answer = with_room(move || sql(&listed));
    assert!(answer.is_ok() || answer.is_err_and(|rejection| rejection.rule != "syntax"));
}
