//! What a refusal says: to people a rule, a place, the line underlined and what to write instead; to
//! programs the same in fields.

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::gate::{Place, Rejection};
use csv_analyst_protocol::limits::Limits;

#[track_caller]
fn refused(sql: &str) -> Rejection {
    let dataset: Dataset =
        serde_json::from_str(include_str!("../cases/dataset.json")).expect("the dataset is valid");
    check(&UntrustedQueryText::Sql(sql), &dataset, &Limits::default()).expect_err(sql)
}

#[test]
fn a_misspelled_column_is_underlined_and_named() {
    let rejection = refused("SELECT title,\n       bugdet\nFROM films");
    assert_eq!(rejection.rule, "unknown-column");
    assert_eq!(rejection.place, Some(Place::Text { line: 2, column: 8 }));
    assert_eq!(rejection.details.length, 6);
    assert_eq!(rejection.details.token.as_deref(), Some("bugdet"));
    assert_eq!(rejection.hint.as_deref(), Some("did you mean `budget`?"));
    assert_eq!(rejection.details.suggestions, ["budget"]);
    assert_eq!(
        rejection.details.allowed,
        [
            "film_id", "title", "genre", "released", "budget", "rating", "dubbed"
        ]
    );
    assert_eq!(
        rejection.details.excerpt.as_deref(),
        Some("       bugdet\n       ^^^^^^")
    );
}

#[test]
fn a_variable_beside_if_is_not_called_like_a_column() {
    let rejection = refused("SELECT [title FOR title IN [1, 2] IF title > 1] FROM films");
    assert_eq!(rejection.details.token.as_deref(), Some("title"));
    let other = "SELECT [x FOR x IN [1, 2] IF x > 1], [title FOR title IN [1, 2]] FROM films";
    let dataset: Dataset =
        serde_json::from_str(include_str!("../cases/dataset.json")).expect("the dataset is valid");
    check(&UntrustedQueryText::Sql(other), &dataset, &Limits::default()).expect("other names are free");
}

#[test]
fn each_kind_of_slip_has_its_names_and_its_underline() {
    for (sql, rule, token, suggestion) in [
        ("SELECT * FROM filsm", "unknown-table", "filsm", "films"),
        (
            "WITH best AS (FROM films) SELECT * FROM bset",
            "unknown-table",
            "bset",
            "best",
        ),
        ("SELECT f.titel FROM films f", "unknown-column", "titel", "title"),
        ("SELECT flims.title FROM films", "unknown-table", "flims", "films"),
        (
            "SELECT * EXCLUDE (dubed) FROM films",
            "unknown-column",
            "dubed",
            "dubbed",
        ),
        (
            "SELECT COLUMNS(['titel']) FROM films",
            "unknown-column",
            "'titel'",
            "title",
        ),
        (
            "SELECT uper(title) FROM films",
            "function-not-allowed",
            "uper",
            "upper",
        ),
        (
            "SELECT title FROM films GRUOP BY title",
            "syntax",
            "GRUOP",
            "group",
        ),
        ("SELCT title FROM films", "only-queries", "SELCT", "select"),
    ] {
        let rejection = refused(sql);
        assert_eq!(rejection.rule, rule, "{sql}");
        assert_eq!(rejection.details.token.as_deref(), Some(token), "{sql}");
        assert_eq!(
            rejection
                .details
                .suggestions
                .first()
                .map(|name| name.to_ascii_lowercase()),
            Some(suggestion.to_string()),
            "{sql}"
        );
        let excerpt = rejection.details.excerpt.expect(sql);
        let (line, carets) = excerpt.split_once('\n').expect(sql);
        let at = carets.find('^').expect(sql);
        assert_eq!(&line[at..carets.len()], token, "{sql}");
    }
}

#[test]
fn what_other_engines_call_otherwise_is_said_in_duckdbs_words() {
    for (call, hint) in [
        ("random()", "USING SAMPLE"),
        ("to_char(starts, 'YYYY')", "strftime"),
        ("nvl(visitors, 0)", "coalesce"),
        ("safe_divide(visitors, 2)", "nullif"),
        ("iff(visitors > 1, 1, 2)", "if(condition"),
        ("read_text('x')", "only the dataset's tables"),
        ("now()", "newest one in the data"),
    ] {
        let rejection = refused(&format!("SELECT {call} FROM screenings"));
        assert!(
            rejection.hint.as_deref().is_some_and(|text| text.contains(hint)),
            "{call}: {:?}",
            rejection.hint
        );
        assert!(rejection.details.excerpt.is_some(), "{call}");
    }
}

#[test]
fn a_refusal_is_bounded_whatever_was_written() {
    let long = "x".repeat(50_000);
    let rejection = refused(&format!("SELECT \"{long}\" FROM films"));
    let text = serde_json::to_string(&rejection).expect("plain data");
    assert!(text.len() < 2_000, "{}", text.len());
    let many: Vec<String> = (0..900).map(|i| format!("1 AS c{i}")).collect();
    let rejection = refused(&format!("SELECT nothing FROM (SELECT {})", many.join(", ")));
    assert!(rejection.details.allowed.len() <= 50);
}
