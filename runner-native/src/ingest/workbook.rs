//! A workbook (.xlsx) into tables, one for each sheet that holds any.
//!
//! Values only: formulas are not evaluated and macros not looked at; what is stored is what the spreadsheet
//! showed last. The workbook is an archive of a stranger, so it is measured before it is opened.

mod archive;
mod cells;
mod spool;

use super::Context;
use super::rows::{Shape, ShortRows};
use super::table::{Job, Loaded};
use calamine::{Reader, Sheet, SheetType, SheetVisible, Xlsx};
use csv_analyst_protocol::ingest::{IngestError, IngestTable};
use csv_analyst_protocol::reading::NoteKind;
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::file::{Packed, Source};
use csv_analyst_runner::reading::header::layout;
use csv_analyst_runner::reading::infer::choice::count;
use csv_analyst_runner::reading::notes::Notes;
use spool::{Extent, Spool};
use std::fs::File;
use std::io::BufReader;

type Workbook = Xlsx<BufReader<Packed>>;

pub fn load(context: &Context<'_>, table: &IngestTable, source: &Source) -> Result<Vec<Loaded>, IngestError> {
    archive::measure(source, context.memory_bytes)?;
    // The library is careful, and yet it reads what a stranger made up.
    let loading = std::panic::AssertUnwindSafe(|| load_sheets(context, table, source));
    std::panic::catch_unwind(loading).unwrap_or_else(|_| Err(damaged(source)))
}

fn damaged(source: &Source) -> IngestError {
    refuse(
        &source.name,
        "The workbook is damaged, or not what spreadsheets write.",
    )
    .hint("Open it in a spreadsheet and save it again as .xlsx or CSV.")
}

fn load_sheets(
    context: &Context<'_>,
    table: &IngestTable,
    source: &Source,
) -> Result<Vec<Loaded>, IngestError> {
    let mut workbook: Workbook =
        Xlsx::new(BufReader::new(source.packed())).map_err(|error| cells::refusal(source, None, &error))?;
    let sheets = chosen(source, table, workbook.sheets_metadata())?;
    let mut spools = Vec::new();
    for name in sheets {
        let spool = cells::spool(context, source, &mut workbook, &name)?;
        if spool.extent.rows > 0 {
            spools.push((name, spool));
        }
    }
    if spools.is_empty() {
        return Err(refuse(&source.name, "The workbook holds no values."));
    }
    let is_one_of_several = spools.len() > 1;
    let mut loaded = Vec::new();
    for (sheet, spool) in spools {
        let name = match is_one_of_several {
            true => context.name_of_sheet(&table.name, &sheet),
            false => table.name.clone(),
        };
        loaded.push(load_sheet(
            context,
            table,
            source,
            name,
            spool,
            is_one_of_several,
        )?);
    }
    Ok(loaded)
}

fn chosen(source: &Source, table: &IngestTable, sheets: &[Sheet]) -> Result<Vec<String>, IngestError> {
    let tables = sheets.iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let Some(wanted) = &table.reading.sheet else {
        let visible = tables.filter(|sheet| sheet.visible == SheetVisible::Visible);
        return Ok(visible.map(|sheet| sheet.name.clone()).collect());
    };
    let names: Vec<&str> = tables.map(|sheet| sheet.name.as_str()).collect();
    match names.contains(&wanted.as_str()) {
        true => Ok(vec![wanted.clone()]),
        false => Err(refuse(
            &source.name,
            "`sheet` names a sheet that the workbook does not have.",
        )
        .hint(format!("Its sheets are: {}", names.join(", ")))),
    }
}

fn load_sheet(
    context: &Context<'_>,
    table: &IngestTable,
    source: &Source,
    name: String,
    mut spool: Spool<File>,
    is_one_of_several: bool,
) -> Result<Loaded, IngestError> {
    let mut notes = Notes::of(&source.name);
    let Extent { width, errors, .. } = spool.extent;
    let rows = spool.first_rows()?;
    let layout = layout(&source.name, &rows, 1, &table.reading, &mut notes)?;
    if errors.count > 0 {
        let message = format!(
            "{} an error such as #N/A, read as \"no value\".",
            match errors.count {
                1 => "1 cell holds".into(),
                number => format!("{} hold", count(number, "cell")),
            }
        );
        notes.say(NoteKind::Nulls, Some(errors.first_line), message, None);
    }
    let width = layout.names.len().max(width);
    let mut raw_names = layout.names;
    // Cells to the right of the header's last name: a column without a name, not a fault.
    raw_names.resize(width, String::new());
    let job = Job {
        context,
        table,
        file: &source.name,
        name,
        shape: Shape {
            raw_names,
            header_line: layout.header_line,
            data_after: layout.data_after,
            short_rows: ShortRows::Usual,
            keeps_blank_rows: false,
            noun: "row",
        },
        delimiter: None,
        is_one_of_several,
    };
    job.load(&mut spool, notes)
}
