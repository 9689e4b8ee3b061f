//! One control group above everything that the cluster runs, in every hierarchy that is mounted.
//!
//! It caps the cluster's memory as a whole, and it is what `down` removes to leave nothing behind.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

const MOUNTED: &str = "/sys/fs/cgroup";
const NAME: &str = "csv-analyst-cluster";

/// Control plane, node and pods together; the machine must survive whatever the tests do.
const MEMORY_LIMIT: &str = "6442450944";

/// For killed processes to be gone.
const PATIENCE: Duration = Duration::from_secs(10);

/// Version 2 has one hierarchy for everything.
pub fn is_version_2() -> bool {
    Path::new(MOUNTED).join("cgroup.controllers").is_file()
}

/// The controllers of version 1, each with a hierarchy of its own; links and version 2's tree beside
/// them are left out.
pub fn controllers() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(MOUNTED)? {
        let entry = entry?;
        let is_hierarchy = entry.path().join("tasks").is_file() && entry.file_type()?.is_dir();
        names.extend(is_hierarchy.then(|| entry.file_name().to_string_lossy().into_owned()));
    }
    names.sort();
    Ok(names)
}

fn groups() -> Result<Vec<PathBuf>> {
    let mounted = Path::new(MOUNTED);
    if is_version_2() {
        return Ok(vec![mounted.join(NAME)]);
    }
    let controllers = controllers()?.into_iter();
    Ok(controllers.map(|name| mounted.join(name).join(NAME)).collect())
}

/// Makes the groups and moves this very process into them, so that a control group namespace begins there.
pub fn enter() -> Result<()> {
    for group in groups()? {
        fs::create_dir_all(&group).with_context(|| format!("cannot create {}", group.display()))?;
        inherit(&group, "cpuset.cpus")?;
        inherit(&group, "cpuset.mems")?;
        for limit in ["memory.limit_in_bytes", "memory.max"] {
            write_if_there(&group.join(limit), MEMORY_LIMIT)?;
        }
        write(&group.join("cgroup.procs"), &std::process::id().to_string())?;
    }
    Ok(())
}

/// In version 1, a new group has no processor and no memory until it is told which.
fn inherit(group: &Path, setting: &str) -> Result<()> {
    let above = group.parent().map(|parent| parent.join(setting));
    match above.and_then(|file| fs::read_to_string(file).ok()) {
        Some(value) => write_if_there(&group.join(setting), value.trim()),
        None => Ok(()),
    }
}

fn write_if_there(file: &Path, value: &str) -> Result<()> {
    if file.is_file() {
        write(file, value)
    } else {
        Ok(())
    }
}

fn write(file: &Path, value: &str) -> Result<()> {
    fs::write(file, value).with_context(|| format!("cannot write {value} into {}", file.display()))
}

/// Bytes in use by the whole cluster, where the kernel tells.
pub fn memory_bytes() -> Option<u64> {
    let files = [
        format!("{MOUNTED}/memory/{NAME}/memory.usage_in_bytes"),
        format!("{MOUNTED}/{NAME}/memory.current"),
    ];
    let text = files.iter().find_map(|file| fs::read_to_string(file).ok())?;
    text.trim().parse().ok()
}

/// Children first; the processes in them must have ended.
pub fn remove() -> Result<()> {
    groups()?.iter().try_for_each(|group| remove_tree(group))
}

fn remove_tree(group: &Path) -> Result<()> {
    if !group.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(group)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    let begin = Instant::now();
    loop {
        match fs::remove_dir(group) {
            // Its last processes are on their way out: they outlive the first process by a moment.
            Err(error) if error.kind() == ErrorKind::ResourceBusy && begin.elapsed() < PATIENCE => {
                thread::sleep(Duration::from_millis(20));
            }
            outcome => return outcome.with_context(|| format!("cannot remove {}", group.display())),
        }
    }
}
