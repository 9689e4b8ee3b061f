//! Whether something has to be made again: a hash of what it is made from, kept beside it.
//!
//! It hashes contents, not times, so a fresh clone or a branch switched there and back makes
//! nothing twice. It refuses to follow links out of the folders it was given.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Of every file under these files and folders, and of `salt` (tool versions, settings).
    pub fn of(inputs: &[PathBuf], salt: &str) -> Result<Self> {
        let mut hasher = Sha256::new();
        hasher.update(salt);
        for file in files_under(inputs)? {
            hasher.update(file.as_os_str().as_encoded_bytes());
            hasher.update([0]);
            hasher.update(fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?);
            hasher.update([0]);
        }
        Ok(Self(hex(&hasher.finalize())))
    }

    pub fn is_recorded(&self, stamp: &Path) -> bool {
        fs::read_to_string(stamp).is_ok_and(|recorded| recorded == self.0)
    }

    pub fn record(&self, stamp: &Path) -> Result<()> {
        write_atomically(stamp, self.0.as_bytes())
    }
}

/// All regular files, in a stable order.
pub fn files_under(inputs: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut waiting: Vec<PathBuf> = inputs.to_vec();
    while let Some(path) = waiting.pop() {
        let kind = match fs::symlink_metadata(&path) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error).with_context(|| format!("cannot look at {}", path.display())),
        };
        if kind.is_dir() {
            for entry in fs::read_dir(&path)? {
                waiting.push(entry?.path());
            }
        } else if kind.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Readers see the old file or the new one, never half of it.
pub fn write_atomically(path: &Path, contents: &[u8]) -> Result<()> {
    let folder = path.parent().context("a file needs a folder")?;
    fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let half_made = path.with_extension(format!("{}.part", std::process::id()));
    fs::write(&half_made, contents).with_context(|| format!("cannot write {}", half_made.display()))?;
    fs::rename(&half_made, path).with_context(|| format!("cannot put {} in place", path.display()))
}

pub fn sha256_of(path: &Path) -> Result<String> {
    let contents = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(hex(&Sha256::digest(contents)))
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Fingerprint, write_atomically};

    #[test]
    fn a_changed_file_changes_the_fingerprint_and_changing_it_back_restores_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.txt");
        let inputs = [folder.path().to_owned()];
        write_atomically(&file, b"one").unwrap();
        let first = Fingerprint::of(&inputs, "").unwrap();
        write_atomically(&file, b"two").unwrap();
        assert_ne!(first, Fingerprint::of(&inputs, "").unwrap());
        write_atomically(&file, b"one").unwrap();
        assert_eq!(first, Fingerprint::of(&inputs, "").unwrap());
    }

    #[test]
    fn another_salt_is_another_fingerprint() {
        assert_ne!(
            Fingerprint::of(&[], "rustup").unwrap(),
            Fingerprint::of(&[], "debian").unwrap()
        );
    }
}
