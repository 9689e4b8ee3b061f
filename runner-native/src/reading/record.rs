//! One row of texts, whatever file it comes from.

use csv_analyst_protocol::ingest::IngestError;

/// An empty cell is "no value".
#[derive(Debug, Default, Clone)]
pub struct Record {
    text: Vec<u8>,
    ends: Vec<usize>,
    /// By cell, up to the last number; delimited text has none.
    numbers: Vec<bool>,
    /// Where it begins; rows of a sheet and objects of JSON have one, too.
    pub line: u64,
    pub problem: Option<Problem>,
    /// Quotes inside a quoted value that were not doubled, kept as text.
    pub has_stray_quotes: bool,
}

/// What stands in a cell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell<'a> {
    pub text: &'a [u8],
    /// The file itself holds a number, not a text that may be one: its point is a decimal point, whatever marks
    /// people use in the texts beside it.
    pub is_number: bool,
}

impl<'a> Cell<'a> {
    pub fn text(text: &'a [u8]) -> Self {
        Self {
            text,
            is_number: false,
        }
    }

    pub fn number(text: &'a [u8]) -> Self {
        Self {
            text,
            is_number: true,
        }
    }
}

/// Why a row can't be used as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Problem {
    pub line: u64,
    pub kind: ProblemKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A quoted value goes on over the line's end after a quote that was not doubled: where it ends is
    /// anybody's guess.
    LooseQuote,
    Nul,
}

impl Record {
    pub fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.numbers.clear();
        self.problem = None;
        self.has_stray_quotes = false;
    }

    pub fn push(&mut self, cell: Cell<'_>) {
        if cell.is_number {
            self.numbers.resize(self.ends.len(), false);
            self.numbers.push(true);
        }
        self.text.extend_from_slice(cell.text);
        self.end_cell();
    }

    pub fn add(&mut self, bytes: &[u8]) {
        self.text.extend_from_slice(bytes);
    }

    pub fn end_cell(&mut self) {
        self.ends.push(self.text.len());
    }

    /// Of the cell that has not ended yet.
    pub fn open_cell(&self) -> &[u8] {
        &self.text[self.ends.last().copied().unwrap_or(0)..]
    }

    pub fn forget_open_cell(&mut self) {
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
    }

    pub fn shorten_open_cell(&mut self, length: usize) {
        self.text
            .truncate(self.ends.last().copied().unwrap_or(0) + length);
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Of the text of all cells.
    pub fn bytes(&self) -> usize {
        self.text.len()
    }

    /// Beyond the last one: empty.
    pub fn cell(&self, index: usize) -> &[u8] {
        let start = match index.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).copied().unwrap_or(self.text.len()),
        };
        let end = self.ends.get(index).copied().unwrap_or(start);
        self.text.get(start..end).unwrap_or_default()
    }

    pub fn typed_cell(&self, index: usize) -> Cell<'_> {
        Cell {
            text: self.cell(index),
            is_number: self.numbers.get(index).copied().unwrap_or(false),
        }
    }

    pub fn cells(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).map(|index| self.cell(index))
    }

    /// No cell holds anything but blanks.
    pub fn is_blank(&self) -> bool {
        self.text.iter().all(|byte| matches!(byte, b' ' | b'\t'))
    }

    /// Without the empty cells at its end.
    pub fn filled(&self) -> usize {
        (0..self.len())
            .rev()
            .find(|index| !self.cell(*index).is_empty())
            .map_or(0, |last| last + 1)
    }
}

/// The rows of one table, as often as they are needed.
pub trait Records {
    /// From the first one again.
    fn restart(&mut self) -> Result<(), IngestError>;

    /// False: there are no more.
    fn next(&mut self, record: &mut Record) -> Result<bool, IngestError>;
}
