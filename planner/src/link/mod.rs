//! Schema linking: which words of a question name which parts of a dataset.
//!
//! It only finds the possible readings, each with a score; which of them is meant is decided when a
//! table has been chosen.

mod matching;
mod vocabulary;

pub(crate) use matching::{Links, edit_distance, link};
pub(crate) use vocabulary::{Vocabulary, readable};

/// A part of the dataset, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Target {
    Table(usize),
    Entity(usize),
    Column(ColumnId),
    Value(ColumnId, usize),
    Term(ColumnId, usize),
    Measure(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ColumnId {
    pub table: usize,
    pub column: usize,
}

/// How a word was linked, when that is worth telling the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// The data's own words.
    Name,
    /// A misspelling, a near synonym, or a word of a description.
    Guess,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Candidate {
    pub target: Target,
    /// 0 to 1.
    pub score: f64,
    pub evidence: Evidence,
}

/// Adjacent tokens that name something, with every reading of them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mention {
    pub start: usize,
    pub end: usize,
    pub candidates: Vec<Candidate>,
}
