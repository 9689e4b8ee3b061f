//! What kind of file it is: by its first bytes, and by its name only where bytes leave that open.

use super::Context;
use super::table::Loaded;
use super::{delimited, parquet, workbook};
use csv_analyst_protocol::ingest::{IngestError, IngestTable};
use csv_analyst_protocol::reading::FileFormat;
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::file::Source;

pub fn load(context: &Context<'_>, table: &IngestTable) -> Result<Vec<Loaded>, IngestError> {
    let source = Source::open(&table.path, context.limits, context.progress.meter.clone())?;
    let format = match table.reading.format {
        Some(format) => format,
        None => found(&source)?,
    };
    match format {
        FileFormat::Csv => delimited::text(context, table, source).map(|loaded| vec![loaded]),
        FileFormat::Json | FileFormat::Ndjson => {
            delimited::json(context, table, source).map(|loaded| vec![loaded])
        }
        FileFormat::Parquet => parquet::load(context, table, &source).map(|loaded| vec![loaded]),
        FileFormat::Xlsx => workbook::load(context, table, &source),
    }
}

fn found(source: &Source) -> Result<FileFormat, IngestError> {
    let refused = |what: &str, hint: &str| Err(refuse(&source.name, what).hint(hint));
    let lower = source.name.to_ascii_lowercase();
    match &source.head[..] {
        [b'P', b'A', b'R', b'1', ..] => return Ok(FileFormat::Parquet),
        [b'P', b'A', b'R', b'E', ..] if lower.ends_with(".parquet") => {
            return refused("The Parquet file is encrypted.", "Write it without encryption.");
        }
        [b'P', b'K', 3, 4, ..] => return in_archive(source),
        [0xD0, 0xCF, 0x11, 0xE0, ..] => {
            return refused(
                "The file is a workbook of an old kind (.xls), or one with a password.",
                "Save it as .xlsx or CSV without a password.",
            );
        }
        [b'%', b'P', b'D', b'F', ..] => return refused("The file is a PDF.", "Export the table as CSV."),
        [b'B', b'Z', b'h', ..] => {
            return refused(
                "The file is packed with bzip2.",
                "Unpack it, or pack it with gzip.",
            );
        }
        [0xFD, b'7', b'z', b'X', ..] => {
            return refused("The file is packed with xz.", "Unpack it, or pack it with gzip.");
        }
        head if head.starts_with(b"SQLite format 3") => {
            return refused("The file is a SQLite database.", "Export its tables as CSV.");
        }
        _ => {}
    }
    let unpacked = lower
        .strip_suffix(".gz")
        .or(lower.strip_suffix(".zst"))
        .unwrap_or(&lower);
    let ends = |ending: &str| unpacked.ends_with(ending);
    if ends(".parquet") {
        return refused(
            "The file is not Parquet, though it is named so.",
            "Check how it was made; set `format` to say what it is.",
        );
    }
    if ends(".xlsx") {
        return refused(
            "The file is not a workbook, though it is named so.",
            "Check how it was made; set `format` to say what it is.",
        );
    }
    Ok(match ends(".json") || ends(".ndjson") || ends(".jsonl") {
        true => FileFormat::Json,
        false => FileFormat::Csv,
    })
}

/// A workbook is an archive; other archives must be unpacked by whoever knows what is in them.
fn in_archive(source: &Source) -> Result<FileFormat, IngestError> {
    let archive = zip::ZipArchive::new(std::io::BufReader::new(source.packed()));
    let is_part = |name: &str| name.starts_with("xl/");
    let is_workbook = archive.is_ok_and(|archive| archive.file_names().flatten().any(|name| is_part(&name)));
    match is_workbook || source.name.to_ascii_lowercase().ends_with(".xlsx") {
        true => Ok(FileFormat::Xlsx),
        false => Err(refuse(&source.name, "The file is a ZIP archive.")
            .hint("Unpack it; single files may be packed with gzip or zstd.")),
    }
}
