//! One sandbox's control group, from its making to its certain removal.

use super::Version;
use super::under_way::UnderWay;
use crate::sandbox::process::child::kill;
use std::fs::{self, File};
use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Of the kernel's default.
const PERIOD_MICROSECONDS: u64 = 100_000;

/// The kernel takes a moment to bury the dead; a group is removed within about a millisecond.
const REMOVAL_TRIES: u32 = 200;
const REMOVAL_PAUSE: Duration = Duration::from_millis(5);

#[derive(Clone, Copy, Debug)]
pub struct GroupLimits {
    pub memory_bytes: u64,
    /// Threads count, too.
    pub processes: u64,
    /// Thousandths of a processor.
    pub cpu_millis: Option<u64>,
}

/// Dropping it ends what is in it and removes it in the background.
#[derive(Debug)]
pub struct ControlGroup {
    version: Version,
    /// In version 1 those of memory, pids and cpu; none when it is removed.
    folders: Vec<PathBuf>,
}

impl ControlGroup {
    pub(super) fn create(
        version: Version,
        parents: &[PathBuf],
        name: &str,
        limits: &GroupLimits,
    ) -> io::Result<Self> {
        let mut group = Self::existing(version, Vec::new());
        for parent in parents {
            let folder = parent.join(name);
            fs::create_dir(&folder)?;
            group.folders.push(folder);
        }
        group.limit(limits)?;
        Ok(group)
    }

    pub(super) fn existing(version: Version, folders: Vec<PathBuf>) -> Self {
        Self { version, folders }
    }

    fn limit(&self, limits: &GroupLimits) -> io::Result<()> {
        let quota = limits
            .cpu_millis
            .map(|millis| millis.max(10) * PERIOD_MICROSECONDS / 1_000);
        match (self.version, self.folders.as_slice()) {
            (Version::Two, [group]) => {
                write(group, "memory.max", limits.memory_bytes)?;
                write_if_there(group, "memory.swap.max", 0)?;
                write(group, "memory.oom.group", 1)?;
                write(group, "pids.max", limits.processes)?;
                quota.map_or(Ok(()), |quota| {
                    write(group, "cpu.max", format!("{quota} {PERIOD_MICROSECONDS}"))
                })
            }
            (Version::One, [memory, processes, processors]) => {
                write(memory, "memory.limit_in_bytes", limits.memory_bytes)?;
                write_if_there(memory, "memory.memsw.limit_in_bytes", limits.memory_bytes)?;
                write_if_there(memory, "memory.swappiness", 0)?;
                write(processes, "pids.max", limits.processes)?;
                quota.map_or(Ok(()), |quota| {
                    write(processors, "cpu.cfs_period_us", PERIOD_MICROSECONDS)?;
                    write(processors, "cpu.cfs_quota_us", quota)
                })
            }
            _ => Err(io::Error::other("a group without its folders")),
        }
    }

    /// What a process writes to, to be in it.
    pub fn doors(&self) -> io::Result<Doors> {
        let open = |folder: &PathBuf| File::options().write(true).open(folder.join("cgroup.procs"));
        let opened: io::Result<Vec<OwnedFd>> = self
            .folders
            .iter()
            .map(|folder| open(folder).map(OwnedFd::from))
            .collect();
        opened.map(Doors)
    }

    /// Whether the kernel has ended something in it for want of memory.
    pub fn ran_out_of_memory(&self) -> bool {
        let file = match self.version {
            Version::Two => "memory.events",
            Version::One => "memory.oom_control",
        };
        let Some(group) = self.folders.first() else {
            return false;
        };
        let text = fs::read_to_string(group.join(file)).unwrap_or_default();
        let kills = text.lines().find_map(|line| line.strip_prefix("oom_kill "));
        kills.is_some_and(|count| count.trim() != "0")
    }

    /// Ends everything in it.
    pub fn kill(&self) {
        for folder in &self.folders {
            if fs::write(folder.join("cgroup.kill"), "1").is_err() {
                kill_each(folder);
            }
        }
    }

    /// Ends everything in it and returns when it is gone.
    pub async fn remove(mut self) -> io::Result<()> {
        for _ in 0..REMOVAL_TRIES {
            if self.try_remove() {
                return Ok(());
            }
            tokio::time::sleep(REMOVAL_PAUSE).await;
        }
        Err(io::Error::other("a control group can't be removed"))
    }

    fn try_remove(&mut self) -> bool {
        self.kill();
        self.folders.retain(|folder| match fs::remove_dir(folder) {
            Ok(()) => false,
            Err(error) => error.kind() != io::ErrorKind::NotFound,
        });
        self.folders.is_empty()
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        if self.try_remove() {
            return;
        }
        let mut rest = Self::existing(self.version, std::mem::take(&mut self.folders));
        // Also where no runtime is left to wait in. What remains is removed by the next start.
        let under_way = UnderWay::begin();
        std::thread::spawn(move || {
            let removed = (0..REMOVAL_TRIES).any(|_| {
                std::thread::sleep(REMOVAL_PAUSE);
                rest.try_remove()
            });
            if !removed {
                // Not again from here.
                std::mem::forget(rest);
            }
            drop(under_way);
        });
    }
}

/// Version 1 has no switch: no new process from now on, then each one.
fn kill_each(folder: &Path) {
    // In the folder of the other controllers there is no such file.
    let _ = write_if_there(folder, "pids.max", 0);
    let processes = fs::read_to_string(folder.join("cgroup.procs")).unwrap_or_default();
    for id in processes.lines().filter_map(|line| line.parse().ok()) {
        // 0 is a process that this namespace can't see; as a target it would be this group.
        if id > 0 {
            kill(id);
        }
    }
}

/// Open files through which a new process enters a group.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "only Linux has groups"))]
pub struct Doors(Vec<OwnedFd>);

impl Doors {
    /// Of no group.
    #[cfg(test)]
    pub fn none() -> Self {
        Self(Vec::new())
    }

    /// Puts the calling process in. Between `fork` and `exec`: nothing here allocates or locks.
    #[cfg(target_os = "linux")]
    pub fn enter(&self) -> io::Result<()> {
        for door in &self.0 {
            // SAFETY: one byte of a live string, to a descriptor that is open. 0 is the writer.
            if unsafe { libc::write(door.as_raw_fd(), c"0".as_ptr().cast(), 1) } != 1 {
                return Err(io::Error::last_os_error());
            }
        }
        Ok(())
    }
}

fn write(group: &Path, file: &str, value: impl ToString) -> io::Result<()> {
    fs::write(group.join(file), value.to_string())
}

fn write_if_there(group: &Path, file: &str, value: u64) -> io::Result<()> {
    let path = group.join(file);
    // Writing would make it, if this were an ordinary folder.
    if path.exists() {
        fs::write(path, value.to_string())
    } else {
        Ok(())
    }
}
