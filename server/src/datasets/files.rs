//! JSON files beside a snapshot, written whole or not at all.

use super::error::DatasetError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io::Write;
use std::path::Path;

/// `None` when the file is not there or is of another layout: then it is made anew.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Option<T> {
    let text = std::fs::read(path).ok()?;
    serde_json::from_slice(&text).ok()
}

pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), DatasetError> {
    let failed = |reason: String| DatasetError::Unwritable {
        path: path.to_owned(),
        reason,
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    // By this name it is found and removed, should the service be killed here.
    let unfinished = tempfile::Builder::new().suffix(".partial").tempfile_in(folder);
    let mut file = unfinished.map_err(|error| failed(error.to_string()))?;
    let text = serde_json::to_vec(value).map_err(|error| failed(error.to_string()))?;
    file.write_all(&text).map_err(|error| failed(error.to_string()))?;
    file.as_file()
        .sync_all()
        .map_err(|error| failed(error.to_string()))?;
    file.persist(path).map_err(|error| failed(error.to_string()))?;
    Ok(())
}
