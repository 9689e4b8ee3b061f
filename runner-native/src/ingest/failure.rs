//! What is wrong with a CSV file, in words that say where and how to mend it.
//!
//! Unlike a query's errors these go to whoever owns the file, but they still quote no value.

use csv_analyst_protocol::ingest::IngestError;

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
    }
}

pub fn hinted(mut error: IngestError, hint: impl Into<String>) -> IngestError {
    error.hint = Some(hint.into());
    error
}

/// No file is to blame.
pub fn general(message: &str) -> IngestError {
    at(
        At {
            file: "",
            line: None,
            column: None,
        },
        message,
    )
}

pub fn engine(error: &duckdb::Error) -> IngestError {
    general(&crate::failure::clean(error).message)
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
