//! Text to sqlparser's tree: one statement, and that a query. Everything printed by the gate comes
//! back through here as well, to see that it still means the same.

use crate::dialect::GateDialect;
use crate::lexical;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use csv_analyst_protocol::gate::Rejection;
use sqlparser::ast::Query;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError, ParserOptions};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};

/// Levels of the parser's recursion: [`lexical`] caps nesting at 32, and operators of rising precedence
/// add levels between two brackets. At 200 levels the host's 1 MiB of guest stack overflowed.
const RECURSION_LIMIT: usize = 120;
/// Our own text may have a bracket more here and there.
const CANONICAL_RECURSION_LIMIT: usize = 150;

const UNSUPPORTED: &str = "The gate reads most of DuckDB's SELECT; a part of it may not be supported yet.";

/// The one query of an untrusted text.
pub fn untrusted(text: &str) -> Checked<Box<Query>> {
    let tokens = lexical::tokens(text)?;
    first_word(&tokens)?;
    one_statement(&tokens)?;
    query(tokens, RECURSION_LIMIT)
}

/// The gate's own text again; its brackets are its own, so only the parser's limit applies.
pub fn canonical(text: &str) -> Checked<Box<Query>> {
    query(lexical::tokenise(text)?, CANONICAL_RECURSION_LIMIT)
}

/// Only the parser's way into a query is used: statements of other kinds can't even be read, and their
/// parsers are no part of the component.
fn query(tokens: Vec<TokenWithSpan>, recursion_limit: usize) -> Checked<Box<Query>> {
    let options = ParserOptions::new().with_unescape(false);
    let hint = hint(&tokens);
    let mut parser = Parser::new(&GateDialect)
        .with_options(options)
        .with_recursion_limit(recursion_limit)
        .with_tokens_with_locations(tokens);
    let query = parser.parse_query().map_err(|error| syntax(&error))?;
    while parser.consume_token(&Token::SemiColon) {}
    let next = parser.peek_token();
    if next.token != Token::EOF {
        return Err(unread(&next.token).at_location(next.span.start).hint(hint));
    }
    Ok(query)
}

/// What was probably meant, where a query can't be read to its end.
fn hint(tokens: &[TokenWithSpan]) -> &'static str {
    let meaningful: Vec<&Token> = tokens
        .iter()
        .map(|token| &token.token)
        .filter(|token| !matches!(token, Token::Whitespace(_)))
        .collect();
    let is = |token: &Token, keyword| matches!(token, Token::Word(word) if word.keyword == keyword);
    let bare_filter = |part: &[&Token]| {
        is(part[0], Keyword::FILTER) && *part[1] == Token::LParen && !is(part[2], Keyword::WHERE)
    };
    if meaningful.windows(3).any(bare_filter) {
        "Write FILTER (WHERE condition)."
    } else if meaningful.first().is_some_and(|first| is(first, Keyword::FROM)) {
        "Begin with SELECT: SELECT * FROM .. WHERE .."
    } else {
        UNSUPPORTED
    }
}

/// The text goes on where a query would have ended.
fn unread(token: &Token) -> Box<Rejection> {
    let what = match token {
        Token::Word(word) => format!("`{}`", excerpt(&word.value)),
        _ => "This sign".to_string(),
    };
    invalid(
        "syntax",
        format!("{what} does not fit here: the query is complete before it."),
    )
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
    .hint(match word.map(str::to_ascii_lowercase).as_deref() {
        Some("describe" | "show" | "summarize") => {
            "Tables and columns are in the dataset's schema: GET /datasets/{id}/schema."
        }
        _ => "Begin with SELECT, WITH or FROM.",
    })
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
    .hint(UNSUPPORTED)
}
