//! A copy of the record as one archive: made beside a running server, put back where there is none.
//!
//! It holds the database, the head of the chain and the key that seals: whoever has it can seal in this
//! service's name. It refuses to put back what does not verify, and to replace a record that is there.

use super::SigningKeyFile;
use super::database::open_to_read;
use super::error::StoreError;
use super::files::{DATABASE, HEAD, KEY, database_in, head_in, key_in};
use super::verify::{ChainReport, verify_record};
use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use std::fs::{self, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tar::{Archive, Builder, EntryType, Header};
use tempfile::TempDir;

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the record cannot be copied: {0}")]
    Copy(#[from] rusqlite::Error),
    #[error("the record is locked; try again in a moment")]
    Locked,
    #[error("{}: {reason}", path.display())]
    File { path: PathBuf, reason: io::Error },
    #[error("the archive cannot be written: {0}")]
    Write(io::Error),
    #[error("{0}")]
    Directory(String),
    #[error("this is not a backup of a record: {0}")]
    NotABackup(String),
    #[error("there is a record at {} already; nothing was changed", .0.display())]
    RecordIsThere(PathBuf),
    #[error("there is a signing key at {} already; nothing was changed", .0.display())]
    KeyIsThere(PathBuf),
    #[error("the record in this backup does not verify in {0} places; nothing was changed")]
    Broken(usize),
}

/// The head before the database: a record may be ahead of what its head names, and never behind.
/// When it returns, `out` has been flushed: a backup that a full disk cut off is no backup.
pub fn back_up(directory: &Path, key_file: &Path, out: impl Write) -> Result<(), BackupError> {
    let work = work_folder(directory)?;
    SigningKeyFile::load(key_file)?;
    let mut archive = Builder::new(out);
    append(&mut archive, KEY, key_file)?;
    let head = head_in(directory);
    if head.exists() {
        append(&mut archive, HEAD, &head)?;
    }
    let copy = work.path().join(DATABASE);
    copy_database(&database_in(directory), &copy)?;
    append(&mut archive, DATABASE, &copy)?;
    let mut out = archive.into_inner().map_err(BackupError::Write)?;
    out.flush().map_err(BackupError::Write)
}

/// All pages in one step, of one moment: in WAL mode that holds up nobody who writes.
fn copy_database(from: &Path, to: &Path) -> Result<(), BackupError> {
    let source = open_to_read(from)?;
    let mut copy = Connection::open(to)?;
    let step = Backup::new(&source, &mut copy)?.step(-1)?;
    match step {
        StepResult::Done => Ok(()),
        _ => Err(BackupError::Locked),
    }
}

fn append(archive: &mut Builder<impl Write>, name: &str, path: &Path) -> Result<(), BackupError> {
    let failed = |reason| file_error(path, reason);
    let file = fs::File::open(path).map_err(failed)?;
    let mut header = Header::new_gnu();
    header.set_size(file.metadata().map_err(failed)?.len());
    header.set_mode(0o600);
    let written = archive.append_data(&mut header, name, file);
    written.map_err(BackupError::Write)
}

/// What was put back, verified. The database comes last: without it there is no record, so that a
/// restore which was interrupted can be tried again.
pub fn restore(directory: &Path, key_file: &Path, archive: impl Read) -> Result<ChainReport, BackupError> {
    let database = database_in(directory);
    if database.exists() {
        return Err(BackupError::RecordIsThere(database));
    }
    let work = work_folder(directory)?;
    let unpacked = unpack(archive, work.path())?;
    let report = verify_record(work.path(), &unpacked.key)?;
    if !report.broken.is_empty() {
        return Err(BackupError::Broken(report.broken.len()));
    }
    put_key(&unpacked.key, key_file)?;
    if unpacked.head.exists() {
        put(&unpacked.head, &head_in(directory))?;
    }
    put(&database_in(work.path()), &database)?;
    Ok(report)
}

/// Two keys for one record would be one too many; the same one may be there.
fn put_key(from: &Path, to: &Path) -> Result<(), BackupError> {
    let there = match fs::read(to) {
        Ok(there) => there,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return put(from, to),
        Err(reason) => return Err(file_error(to, reason)),
    };
    match fs::read(from).map_err(|reason| file_error(from, reason))? == there {
        true => Ok(()),
        false => Err(BackupError::KeyIsThere(to.to_owned())),
    }
}

/// Copied under another name and renamed: the key may lie on another file system.
fn put(from: &Path, to: &Path) -> Result<(), BackupError> {
    let folder = to.parent().unwrap_or(Path::new("."));
    let failed = |reason| file_error(to, reason);
    fs::create_dir_all(folder).map_err(failed)?;
    let mut new = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let mut old = fs::File::open(from).map_err(failed)?;
    io::copy(&mut old, &mut new).map_err(failed)?;
    new.as_file().sync_all().map_err(failed)?;
    new.persist(to).map_err(|error| failed(error.error))?;
    Ok(())
}

struct Unpacked {
    key: PathBuf,
    head: PathBuf,
}

/// As a data directory: these three files, each once, and no other.
fn unpack(archive: impl Read, into: &Path) -> Result<Unpacked, BackupError> {
    let unpacked = Unpacked {
        key: key_in(into),
        head: head_in(into),
    };
    let strange = |error: io::Error| BackupError::NotABackup(error.to_string());
    for entry in Archive::new(archive).entries().map_err(strange)? {
        let mut entry = entry.map_err(strange)?;
        let name = entry.path().map_err(strange)?.to_string_lossy().into_owned();
        let path = match (name.as_str(), entry.header().entry_type()) {
            (DATABASE, EntryType::Regular) => database_in(into),
            (HEAD, EntryType::Regular) => unpacked.head.clone(),
            (KEY, EntryType::Regular) => unpacked.key.clone(),
            _ => return Err(BackupError::NotABackup(format!("what is {name:?}?"))),
        };
        let failed = |reason| file_error(&path, reason);
        fs::create_dir_all(path.parent().unwrap_or(into)).map_err(failed)?;
        let mut file = fs::File::create_new(&path).map_err(failed)?;
        let private = Permissions::from_mode(0o600);
        file.set_permissions(private).map_err(failed)?;
        io::copy(&mut entry, &mut file).map_err(failed)?;
    }
    match database_in(into).exists() && unpacked.key.exists() {
        true => Ok(unpacked),
        false => Err(BackupError::NotABackup("it lacks the database or the key".into())),
    }
}

/// Beside the record, where there is room for it; removed again in any case.
fn work_folder(directory: &Path) -> Result<TempDir, BackupError> {
    let made = tempfile::Builder::new().prefix(".backup-").tempdir_in(directory);
    made.map_err(|reason| file_error(directory, reason))
}

fn file_error(path: &Path, reason: io::Error) -> BackupError {
    BackupError::File {
        path: path.to_owned(),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capsules::Store;

    fn record() -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        Store::open(directory.path(), &key_in(directory.path())).unwrap();
        directory
    }

    fn backup_of(directory: &Path) -> Vec<u8> {
        let mut archive = Vec::new();
        back_up(directory, &key_in(directory), &mut archive).unwrap();
        archive
    }

    fn files(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap().flatten();
        entries
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect()
    }

    /// What is full when everything that waits in memory goes out.
    struct FullAtTheEnd;

    impl Write for FullAtTheEnd {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn a_backup_whose_end_found_no_room_is_none() {
        let from = record();
        let error = back_up(from.path(), &key_in(from.path()), FullAtTheEnd).unwrap_err();
        assert!(matches!(error, BackupError::Write(_)), "{error}");
    }

    #[test]
    fn a_record_comes_back_with_its_key_for_its_owner_alone() {
        let from = record();
        let archive = backup_of(from.path());
        assert!(!files(from.path()).iter().any(|name| name.starts_with(".backup-")));
        let to = tempfile::tempdir().unwrap();
        let report = restore(to.path(), &key_in(to.path()), &archive[..]).unwrap();
        assert_eq!(report, ChainReport::default());
        let key = |directory: &TempDir| fs::read(key_in(directory.path())).unwrap();
        assert_eq!(key(&to), key(&from));
        for file in [key_in(to.path()), database_in(to.path())] {
            assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        Store::open(to.path(), &key_in(to.path())).unwrap();
    }

    #[test]
    fn a_record_or_a_key_that_is_there_is_never_replaced() {
        let archive = backup_of(record().path());
        let other = record();
        let replaced = restore(other.path(), &key_in(other.path()), &archive[..]);
        assert!(
            matches!(replaced, Err(BackupError::RecordIsThere(_))),
            "{replaced:?}"
        );
        fs::remove_file(database_in(other.path())).unwrap();
        let replaced = restore(other.path(), &key_in(other.path()), &archive[..]);
        assert!(
            matches!(replaced, Err(BackupError::KeyIsThere(_))),
            "{replaced:?}"
        );
        assert!(!database_in(other.path()).exists());
    }

    #[test]
    fn what_is_no_backup_changes_nothing() {
        let mut outside = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_size(1);
        header.set_mode(0o600);
        header.as_gnu_mut().unwrap().name[..12].copy_from_slice(b"../../escape");
        header.set_cksum();
        outside.append(&header, &b"x"[..]).unwrap();
        let mut link = Builder::new(Vec::new());
        let mut header = Header::new_gnu();
        header.set_entry_type(EntryType::Symlink);
        header.set_size(0);
        link.append_link(&mut header, DATABASE, "/etc/passwd").unwrap();
        let whole = backup_of(record().path());
        for archive in [
            outside.into_inner().unwrap(),
            link.into_inner().unwrap(),
            b"PK\x03\x04".to_vec(),
            Vec::new(),
            whole[..whole.len() / 2].to_vec(),
        ] {
            let to = tempfile::tempdir().unwrap();
            let restored = restore(to.path(), &key_in(to.path()), &archive[..]);
            assert!(restored.is_err(), "{restored:?}");
            assert_eq!(files(to.path()), [""; 0]);
        }
    }
}
