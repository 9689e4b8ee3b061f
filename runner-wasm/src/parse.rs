//! Text to sqlparser's tree: one statement, and that a query. Everything printed by the gate comes
//! back through here as well, to see that it still means the same.

use crate::lexical;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use csv_analyst_protocol::gate::Rejection;
use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::DuckDbDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

/// Levels of the parser's recursion. [`lexical`] caps nesting at 32, of which one costs up to six.
const RECURSION_LIMIT: usize = 256;

/// The one query of an untrusted text.
pub fn untrusted(text: &str) -> Checked<Box<Query>> {
    let tokens = lexical::tokens(text)?;
    first_word(&tokens)?;
    one_statement(&tokens)?;
    query(tokens)
}

/// The gate's own text again; its brackets are its own, so only the parser's limit applies.
pub fn canonical(text: &str) -> Checked<Box<Query>> {
    query(lexical::tokenise(text)?)
}

fn query(tokens: Vec<TokenWithSpan>) -> Checked<Box<Query>> {
    let options = ParserOptions::new().with_unescape(false);
    let mut parser = Parser::new(&DuckDbDialect {})
        .with_options(options)
        .with_recursion_limit(RECURSION_LIMIT)
        .with_tokens_with_locations(tokens);
    let mut statements = parser.parse_statements().map_err(|error| syntax(&error))?;
    let statement = statements.pop();
    match (statement, statements.is_empty()) {
        (Some(Statement::Query(query)), true) => Ok(query),
        (None, _) => Err(invalid("empty", "There is no query in this text.")),
        (Some(_), true) => Err(not_a_query(None)),
        (Some(_), false) => Err(several_statements(Location::empty())),
    }
}

/// Names what a statement is before the parser trips over it.
fn first_word(tokens: &[TokenWithSpan]) -> Checked<()> {
    let first = tokens.iter().find(|token| {
        !matches!(
            token.token,
            Token::Whitespace(_) | Token::LParen | Token::SemiColon
        )
    });
    match first.map(|token| (&token.token, token.span.start)) {
        None => Err(invalid("empty", "There is no query in this text.").hint("Write a SELECT.")),
        Some((Token::Word(word), location)) => match word.keyword {
            Keyword::SELECT | Keyword::WITH | Keyword::FROM | Keyword::VALUES | Keyword::TABLE => Ok(()),
            _ => Err(not_a_query(Some(&word.value)).at_location(location)),
        },
        Some((_, location)) => Err(not_a_query(None).at_location(location)),
    }
}

fn one_statement(tokens: &[TokenWithSpan]) -> Checked<()> {
    let mut meaningful = tokens
        .iter()
        .filter(|token| !matches!(token.token, Token::Whitespace(_)));
    let mut ended = meaningful
        .by_ref()
        .skip_while(|token| token.token != Token::SemiColon);
    match ended.find(|token| !matches!(token.token, Token::SemiColon | Token::EOF)) {
        Some(second) => Err(several_statements(second.span.start)),
        None => Ok(()),
    }
}

fn several_statements(location: Location) -> Box<Rejection> {
    policy(
        "one-statement",
        "Only one query runs at a time; a second statement follows.",
    )
    .at_location(location)
    .hint("Send one SELECT, without anything after a semicolon.")
}

fn not_a_query(word: Option<&str>) -> Box<Rejection> {
    let what = word.map_or("This".to_string(), |word| format!("`{}`", excerpt(word)));
    policy(
        "only-queries",
        format!("{what} does not begin a query: data can only be read here."),
    )
    .hint("Begin with SELECT, WITH or FROM.")
}

/// sqlparser puts the place into its message: ` at Line: 1, Column: 8`.
fn syntax(error: &ParserError) -> Box<Rejection> {
    let message = match error {
        ParserError::TokenizerError(message) | ParserError::ParserError(message) => message.as_str(),
        ParserError::RecursionLimitExceeded => {
            return invalid("query-too-deep", "The query nests too deeply.")
                .hint("Use a common table expression (WITH) for the inner parts.");
        }
    };
    let (text, place) = message.rsplit_once(" at Line: ").unwrap_or((message, ""));
    let mut numbers = place
        .split(", Column: ")
        .map(|number| number.trim().parse::<u64>().unwrap_or(0));
    let location = Location {
        line: numbers.next().unwrap_or(0),
        column: numbers.next().unwrap_or(0),
    };
    let text: String = text.chars().take(200).filter(|c| !c.is_control()).collect();
    invalid(
        "syntax",
        format!(
            "The text can't be read as a query: {}.",
            text.trim_end_matches('.')
        ),
    )
    .at_location(location)
    .hint("The gate reads most of DuckDB's SELECT; a part of it may not be supported yet.")
}
