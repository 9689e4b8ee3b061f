//! The record reader: bytes of UTF-8 in, cells out, with the line on which each record begins.
//!
//! It takes what spreadsheets and scripts write, not only RFC 4180: lines end in LF, CR LF or CR, also mixed;
//! blanks may stand round a quoted value; a quote inside a quoted value that was not doubled is text unless a
//! delimiter or a line's end follows. It never guesses where a value with such a quote ends beyond its line.

use super::dialect::Dialect;
use crate::reading::record::{Problem, ProblemKind, Record};
use csv_analyst_protocol::reading::Escape;
use std::io::Read;

#[derive(Debug)]
pub enum TextError {
    Read(std::io::Error),
    OpenQuote { line: u64 },
    LongCell { line: u64, limit: u64 },
}

pub struct TextRecords<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    is_finished: bool,
    kinds: [Kind; 256],
    cell_limit: usize,
    state: State,
    /// Where the next byte is.
    line: u64,
    /// The last byte was a CR, whose LF belongs to it.
    after_return: bool,
    /// Of the quoted value that is being read.
    opened_on: u64,
    stray_in_cell: bool,
    /// How much of the cell stands before the last quote, which is in the cell until it turns out to be its end.
    quote_at: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Delimiter,
    LineFeed,
    Return,
    Quote,
    Backslash,
    Nul,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Start,
    Bare,
    Quoted,
    /// After a quote inside a quoted value: its end, the first of two, or a stray one.
    AfterQuote,
    /// After the end of a quoted value and blanks.
    AfterBlanks,
    Escaped,
}

const BUFFER_BYTES: usize = 128 << 10;

impl<R: Read> TextRecords<R> {
    pub fn new(input: R, dialect: Dialect, cell_limit: u64) -> Self {
        Self {
            input,
            buffer: vec![0; BUFFER_BYTES],
            start: 0,
            end: 0,
            is_finished: false,
            kinds: kinds(dialect),
            cell_limit: usize::try_from(cell_limit).unwrap_or(usize::MAX),
            state: State::Start,
            line: 1,
            after_return: false,
            opened_on: 1,
            stray_in_cell: false,
            quote_at: 0,
        }
    }

    /// False: there are no more. Empty lines are records without a cell.
    pub fn next(&mut self, record: &mut Record) -> Result<bool, TextError> {
        record.clear();
        self.state = State::Start;
        let mut has_begun = false;
        loop {
            if self.start == self.end && !self.fill()? {
                return self.finish(record, has_begun);
            }
            if self.after_return {
                self.after_return = false;
                if self.buffer[self.start] == b'\n' {
                    self.start += 1;
                    continue;
                }
            }
            if !has_begun {
                (has_begun, record.line) = (true, self.line);
            }
            if self.run(record)? {
                return Ok(true);
            }
        }
    }

    fn fill(&mut self) -> Result<bool, TextError> {
        if !self.is_finished {
            (self.start, self.end) = (0, self.input.read(&mut self.buffer).map_err(TextError::Read)?);
            self.is_finished = self.end == 0;
        }
        Ok(!self.is_finished)
    }

    fn finish(&mut self, record: &mut Record, has_begun: bool) -> Result<bool, TextError> {
        match self.state {
            State::Quoted | State::Escaped => return Err(TextError::OpenQuote { line: self.opened_on }),
            State::Start if record.is_empty() => return Ok(false),
            _ => self.end_value(record),
        }
        Ok(has_begun)
    }

    /// Reads what is in the buffer; true at the end of a record.
    fn run(&mut self, record: &mut Record) -> Result<bool, TextError> {
        while self.start < self.end {
            let length = self.plain_run();
            if length > 0 {
                self.text(record, length);
            } else {
                let byte = self.buffer[self.start];
                self.start += 1;
                if self.special(record, byte) {
                    return Ok(true);
                }
            }
            self.check_length(record)?;
        }
        Ok(false)
    }

    /// Neither a value nor the blanks behind its closing quote go on for ever.
    fn check_length(&self, record: &Record) -> Result<(), TextError> {
        let length = record.open_cell().len();
        let counted = match self.state {
            State::AfterQuote | State::AfterBlanks => self.quote_at.max(length - self.quote_at - 1),
            _ => length,
        };
        if counted <= self.cell_limit {
            return Ok(());
        }
        Err(TextError::LongCell {
            line: match self.state {
                State::Start | State::Bare => record.line,
                _ => self.opened_on,
            },
            limit: self.cell_limit as u64,
        })
    }

    fn plain_run(&self) -> usize {
        let rest = &self.buffer[self.start..self.end];
        match self.state {
            // Most of a quoted value is searched for three bytes only.
            State::Quoted => rest
                .iter()
                .position(|byte| !matches!(self.kinds[usize::from(*byte)], Kind::Plain | Kind::Delimiter)),
            _ => rest
                .iter()
                .position(|byte| self.kinds[usize::from(*byte)] != Kind::Plain),
        }
        .unwrap_or(rest.len())
    }

    fn text(&mut self, record: &mut Record, length: usize) {
        let bytes = &self.buffer[self.start..self.start + length];
        match self.state {
            State::Start => self.state = State::Bare,
            State::Escaped => self.state = State::Quoted,
            State::AfterQuote | State::AfterBlanks => {
                if bytes.iter().all(|byte| *byte == b' ') {
                    self.state = State::AfterBlanks;
                } else {
                    // The quote was text, and so is this.
                    record.has_stray_quotes = true;
                    self.stray_in_cell = true;
                    self.state = State::Quoted;
                }
            }
            State::Bare | State::Quoted => {}
        }
        record.add(bytes);
        self.start += length;
    }

    /// A byte that may mean something; true at the end of a record.
    fn special(&mut self, record: &mut Record, byte: u8) -> bool {
        let kind = self.kinds[usize::from(byte)];
        match (self.state, kind) {
            (_, Kind::Nul) => {
                record.problem.get_or_insert(Problem {
                    line: self.line,
                    kind: ProblemKind::Nul,
                });
                false
            }
            (State::Quoted, Kind::Quote) => {
                self.quote_at = record.open_cell().len();
                record.add(&[byte]);
                self.state = State::AfterQuote;
                false
            }
            (State::Quoted, Kind::Backslash) => {
                self.state = State::Escaped;
                false
            }
            (State::Quoted, Kind::LineFeed | Kind::Return) if self.stray_in_cell => {
                record.problem.get_or_insert(Problem {
                    line: self.opened_on,
                    kind: ProblemKind::LooseQuote,
                });
                self.end_line(byte);
                record.end_cell();
                true
            }
            (State::Quoted | State::Escaped, _) => {
                self.literal(record, byte);
                self.state = State::Quoted;
                false
            }
            (State::AfterQuote, Kind::Quote) => {
                // The first of the two is in the cell already.
                self.state = State::Quoted;
                false
            }
            (State::Start, Kind::Quote) => {
                self.open_quote();
                false
            }
            (State::Bare, Kind::Quote) if record.open_cell().iter().all(|byte| *byte == b' ') => {
                record.forget_open_cell();
                self.open_quote();
                false
            }
            (_, Kind::Quote | Kind::Backslash) => {
                self.stray(record, byte);
                false
            }
            (_, Kind::Delimiter) => {
                self.end_value(record);
                self.state = State::Start;
                false
            }
            (_, Kind::LineFeed | Kind::Return) => {
                // A line without anything in it has no cell.
                if self.state != State::Start || !record.is_empty() {
                    self.end_value(record);
                }
                self.end_line(byte);
                true
            }
            (_, Kind::Plain) => {
                record.add(&[byte]);
                false
            }
        }
    }

    fn open_quote(&mut self) {
        self.state = State::Quoted;
        self.opened_on = self.line;
        self.stray_in_cell = false;
    }

    /// A quote or backslash where it means nothing.
    fn stray(&mut self, record: &mut Record, byte: u8) {
        record.add(&[byte]);
        self.state = match self.state {
            State::AfterQuote | State::AfterBlanks => {
                record.has_stray_quotes = true;
                self.stray_in_cell = true;
                State::Quoted
            }
            _ => State::Bare,
        };
    }

    /// Inside a quoted value: a line break or delimiter is text.
    fn literal(&mut self, record: &mut Record, byte: u8) {
        record.add(&[byte]);
        match byte {
            b'\n' => self.line += 1,
            // Its LF, if there is one, counts the line.
            b'\r' if !self.is_before_line_feed() => self.line += 1,
            _ => {}
        }
    }

    /// At a buffer's end nobody knows yet; one line too many in a million is no harm.
    fn is_before_line_feed(&self) -> bool {
        self.start < self.end && self.buffer[self.start] == b'\n'
    }

    fn end_value(&mut self, record: &mut Record) {
        if matches!(self.state, State::AfterQuote | State::AfterBlanks) {
            // The closing quote, and blanks behind it.
            record.shorten_open_cell(self.quote_at);
        }
        record.end_cell();
    }

    fn end_line(&mut self, byte: u8) {
        self.line += 1;
        self.after_return = byte == b'\r';
    }
}

fn kinds(dialect: Dialect) -> [Kind; 256] {
    let mut kinds = [Kind::Plain; 256];
    kinds[usize::from(b'\n')] = Kind::LineFeed;
    kinds[usize::from(b'\r')] = Kind::Return;
    kinds[0] = Kind::Nul;
    if let Some(quote) = dialect.quote {
        kinds[usize::from(quote)] = Kind::Quote;
        if dialect.escape == Escape::Backslash {
            kinds[usize::from(b'\\')] = Kind::Backslash;
        }
    }
    kinds[usize::from(dialect.delimiter)] = Kind::Delimiter;
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;

    pub fn read(text: &[u8], dialect: Dialect) -> Result<Vec<Record>, TextError> {
        let mut records = TextRecords::new(text, dialect, 1 << 20);
        let mut all = Vec::new();
        let mut record = Record::default();
        while records.next(&mut record)? {
            all.push(record.clone());
        }
        Ok(all)
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        let records = read(text.as_bytes(), Dialect::default()).unwrap();
        let texts = |record: &Record| {
            record
                .cells()
                .map(|cell| String::from_utf8_lossy(cell).into())
                .collect()
        };
        records.iter().map(texts).collect()
    }

    #[test]
    fn lines_may_end_in_any_way() {
        let expected = [["a", "b"], ["1", "2"], ["3", "4"]];
        for text in [
            "a,b\n1,2\n3,4\n",
            "a,b\r\n1,2\r\n3,4",
            "a,b\r1,2\r3,4\r",
            "a,b\n1,2\r3,4\r\n",
        ] {
            assert_eq!(cells(text), expected, "{text:?}");
        }
        assert_eq!(cells("a\n\nb"), [vec!["a"], vec![], vec!["b"]]);
        assert_eq!(cells("a,\n,b"), [["a", ""], ["", "b"]]);
        assert_eq!(cells("\"\"\n"), [[""]]);
    }

    #[test]
    fn quotes_may_be_doubled_loose_or_have_blanks_round_them() {
        assert_eq!(cells("\"a,b\",\"say \"\"hi\"\"\""), [["a,b", "say \"hi\""]]);
        assert_eq!(cells("a, \"b,c\" ,d"), [["a", "b,c", "d"]]);
        assert_eq!(
            cells("\"He said \"hi\" there\",x"),
            [["He said \"hi\" there", "x"]]
        );
        assert_eq!(cells("\"a\" \"b\",x"), [["a\" \"b", "x"]]);
        assert_eq!(cells("5\" pipe,x\"y"), [["5\" pipe", "x\"y"]]);
        assert_eq!(cells("\"two\nlines\",x"), [["two\nlines", "x"]]);
        assert_eq!(cells("x,\"a\"  "), [["x", "a"]], "also where the file ends");
    }

    /// Each stray quote once moved the whole value: for a value of this length that took hours.
    #[test]
    fn a_long_value_of_stray_quotes_is_read_in_one_go() {
        let value = "\"a".repeat(4 << 20);
        let text = format!("\"a{value}\"\n");
        let mut records = TextRecords::new(text.as_bytes(), Dialect::default(), 16 << 20);
        let mut record = Record::default();
        assert!(records.next(&mut record).unwrap());
        assert!(record.has_stray_quotes && record.cell(0) == format!("a{value}").as_bytes());
    }

    #[test]
    fn a_value_of_anything_is_no_longer_than_the_limit() {
        let limited = |text: String| {
            let mut records = TextRecords::new(text.as_bytes(), Dialect::default(), 100);
            let mut record = Record::default();
            records.next(&mut record).map(|_| record.cell(0).len())
        };
        for (start, piece) in [
            ("\"", "\n"),
            ("\"", "\r\n"),
            ("\"", "\"\""),
            ("\"a\"", " "),
            ("5", "\""),
        ] {
            let found = limited(format!("{start}{}", piece.repeat(5_000)));
            let is_refused = matches!(found, Err(TextError::LongCell { line: 1, limit: 100 }));
            assert!(is_refused, "{piece:?}");
        }
        assert_eq!(limited(format!("\"{}\"  ,x", "a".repeat(100))).ok(), Some(100));
        assert_eq!(limited(format!("\"{}\"", "\"\"".repeat(100))).ok(), Some(100));
    }

    #[test]
    fn a_backslash_can_escape() {
        let dialect = Dialect {
            escape: Escape::Backslash,
            ..Dialect::default()
        };
        let records = read(b"\"a\\\"b\\n\",\"c\\\\\"\n\"d\\,\",e\\f", dialect).unwrap();
        let cells: Vec<_> = records.iter().flat_map(Record::cells).collect();
        assert_eq!(cells, [&b"a\"bn"[..], b"c\\", b"d,", b"e\\f"]);
    }

    #[test]
    fn places_are_told() {
        let text = b"a\n\"x\ny\"\r\nz\n\"open";
        let mut records = TextRecords::new(&text[..], Dialect::default(), 100);
        let mut record = Record::default();
        let mut lines = Vec::new();
        let error = loop {
            match records.next(&mut record) {
                Ok(_) => lines.push(record.line),
                Err(error) => break error,
            }
        };
        assert_eq!(lines, [1, 2, 4]);
        assert!(matches!(error, TextError::OpenQuote { line: 5 }));
    }

    #[test]
    fn a_loose_quote_never_swallows_the_next_line() {
        let records = read(b"1,\"a\"b,x\n2,\"c\",y\n", Dialect::default()).unwrap();
        assert_eq!(records.len(), 2);
        let problem = records[0].problem.unwrap();
        assert_eq!((problem.line, problem.kind), (1, ProblemKind::LooseQuote));
        assert_eq!(records[1].cell(2), b"y");
    }

    #[test]
    fn nul_bytes_and_endless_values_are_seen() {
        let records = read(b"a\nb\0c\n", Dialect::default()).unwrap();
        assert_eq!(records[1].problem.map(|problem| problem.line), Some(2));
        let mut endless = TextRecords::new(&[b'x'; 1000][..], Dialect::default(), 100);
        assert!(matches!(
            endless.next(&mut Record::default()),
            Err(TextError::LongCell { line: 1, limit: 100 })
        ));
    }
}
