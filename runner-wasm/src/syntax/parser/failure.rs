//! What to say where a text can't be read: the word, the place, what was expected, what was probably
//! meant.

use super::Parser;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::syntax::ast::Place;
use crate::syntax::token::{Class, Kind, Token};
use csv_analyst_protocol::gate::Rejection;

/// What people misspell, besides names.
const FREQUENT: &[&str] = &[
    "SELECT",
    "FROM",
    "WHERE",
    "GROUP",
    "ORDER",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "DISTINCT",
    "JOIN",
    "LEFT",
    "INNER",
    "OUTER",
    "UNION",
    "EXCEPT",
    "INTERSECT",
    "QUALIFY",
    "WINDOW",
    "BETWEEN",
    "PARTITION",
    "PIVOT",
    "UNPIVOT",
    "VALUES",
    "WITH",
    "USING",
    "EXCLUDE",
    "REPLACE",
];

/// These begin a query.
const BEGINNINGS: &[&str] = &[
    "select",
    "with",
    "from",
    "values",
    "table",
    "pivot",
    "unpivot",
    "pivot_wider",
    "pivot_longer",
];

impl Parser<'_> {
    /// Names what a statement is before a rule trips over it.
    pub(super) fn first_word(&self) -> Checked<()> {
        let brackets = (0..).take_while(|ahead| self.ahead(*ahead).is_sign("(")).count();
        let first = self.ahead(brackets);
        match first.kind {
            Kind::End if brackets == 0 => {
                Err(invalid("empty", "There is no query in this text.").hint("Write a SELECT."))
            }
            Kind::Word(_) if BEGINNINGS.iter().any(|word| first.is_word(word)) => Ok(()),
            _ => Err(not_a_query(first)),
        }
    }

    /// Whether a query begins so many tokens ahead. VALUES may also be a column's name.
    pub(super) fn starts_query(&self, ahead: usize) -> bool {
        let token = self.ahead(ahead);
        if token.is_word("values") {
            return self.ahead(ahead + 1).is_sign("(");
        }
        matches!(token.kind, Kind::Word(Class::Reserved)) && BEGINNINGS.iter().any(|word| token.is_word(word))
    }

    pub(super) fn second_statement(&self) -> Box<Rejection> {
        policy(
            "one-statement",
            "Only one query runs at a time; a second statement follows.",
        )
        .at(self.place())
        .hint("Send one SELECT, without anything after a semicolon.")
    }

    /// The text goes on where a query would have ended.
    pub(super) fn left_over(&self) -> Box<Rejection> {
        self.refuse_here(format!(
            "{} does not fit here: the query is complete before it.",
            shown(self.peek())
        ))
    }

    /// Something else had to stand here.
    pub(super) fn unexpected(&self, expected: &str) -> Box<Rejection> {
        self.refuse_here(format!(
            "{} does not fit here: {expected} was expected.",
            shown(self.peek())
        ))
    }

    fn refuse_here(&self, message: String) -> Box<Rejection> {
        if let Some(place) = self.write_statement() {
            return policy(
                "read-only",
                "A query can only read: INSERT, UPDATE, DELETE and MERGE are not allowed.",
            )
            .at(place);
        }
        // A misspelled keyword is often read as an alias first, and the word behind it does not fit.
        let misspelled = [self.before(), Some(self.peek())]
            .into_iter()
            .flatten()
            .find_map(|token| {
                let rejection = invalid("syntax", format!("{} is not understood.", shown(token)));
                corrected(rejection.at(token.place), token)
            });
        if let Some(rejection) = misspelled {
            return rejection;
        }
        let mut rejection = invalid("syntax", message).at(self.place());
        if let Some(hint) = self.dialect_hint() {
            rejection = rejection.hint(hint);
        }
        rejection
    }

    /// Where a statement that writes stands instead of a query.
    fn write_statement(&self) -> Option<Place> {
        let token = self.peek();
        let words = ["insert", "update", "delete", "merge"];
        let next = self.ahead(1).kind;
        if words.iter().any(|word| token.is_word(word)) && matches!(next, Kind::Word(_) | Kind::Quoted) {
            return Some(token.place);
        }
        let before = self.before()?;
        let removes = before.is_word("delete") && token.is_word("from");
        if removes || (before.is_word("insert") && token.is_word("into")) {
            return Some(before.place);
        }
        // The table's name was read as another name for a table called `update`.
        let verb = self.two_before()?;
        (verb.is_word("update") && token.is_word("set")).then_some(verb.place)
    }

    fn two_before(&self) -> Option<&Token<'_>> {
        self.tokens.get(self.position.checked_sub(2)?)
    }

    /// Forms of other dialects, and slips that are seen often.
    fn dialect_hint(&self) -> Option<&'static str> {
        let token = self.peek();
        let before = |word| self.before().is_some_and(|before| before.is_word(word));
        if before("top") {
            Some("Write LIMIT at the end of the query.")
        } else if token.is_sign(",") && self.two_before().is_some_and(|word| word.is_word("limit")) {
            Some("Write LIMIT rows OFFSET rows.")
        } else if self.two_before().is_some_and(|word| word.is_word("except")) {
            Some("To leave out columns write EXCLUDE (a, b).")
        } else if token.is_word("ignore") || token.is_word("respect") {
            Some("Write it inside the brackets: last_value(x IGNORE NULLS) OVER (..).")
        } else if token.kind == Kind::Sign && token.text == "[" {
            Some("Names stand in double quotes; a list is [1, 2].")
        } else if token.is_sign(":") {
            Some("For an alias write name: expression, for a cast value::type.")
        } else if matches!(token.kind, Kind::Word(Class::Reserved)) {
            Some("A column of this name stands in double quotes.")
        } else if matches!(
            token.kind,
            Kind::Word(Class::Unreserved | Class::ColumnName | Class::FunctionName)
        ) {
            Some("For an alias of this name put AS before it.")
        } else if [
            "=", "<>", "!=", "<", "<=", ">", ">=", "like", "ilike", "in", "between",
        ]
        .iter()
        .any(|operator| token.is_sign(operator) || token.is_word(operator))
        {
            Some("Two comparisons in a row need AND between, or parentheses.")
        } else {
            None
        }
    }
}

fn shown(token: &Token<'_>) -> String {
    match token.kind {
        Kind::End => "The end of the text".to_string(),
        Kind::Text => format!("The text '{}'", excerpt(&token.text)),
        _ => format!("`{}`", excerpt(&token.text)),
    }
}

/// The rejection with a keyword in place of a word that is one slip away from it; or nothing.
fn corrected(rejection: Box<Rejection>, token: &Token<'_>) -> Option<Box<Rejection>> {
    if token.kind != Kind::Word(Class::Name) || token.text.len() < 4 {
        return None;
    }
    let length = token.text.len();
    let words = FREQUENT
        .iter()
        .copied()
        .filter(|word| word.len().abs_diff(length) <= 1);
    let rejection = rejection.near(&token.text, words);
    (!rejection.details.suggestions.is_empty()).then_some(rejection)
}

fn not_a_query(first: &Token<'_>) -> Box<Rejection> {
    let rejection = policy(
        "only-queries",
        format!(
            "{} does not begin a query: data can only be read here.",
            shown(first)
        ),
    )
    .at(first.place);
    if let Some(rejection) = corrected(rejection.clone(), first) {
        return rejection;
    }
    let lower = first.text.to_ascii_lowercase();
    rejection.hint(match lower.as_str() {
        "describe" | "desc" | "show" | "summarize" => {
            "Tables and columns are in the dataset's schema: GET /datasets/{id}/schema."
        }
        _ => "Begin with SELECT, WITH or FROM.",
    })
}
