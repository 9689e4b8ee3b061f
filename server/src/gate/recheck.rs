//! The host's own look at an acceptance, as if the guest were the attacker: sizes, one statement, and
//! only tables of this dataset. It reads quotes and nothing else of SQL.

use super::GateSchema;
use super::bindings::csv_analyst::gate::types::Acceptance;
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::limits::MAX_QUERY_BYTES;

/// Canonical text is longer than what came in: clauses get lines, names get quotes.
const MAX_SQL_BYTES: usize = 4 * MAX_QUERY_BYTES;
const MAX_LISTED: usize = 10_000;
const MAX_LISTED_BYTES: usize = 4 * MAX_QUERY_BYTES;

pub fn acceptance(acceptance: &Acceptance, schema: &GateSchema) -> Result<(), Rejection> {
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

/// No semicolon, comment or control character outside of quotes, and no quote left open.
fn is_one_statement(sql: &str) -> bool {
    let mut quote = None;
    let mut previous = ' ';
    for character in sql.chars() {
        match quote {
            Some(open) if character == open => quote = None,
            Some(_) => {}
            None => {
                let comment = matches!((previous, character), ('-', '-') | ('/', '*'));
                let control = character.is_control() && character != '\n';
                if character == ';' || character == '$' && previous == '$' || comment || control {
                    return false;
                }
                if character == '\'' || character == '"' {
                    quote = Some(character);
                }
            }
        }
        previous = character;
    }
    quote.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

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
        ] {
            assert!(!is_one_statement(text), "{text}");
        }
    }
}
