//! A file of delimited text into one table.

use super::Context;
use super::rows::{Shape, ShortRows};
use super::table::{Job, Loaded};
use csv_analyst_protocol::ingest::{IngestError, IngestTable};
use csv_analyst_protocol::reading::{Escape, NoteKind};
use csv_analyst_runner::reading::encoding::{Detected, detect};
use csv_analyst_runner::reading::failure::empty;
use csv_analyst_runner::reading::file::Source;
use csv_analyst_runner::reading::header::layout;
use csv_analyst_runner::reading::json::JsonFile;
use csv_analyst_runner::reading::notes::Notes;
use csv_analyst_runner::reading::text::sniff::{Sniffed, records, sniff};
use csv_analyst_runner::reading::text::{Dialect, TextFile, sample};

pub fn text(context: &Context<'_>, table: &IngestTable, source: Source) -> Result<Loaded, IngestError> {
    let mut notes = Notes::of(&source.name);
    let detected = encoding(table, &source, &mut notes)?;
    let (sample, is_whole) = sample(&source, detected)?;
    let sniffed = sniff(&sample, is_whole, &table.reading);
    remark(sniffed, &mut notes);
    let rows = records(&sample, is_whole, sniffed.dialect);
    let first_line = if sniffed.has_separator_line { 2 } else { 1 };
    let layout = layout(&source.name, &rows, first_line, &table.reading, &mut notes)?;
    let file = source.name.clone();
    let job = Job {
        context,
        table,
        file: &file,
        name: table.name.clone(),
        shape: Shape {
            raw_names: layout.names,
            header_line: layout.header_line,
            data_after: layout.data_after.max(first_line - 1),
            short_rows: match table.columns.is_empty() {
                true => ShortRows::Padded,
                false => ShortRows::Refused,
            },
            keeps_blank_rows: false,
            noun: "line",
        },
        delimiter: Some(sniffed.dialect.delimiter),
        is_one_of_several: false,
    };
    job.load(&mut TextFile::new(source, detected, sniffed.dialect), notes)
}

pub fn json(context: &Context<'_>, table: &IngestTable, source: Source) -> Result<Loaded, IngestError> {
    let mut notes = Notes::of(&source.name);
    let detected = encoding(table, &source, &mut notes)?;
    let file = source.name.clone();
    let mut records = JsonFile::open(source, detected, &mut notes)?;
    let job = Job {
        context,
        table,
        file: &file,
        name: table.name.clone(),
        shape: Shape {
            raw_names: records.names().to_vec(),
            header_line: None,
            data_after: 0,
            short_rows: ShortRows::Usual,
            keeps_blank_rows: true,
            noun: "object",
        },
        delimiter: None,
        is_one_of_several: false,
    };
    job.load(&mut records, notes)
}

fn encoding(table: &IngestTable, source: &Source, notes: &mut Notes) -> Result<Detected, IngestError> {
    let detected = detect(source, table.reading.encoding.as_deref(), notes)?;
    if detected.is_empty {
        return Err(empty(&source.name));
    }
    Ok(detected)
}

/// The usual way of writing is not worth a word.
fn remark(sniffed: Sniffed, notes: &mut Notes) {
    let Dialect {
        delimiter,
        quote,
        escape,
    } = sniffed.dialect;
    if delimiter != b',' {
        let name = match delimiter {
            b'\t' => "tabs".into(),
            b';' => "semicolons".into(),
            b'|' => "vertical bars".into(),
            other => format!("`{}`", char::from(other)),
        };
        notes.say(
            NoteKind::Delimiter,
            None,
            format!("Values are delimited by {name}."),
            Some("delimiter = \",\""),
        );
    }
    if quote == Some(b'\'') {
        notes.say(
            NoteKind::Quotes,
            None,
            "Values are quoted with `'`.",
            Some("quote = \"none\""),
        );
    }
    if escape == Escape::Backslash {
        let message = "Quotes inside a value are escaped with a backslash.";
        notes.say(NoteKind::Quotes, None, message, Some("escape = \"doubled\""));
    }
}
