//! Copies of snapshots that runners are shown, in a folder that only the proxy can write.
//!
//! The engine follows links when it mounts a file. A service that somebody has taken over could put a link
//! to any file of the host in place of a snapshot, after the look and before the mount. What lies here is
//! the proxy's own, so there is nothing to put in its place. A snapshot never changes and is copied once.

use super::call::shown;
use super::refusal::Refusal;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A copy of a snapshot that is gone is kept so long: a container with it may have been created and not
/// started yet.
const KEPT: Duration = Duration::from_secs(600);

#[derive(Clone)]
pub struct Pinned(Arc<Inner>);

struct Inner {
    snapshots: PathBuf,
    pinned: PathBuf,
    on_host: PathBuf,
    /// By the snapshot's name. Held while one is copied, so that it is copied once.
    copies: Mutex<HashMap<String, Copy>>,
}

struct Copy {
    identity: String,
    used: Instant,
}

impl Pinned {
    /// Nothing of an earlier proxy is kept: what its runners have open stays open to them.
    pub fn open(snapshots: &Path, pinned: &Path, on_host: PathBuf) -> io::Result<Self> {
        for entry in fs::read_dir(pinned)? {
            fs::remove_file(entry?.path())?;
        }
        Ok(Self(Arc::new(Inner {
            snapshots: snapshots.to_owned(),
            pinned: pinned.to_owned(),
            on_host,
            copies: Mutex::default(),
        })))
    }

    /// The engine's path of the copy.
    pub async fn show(&self, name: &str) -> Result<PathBuf, Refusal> {
        let (inner, wanted) = (self.0.clone(), name.to_owned());
        let copied = tokio::task::spawn_blocking(move || inner.show(&wanted)).await;
        match copied {
            Ok(Ok(path)) => Ok(path),
            Ok(Err(error)) => {
                tracing::warn!(%error, snapshot = shown(name), "a snapshot can't be shown");
                Err(Refusal::NoSnapshot)
            }
            Err(_) => Err(Refusal::NoSnapshot),
        }
    }
}

impl Inner {
    fn show(&self, name: &str) -> io::Result<PathBuf> {
        let mut copies = self.copies.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut file, identity) = open(&self.snapshots.join(name))?;
        let copy = self.pinned.join(file_name(&identity));
        let is_there = copies.get(name).is_some_and(|known| known.identity == identity) && copy.exists();
        if !is_there {
            let before = copies.remove(name);
            self.copy(&mut file, &copy)?;
            if let Some(before) = before {
                // Under a name of its own, so that it goes in its time.
                copies.insert(before.identity.clone(), before);
            }
        }
        let used = Instant::now();
        copies.insert(
            name.to_owned(),
            Copy {
                identity: identity.clone(),
                used,
            },
        );
        if !is_there {
            self.forget(&mut copies);
        }
        Ok(self.on_host.join(file_name(&identity)))
    }

    fn copy(&self, from: &mut File, to: &Path) -> io::Result<()> {
        let unfinished = self.pinned.join("unfinished");
        let removed = fs::remove_file(&unfinished);
        if removed
            .as_ref()
            .is_err_and(|error| error.kind() != io::ErrorKind::NotFound)
        {
            return removed;
        }
        // A runner may be another user than the proxy; the folder above is closed to everybody else.
        let mut copy = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o444)
            .open(&unfinished)?;
        io::copy(from, &mut copy)?;
        fs::rename(&unfinished, to)
    }

    /// Copies whose snapshot is gone, or is another file now.
    fn forget(&self, copies: &mut HashMap<String, Copy>) {
        copies.retain(|name, copy| {
            let is_live = open(&self.snapshots.join(name)).is_ok_and(|(_, now)| now == copy.identity);
            let keep = is_live || copy.used.elapsed() < KEPT;
            if !keep {
                // One that can't be removed now goes at the next start.
                let _ = fs::remove_file(self.pinned.join(file_name(&copy.identity)));
            }
            keep
        });
    }
}

/// A plain file, not what a link leads to; a pipe must not hold the proxy.
fn open(path: &Path) -> io::Result<(File, String)> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("not a plain file"));
    }
    Ok((file, identity(&metadata)))
}

/// Changes with every change of the file: its owner can't set the last of them.
fn identity(file: &Metadata) -> String {
    let (place, size) = ((file.dev(), file.ino()), file.size());
    format!("{place:?} {size} {}.{:09}", file.ctime(), file.ctime_nsec())
}

fn file_name(identity: &str) -> String {
    format!("{}.duckdb", hex::encode(&Sha256::digest(identity)[..16]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;
    use tempfile::TempDir;

    struct Case {
        snapshots: TempDir,
        pinned: TempDir,
        shown: Pinned,
    }

    fn case() -> Case {
        let (snapshots, pinned) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let shown = Pinned::open(snapshots.path(), pinned.path(), "/on/host".into()).unwrap();
        fs::write(snapshots.path().join("a.duckdb"), "one").unwrap();
        Case {
            snapshots,
            pinned,
            shown,
        }
    }

    impl Case {
        fn shown_text(&self, path: &Path) -> String {
            let name = path.strip_prefix("/on/host").unwrap();
            fs::read_to_string(self.pinned.path().join(name)).unwrap()
        }

        fn count(&self) -> usize {
            fs::read_dir(self.pinned.path()).unwrap().count()
        }
    }

    #[tokio::test]
    async fn a_snapshot_is_copied_once_and_a_changed_one_again() {
        let case = case();
        let first = case.shown.show("a.duckdb").await.unwrap();
        assert_eq!(case.shown_text(&first), "one");
        assert_eq!(case.shown.show("a.duckdb").await.unwrap(), first);
        assert_eq!(case.count(), 1);
        fs::write(case.snapshots.path().join("new"), "two").unwrap();
        fs::rename(
            case.snapshots.path().join("new"),
            case.snapshots.path().join("a.duckdb"),
        )
        .unwrap();
        let second = case.shown.show("a.duckdb").await.unwrap();
        assert_eq!(case.shown_text(&second), "two");
        // The first may be about to be mounted.
        assert_eq!(case.shown_text(&first), "one");
    }

    #[tokio::test]
    async fn what_is_shown_is_not_changed_by_a_link_put_in_place_of_the_snapshot() {
        let case = case();
        let secret = case.snapshots.path().join("secret");
        fs::write(&secret, "secret").unwrap();
        let shown = case.shown.show("a.duckdb").await.unwrap();
        fs::remove_file(case.snapshots.path().join("a.duckdb")).unwrap();
        symlink(&secret, case.snapshots.path().join("a.duckdb")).unwrap();
        assert_eq!(case.shown_text(&shown), "one");
        assert!(matches!(
            case.shown.show("a.duckdb").await,
            Err(Refusal::NoSnapshot)
        ));
    }

    #[tokio::test]
    async fn links_folders_and_pipes_are_no_snapshots() {
        let case = case();
        let folder = case.snapshots.path();
        symlink("/etc/passwd", folder.join("link.duckdb")).unwrap();
        symlink("/", folder.join("root.duckdb")).unwrap();
        fs::create_dir(folder.join("folder.duckdb")).unwrap();
        let pipe =
            std::ffi::CString::new(folder.join("pipe.duckdb").into_os_string().into_encoded_bytes()).unwrap();
        // SAFETY: a path that ends in a NUL.
        assert_eq!(unsafe { libc::mkfifo(pipe.as_ptr(), 0o600) }, 0);
        for name in [
            "link.duckdb",
            "root.duckdb",
            "folder.duckdb",
            "pipe.duckdb",
            "missing.duckdb",
        ] {
            assert!(case.shown.show(name).await.is_err(), "{name}");
        }
        assert_eq!(case.count(), 0);
    }

    #[tokio::test]
    async fn a_copy_goes_when_its_snapshot_is_gone_long_enough() {
        let case = case();
        case.shown.show("a.duckdb").await.unwrap();
        fs::remove_file(case.snapshots.path().join("a.duckdb")).unwrap();
        fs::write(case.snapshots.path().join("b.duckdb"), "b").unwrap();
        let long_ago = Instant::now().checked_sub(KEPT * 2).unwrap();
        case.shown
            .0
            .copies
            .lock()
            .unwrap()
            .get_mut("a.duckdb")
            .unwrap()
            .used = long_ago;
        case.shown.show("b.duckdb").await.unwrap();
        assert_eq!(case.count(), 1);
    }

    #[test]
    fn copies_of_an_earlier_proxy_are_removed() {
        let case = case();
        fs::write(case.pinned.path().join("old.duckdb"), "old").unwrap();
        Pinned::open(case.snapshots.path(), case.pinned.path(), PathBuf::new()).unwrap();
        assert_eq!(case.count(), 0);
    }
}
