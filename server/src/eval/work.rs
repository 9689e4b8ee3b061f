//! Where snapshots and the compiled gate lie while questions are asked: a folder of the caller's, kept
//! for the next time, or one that is gone afterwards.

use super::EvalError;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

pub struct Work {
    path: PathBuf,
    /// Removed when it is dropped.
    _temporary: Option<TempDir>,
}

impl Work {
    pub fn open(kept: Option<&Path>) -> Result<Self, EvalError> {
        match kept {
            Some(path) => Ok(Self {
                path: prepared(path)?,
                _temporary: None,
            }),
            None => Self::temporary(),
        }
    }

    fn temporary() -> Result<Self, EvalError> {
        let directory = TempDir::with_prefix("csv-analyst-eval-").map_err(|reason| EvalError::Work {
            path: std::env::temp_dir(),
            reason,
        })?;
        Ok(Self {
            path: prepared(directory.path())?,
            _temporary: Some(directory),
        })
    }

    pub(super) fn snapshots(&self) -> PathBuf {
        self.path.join("snapshots")
    }

    pub(super) fn gate_cache(&self) -> PathBuf {
        self.path.join("gate")
    }
}

/// The absolute path: sandboxes have a working directory of their own. The gate's cache is machine
/// code, so nobody else may write there.
fn prepared(path: &Path) -> Result<PathBuf, EvalError> {
    let failed = |reason| EvalError::Work {
        path: path.to_owned(),
        reason,
    };
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700);
    for folder in ["snapshots", "gate"] {
        private.create(path.join(folder)).map_err(failed)?;
    }
    path.canonicalize().map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_folder_that_somebody_named_is_kept() {
        let temporary = Work::open(None).unwrap();
        let path = temporary.path.clone();
        assert!(temporary.snapshots().is_dir());
        drop(temporary);
        assert!(!path.exists());

        let directory = tempfile::tempdir().unwrap();
        let named = directory.path().join("work");
        drop(Work::open(Some(&named)).unwrap());
        assert!(named.join("snapshots").is_dir());
    }
}
