//! What a locked-down runner may still open.

use std::path::Path;

/// What has to stay reachable.
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "only Linux can hold to it")
)]
#[derive(Clone, Debug, Default)]
pub struct Reach<'a> {
    pub readable: Vec<&'a Path>,
    /// Folders in which files are made, renamed and removed.
    pub writable: Vec<&'a Path>,
    /// Folders whose files and folders can be listed and removed, but not read.
    pub clearable: Vec<&'a Path>,
    /// A folder for spilling, and its size.
    pub scratch: Option<(&'a Path, u64)>,
}
