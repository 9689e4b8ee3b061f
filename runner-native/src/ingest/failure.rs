//! What is wrong with a CSV file, in words that say where and how to mend it.
//!
//! Unlike a query's errors these go to whoever owns the file, but they still quote no value.

use csv_analyst_protocol::ingest::{IngestCause, IngestError};

/// One place in one file.
pub struct At<'a> {
    pub file: &'a str,
    pub line: Option<u64>,
    pub column: Option<&'a str>,
}

pub fn at(place: At<'_>, message: impl Into<String>) -> IngestError {
    IngestError {
        file: place.file.into(),
        line: place.line,
        column: place.column.map(Into::into),
        message: message.into(),
        hint: None,
        cause: IngestCause::File,
    }
}

pub fn hinted(mut error: IngestError, hint: impl Into<String>) -> IngestError {
    error.hint = Some(hint.into());
    error
}

/// The engine's error while it worked on the file at this path; without a path on all of them.
pub fn engine(path: &str, error: &duckdb::Error) -> IngestError {
    caused(path, crate::failure::clean_ingest(error))
}

/// The engine could not begin.
pub fn opening(error: &crate::engine::EngineError) -> IngestError {
    caused("", crate::failure::clean_ingest_text(&error.to_string()))
}

/// The file may be sound: its disk, or who may read it, is not.
pub fn reading(path: &str, error: &std::io::Error) -> IngestError {
    let message = format!("The file can't be read: {}.", error.kind());
    caused(path, (IngestCause::Storage, message))
}

/// The finished snapshot could not be put in its place.
pub fn publishing(error: &std::io::Error) -> IngestError {
    let message = format!("The snapshot can't be kept: {}.", error.kind());
    caused("", (IngestCause::Storage, message))
}

fn caused(path: &str, (cause, message): (IngestCause, String)) -> IngestError {
    let place = At {
        file: file_name(path),
        line: None,
        column: None,
    };
    IngestError {
        cause,
        ..at(place, message)
    }
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
