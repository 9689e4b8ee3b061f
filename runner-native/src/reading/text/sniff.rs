//! Which delimiter, quote and escape a file uses: the one under which its first rows agree best.

use super::dialect::Dialect;
use super::records::TextRecords;
use crate::reading::record::Record;
use csv_analyst_protocol::reading::{Escape, Reading, one_byte};
use std::collections::BTreeMap;

pub const SAMPLE_BYTES: usize = 256 << 10;
const SAMPLE_RECORDS: usize = 1_000;
/// Also the order of preference.
pub const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// What was found, and what of it is worth saying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Sniffed {
    pub dialect: Dialect,
    /// The first line only names the delimiter: `sep=;`.
    pub has_separator_line: bool,
}

/// `is_whole`: the sample is the whole file, so its last record is not cut off.
pub fn sniff(sample: &[u8], is_whole: bool, reading: &Reading) -> Sniffed {
    let announced = announced(sample);
    let wanted = reading.delimiter.as_deref().and_then(one_byte).or(announced);
    let quote = match reading.quote.as_deref() {
        Some("none") => Some(None),
        Some(text) => one_byte(text).map(Some),
        None => None,
    };
    let manners = manners(sample, quote, reading.escape);
    let mut best = (f64::MIN, Dialect::default());
    for delimiter in DELIMITERS
        .into_iter()
        .filter(|one| wanted.is_none_or(|wanted| wanted == *one))
        .chain(wanted.filter(|wanted| !DELIMITERS.contains(wanted)))
    {
        for &(quote, escape) in &manners {
            let dialect = Dialect {
                delimiter,
                quote,
                escape,
            };
            let score = score(sample, is_whole, dialect);
            if score > best.0 {
                best = (score, dialect);
            }
        }
    }
    Sniffed {
        dialect: best.1,
        has_separator_line: announced.is_some(),
    }
}

/// Spreadsheets write such a line for themselves.
fn announced(sample: &[u8]) -> Option<u8> {
    match sample {
        [
            b's' | b'S',
            b'e' | b'E',
            b'p' | b'P',
            b'=',
            delimiter,
            b'\r' | b'\n',
            ..,
        ] => Some(*delimiter),
        _ => None,
    }
}

/// Ways of quoting that the sample gives reason to try; the usual one first.
fn manners(sample: &[u8], quote: Option<Option<u8>>, escape: Option<Escape>) -> Vec<(Option<u8>, Escape)> {
    let quotes = match quote {
        Some(quote) => vec![quote],
        None if memchr::memchr(b'"', sample).is_none() && memchr::memchr(b'\'', sample).is_some() => {
            vec![Some(b'"'), Some(b'\'')]
        }
        None => vec![Some(b'"')],
    };
    let escapes = match escape {
        Some(escape) => vec![escape],
        None if memchr::memmem::find(sample, b"\\\"").is_some()
            || memchr::memmem::find(sample, b"\\'").is_some() =>
        {
            vec![Escape::Doubled, Escape::Backslash]
        }
        None => vec![Escape::Doubled],
    };
    quotes
        .iter()
        .flat_map(|quote| escapes.iter().map(|escape| (*quote, *escape)))
        .collect()
}

/// The share of rows with the usual number of cells, minus what speaks against this way of reading.
fn score(sample: &[u8], is_whole: bool, dialect: Dialect) -> f64 {
    let records = records(sample, is_whole, dialect);
    let mut rows = BTreeMap::new();
    let (mut all, mut stray, mut wrapped, mut cells) = (0_u64, 0_u64, 0_u64, 0_u64);
    for record in &records {
        if record.is_blank() {
            continue;
        }
        *rows.entry(record.len()).or_insert(0_u64) += 1;
        all += 1;
        stray += u64::from(record.has_stray_quotes || record.problem.is_some());
        cells += record.len() as u64;
        wrapped += record.cells().filter(|cell| is_wrapped(cell)).count() as u64;
    }
    let Some((usual, share)) = rows.iter().max_by_key(|(cells, rows)| (**rows, **cells)) else {
        return 0.0;
    };
    let part = |count: u64, of: u64| count as f64 / of.max(1) as f64;
    // Still wrapped in quotes of the other kind: those are the file's quotes.
    let untidy = part(stray, all) + part(wrapped, cells);
    if *usual <= 1 {
        return -untidy;
    }
    let before = records
        .iter()
        .filter(|record| !record.is_blank())
        .take_while(|record| record.len() != *usual);
    let before = before.count().min(5) as f64;
    part(*share, all) - 0.1 * before - untidy + (*usual).min(100) as f64 * 1e-4
}

fn is_wrapped(cell: &[u8]) -> bool {
    matches!(cell, [b'\'', .., b'\''])
}

/// Complete records of the sample. Where a quote never closes, what was read before it counts.
pub fn records(sample: &[u8], is_whole: bool, dialect: Dialect) -> Vec<Record> {
    let mut reader = TextRecords::new(sample, dialect, u64::MAX);
    let mut found = Vec::new();
    let mut record = Record::default();
    while found.len() < SAMPLE_RECORDS && reader.next(&mut record).unwrap_or(false) {
        found.push(record.clone());
    }
    if !is_whole && found.len() < SAMPLE_RECORDS && found.len() > 1 {
        found.pop();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sniffed(text: &str) -> (char, Option<char>, Escape) {
        let dialect = sniff(text.as_bytes(), true, &Reading::default()).dialect;
        (
            dialect.delimiter.into(),
            dialect.quote.map(Into::into),
            dialect.escape,
        )
    }

    #[test]
    fn the_delimiter_is_the_one_under_which_rows_agree() {
        let usual = |delimiter| (delimiter, Some('"'), Escape::Doubled);
        assert_eq!(sniffed("a,b\n1,2\n"), usual(','));
        assert_eq!(sniffed("id;price\n1;1,5\n2;2,5\n"), usual(';'));
        assert_eq!(
            sniffed("a;b;c\n1,5;2,5;3,5\n1,5;2,5;3,5\n1,5;2,5;3,5\n"),
            usual(';')
        );
        assert_eq!(sniffed("name\tage\nSmith, J\t5\nDoe, A\t6\n"), usual('\t'));
        assert_eq!(sniffed("a|b,c|d\n1|2|3\n"), usual('|'));
        assert_eq!(sniffed("comment\nhello, world\nfoo\n"), usual(','));
        assert_eq!(sniffed("only\n1\n"), usual(','));
        assert_eq!(sniffed("sep=;\na,x;b\n1,x;2\n"), usual(';'));
        assert_eq!(sniffed(""), usual(','));
    }

    #[test]
    fn quotes_and_escapes_are_found() {
        assert_eq!(
            sniffed("a,b\n'x, y','z'\n'1','2'\n"),
            (',', Some('\''), Escape::Doubled)
        );
        assert_eq!(sniffed("a,b\nit's,'tis\n"), (',', Some('"'), Escape::Doubled));
        assert_eq!(
            sniffed("a,b\n\"say \\\"hi\\\", you\",\"x\"\n\"p\",\"q\"\n"),
            (',', Some('"'), Escape::Backslash)
        );
    }

    #[test]
    fn what_somebody_says_is_not_found_out() {
        let reading = Reading {
            delimiter: Some("~".into()),
            quote: Some("none".into()),
            ..Reading::default()
        };
        let dialect = sniff(b"a~b,c,d\n1~2,3,4\n", true, &reading).dialect;
        assert_eq!((dialect.delimiter, dialect.quote), (b'~', None));
    }
}
