//! What can be wrong with a dataset, and how it is said to users: file names without folders.

use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::ingest::IngestError;
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
    #[error("dataset `{name}`: no CSV file in {}", path.display())]
    NoFiles { name: String, path: PathBuf },
    #[error("two datasets have the id `{0}`")]
    SameId(String),
    #[error("`{0}` is not a dataset's name: it needs a letter or a digit")]
    Name(String),
    #[error("{} cannot be written: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
    #[error("{}", sentence(.0))]
    Refused(IngestError),
    #[error("the files could not be turned into a snapshot: {0}")]
    Ingest(String),
}

impl DatasetError {
    /// For users: no path of the host.
    pub fn detail(&self, dataset_id: &str) -> ErrorDetail {
        match self {
            Self::Refused(error) => refused(error),
            Self::Unreadable { path, .. } => invalid(format!(
                "{} of dataset `{dataset_id}` cannot be read",
                file_name(path)
            )),
            Self::NoFiles { .. } => invalid(format!("dataset `{dataset_id}` has no CSV file")),
            _ => ErrorDetail::new(
                ErrorCode::InternalError,
                format!("dataset `{dataset_id}` could not be prepared; the server's log says why"),
            ),
        }
    }
}

fn invalid(message: String) -> ErrorDetail {
    ErrorDetail::new(ErrorCode::ValidationError, message)
}

fn refused(error: &IngestError) -> ErrorDetail {
    let mut detail = invalid(sentence(error));
    detail.hint = error.hint.clone();
    detail.details = Some(json!({"file": error.file, "line": error.line, "column": error.column}));
    detail
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
    format!("{}{line}{column}: {}", error.file, error.message)
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
        });
        assert_eq!(
            error.detail("shop").message,
            "orders.csv, line 12, column `total`: expected a DECIMAL(10,2)"
        );
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
