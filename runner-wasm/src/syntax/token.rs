//! One word, number, text or sign of a query, and where it stands.

use super::ast::Place;
use std::borrow::Cow;

#[derive(Clone, Debug, PartialEq)]
pub struct Token<'a> {
    pub kind: Kind,
    /// A word as written; the content of a quoted name or text without its quotes; a number without
    /// underscores; a sign.
    pub text: Cow<'a, str>,
    pub place: Place,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Word(Class),
    /// A name in double quotes.
    Quoted,
    Number,
    /// In single quotes.
    Text,
    /// An operator or a bracket.
    Sign,
    /// `?`, `$1`, `$name`.
    Parameter,
    End,
}

/// What a word may be besides a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// No keyword at all.
    Name,
    Unreserved,
    ColumnName,
    FunctionName,
    Reserved,
}

impl Token<'_> {
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self.kind, Kind::Word(_)) && self.text.eq_ignore_ascii_case(word)
    }

    pub fn is_sign(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }
}
