//! What can be wrong with a dataset, and how it is said to users: file names without folders.

use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::ingest::{IngestCause, IngestError};
use serde_json::json;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("the registry {} cannot be read: {reason}", path.display())]
    Registry { path: PathBuf, reason: String },
    #[error("dataset `{name}`: {} cannot be read: {reason}", path.display())]
    Unreadable {
        name: String,
        path: PathBuf,
        reason: String,
    },
    #[error("dataset `{name}`: no file of a table (CSV, JSON, Parquet, XLSX) in {}", path.display())]
    NoFiles { name: String, path: PathBuf },
    #[error(
        "dataset `{name}`: {file} is a link that leads out of {}; copy the file there, or serve it \
         by itself as NAME=FILE", path.display()
    )]
    LeadsOutside {
        name: String,
        file: String,
        path: PathBuf,
    },
    /// What somebody said about how to read the files can't be.
    #[error("dataset `{name}`: {place}: {reason}")]
    Reading {
        name: String,
        place: String,
        reason: String,
    },
    #[error("two datasets have the id `{0}`")]
    SameId(String),
    #[error("`{0}` is not a dataset's name: it needs a letter or a digit")]
    Name(String),
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
    #[error("{}", sentence(.0))]
    Refused(IngestError),
    #[error("the files of dataset `{0}` were changed while they were read")]
    Changed(String),
    #[error("the files could not be turned into a snapshot: {0}")]
    Ingest(String),
}

impl DatasetError {
    /// It stays until the files are others; anything else may pass by itself.
    pub fn is_the_files_fault(&self) -> bool {
        match self {
            Self::Refused(error) => error.cause == IngestCause::File,
            Self::NoFiles { .. } | Self::LeadsOutside { .. } | Self::Reading { .. } => true,
            _ => false,
        }
    }

    /// For users: no path of the host.
    pub fn detail(&self, dataset_id: &str) -> ErrorDetail {
        match self {
            Self::Refused(error) => refused(error),
            Self::Unreadable { path, .. } => unavailable(format!(
                "{} of dataset `{dataset_id}` cannot be read",
                file_name(path)
            )),
            Self::NoFiles { .. } => invalid(format!("dataset `{dataset_id}` has no file of a table")),
            Self::Reading { place, reason, .. } => invalid(format!("{place}: {reason}")),
            Self::LeadsOutside { file, .. } => invalid(format!(
                "{file} of dataset `{dataset_id}` leads out of its folder"
            )),
            Self::Changed(_) => unavailable(self.to_string()),
            _ => unavailable(format!(
                "dataset `{dataset_id}` could not be prepared; the server's log says why"
            )),
        }
    }
}

fn invalid(message: String) -> ErrorDetail {
    ErrorDetail::new(ErrorCode::ValidationError, message)
}

fn unavailable(message: String) -> ErrorDetail {
    ErrorDetail::new(ErrorCode::DatasetUnavailable, message)
}

fn refused(error: &IngestError) -> ErrorDetail {
    let mut detail = match error.cause {
        IngestCause::File => invalid(sentence(error)),
        IngestCause::Storage | IngestCause::Memory | IngestCause::Engine => unavailable(sentence(error)),
    };
    detail.hint = error.hint.clone().or_else(|| remedy(error.cause));
    detail.details = Some(json!({"file": error.file, "line": error.line, "column": error.column}));
    detail
}

/// Addressed to whoever runs the service.
fn remedy(cause: IngestCause) -> Option<String> {
    let text = match cause {
        IngestCause::File => return None,
        IngestCause::Storage => "check the disk of the data directory; it is tried again by itself",
        IngestCause::Memory => "raise `datasets.ingest_memory_bytes`, or split the file",
        IngestCause::Engine => "it is tried again by itself; if it stays, report it",
    };
    Some(text.to_owned())
}

fn sentence(error: &IngestError) -> String {
    let line = error
        .line
        .map(|line| format!(", line {line}"))
        .unwrap_or_default();
    let column = error
        .column
        .as_ref()
        .map(|column| format!(", column `{column}`"))
        .unwrap_or_default();
    match error.file.is_empty() {
        true => error.message.clone(),
        false => format!("{}{line}{column}: {}", error.file, error.message),
    }
}

pub fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_file_names_file_line_and_column() {
        let error = DatasetError::Refused(IngestError {
            file: "orders.csv".into(),
            line: Some(12),
            column: Some("total".into()),
            message: "expected a DECIMAL(10,2)".into(),
            hint: None,
            cause: IngestCause::File,
        });
        assert_eq!(
            error.detail("shop").message,
            "orders.csv, line 12, column `total`: expected a DECIMAL(10,2)"
        );
    }

    #[test]
    fn a_full_disk_is_not_the_files_fault_and_says_what_to_check() {
        let error = DatasetError::Refused(IngestError {
            file: String::new(),
            line: None,
            column: None,
            message: "The data can't be stored: the disk is full.".into(),
            hint: None,
            cause: IngestCause::Storage,
        });
        assert!(!error.is_the_files_fault());
        let detail = error.detail("shop");
        assert_eq!(detail.code, ErrorCode::DatasetUnavailable);
        assert_eq!(detail.message, "The data can't be stored: the disk is full.");
        assert!(detail.hint.unwrap().contains("data directory"));
    }

    #[test]
    fn a_path_of_the_host_stays_in_the_log() {
        let path = PathBuf::from("/srv/private/films.csv");
        let error = DatasetError::Unreadable {
            name: "films".into(),
            path,
            reason: "no such file".into(),
        };
        assert!(!error.detail("films").message.contains("/srv"));
    }
}
