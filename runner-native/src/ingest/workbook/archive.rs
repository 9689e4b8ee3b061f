//! What a workbook grows to when it is unpacked, measured by unpacking it into nothing: the sizes that an
//! archive states about itself are its maker's word.

use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_runner::reading::failure::{Placed, refuse};
use csv_analyst_runner::reading::file::{Source, too_large};
use std::io::{BufReader, Read};
use zip::ZipArchive;

/// A workbook of a thousand sheets has about three parts for each.
const MOST_PARTS: usize = 10_000;
/// All texts of a workbook are in memory at once, as objects of their own.
const SHARED_TEXTS: &str = "xl/sharedstrings.xml";
const STYLES: &str = "xl/styles.xml";

pub fn measure(source: &Source, memory_bytes: u64) -> Result<(), IngestError> {
    let damaged = || refuse(&source.name, "The workbook is damaged or cut off.").hint("Copy it again.");
    let mut archive = ZipArchive::new(BufReader::new(source.packed())).map_err(|_| damaged())?;
    if archive.len() > MOST_PARTS {
        return Err(refuse(
            &source.name,
            format!("The workbook has more than {MOST_PARTS} parts."),
        ));
    }
    let mut expanded = 0;
    let mut buffer = vec![0; 64 << 10];
    for index in 0..archive.len() {
        let mut part = archive
            .by_index(index)
            .map_err(|error| unreadable(source, &error))?;
        let name = part.name().map_err(|_| damaged())?.to_ascii_lowercase();
        let in_memory = name == SHARED_TEXTS || name == STYLES;
        let mut own = 0;
        loop {
            let read = part.read(&mut buffer).map_err(|_| damaged())?;
            if read == 0 {
                break;
            }
            own += read as u64;
            expanded += read as u64;
            if let Some(error) = too_large(&source.limits, source.bytes, expanded) {
                return Err(source.failed(&error));
            }
            if in_memory && own > memory_bytes / 4 {
                return Err(refuse(
                    &source.name,
                    "The workbook holds more different texts than fit into memory.",
                )
                .hint("Save the sheet as CSV, or raise `datasets.ingest_memory_bytes`."));
            }
        }
    }
    Ok(())
}

fn unreadable(source: &Source, error: &zip::result::ZipError) -> IngestError {
    let message = match error {
        zip::result::ZipError::UnsupportedArchive(_) => {
            "The workbook is encrypted, or packed in an unusual way."
        }
        _ => "The workbook is damaged or cut off.",
    };
    refuse(&source.name, message).hint("Open it in a spreadsheet and save it again without a password.")
}
