//! What single constructs are read as, printed as, and bounded by.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Acceptance, Rejection};
use csv_analyst_protocol::limits::Limits;

fn decide(sql: &str) -> Result<Acceptance, Rejection> {
    let dataset: Dataset =
        serde_json::from_str(include_str!("../cases/dataset.json")).expect("the dataset is valid");
    check(&UntrustedQueryText::Sql(sql), &dataset, &Limits::default())
}

#[track_caller]
fn accepted(sql: &str) -> Acceptance {
    decide(sql).unwrap_or_else(|rejection| panic!("{sql}: {} {}", rejection.rule, rejection.message))
}

fn is_cut(sql: &str) -> bool {
    let acceptance = accepted(sql);
    let cut = acceptance.sql.ends_with("\nLIMIT 200");
    assert_eq!(
        cut,
        acceptance.notes.iter().any(|note| note.starts_with("Cut to"))
    );
    cut
}

#[test]
fn a_filter_that_filters_nothing_does_not_lift_the_cut_of_a_listing() {
    for filter in [
        "TRUE OR budget > 5",
        "budget > 5 OR 1 = 1",
        "NOT (FALSE AND dubbed)",
        "budget = budget",
        "title LIKE '%'",
        "budget IS NULL OR budget IS NOT NULL",
        "dubbed OR NOT dubbed",
        "budget < 5 OR budget >= 5",
        "film_id IN (film_id)",
        "film_id BETWEEN film_id AND film_id",
        "(budget > 5 OR TRUE) AND 2 > 1",
    ] {
        assert!(is_cut(&format!("SELECT * FROM films WHERE {filter}")), "{filter}");
    }
    for filter in [
        "budget > 5",
        "TRUE AND budget > 5",
        "title LIKE '%a%'",
        "budget IS NULL OR dubbed",
        "budget < 5 OR budget > 5",
    ] {
        assert!(
            !is_cut(&format!("SELECT * FROM films WHERE {filter}")),
            "{filter}"
        );
    }
}

#[test]
fn a_limit_above_the_cap_is_lowered_with_a_note() {
    for sql in [
        "SELECT title FROM films LIMIT 10001",
        "SELECT title FROM films LIMIT 18446744073709551615",
        "SELECT title FROM films UNION ALL SELECT city FROM cinemas LIMIT 99999999",
        "(SELECT title FROM films LIMIT 99999999)",
    ] {
        let acceptance = accepted(sql);
        assert!(acceptance.sql.ends_with("\nLIMIT 10000"), "{}", acceptance.sql);
        assert!(
            acceptance.notes.iter().any(|note| note.starts_with("Limited to")),
            "{sql}"
        );
    }
    assert!(accepted("SELECT title FROM films LIMIT 9999").notes.is_empty());
}

#[test]
fn telling_apart_or_grouping_by_all_columns_does_not_lift_the_cut_of_a_listing() {
    for sql in [
        "SELECT DISTINCT * FROM films",
        "SELECT * FROM films GROUP BY ALL",
        "SELECT film_id, title, genre, released, budget, rating, dubbed FROM films GROUP BY ALL",
        "SELECT * FROM (SELECT DISTINCT * FROM films)",
        "SELECT * FROM films QUALIFY TRUE",
    ] {
        assert!(is_cut(sql), "{sql}");
    }
    for sql in [
        "SELECT DISTINCT genre, rating, dubbed, released FROM films",
        "SELECT genre, rating, dubbed, count(*) FROM films GROUP BY ALL",
        "SELECT DISTINCT ON (genre) * FROM films",
    ] {
        assert!(!is_cut(sql), "{sql}");
    }
}

/// While it is built, and not only when it is printed: the place tells which.
#[test]
fn what_columns_multiply_ends_while_it_is_built() {
    let tables: Vec<String> = (0..64).map(|number| format!("films f{number}")).collect();
    let sql = format!(
        "SELECT COLUMNS(*) + {}1 FROM {}",
        "1 + ".repeat(480),
        tables.join(", ")
    );
    let rejection = decide(&sql).expect_err("half a million terms");
    assert_eq!(rejection.rule, "query-size");
    assert!(rejection.place.is_some());
}

/// The engine refuses a `+` before what is no number: it must get to see it.
#[test]
fn a_plus_is_printed() {
    for (sql, expected) in [
        (
            "SELECT +budget FROM films",
            "SELECT +budget\nFROM films\nLIMIT 10000",
        ),
        ("SELECT 1 + + -2", "SELECT 1 + +(-2)\nLIMIT 10000"),
        (
            "SELECT +DATE '2026-01-01'",
            "SELECT +(DATE '2026-01-01')\nLIMIT 10000",
        ),
        (
            "SELECT title FROM films ORDER BY +1",
            "SELECT title\nFROM films\nORDER BY +1\nLIMIT 10000",
        ),
    ] {
        assert_eq!(accepted(sql).sql, expected);
    }
}

#[test]
fn a_structures_fields_are_listed_by_unnesting_it() {
    let acceptance = accepted("SELECT s.* FROM (SELECT {'a': 1} AS s)");
    assert!(
        acceptance.sql.starts_with("SELECT unnest(s)"),
        "{}",
        acceptance.sql
    );
    assert!(acceptance.claims.functions.contains(&"unnest".to_string()));
}

#[test]
fn signs_of_like_are_like() {
    let acceptance = accepted("SELECT title ~~ 'a%' = title !~~* 'b%' AS x FROM films");
    assert_eq!(
        acceptance.sql,
        "SELECT (title LIKE 'a%') = (title NOT ILIKE 'b%') AS x\nFROM films\nLIMIT 10000"
    );
}

#[test]
fn keys_of_a_recursion_are_columns_of_it() {
    let acceptance = accepted(
        "WITH RECURSIVE t(A, b) USING KEY (a) AS (SELECT 1, 2 UNION SELECT a, b + 1 FROM t WHERE b < 5) FROM t",
    );
    assert!(
        acceptance
            .sql
            .starts_with("WITH RECURSIVE t(A, b) USING KEY (A) AS ("),
        "{}",
        acceptance.sql
    );
}

/// The engine calls a column after its text: where the gate prints another one, the heading is what was
/// written.
#[test]
fn what_is_printed_in_another_form_keeps_what_was_written_as_its_heading() {
    for (sql, begin) in [
        (
            "SELECT 2  **\n 3, budget ^ 2 AS b FROM films",
            "SELECT pow(2, 3) AS \"2 ** 3\", pow(budget, 2) AS b\n",
        ),
        (
            "SELECT title.upper(), EXTRACT(year FROM released) FROM films",
            "SELECT upper(title) AS \"title.upper()\", date_part('year', released) AS \"EXTRACT(year FROM released)\"\n",
        ),
        (
            "SELECT 1 AS größe, 'é' ^@ 'x' UNION ALL SELECT 2, false",
            "SELECT 1 AS \"größe\", starts_with('é', 'x') AS \"'é' ^@ 'x'\"\n",
        ),
        // As the engine would call it anyway.
        (
            "SELECT budget + 1, count(*), (budget)::VARCHAR FROM films GROUP BY ALL",
            "SELECT budget + 1, count(*), CAST(budget AS VARCHAR)\n",
        ),
        // Inside, nobody sees it.
        (
            "SELECT max(x) FROM (SELECT 2 ** 3, budget AS x FROM films)",
            "SELECT max(x)\nFROM (\n  SELECT pow(2, 3), budget AS x\n",
        ),
        ("SELECT 2 /* a */ ** 3", "SELECT pow(2, 3)\n"),
        ("SELECT 2 ** 3 UNION BY NAME SELECT 2 ** 3", "SELECT pow(2, 3)\n"),
        (
            "SELECT 1 AS \"2 ** 3\", 2 ** 3",
            "SELECT 1 AS \"2 ** 3\", pow(2, 3)\n",
        ),
    ] {
        let printed = accepted(sql).sql;
        assert!(printed.starts_with(begin), "{sql}:\n{printed}");
    }
}
