//! What a file's directory entry says about it: enough to see that it was changed, at no cost.

use super::source::DatasetSource;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

/// Of all files of a dataset. Equal ones: nothing was changed, unless somebody set the clock back for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(Vec<(PathBuf, Option<Entry>)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Entry {
    bytes: u64,
    inode: u64,
    changed_seconds: i64,
    changed_nanoseconds: i64,
}

pub fn fingerprint(source: &DatasetSource) -> Fingerprint {
    let entry = |path: &PathBuf| {
        let metadata = path.metadata().ok()?;
        Some(Entry {
            bytes: metadata.len(),
            inode: metadata.ino(),
            changed_seconds: metadata.mtime(),
            changed_nanoseconds: metadata.mtime_nsec(),
        })
    };
    let files = source
        .tables
        .iter()
        .map(|table| (table.path.clone(), entry(&table.path)));
    Fingerprint(files.collect())
}
