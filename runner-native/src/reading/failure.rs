//! What is wrong with a file, in words that say where and how to mend it.
//!
//! Unlike a query's errors these go to whoever owns the file, but they still quote no value.

use csv_analyst_protocol::ingest::{IngestCause, IngestError};
use std::fmt;

/// The file's own fault.
pub fn refuse(file: &str, message: impl Into<String>) -> IngestError {
    IngestError {
        file: file.into(),
        line: None,
        column: None,
        message: message.into(),
        hint: None,
        cause: IngestCause::File,
    }
}

pub trait Placed {
    fn on(self, line: u64) -> Self;
    fn in_column(self, column: impl Into<String>) -> Self;
    fn hint(self, hint: impl Into<String>) -> Self;
}

impl Placed for IngestError {
    fn on(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A refusal on its way through `Read`.
#[derive(Debug)]
pub struct Refused {
    pub message: String,
    pub hint: String,
}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Refused {}

pub fn stop(message: impl Into<String>, hint: impl Into<String>) -> std::io::Error {
    std::io::Error::other(Refused {
        message: message.into(),
        hint: hint.into(),
    })
}

/// The file may be sound: its disk, or who may read it, is not. Unless a reader refused it.
pub fn reading(file: &str, error: &std::io::Error) -> IngestError {
    let refused = error.get_ref().and_then(|inner| inner.downcast_ref::<Refused>());
    if let Some(refused) = refused {
        return refuse(file, &refused.message).hint(&refused.hint);
    }
    let message = format!("The file can't be read: {}.", error.kind());
    IngestError {
        cause: IngestCause::Storage,
        ..refuse(file, message)
    }
}

/// There is no table in it.
pub fn empty(file: &str) -> IngestError {
    refuse(file, "The file is empty.")
        .on(1)
        .hint("The first line must name the columns.")
}

/// The last part of a path.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
