//! The engine's and the disk's errors during ingest; those of a file's content are `reading::failure`'s.

use csv_analyst_protocol::ingest::{IngestCause, IngestError};
use csv_analyst_runner::reading::failure::{file_name, refuse};

/// The engine's error while it worked on the file at this path; without a path on all of them.
pub fn engine(path: &str, error: &duckdb::Error) -> IngestError {
    caused(path, crate::failure::clean_ingest(error))
}

/// The engine could not begin.
pub fn opening(error: &crate::engine::EngineError) -> IngestError {
    caused("", crate::failure::clean_ingest_text(&error.to_string()))
}

/// The finished snapshot could not be put in its place, or what is kept meanwhile not written.
pub fn publishing(error: &std::io::Error) -> IngestError {
    let message = match error.kind() {
        std::io::ErrorKind::StorageFull => "The data can't be stored: the disk is full.".into(),
        kind => format!("The snapshot can't be kept: {kind}."),
    };
    caused("", (IngestCause::Storage, message))
}

/// The file was whole at the first look and is another at the second.
pub fn changed(path: &str) -> IngestError {
    let message = "The file was changed while it was read.".into();
    caused(path, (IngestCause::Engine, message))
}

fn caused(path: &str, (cause, message): (IngestCause, String)) -> IngestError {
    IngestError {
        cause,
        ..refuse(file_name(path), message)
    }
}
