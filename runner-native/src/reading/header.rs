//! Which line names the columns, and whether there is one.

use super::failure::{Placed, empty, refuse};
use super::infer::{moment, number, trim};
use super::notes::Notes;
use super::record::Record;
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_protocol::reading::{NoteKind, Reading};
use std::collections::BTreeMap;

/// Where the data begins, and what the columns are called in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// As written; not cleaned, not unique.
    pub names: Vec<String>,
    /// `None`: no line names the columns.
    pub header_line: Option<u64>,
    /// Records that begin on this line or above are no data.
    pub data_after: u64,
}

/// Titles above a table; more lines are something else.
const MOST_TITLES: usize = 20;

/// `rows`: the first records of the file. `first_line` is the first that may hold anything of the table.
pub fn layout(
    file: &str,
    rows: &[Record],
    first_line: u64,
    reading: &Reading,
    notes: &mut Notes,
) -> Result<Layout, IngestError> {
    let rows: Vec<&Record> = rows
        .iter()
        .filter(|row| row.line >= first_line && !row.is_blank() && row.filled() > 0)
        .collect();
    if let Some(line) = reading.header_line {
        return said(file, &rows, line);
    }
    let Some(first) = rows.first() else {
        return Err(empty(file));
    };
    let titles = titles(&rows);
    let head = rows[titles];
    if titles > 0 {
        let message = match titles {
            1 => "The line above the column names is left out.".into(),
            _ => format!("{titles} lines above the column names are left out."),
        };
        notes.say(
            NoteKind::Header,
            Some(first.line),
            message,
            Some("header_line = 1"),
        );
        return Ok(named_by(head));
    }
    if names_columns(head, &rows[1..]) {
        return Ok(named_by(head));
    }
    let message = "The first line looks like data, so the columns are called column_1, column_2 and so on.";
    notes.say(
        NoteKind::Header,
        Some(head.line),
        message,
        Some("header_line = 1"),
    );
    Ok(unnamed(usual_width(&rows), first.line - 1))
}

fn said(file: &str, rows: &[&Record], line: u64) -> Result<Layout, IngestError> {
    if line == 0 {
        let first = rows.first().map_or(0, |row| row.line - 1);
        return Ok(unnamed(usual_width(rows), first));
    }
    match rows.iter().find(|row| row.line >= line) {
        Some(row) if row.line == line => Ok(named_by(row)),
        _ => Err(refuse(file, "`header_line` names a line on which no row begins.")
            .on(line)
            .hint("Lines count from 1; a blank line, or one inside a quoted value, names no columns.")),
    }
}

fn named_by(row: &Record) -> Layout {
    Layout {
        names: row
            .cells()
            .map(|cell| String::from_utf8_lossy(cell).into_owned())
            .collect(),
        header_line: Some(row.line),
        data_after: row.line,
    }
}

fn unnamed(width: usize, data_after: u64) -> Layout {
    Layout {
        names: vec![String::new(); width],
        header_line: None,
        data_after,
    }
}

/// The number of cells that most rows have; of two, the larger.
fn usual_width(rows: &[&Record]) -> usize {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry(row.len()).or_insert(0_u64) += 1;
    }
    let usual = counts.iter().max_by_key(|(width, rows)| (**rows, **width));
    usual.map_or(0, |(width, _)| *width)
}

/// How many rows stand above the one that names the columns. Only rows that hold a single text, followed by
/// one that fills the usual width with names, are titles, and only if what follows gives a reason: a gap,
/// cells left empty, or values of other types.
fn titles(rows: &[&Record]) -> usize {
    let width = usual_width(rows);
    let filled = |row: &Record| row.cells().filter(|cell| !trim(cell).is_empty()).count();
    let count = rows
        .iter()
        .take(MOST_TITLES + 1)
        .take_while(|row| width >= 2 && (filled(row) <= 1 || (filled(row) <= 2 && width >= 4)))
        .count();
    let Some(head) = rows.get(count).filter(|_| (1..=MOST_TITLES).contains(&count)) else {
        return 0;
    };
    let is_head = head.len() == width && head.cells().all(|cell| !trim(cell).is_empty() && !is_typed(cell));
    let last = rows[count - 1];
    let has_gap = head.line > last.line + 1 || last.len() == width;
    let votes = votes(head, &rows[count + 1..]);
    let is_believed = is_head && (has_gap || votes.for_names > 0) && votes.against == 0;
    if is_believed { count } else { 0 }
}

/// A first row is taken for names unless something speaks against it and nothing for it.
fn names_columns(head: &Record, rest: &[&Record]) -> bool {
    let votes = votes(head, rest);
    let texts = head.cells().filter(|cell| !trim(cell).is_empty()).count();
    let typed = head.cells().filter(|cell| is_typed(cell)).count();
    if rest.is_empty() {
        return typed == 0 || texts > typed;
    }
    votes.for_names > 0 || votes.against == 0
}

#[derive(Default)]
struct Votes {
    for_names: u32,
    against: u32,
}

/// A text above numbers is a name; a number above numbers, or a value that comes again, is data. Years that
/// count up above numbers name columns of years.
fn votes(head: &Record, rest: &[&Record]) -> Votes {
    let mut votes = Votes::default();
    // Files that were put together have their header more than once.
    let rest: Vec<&Record> = rest
        .iter()
        .copied()
        .filter(|row| !row.cells().eq(head.cells()))
        .collect();
    let counts_years = counts_years(head);
    for place in 0..head.len() {
        let cell = trim(head.cell(place));
        let mut below = rest
            .iter()
            .map(|row| trim(row.cell(place)))
            .filter(|cell| !cell.is_empty());
        let has_typed_column = below.clone().next().is_some() && below.clone().all(is_typed);
        match (is_typed(cell), has_typed_column) {
            _ if cell.is_empty() => {}
            (true, _) if counts_years && year(cell).is_some() => {}
            (false, true) => votes.for_names += 1,
            (true, _) => votes.against += 1,
            (false, false) => votes.against += u32::from(below.any(|other| other == cell)),
        }
    }
    votes
}

fn counts_years(head: &Record) -> bool {
    let years: Vec<u32> = head.cells().filter_map(year).collect();
    years.len() >= 2
        && years.windows(2).all(|pair| pair[0].abs_diff(pair[1]) == 1)
        && years.len() < head.len()
}

fn year(cell: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(trim(cell)).ok()?;
    text.parse().ok().filter(|year| (1_900..=2_100).contains(year))
}

/// A number, a date, a time or a truth value.
fn is_typed(cell: &[u8]) -> bool {
    let cell = trim(cell);
    number::shape(cell).is_some()
        || moment::moment(cell).is_some()
        || moment::time(cell).is_some()
        || cell.eq_ignore_ascii_case(b"true")
        || cell.eq_ignore_ascii_case(b"false")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::text::{Dialect, sniff};

    fn laid_out(text: &str, reading: &Reading) -> Result<Layout, IngestError> {
        let rows = sniff::records(text.as_bytes(), true, Dialect::default());
        layout("f", &rows, 1, reading, &mut Notes::of("f"))
    }

    fn header_line(text: &str) -> Option<u64> {
        laid_out(text, &Reading::default()).unwrap().header_line
    }

    #[test]
    fn the_first_line_names_the_columns_unless_it_looks_like_data() {
        assert_eq!(header_line("a,b\n1,2\n"), Some(1));
        assert_eq!(header_line("city,name\nOslo,Ann\n"), Some(1));
        assert_eq!(header_line("country,2019,2020\nNorway,1,2\n"), Some(1));
        assert_eq!(header_line("a,b\n"), Some(1));
        assert_eq!(header_line("\n\na,b\n1,2\n"), Some(3));
        assert_eq!(header_line("1,Oslo\n2,Rome\n"), None);
        assert_eq!(header_line("2026-01-01,5\n2026-01-02,6\n"), None);
        assert_eq!(header_line("Oslo,x\nRome,y\nOslo,z\n"), None);
        assert_eq!(header_line("1,2\n"), None);
        assert_eq!(header_line("a,b\n1,2\na,b\n3,4\n"), Some(1));
    }

    #[test]
    fn titles_above_the_names_are_left_out() {
        assert_eq!(header_line("Sales report\n\nregion,amount\nNorth,5\n"), Some(3));
        assert_eq!(
            header_line("Report,,,\n2025,,,\nid,city,a,b\n1,Oslo,5,6\n"),
            Some(3)
        );
        assert_eq!(header_line("Report\nid,amount\n1,5\n2,6\n"), Some(2));
        assert_eq!(header_line("name\nSmith, John\nDoe, Jane\n"), Some(1));
    }

    #[test]
    fn what_somebody_says_about_the_header_holds_or_is_refused() {
        let line = |line| Reading {
            header_line: Some(line),
            ..Reading::default()
        };
        assert_eq!(laid_out("a,b\nc,d\n", &line(2)).unwrap().names, ["c", "d"]);
        let none = laid_out("a,b\nc,d\n", &line(0)).unwrap();
        assert_eq!((none.names.len(), none.data_after), (2, 0));
        assert_eq!(laid_out("a,b\n", &line(7)).unwrap_err().line, Some(7));
        assert_eq!(
            laid_out("", &Reading::default()).unwrap_err().message,
            "The file is empty."
        );
    }
}
