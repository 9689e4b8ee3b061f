//! DuckDB's SELECT as the gate reads it: text to tokens ([`lexer`]), tokens to a tree ([`ast`]).
//!
//! The grammar follows DuckDB 1.5: its reserved words, its precedences, its spellings. What DuckDB reads
//! in a way that is not certain is refused here, by name. Nothing here knows tables or functions: that
//! is [`crate::check`]'s part.

pub mod ast;
mod characters;
mod keywords;
mod lexer;
mod operators;
mod parser;
mod shape;
mod token;

use crate::rejection::Checked;

/// The one query of an untrusted text.
pub fn untrusted(text: &str) -> Checked<ast::Query> {
    let tokens = lexer::tokens(text)?;
    shape::measure(&tokens)?;
    parser::query(&tokens)
}

/// The gate's own text again: its brackets are its own, so only the parser's limit applies.
pub fn canonical(text: &str) -> Checked<ast::Query> {
    parser::query(&lexer::tokenise(text)?)
}

#[cfg(test)]
mod tests;
