//! Delimited text: what delimits it, and its records.

pub mod dialect;
mod records;
pub mod sniff;

pub use dialect::Dialect;
pub use records::{TextError, TextRecords};

use super::encoding::{Decoded, Detected};
use super::failure::{Placed, refuse};
use super::file::Source;
use super::record::{Record, Records};
use csv_analyst_protocol::ingest::IngestError;
use std::io::Read;

/// A file of delimited text, as often as it is needed.
pub struct TextFile {
    source: Source,
    detected: Detected,
    dialect: Dialect,
    records: TextRecords<Decoded>,
}

impl TextFile {
    pub fn new(source: Source, detected: Detected, dialect: Dialect) -> Self {
        let records = records(&source, detected, dialect);
        Self {
            source,
            detected,
            dialect,
            records,
        }
    }
}

fn records(source: &Source, detected: Detected, dialect: Dialect) -> TextRecords<Decoded> {
    let input = Decoded::new(source.unpacked(), detected);
    TextRecords::new(input, dialect, source.limits.cell_bytes)
}

impl Records for TextFile {
    fn restart(&mut self) -> Result<(), IngestError> {
        self.records = records(&self.source, self.detected, self.dialect);
        Ok(())
    }

    fn next(&mut self, record: &mut Record) -> Result<bool, IngestError> {
        self.records
            .next(record)
            .map_err(|error| refusal(&self.source, error))
    }
}

/// The first characters of a file, and whether they are all.
pub fn sample(source: &Source, detected: Detected) -> Result<(Vec<u8>, bool), IngestError> {
    let mut text = Vec::new();
    let mut input = Decoded::new(source.unpacked(), detected);
    let mut buffer = vec![0; 32 << 10];
    while text.len() < sniff::SAMPLE_BYTES {
        match input.read(&mut buffer).map_err(|error| source.failed(&error))? {
            0 => return Ok((text, true)),
            read => text.extend_from_slice(&buffer[..read]),
        }
    }
    Ok((text, false))
}

fn refusal(source: &Source, error: TextError) -> IngestError {
    match error {
        TextError::Read(error) => source.failed(&error),
        TextError::OpenQuote { line } => refuse(
            &source.name,
            "A quoted value is opened on this line and never closed.",
        )
        .on(line)
        .hint("Close the quote, double it (\"\") inside a value, or set `quote = \"none\"`."),
        TextError::LongCell { line, limit } => refuse(
            &source.name,
            format!("A value that begins here has more than {limit} bytes."),
        )
        .on(line)
        .hint("Look for a quote that is not closed, or raise `datasets.limits.cell_bytes`."),
    }
}
