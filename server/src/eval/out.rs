//! The file of predictions: a line is in it as soon as its question has ended, so that an interruption,
//! of whatever kind, costs no line that was there.

use super::{EvalError, Prediction};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

pub struct Out {
    path: PathBuf,
    file: File,
}

impl Out {
    /// Begins the file anew. It must not be the one that the questions came from.
    pub fn create(path: &Path, questions: &Path) -> Result<Self, EvalError> {
        if is_same(path, questions) {
            return Err(EvalError::OverQuestions(path.to_owned()));
        }
        let file = File::create(path).map_err(|reason| failed(path, reason))?;
        Ok(Self {
            path: path.to_owned(),
            file,
        })
    }

    /// The whole line in one call, straight to the system: nothing waits in a buffer of this process.
    pub(super) fn write(&mut self, prediction: &Prediction) -> Result<(), EvalError> {
        let line = serde_json::to_vec(prediction).map_err(std::io::Error::other);
        let written = line.and_then(|mut line| {
            line.push(b'\n');
            self.file.write_all(&line)
        });
        written.map_err(|reason| failed(&self.path, reason))
    }
}

fn is_same(path: &Path, other: &Path) -> bool {
    match (path.canonicalize(), other.canonicalize()) {
        (Ok(path), Ok(other)) => path == other,
        _ => false,
    }
}

fn failed(path: &Path, reason: std::io::Error) -> EvalError {
    EvalError::Out {
        path: path.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_questions_are_never_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let questions = directory.path().join("questions.jsonl");
        std::fs::write(&questions, "{}").unwrap();
        let roundabout = directory.path().join(".").join("questions.jsonl");
        assert!(matches!(
            Out::create(&roundabout, &questions),
            Err(EvalError::OverQuestions(_))
        ));
        assert_eq!(std::fs::read_to_string(&questions).unwrap(), "{}");
        assert!(Out::create(&directory.path().join("out.jsonl"), &questions).is_ok());
    }
}
