//! The first look at a file: its encoding, delimiter, column names, and whether quotes close.
//!
//! Names are read here and not by the engine's sniffer, which renames duplicates and, when one row
//! is ragged, silently reads the whole file as a single column.

use super::failure::{At, at, file_name, hinted, reading};
use csv_analyst_protocol::ingest::IngestError;
use std::io::{BufRead, BufReader};

pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    pub delimiter: char,
    pub names: Vec<String>,
}

/// Reads the header and scans the rest once for quotes and NUL bytes.
pub fn read(path: &str) -> Result<Header, IngestError> {
    let file = file_name(path);
    let place = |line| At {
        file,
        line: Some(line),
        column: None,
    };
    let opened = std::fs::File::open(path).map_err(|error| reading(path, &error))?;
    let mut reader = BufReader::with_capacity(1 << 20, opened);
    let mut scan = Scan::default();
    let mut record = Vec::new();
    loop {
        let chunk = reader.fill_buf().map_err(|error| reading(path, &error))?;
        if chunk.is_empty() {
            break;
        }
        let length = chunk.len();
        for byte in chunk {
            if !scan.take(*byte) {
                return Err(hinted(
                    at(
                        place(scan.line),
                        "The file holds a NUL byte, so it is not a text file.",
                    ),
                    "Save it as CSV in UTF-8 (not UTF-16, not a spreadsheet's own format).",
                ));
            }
            if scan.records == 0 {
                record.push(*byte);
            }
        }
        reader.consume(length);
    }
    if scan.in_quotes {
        let message = "A quoted value is opened on this line and never closed.";
        return Err(hinted(
            at(place(scan.opened_on), message),
            "Close the quote, or double it (\"\") inside a value.",
        ));
    }
    parse(file, &record)
}

#[derive(Default)]
struct Scan {
    line: u64,
    records: u64,
    in_quotes: bool,
    opened_on: u64,
    at_line_start: bool,
}

impl Scan {
    /// False for a byte that no text has.
    fn take(&mut self, byte: u8) -> bool {
        if self.line == 0 || self.at_line_start {
            self.line += 1;
            self.at_line_start = false;
        }
        match byte {
            0 => return false,
            b'"' => {
                self.in_quotes = !self.in_quotes;
                self.opened_on = self.line;
            }
            b'\n' => {
                self.at_line_start = true;
                self.records += u64::from(!self.in_quotes);
            }
            _ => {}
        }
        true
    }
}

fn parse(file: &str, record: &[u8]) -> Result<Header, IngestError> {
    let first_line = |column| At {
        file,
        line: Some(1),
        column,
    };
    let bytes = record.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(record);
    let text = std::str::from_utf8(bytes).map_err(|_| {
        hinted(
            at(first_line(None), "The header is not UTF-8 text."),
            "Save the file as CSV in UTF-8.",
        )
    })?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.trim().is_empty() {
        return Err(hinted(
            at(first_line(None), "The file is empty."),
            "The first line must name the columns.",
        ));
    }
    let delimiter = delimiter(text);
    let names: Vec<String> = split(text, delimiter);
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(hinted(
                at(first_line(None), format!("Column {} has no name.", index + 1)),
                "Give every column a name in the first line.",
            ));
        }
        if names[..index]
            .iter()
            .any(|earlier| earlier.eq_ignore_ascii_case(name))
        {
            return Err(hinted(
                at(
                    first_line(Some(name)),
                    format!("Two columns are called `{name}`."),
                ),
                "Rename one of them; upper and lower case count as the same.",
            ));
        }
    }
    Ok(Header { delimiter, names })
}

/// The candidate that stands most often outside quotes; a comma if none does.
fn delimiter(header: &str) -> char {
    let count = |delimiter: u8| split(header, delimiter.into()).len();
    let best = DELIMITERS
        .into_iter()
        .rev()
        .max_by_key(|delimiter| count(*delimiter));
    char::from(best.unwrap_or(b','))
}

fn split(header: &str, delimiter: char) -> Vec<String> {
    let mut names = vec![String::new()];
    let mut in_quotes = false;
    let mut characters = header.chars().peekable();
    while let Some(character) = characters.next() {
        let name = names.last_mut().expect("one name is always there");
        match character {
            '"' if in_quotes && characters.peek() == Some(&'"') => {
                characters.next();
                name.push('"');
            }
            '"' => in_quotes = !in_quotes,
            other if other == delimiter && !in_quotes => names.push(String::new()),
            other => name.push(other),
        }
    }
    names.iter().map(|name| name.trim().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_delimiter_are_found() {
        let header = |delimiter, names: &[&str]| Header {
            delimiter,
            names: names.iter().map(|n| n.to_string()).collect(),
        };
        assert_eq!(
            parse("f", b"a,b c, d \r\n").unwrap(),
            header(',', &["a", "b c", "d"])
        );
        assert_eq!(
            parse("f", b"\xEF\xBB\xBFid;\"x,y\"\n").unwrap(),
            header(';', &["id", "x,y"])
        );
        assert_eq!(parse("f", b"id\tname").unwrap(), header('\t', &["id", "name"]));
        assert_eq!(parse("f", b"only\n").unwrap(), header(',', &["only"]));
        assert_eq!(
            parse("f", b"\"say \"\"hi\"\"\",b").unwrap(),
            header(',', &["say \"hi\"", "b"])
        );
    }

    #[test]
    fn a_header_that_names_nothing_or_twice_is_refused() {
        assert_eq!(parse("f", b"").unwrap_err().message, "The file is empty.");
        assert_eq!(parse("f", b"a,,b").unwrap_err().message, "Column 2 has no name.");
        let twice = parse("f", b"a,b,A").unwrap_err();
        assert_eq!((twice.line, twice.column.as_deref()), (Some(1), Some("A")));
        assert!(parse("f", b"a,\xFF").is_err());
    }
}
