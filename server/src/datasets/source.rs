//! Where datasets come from: a described registry, and folders or files that nobody described.
//!
//! It looks at names only; what is inside the files is found out in a sandbox.

use super::error::{DatasetError, file_name};
use super::readings::readings;
use crate::config::{DatasetsConfig, FolderConfig};
use csv_analyst_protocol::dataset::{Dataset, Registry};
use csv_analyst_protocol::reading::Reading;
use std::path::{Path, PathBuf};

/// A dataset before its files were read.
#[derive(Clone, Debug)]
pub struct DatasetSource {
    /// From the registry, or only id and name.
    pub declared: Dataset,
    /// Nobody described it: columns, keys and relationships are inferred.
    pub inferred: bool,
    /// Where an undescribed one was found, to look there again.
    pub folder: Option<FolderConfig>,
    pub tables: Vec<TableFile>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFile {
    /// Of the table; a workbook of several sheets becomes several, named after the sheets.
    pub name: String,
    pub path: PathBuf,
    pub reading: Reading,
}

/// All configured sources, the registry's first; ids are unique.
pub fn sources(config: &DatasetsConfig) -> Result<Vec<DatasetSource>, DatasetError> {
    let mut found = match &config.registry {
        Some(path) => from_registry(path)?,
        None => Vec::new(),
    };
    for folder in &config.folders {
        found.push(from_folder(folder)?);
    }
    refuse_same_ids(&found)?;
    Ok(found)
}

fn from_registry(path: &Path) -> Result<Vec<DatasetSource>, DatasetError> {
    let failed = |reason: String| DatasetError::Registry {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
    let registry: Registry = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    for dataset in &registry.datasets {
        for table in &dataset.tables {
            let wrong =
                |(key, reason)| failed(format!("{}.{}.reading.{key}: {reason}", dataset.id, table.name));
            table.reading.check().map_err(wrong)?;
        }
    }
    Ok(registry
        .datasets
        .into_iter()
        .map(|dataset| declared_source(folder, dataset))
        .collect())
}

fn declared_source(folder: &Path, declared: Dataset) -> DatasetSource {
    let tables = declared
        .tables
        .iter()
        .map(|table| TableFile {
            name: table.name.clone(),
            path: folder.join(&declared.id).join(&table.file),
            reading: table.reading.clone(),
        })
        .collect();
    DatasetSource {
        declared,
        inferred: false,
        folder: None,
        tables,
    }
}

fn from_folder(folder: &FolderConfig) -> Result<DatasetSource, DatasetError> {
    let id = dataset_id(&folder.name).ok_or_else(|| DatasetError::Name(folder.name.clone()))?;
    let declared = Dataset {
        id,
        name: folder.name.clone(),
        ..Dataset::default()
    };
    let files = table_files(folder)?;
    let readings = readings(folder, &files)?;
    Ok(DatasetSource {
        declared,
        inferred: true,
        folder: Some(folder.clone()),
        tables: name_tables(files.into_iter().zip(readings)),
    })
}

/// The id under which a named folder is served: "My Films (2026)" is `my-films-2026`.
pub fn dataset_id(name: &str) -> Option<String> {
    let kept = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter);
    match !name.is_empty() && name.len() <= 64 && name.chars().all(kept) {
        true => Some(name.to_owned()),
        false => identifier(name, "-"),
    }
}

/// Sorted, so that a version does not depend on the file system's order.
fn table_files(folder: &FolderConfig) -> Result<Vec<PathBuf>, DatasetError> {
    let (name, path) = (folder.name.clone(), folder.path.clone());
    let unreadable = |error: std::io::Error| DatasetError::Unreadable {
        name: name.clone(),
        path: path.clone(),
        reason: error.to_string(),
    };
    let absolute = folder.path.canonicalize().map_err(unreadable)?;
    if absolute.is_file() {
        return Ok(vec![absolute]);
    }
    let entries = std::fs::read_dir(&absolute).map_err(unreadable)?;
    let mut files: Vec<PathBuf> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_table(path))
        .collect();
    files.sort();
    if let Some(file) = files.iter().find(|file| !stays_inside(&absolute, file)) {
        let file = file_name(file);
        return Err(DatasetError::LeadsOutside { name, file, path });
    }
    match files.is_empty() {
        true => Err(DatasetError::NoFiles { name, path }),
        false => Ok(files),
    }
}

/// A link may name another file of its folder, but whoever can write there must not be able to have
/// any other file of this machine read.
fn stays_inside(folder: &Path, file: &Path) -> bool {
    file.canonicalize().is_ok_and(|target| target.starts_with(folder))
}

/// Endings of files that are tables; texts may be packed.
const TEXTS: [&str; 6] = ["csv", "tsv", "tab", "json", "ndjson", "jsonl"];
const OTHERS: [&str; 2] = ["parquet", "xlsx"];
const PACKED: [&str; 2] = ["gz", "zst"];

fn is_table(path: &Path) -> bool {
    let name = file_name(path).to_ascii_lowercase();
    // Spreadsheets keep such a file beside a workbook that is open; editors hide their own with a dot.
    let is_lock = name.starts_with("~$") || name.starts_with('.');
    !is_lock && path.is_file() && stem(&name).is_some()
}

/// The name without the endings of a table's file; `None`: it is none.
fn stem(name: &str) -> Option<&str> {
    let (stem, ending) = name.rsplit_once('.')?;
    let is = |endings: &[&str], ending: &str| endings.iter().any(|one| one.eq_ignore_ascii_case(ending));
    if is(&TEXTS, ending) || is(&OTHERS, ending) {
        return Some(stem);
    }
    let (stem, inner) = stem.rsplit_once('.')?;
    (is(&PACKED, ending) && is(&TEXTS, inner)).then_some(stem)
}

/// One table per file, named after it; a name that is taken gets a number.
fn name_tables(files: impl Iterator<Item = (PathBuf, Reading)>) -> Vec<TableFile> {
    let mut tables: Vec<TableFile> = Vec::new();
    for (path, reading) in files {
        let name = file_name(&path);
        // A file that was named by itself may have any ending.
        let own = stem(&name).or(name.rsplit_once('.').map(|(stem, _)| stem));
        let wanted = identifier(own.unwrap_or(&name), "_").unwrap_or_else(|| "data".into());
        let taken = |name: &str| tables.iter().any(|table| table.name == name);
        let name = match taken(&wanted) {
            false => wanted,
            true => (2..)
                .map(|n| format!("{wanted}_{n}"))
                .find(|name| !taken(name))
                .unwrap_or(wanted),
        };
        tables.push(TableFile { name, path, reading });
    }
    tables
}

/// Lower case letters, digits and `separator`, at most 64; `None` when nothing of the text is left.
fn identifier(text: &str, separator: &str) -> Option<String> {
    let words = text
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty());
    let name = words
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join(separator);
    (!name.is_empty()).then(|| name.chars().take(64).collect())
}

fn refuse_same_ids(sources: &[DatasetSource]) -> Result<(), DatasetError> {
    let mut seen = std::collections::BTreeSet::new();
    match sources
        .iter()
        .find(|source| !seen.insert(source.declared.id.as_str()))
    {
        Some(source) => Err(DatasetError::SameId(source.declared.id.clone())),
        None => Ok(()),
    }
}

impl DatasetSource {
    /// As it is now. A described dataset keeps the files that its description names.
    pub fn look_again(&self) -> Result<Self, DatasetError> {
        match &self.folder {
            Some(folder) => from_folder(folder),
            None => Ok(self.clone()),
        }
    }

    /// The files' names and paths, sorted by name.
    pub fn files(&self) -> Vec<(String, &Path)> {
        let mut files: Vec<_> = self
            .tables
            .iter()
            .map(|table| (file_name(&table.path), table.path.as_path()))
            .collect();
        files.sort();
        files
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder_with(files: &[&str]) -> (tempfile::TempDir, FolderConfig) {
        let directory = tempfile::tempdir().unwrap();
        for file in files {
            std::fs::write(directory.path().join(file), "a\n1\n").unwrap();
        }
        let config = FolderConfig {
            name: "My Films (2026)".into(),
            path: directory.path().to_owned(),
            ..FolderConfig::default()
        };
        (directory, config)
    }

    #[test]
    fn every_kind_of_table_is_taken_and_named_without_its_endings() {
        let files = [
            "a.csv.gz",
            "b.TSV",
            "c.json.zst",
            "d.parquet",
            "e.xlsx",
            "~$e.xlsx",
            ".f.csv",
            "g.zip",
            "h.gz",
        ];
        let (_directory, config) = folder_with(&files);
        let source = from_folder(&config).unwrap();
        let names: Vec<_> = source.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e"]);
    }

    #[test]
    fn a_folder_is_one_dataset_with_a_table_per_csv_file() {
        let (_directory, config) = folder_with(&["Box Office.csv", "actors.CSV", "notes.txt"]);
        let source = from_folder(&config).unwrap();
        assert_eq!(source.declared.id, "my-films-2026");
        let names: Vec<_> = source.tables.iter().map(|table| table.name.as_str()).collect();
        assert_eq!(names, ["box_office", "actors"]);
    }

    #[test]
    fn files_whose_names_collide_become_two_tables() {
        let (_directory, config) = folder_with(&["a b.csv", "a-b.csv"]);
        let names: Vec<_> = from_folder(&config)
            .unwrap()
            .tables
            .into_iter()
            .map(|table| table.name)
            .collect();
        assert_eq!(names, ["a_b", "a_b_2"]);
    }

    #[test]
    fn an_empty_folder_is_refused() {
        let (_directory, config) = folder_with(&["notes.txt"]);
        assert!(matches!(from_folder(&config), Err(DatasetError::NoFiles { .. })));
    }

    #[test]
    fn a_link_out_of_the_folder_is_refused_by_name_and_one_inside_it_is_not() {
        let (directory, config) = folder_with(&["films.csv"]);
        let link = |target: &Path, name: &str| {
            std::os::unix::fs::symlink(target, directory.path().join(name)).unwrap();
        };
        link(&directory.path().join("films.csv"), "again.csv");
        assert_eq!(from_folder(&config).unwrap().tables.len(), 2);
        link(Path::new("/etc/passwd"), "passwd.csv");
        let error = from_folder(&config).unwrap_err();
        assert!(matches!(error, DatasetError::LeadsOutside { .. }));
        assert!(error.to_string().contains("passwd.csv"), "{error}");
    }

    #[test]
    fn one_file_is_a_dataset_too() {
        let (directory, _) = folder_with(&["films.csv"]);
        let config = FolderConfig {
            name: "films".into(),
            path: directory.path().join("films.csv"),
            ..FolderConfig::default()
        };
        assert_eq!(from_folder(&config).unwrap().tables[0].name, "films");
    }
}
