//! Which records of a file are rows of its table, the same at every pass over the file.

use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_protocol::reading::{NoteKind, Reading};
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::infer::choice::count;
use csv_analyst_runner::reading::infer::column::Tally;
use csv_analyst_runner::reading::notes::Notes;
use csv_analyst_runner::reading::record::{ProblemKind, Record};

/// How a table lies in its file.
#[derive(Clone, Debug)]
pub struct Shape {
    /// As the file has them, before they were cleaned.
    pub raw_names: Vec<String>,
    pub header_line: Option<u64>,
    /// Records that begin on this line or above are no data.
    pub data_after: u64,
    pub short_rows: ShortRows,
    /// An object without values is a row, a line without values is not.
    pub keeps_blank_rows: bool,
    /// What a row is called for people: "line", "row", "object".
    pub noun: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShortRows {
    /// A described file must have every value.
    Refused,
    /// The rest is "no value", and that is said.
    Padded,
    /// Usual for this format.
    Usual,
}

pub struct Sieve<'a> {
    file: &'a str,
    shape: &'a Shape,
    limit: Option<u64>,
    row_limit: u64,
    pub rows: u64,
    short: Tally,
    bad: Tally,
    header_again: Tally,
    stray_quotes: Tally,
}

impl<'a> Sieve<'a> {
    pub fn new(file: &'a str, shape: &'a Shape, reading: &Reading, row_limit: u64) -> Self {
        Self {
            file,
            shape,
            limit: reading.max_bad_rows,
            row_limit,
            rows: 0,
            short: Tally::default(),
            bad: Tally::default(),
            header_again: Tally::default(),
            stray_quotes: Tally::default(),
        }
    }

    /// Whether the record is a row. One that does not fit is an error, or is left out if that is allowed.
    pub fn lets_pass(&mut self, record: &Record) -> Result<bool, IngestError> {
        if record.line <= self.shape.data_after {
            return Ok(false);
        }
        if let Some(error) = self.problem(record) {
            self.leave_out(error)?;
            return Ok(false);
        }
        if !self.shape.keeps_blank_rows && record.is_blank() && !self.is_empty_value(record) {
            return Ok(false);
        }
        if self.is_header_again(record) {
            self.header_again.add(record.line);
            return Ok(false);
        }
        let width = self.shape.raw_names.len();
        if record.len() > width && record.filled() > width {
            self.leave_out(self.too_long(record, width))?;
            return Ok(false);
        }
        if record.len() < width {
            match self.shape.short_rows {
                ShortRows::Usual => {}
                ShortRows::Padded => self.short.add(record.line),
                ShortRows::Refused => {
                    let message = format!("The {} has fewer than {width} values.", self.shape.noun);
                    self.leave_out(refuse(self.file, message).on(record.line))?;
                    return Ok(false);
                }
            }
        }
        if record.has_stray_quotes {
            self.stray_quotes.add(record.line);
        }
        self.count_rows(1)?;
        Ok(true)
    }

    /// Rows that need no look.
    pub fn count_rows(&mut self, rows: u64) -> Result<(), IngestError> {
        self.rows += rows;
        if self.rows <= self.row_limit {
            return Ok(());
        }
        let message = format!("The file has more than {} rows.", self.row_limit);
        Err(refuse(self.file, message).hint("Split it, or raise `datasets.limits.rows`."))
    }

    /// A row that passed turned out not to fit.
    pub fn take_back(&mut self, error: IngestError) -> Result<(), IngestError> {
        self.leave_out(error)?;
        self.rows -= 1;
        Ok(())
    }

    fn leave_out(&mut self, error: IngestError) -> Result<(), IngestError> {
        self.bad.add(error.line.unwrap_or(0));
        match self.limit {
            None => Err(error),
            Some(limit) if self.bad.count > limit => {
                let hint =
                    format!("More than `max_bad_rows = {limit}` rows do not fit; this is one of them.");
                Err(error.hint(hint))
            }
            Some(_) => Ok(()),
        }
    }

    fn problem(&self, record: &Record) -> Option<IngestError> {
        let problem = record.problem?;
        let (message, hint) = match problem.kind {
            ProblemKind::LooseQuote => (
                "A quoted value is followed by other text.",
                "Double a quote that stands inside a value (\"\"), or set `quote = \"none\"`.",
            ),
            ProblemKind::Nul => (
                "The file holds a NUL byte, so it is not a text file.",
                "Save it as CSV in UTF-8, or set `max_bad_rows` to leave such rows out.",
            ),
        };
        Some(refuse(self.file, message).on(problem.line).hint(hint))
    }

    fn too_long(&self, record: &Record, width: usize) -> IngestError {
        let values = count(width as u64, "value");
        let message = format!("The {} has more than {values}.", self.shape.noun);
        refuse(self.file, message)
            .on(record.line)
            .hint("Put values that hold the delimiter in double quotes, or set `max_bad_rows` to leave such rows out.")
    }

    /// A quoted empty value alone on its line is a row of a table of one column.
    fn is_empty_value(&self, record: &Record) -> bool {
        self.shape.raw_names.len() == 1 && record.len() == 1 && record.bytes() == 0
    }

    /// Files that were put together from several have their header more than once.
    fn is_header_again(&self, record: &Record) -> bool {
        let names = &self.shape.raw_names;
        self.shape.header_line.is_some()
            && names.len() > 1
            && record.len() == names.len()
            && record
                .cells()
                .zip(names)
                .all(|(cell, name)| cell == name.as_bytes())
    }

    /// After the last pass: what happened to rows.
    pub fn remark(&self, notes: &mut Notes) {
        let noun = self.shape.noun;
        let mut say = |kind, tally: Tally, text: &str, instead: Option<&str>| {
            if tally.count > 0 {
                let verb = if tally.count == 1 { "is" } else { "are" };
                let message = text
                    .replace("{}", &count(tally.count, noun))
                    .replace("{is}", verb);
                notes.say(kind, Some(tally.first_line), message, instead);
            }
        };
        say(
            NoteKind::LeftOut,
            self.bad,
            "{} that did not fit {is} left out.",
            Some("max_bad_rows = 0"),
        );
        say(
            NoteKind::ShortRows,
            self.short,
            "{} {is} shorter than the header; the values at the end are \"no value\".",
            None,
        );
        say(
            NoteKind::LeftOut,
            self.header_again,
            "{} with the column names again {is} left out.",
            None,
        );
        say(
            NoteKind::Quotes,
            self.stray_quotes,
            "In {}, quotes inside a quoted value were not doubled; they are kept as text.",
            None,
        );
    }
}
