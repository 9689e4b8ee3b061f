//! Why a measurement cannot begin or go on. What happens to one question is its prediction, not an error.

use crate::datasets::DatasetError;
use crate::services::StartError;
use std::path::PathBuf;

#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    #[error("the questions {} cannot be read: {reason}", path.display())]
    Unreadable { path: PathBuf, reason: std::io::Error },
    #[error("{}, line {line}: {reason}", path.display())]
    BadLine {
        path: PathBuf,
        line: usize,
        reason: String,
    },
    #[error("{} holds no question", .0.display())]
    NoQuestions(PathBuf),
    #[error("question `{id}` (line {line}): there is no {}", path.display())]
    NoTable { id: String, line: usize, path: PathBuf },
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error("the working directory {}: {reason}", path.display())]
    Work { path: PathBuf, reason: std::io::Error },
    #[error("the schemas cannot be written to {}: {reason}", path.display())]
    Schemas { path: PathBuf, reason: std::io::Error },
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("{} holds the questions; write the predictions to another file", .0.display())]
    OverQuestions(PathBuf),
    #[error("the predictions {} cannot be written: {reason}", path.display())]
    Out { path: PathBuf, reason: std::io::Error },
}
