//! What somebody says about how files are to be read: in the configuration, or in `dataset.toml` beside the
//! files. Of a file wins over of all; the configuration wins over the folder.
//!
//! Nothing is passed over in silence: a file that is not there, or a setting that cannot be, is an error.

use super::error::{DatasetError, file_name};
use crate::config::FolderConfig;
use csv_analyst_protocol::reading::Reading;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};

pub const SIDECAR: &str = "dataset.toml";
/// Types of a thousand columns in each of a hundred files.
const MAX_SIDECAR_BYTES: u64 = 4 << 20;

/// `dataset.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Sidecar {
    reading: Reading,
    /// By file name.
    files: BTreeMap<String, Reading>,
}

/// One for each of the folder's files.
pub fn readings(folder: &FolderConfig, files: &[PathBuf]) -> Result<Vec<Reading>, DatasetError> {
    let sidecar = match folder.path.is_dir() {
        true => read_sidecar(&folder.name, &folder.path.join(SIDECAR))?,
        false => Sidecar::default(),
    };
    let names: Vec<String> = files.iter().map(|file| file_name(file)).collect();
    check(&folder.name, SIDECAR, &names, &sidecar.reading, &sidecar.files)?;
    check(
        &folder.name,
        "the configuration",
        &names,
        &folder.reading,
        &folder.files,
    )?;
    let general = folder.reading.clone().or(&sidecar.reading);
    let own = |name: &String| {
        let of = |files: &BTreeMap<String, Reading>| files.get(name).cloned().unwrap_or_default();
        of(&folder.files).or(&of(&sidecar.files)).or(&general)
    };
    Ok(names.iter().map(own).collect())
}

fn read_sidecar(dataset: &str, path: &Path) -> Result<Sidecar, DatasetError> {
    let failed = |reason: String| DatasetError::Reading {
        name: dataset.to_owned(),
        place: SIDECAR.into(),
        reason,
    };
    let is_file = match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Sidecar::default()),
        Err(error) => return Err(failed(error.to_string())),
        Ok(metadata) => metadata.is_file(),
    };
    if !is_file {
        return Err(failed("it is not a regular file".into()));
    }
    let mut text = String::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_SIDECAR_BYTES).read_to_string(&mut text))
        .map_err(|error| failed(error.to_string()))?;
    toml::from_str(&text).map_err(|error| failed(one_line(&error)))
}

/// With the place, without the picture that a terminal would show.
fn one_line(error: &toml::de::Error) -> String {
    let text = error.to_string();
    let place = text.lines().next().unwrap_or_default().to_owned();
    match text.lines().count() {
        0 | 1 => place,
        _ => format!("{place}: {}", error.message()),
    }
}

fn check(
    dataset: &str,
    place: &str,
    names: &[String],
    general: &Reading,
    files: &BTreeMap<String, Reading>,
) -> Result<(), DatasetError> {
    let failed = |reason: String| DatasetError::Reading {
        name: dataset.to_owned(),
        place: place.to_owned(),
        reason,
    };
    let wrong = |prefix: &str, (key, reason): (String, String)| failed(format!("{prefix}.{key}: {reason}"));
    general.check().map_err(|error| wrong("reading", error))?;
    if names.len() > 1 && !general.types.is_empty() {
        return Err(failed(format!(
            "reading.types speaks of columns, but there are several files; write it under files.\"{}\"",
            names.first().map(String::as_str).unwrap_or_default()
        )));
    }
    for (file, reading) in files {
        if !names.contains(file) {
            let known = names.iter().take(20).cloned().collect::<Vec<_>>().join(", ");
            return Err(failed(format!(
                "files.\"{file}\" is not there; there are {known}"
            )));
        }
        reading
            .check()
            .map_err(|error| wrong(&format!("files.\"{file}\""), error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sidecar: &str, config: &str) -> Result<Vec<Reading>, String> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join(SIDECAR), sidecar).unwrap();
        let text = format!("name = 'd'\npath = '{}'\n{config}", directory.path().display());
        let folder: FolderConfig = toml::from_str(&text).unwrap();
        let files = ["a.csv", "b.csv"].map(|name| directory.path().join(name));
        readings(&folder, &files).map_err(|error| error.to_string())
    }

    #[test]
    fn the_nearer_word_wins() {
        let sidecar = "[reading]\ndelimiter = ';'\nencoding = 'utf-8'\n[files.'b.csv']\ndelimiter = '|'\n";
        let config = "[reading]\nencoding = 'windows-1252'\n[files.'b.csv'.types]\nzip = 'text'\n";
        let [first, second] = &read(sidecar, config).unwrap()[..] else {
            panic!("two files")
        };
        assert_eq!(first.delimiter.as_deref(), Some(";"));
        assert_eq!(first.encoding.as_deref(), Some("windows-1252"));
        assert_eq!(second.delimiter.as_deref(), Some("|"));
        assert_eq!(second.types["zip"], "text");
        assert_eq!(read("", "").unwrap(), vec![Reading::default(); 2]);
    }

    #[test]
    fn what_cannot_be_is_refused_with_its_place() {
        for (sidecar, expected) in [
            ("[reading]\ndelimitter = ';'\n", "delimitter"),
            ("[reading]\ndelimiter = ';;'\n", "reading.delimiter"),
            ("[files.'c.csv']\n", "a.csv, b.csv"),
            ("[files.'a.csv'.types]\nzip = 'txt'\n", "types.zip"),
            ("[reading.types]\nzip = 'text'\n", "several files"),
        ] {
            let message = read(sidecar, "").unwrap_err();
            assert!(
                message.contains(expected) && message.contains(SIDECAR),
                "{message}"
            );
        }
        let message = read("", "[files.'x.csv']\n").unwrap_err();
        assert!(
            message.contains("the configuration") && message.contains("x.csv"),
            "{message}"
        );
    }
}
