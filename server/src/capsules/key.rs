//! The key that signs capsules: an Ed25519 seed in hex, in a file of its own, readable by its owner only.
//!
//! It lives outside the database, so that whoever can write the database cannot seal. It is made
//! once and never replaced: with another key, older capsules would no longer verify.

use super::error::StoreError;
use ed25519_dalek::{Signature, Signer, SigningKey};
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const MISSING: &str = "is not there, and only it can check and continue what it has sealed; restore it \
    from a copy (or, to begin a new record, move records.sqlite3 and keys/capsule-head.json away)";

pub struct SigningKeyFile {
    path: PathBuf,
    key: SigningKey,
}

impl SigningKeyFile {
    /// The key of a record that exists.
    pub fn load(path: &Path) -> Result<Self, StoreError> {
        Self::find(path)?.ok_or_else(|| key_error(path, MISSING))
    }

    /// `None` when there is no such file.
    pub fn find(path: &Path) -> Result<Option<Self>, StoreError> {
        match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(path, &text).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(key_error(path, error)),
        }
    }

    fn parse(path: &Path, text: &str) -> Result<Self, StoreError> {
        refuse_if_others_can_read(path)?;
        let mut seed = [0; 32];
        hex::decode_to_slice(text.trim(), &mut seed)
            .map_err(|_| key_error(path, "is not 64 hexadecimal digits; restore it from a copy"))?;
        Ok(Self {
            path: path.to_owned(),
            key: SigningKey::from_bytes(&seed),
        })
    }

    /// Makes the key of a new record; a file that is there is never replaced.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| key_error(path, error))?;
        write_privately(path, &hex::encode(seed)).map_err(|error| key_error(path, error))?;
        Ok(Self {
            path: path.to_owned(),
            key: SigningKey::from_bytes(&seed),
        })
    }

    pub fn error(&self, reason: &str) -> StoreError {
        key_error(&self.path, reason)
    }

    /// Hex, over the hash's own text.
    pub fn sign(&self, hash: &str) -> String {
        hex::encode(self.key.sign(hash.as_bytes()).to_bytes())
    }

    pub fn public_key(&self) -> String {
        hex::encode(self.key.verifying_key().to_bytes())
    }

    pub fn verifies(&self, hash: &str, signature: &str) -> bool {
        let mut bytes = [0; 64];
        hex::decode_to_slice(signature, &mut bytes).is_ok()
            && self
                .key
                .verifying_key()
                .verify_strict(hash.as_bytes(), &Signature::from_bytes(&bytes))
                .is_ok()
    }
}

fn write_privately(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn refuse_if_others_can_read(path: &Path) -> Result<(), StoreError> {
    let mode = std::fs::metadata(path)
        .map_err(|error| key_error(path, error))?
        .permissions()
        .mode();
    match mode & 0o077 {
        0 => Ok(()),
        _ => Err(key_error(path, "can be read by others; run `chmod 600` on it")),
    }
}

fn key_error(path: &Path, reason: impl ToString) -> StoreError {
    StoreError::Key {
        path: path.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("keys/capsule-signing.key");
        let first = SigningKeyFile::create(&path).unwrap();
        let second = SigningKeyFile::load(&path).unwrap();
        assert!(SigningKeyFile::create(&path).is_err());
        assert_eq!(first.public_key(), second.public_key());
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }

    #[test]
    fn a_key_that_others_can_read_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key");
        SigningKeyFile::create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(SigningKeyFile::load(&path).is_err());
    }

    #[test]
    fn a_signature_holds_for_its_hash_only() {
        let directory = tempfile::tempdir().unwrap();
        let key = SigningKeyFile::create(&directory.path().join("key")).unwrap();
        let signature = key.sign("abc");
        assert!(key.verifies("abc", &signature));
        assert!(!key.verifies("abd", &signature));
        assert!(!key.verifies("abc", "00"));
    }
}
