//! The host's own look at a verdict, as if the guest were the attacker: sizes, one statement, only
//! tables of this dataset, and no text that is not for people. It reads quotes and nothing else of SQL.
//! A pure function of the verdict and the schema, so that a fuzzer can play the guest.

use super::GateSchema;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::{Acceptance, Place, Rejection, RejectionDetails};
use csv_analyst_protocol::limits::MAX_QUERY_BYTES;

/// Canonical text is longer than what came in: clauses get lines, names get quotes.
const MAX_SQL_BYTES: usize = 4 * MAX_QUERY_BYTES;
const MAX_LISTED: usize = 10_000;
const MAX_LISTED_BYTES: usize = 4 * MAX_QUERY_BYTES;

/// Texts for people, of a rejection and beside an acceptance; longer ones are cut, whoever wrote them.
const MAX_TEXT_CHARACTERS: usize = 2_000;
/// More than the gate ever lists.
const MAX_NAMES: usize = 100;

/// What may be believed of what a guest said.
pub fn verdict(said: Result<Acceptance, Rejection>, schema: &GateSchema) -> Result<Acceptance, Rejection> {
    let mut accepted = said.map_err(rejection)?;
    acceptance(&accepted, schema)?;
    accepted.rules = accepted.rules.into_iter().map(cut).collect();
    accepted.notes = accepted.notes.into_iter().map(cut).collect();
    Ok(accepted)
}

fn rejection(said: Rejection) -> Rejection {
    let Rejection {
        code,
        rule,
        message,
        place,
        hint,
        details,
    } = said;
    let RejectionDetails {
        length,
        token,
        suggestions,
        allowed,
        excerpt,
    } = *details;
    Rejection {
        code,
        rule: cut(rule),
        message: cut(message),
        place: place.map(|place| match place {
            Place::Text { .. } => place,
            Place::Pointer(pointer) => Place::Pointer(cut(pointer)),
        }),
        hint: hint.map(cut),
        details: Box::new(RejectionDetails {
            length,
            token: token.map(cut),
            suggestions: names(suggestions),
            allowed: names(allowed),
            excerpt: excerpt.map(two_lines),
        }),
    }
}

fn two_lines(text: String) -> String {
    let lines: Vec<String> = text.lines().take(2).map(|line| cut(line.into())).collect();
    lines.join("\n")
}

fn names(names: Vec<String>) -> Vec<String> {
    names.into_iter().take(MAX_NAMES).map(cut).collect()
}

fn cut(text: String) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_TEXT_CHARACTERS)
        .collect()
}

fn acceptance(acceptance: &Acceptance, schema: &GateSchema) -> Result<(), Rejection> {
    let claims = &acceptance.claims;
    let lists = [
        &claims.tables,
        &claims.columns,
        &claims.functions,
        &acceptance.rules,
        &acceptance.notes,
    ];
    let bounded = lists.iter().all(|list| {
        list.len() <= MAX_LISTED && list.iter().map(String::len).sum::<usize>() <= MAX_LISTED_BYTES
    });
    if acceptance.sql.len() > MAX_SQL_BYTES || !bounded {
        return Err(unusable("is too large"));
    }
    if !begins_a_query(&acceptance.sql) || !is_one_statement(&acceptance.sql) {
        return Err(unusable("is not one query"));
    }
    if !claims.tables.iter().all(|table| schema.has_table(table)) {
        return Err(unusable("names a table of no dataset here"));
    }
    Ok(())
}

/// A guest that answers like this is broken or taken over; its answer is worth nothing.
fn unusable(what: &str) -> Rejection {
    let message = format!("The gate's answer {what}, and was thrown away.");
    Rejection::new(ErrorCode::GateResourceExceeded, "gate-answer", message)
}

fn begins_a_query(sql: &str) -> bool {
    ["SELECT ", "WITH ", "VALUES ", "("]
        .iter()
        .any(|start| sql.starts_with(start))
}

/// Outside of quotes only what a gate prints: no semicolon, comment, dollar, control or foreign
/// character, no string with a prefix (`E'..'` has escapes), and no quote left open. Nowhere a NUL, at
/// which an engine could stop reading.
fn is_one_statement(sql: &str) -> bool {
    let mut quote = None;
    let mut previous = ' ';
    for character in sql.chars() {
        match quote {
            _ if character == '\0' => return false,
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None if !is_plain(previous, character) => return false,
            None => quote = matches!(character, '\'' | '"').then_some(character),
        }
        previous = character;
    }
    quote.is_none()
}

fn is_plain(previous: char, character: char) -> bool {
    let printable = character == ' ' || character == '\n' || character.is_ascii_graphic();
    let comment = matches!((previous, character), ('-', '-') | ('/', '*'));
    let prefixed = character == '\'' && (previous.is_alphanumeric() || matches!(previous, '_' | '&'));
    printable && !comment && !prefixed && !matches!(character, ';' | '$' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::gate::Claims;

    #[test]
    fn texts_for_people_are_cut_and_hold_no_control_characters() {
        let schema = GateSchema::new(&csv_analyst_protocol::dataset::Dataset::default());
        let said = Acceptance {
            sql: "SELECT 1".into(),
            claims: Claims::default(),
            rules: vec!["li\u{1b}[2Jmit".into()],
            notes: vec!["x".repeat(MAX_TEXT_CHARACTERS + 1), "a\nb".into()],
        };
        let believed = verdict(Ok(said), &schema).unwrap();
        assert_eq!(believed.rules, ["li[2Jmit"]);
        assert_eq!(
            believed.notes,
            ["x".repeat(MAX_TEXT_CHARACTERS), "ab".to_string()]
        );
    }

    #[test]
    fn quotes_hide_what_they_hold_and_nothing_else_does() {
        assert!(is_one_statement("SELECT ';--' AS \"a;\" FROM t"));
        assert!(is_one_statement("SELECT 'it''s'"));
        for text in [
            "SELECT 1;",
            "SELECT 1 -- x",
            "SELECT /* x */ 1",
            "SELECT 'x",
            "SELECT $$x$$",
            "SELECT \u{0}1",
            "SELECT E'\\''; DROP TABLE t; SELECT E'\\''",
            "SELECT $a$'$a$; DROP TABLE t; SELECT $a$'$a$",
            "SELECT\u{a0}1",
            "SELECT '\u{0}'",
            "SELECT x'00'",
            "SELECT U&'x'",
        ] {
            assert!(!is_one_statement(text), "{text}");
        }
    }
}
