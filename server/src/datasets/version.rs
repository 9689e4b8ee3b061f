//! A dataset's version: what its files are, as one hash.

use super::error::DatasetError;
use super::source::DatasetSource;
use csv_analyst_protocol::ingest::IngestTable;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Raise it when `runner-native ingest` writes something else from the same files: snapshots of
/// another layout are made anew.
const SNAPSHOT_LAYOUT: u32 = 3;

/// SHA-256 (hex) over names, sizes and bytes of the files, in the order of their names, and over what
/// somebody says about how they are read: the same bytes read otherwise are other data.
pub fn version(source: &DatasetSource) -> Result<String, DatasetError> {
    let mut hasher = Sha256::new();
    for (name, path) in source.files() {
        add_file(&mut hasher, &name, path).map_err(|error| DatasetError::Unreadable {
            name: source.declared.id.clone(),
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
    }
    add_readings(&mut hasher, source);
    Ok(hex::encode(hasher.finalize()))
}

/// Nothing where nothing is said, so that a version is the files' own wherever it can be.
fn add_readings(hasher: &mut Sha256, source: &DatasetSource) {
    let mut said: Vec<_> = source
        .tables
        .iter()
        .filter(|table| !table.reading.is_open())
        .map(|table| (&table.name, &table.reading))
        .collect();
    said.sort_by_key(|(name, _)| *name);
    if !said.is_empty() {
        // Names and settings always become JSON.
        hasher.update(serde_json::to_vec(&said).unwrap_or_default());
    }
}

fn add_file(hasher: &mut Sha256, name: &str, path: &Path) -> std::io::Result<()> {
    let mut file = File::open(path)?;
    hasher.update((name.len() as u64).to_be_bytes());
    hasher.update(name.as_bytes());
    hasher.update(file.metadata()?.len().to_be_bytes());
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => hasher.update(&buffer[..read]),
        }
    }
}

/// Names the snapshot: the files' version and how they are read (table names, declared types).
pub fn snapshot_name(version: &str, tables: &[IngestTable]) -> String {
    let reading: Vec<_> = tables
        .iter()
        .map(|table| (&table.name, &table.columns, &table.reading))
        .collect();
    // Names and types always become JSON.
    let text = serde_json::to_vec(&(SNAPSHOT_LAYOUT, reading)).unwrap_or_default();
    let layout = hex::encode(Sha256::digest(text));
    format!("{version}-{}", &layout[..12])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datasets::source::TableFile;
    use csv_analyst_protocol::dataset::Dataset;
    use csv_analyst_protocol::reading::Reading;

    fn version_of(files: &[(&str, &str)]) -> String {
        version_read_as(files, &Reading::default())
    }

    fn version_read_as(files: &[(&str, &str)], reading: &Reading) -> String {
        let directory = tempfile::tempdir().unwrap();
        let tables = files
            .iter()
            .map(|(name, text)| {
                let path = directory.path().join(name);
                std::fs::write(&path, text).unwrap();
                TableFile {
                    name: (*name).into(),
                    path,
                    reading: reading.clone(),
                }
            })
            .collect();
        version(&DatasetSource {
            declared: Dataset::default(),
            inferred: true,
            folder: None,
            tables,
        })
        .unwrap()
    }

    #[test]
    fn the_order_of_the_tables_does_not_matter() {
        assert_eq!(
            version_of(&[("a.csv", "1"), ("b.csv", "2")]),
            version_of(&[("b.csv", "2"), ("a.csv", "1")])
        );
    }

    #[test]
    fn one_byte_makes_another_version() {
        assert_ne!(version_of(&[("a.csv", "1")]), version_of(&[("a.csv", "2")]));
    }

    #[test]
    fn the_same_bytes_read_otherwise_are_another_version() {
        let semicolons = Reading {
            delimiter: Some(";".into()),
            ..Reading::default()
        };
        let files = [("a.csv", "1;2")];
        assert_ne!(version_of(&files), version_read_as(&files, &semicolons));
    }

    #[test]
    fn bytes_do_not_move_between_files_unseen() {
        assert_ne!(
            version_of(&[("a.csv", "12"), ("b.csv", "3")]),
            version_of(&[("a.csv", "1"), ("b.csv", "23")])
        );
    }
}
