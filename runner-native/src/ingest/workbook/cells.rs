//! A sheet's cells as texts, in the words that the rest of ingest reads: ISO dates, plain numbers.

use super::spool::{SheetCell, Spool, Spooling, nameless};
use super::{Workbook, damaged};
use crate::ingest::Context;
use calamine::{DataRef, ExcelDateTime, XlsxError};
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::file::Source;
use std::fs::File;

/// Writes the sheet's rows to a spool: the library gives each cell once, and only its rows are in memory.
pub fn spool(
    context: &Context<'_>,
    source: &Source,
    workbook: &mut Workbook,
    sheet: &str,
) -> Result<Spool<File>, IngestError> {
    let file = nameless(&context.temporary_file())?;
    let mut spooling = Spooling::into(file, &source.name, source.limits.expanded_bytes);
    let failed = |error: &XlsxError| refusal(source, Some(sheet), error);
    let mut cells = workbook
        .worksheet_cells_reader(sheet)
        .map_err(|error| failed(&error))?;
    let (mut row, mut found) = (0, Vec::new());
    let mut seen = 0_u64;
    while let Some(cell) = cells.next_cell().map_err(|error| failed(&error))? {
        let (line, column) = cell.get_position();
        if line < row || u64::from(column) >= source.limits.columns {
            return Err(out_of_place(source, line, column));
        }
        if line > row {
            spooling.write(u64::from(row) + 1, &mut found)?;
            row = line;
        }
        match typed(cell.get_value()) {
            Some(cell) => put(&mut found, column as usize, cell),
            None => spooling.extent.errors.add(u64::from(line) + 1),
        }
        seen += 1;
        if seen.is_multiple_of(16_384) {
            context.progress.tick(0);
        }
    }
    spooling.write(u64::from(row) + 1, &mut found)?;
    spooling.finish()
}

fn put(cells: &mut Vec<SheetCell>, column: usize, cell: SheetCell) {
    if cells.len() <= column {
        cells.resize(column + 1, SheetCell::default());
    }
    cells[column] = cell;
}

fn out_of_place(source: &Source, line: u32, column: u32) -> IngestError {
    let limit = source.limits.columns;
    if u64::from(column) < limit {
        return damaged(source).on(u64::from(line) + 1);
    }
    refuse(
        &source.name,
        format!("A cell stands beyond column {limit}, the most that a table may have."),
    )
    .on(u64::from(line) + 1)
    .hint("Delete what stands there, or raise `datasets.limits.columns`.")
}

pub fn refusal(source: &Source, sheet: Option<&str>, error: &XlsxError) -> IngestError {
    let mut refused = match error {
        XlsxError::Password => {
            refuse(&source.name, "The workbook is protected by a password.").hint("Save it without one.")
        }
        _ => damaged(source),
    };
    if let Some(sheet) = sheet {
        let name: String = sheet.chars().take(64).collect();
        refused.message = format!("Sheet `{name}`: {}", refused.message);
    }
    refused
}

/// `None`: the cell shows an error.
fn typed(cell: &DataRef<'_>) -> Option<SheetCell> {
    let text = match cell {
        DataRef::Int(value) => return Some(SheetCell::number(value.to_string())),
        DataRef::Float(value) => return Some(SheetCell::number(number(*value))),
        DataRef::DateTime(value) if value.as_f64() < 0.0 => {
            return Some(SheetCell::number(number(value.as_f64())));
        }
        DataRef::String(text) | DataRef::DateTimeIso(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(value) => moment(value),
        DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(_) => return None,
        DataRef::Empty => String::new(),
    };
    Some(SheetCell::text(text))
}

/// A spreadsheet keeps fifteen digits; what a double has beyond them is noise (0.1 + 0.2).
fn number(value: f64) -> String {
    let rounded: f64 = format!("{value:.14e}").parse().unwrap_or(value);
    let exact = if rounded.is_finite() { rounded } else { value };
    format!("{exact}")
}

/// Times of day, dates, or both; a duration in hours, minutes and seconds. Not of a negative number.
fn moment(value: &ExcelDateTime) -> String {
    let serial = value.as_f64();
    if value.is_duration() {
        let seconds = (serial * 86_400.0).round() as u64;
        return format!(
            "{:02}:{:02}:{:02}",
            seconds / 3_600,
            seconds / 60 % 60,
            seconds % 60
        );
    }
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let clock = match milli {
        0 => format!("{hour:02}:{minute:02}:{second:02}"),
        milli => format!("{hour:02}:{minute:02}:{second:02}.{milli:03}"),
    };
    match serial {
        serial if serial < 1.0 => clock,
        serial if serial.fract() == 0.0 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:04}-{month:02}-{day:02} {clock}"),
    }
}
