//! Files that change while the service runs: looked at now and then, read again in the background, and swapped
//! in when the new version is whole. Until then, and if the new files are refused, questions are answered
//! from the version before. A version that nobody can ask any more is removed after a while.

use super::catalog::{Catalog, ReadyDataset};
use super::entry::{Entry, Stage};
use super::fingerprint::{Fingerprint, fingerprint};
use super::prepare::{WORK_PREFIX, with_ending};
use super::source::{DatasetSource, TableFile};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, Weak};
use std::time::{Duration, Instant};

/// What a look at a dataset's files shows: which there are, how they are to be read, when they were changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sight {
    tables: Result<Vec<TableFile>, String>,
    files: Fingerprint,
}

/// What was seen of a dataset's files.
#[derive(Debug)]
pub struct Watch {
    /// When they were last read, or were about to be.
    used: Sight,
    /// Since then, once: files that are still being copied look different at the next look.
    pending: Option<Sight>,
}

/// A version that was replaced.
pub struct Retired {
    ready: Weak<ReadyDataset>,
    snapshot: PathBuf,
    since: Instant,
}

impl Sight {
    pub fn of(source: &DatasetSource) -> Self {
        Self {
            tables: Ok(source.tables.clone()),
            files: fingerprint(source),
        }
    }
}

impl Watch {
    pub fn used(sight: Sight) -> Self {
        Self {
            used: sight,
            pending: None,
        }
    }

    /// True when the files are others than those in use, and were the same at the last two looks.
    fn has_changed(&mut self, now: &Sight) -> bool {
        if self.used == *now {
            self.pending = None;
            return false;
        }
        if self.pending.as_ref() == Some(now) {
            return true;
        }
        self.pending = Some(now.clone());
        false
    }
}

impl Catalog {
    /// Looks at all files every so often, until the service stops.
    pub async fn watch_files(self: &Arc<Self>, pause: Duration) {
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => self.look().await,
                () = self.stopped() => return,
            }
        }
    }

    /// One look at all files, and at versions that nobody needs any more.
    pub async fn look(self: &Arc<Self>) {
        for entry in self.entries() {
            let source = entry.source();
            let Ok((found, sight)) = tokio::task::spawn_blocking(move || look_at(&source)).await else {
                continue;
            };
            self.compare(entry, found, sight);
        }
        if self.remove_retired() {
            self.tell_which_are_needed();
        }
    }

    fn compare(
        self: &Arc<Self>,
        entry: &Arc<Entry>,
        found: Result<DatasetSource, super::DatasetError>,
        sight: Sight,
    ) {
        let stage = entry.stage();
        if matches!(stage, Stage::Preparing { .. }) || entry.is_renewing() {
            return;
        }
        {
            let mut watch = entry.watch.lock().unwrap_or_else(PoisonError::into_inner);
            if !watch.has_changed(&sight) {
                return;
            }
            *watch = Watch::used(sight);
        }
        tracing::info!(dataset_id = entry.id(), "the dataset's files were changed");
        match (stage, found) {
            (Stage::Ready(_), Ok(source)) => self.renew(entry, source),
            (Stage::Ready(_), Err(error)) => entry.renewal_failed(&error),
            (_, Ok(source)) => {
                entry.begin_anew(source);
                self.begin(entry);
            }
            (_, Err(error)) => entry.finish(Err(error)),
        }
    }

    /// The version that was in use stays on the disk until nobody can be asking it any more.
    pub(super) fn retire(&self, old: Arc<ReadyDataset>) {
        let retired = Retired {
            ready: Arc::downgrade(&old),
            snapshot: old.snapshot.clone(),
            since: Instant::now(),
        };
        self.retired
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(retired);
    }

    /// True if any was removed.
    fn remove_retired(&self) -> bool {
        let live = self.live_files();
        let keep = self.keep_replaced();
        let mut retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let mut removed = false;
        retired.retain(|version| {
            if live.contains(&version.snapshot) {
                return false;
            }
            let is_needed = version.ready.strong_count() > 0 || version.since.elapsed() < keep;
            if !is_needed {
                remove_version(&version.snapshot);
                removed = true;
            }
            is_needed
        });
        removed
    }

    /// Sandboxes elsewhere have copies of their own.
    fn tell_which_are_needed(&self) {
        let retired = self.retired.lock().unwrap_or_else(PoisonError::into_inner);
        let retired = retired.iter().map(|version| version.snapshot.clone());
        let needed = self.live_files().into_iter().chain(retired).collect();
        self.keep_copies(needed);
    }

    /// At a start, when all datasets are settled: versions that no dataset has any more.
    pub fn remove_unknown(&self) {
        let live = self.live_files();
        let mut removed = 0;
        for snapshot in snapshots(self.snapshot_directory()) {
            if !live.contains(&snapshot) {
                remove_version(&snapshot);
                removed += 1;
            }
        }
        if removed > 0 {
            tracing::info!(
                removed,
                "snapshots of versions that no dataset has any more were removed"
            );
        }
        self.tell_which_are_needed();
    }

    /// Of all datasets that can be asked now.
    fn live_files(&self) -> HashSet<PathBuf> {
        let ready = self.entries().iter().filter_map(|entry| match entry.stage() {
            Stage::Ready(ready) => Some(ready.snapshot.clone()),
            _ => None,
        });
        ready.collect()
    }
}

fn look_at(source: &DatasetSource) -> (Result<DatasetSource, super::DatasetError>, Sight) {
    let found = source.look_again();
    let sight = Sight {
        tables: match &found {
            Ok(found) => Ok(found.tables.clone()),
            Err(error) => Err(error.to_string()),
        },
        files: found.as_ref().map(fingerprint).unwrap_or_default(),
    };
    (found, sight)
}

fn snapshots(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "duckdb"))
        .collect()
}

/// A runner that has the file open goes on reading it. The profile goes first: without it, what a crash leaves
/// does not count as a snapshot.
fn remove_version(snapshot: &Path) {
    let base = snapshot.with_extension("");
    for path in [
        with_ending(&base, "profile.json"),
        with_ending(&base, "samples.json"),
        snapshot.to_owned(),
        with_ending(snapshot, "wal"),
    ] {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(path = %path.display(), %error, "an old version cannot be removed");
            }
            _ => {}
        }
    }
}

/// What a killed ingest left. Only while nobody else can be using the directory.
pub fn remove_unfinished(directory: &Path) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let (name, path) = (entry.file_name(), entry.path());
        let name = name.to_string_lossy();
        let removed = match name.starts_with(WORK_PREFIX) {
            true => std::fs::remove_dir_all(&path),
            false if name.contains(".partial") => std::fs::remove_file(&path),
            false => continue,
        };
        match removed {
            Ok(()) => tracing::warn!(
                name = &*name,
                "what an interrupted reading of files left was removed"
            ),
            Err(error) => tracing::warn!(name = &*name, %error, "an unfinished snapshot cannot be removed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_still_being_copied_are_left_alone() {
        let sight = |reason: &str| Sight {
            tables: Err(reason.into()),
            files: Fingerprint::default(),
        };
        let mut watch = Watch::used(sight("as read"));
        assert!(!watch.has_changed(&sight("as read")));
        assert!(!watch.has_changed(&sight("half")), "seen once");
        assert!(!watch.has_changed(&sight("nearly")), "it grew meanwhile");
        assert!(watch.has_changed(&sight("nearly")), "the same at two looks");
    }

    #[test]
    fn what_a_killed_ingest_left_is_removed_and_snapshots_are_not() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        std::fs::create_dir_all(at("work-1/scratch")).unwrap();
        std::fs::write(at("work-1/snapshot.duckdb.2.partial"), "x").unwrap();
        for name in ["old.duckdb.1.partial", "v-1.duckdb", "v-1.profile.json"] {
            std::fs::write(at(name), "x").unwrap();
        }
        remove_unfinished(directory.path());
        let mut left: Vec<_> = std::fs::read_dir(directory.path())
            .unwrap()
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        left.sort();
        assert_eq!(left, ["v-1.duckdb", "v-1.profile.json"]);
    }
}
