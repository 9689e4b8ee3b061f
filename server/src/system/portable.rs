//! By a library that knows many systems. It makes a picture of what it is asked for and lets it go again.

use std::ffi::OsString;
use std::io;
use sysinfo::{MemoryRefreshKind, Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

pub fn machine_name() -> io::Result<String> {
    System::host_name().map_err(io::Error::other)
}

/// Of the system, with its name.
pub fn release() -> String {
    let [name, version] = [System::name(), System::os_version()].map(Result::unwrap_or_default);
    format!("{name} {version}").trim().to_owned()
}

/// Of the whole machine: bytes that could be taken without pushing anything out.
pub fn available_bytes() -> Option<u64> {
    let mut system = System::new().ok()?;
    system.refresh_memory_specifics(MemoryRefreshKind::nothing().with_ram());
    Some(system.available_memory())
}

pub fn process_ids() -> Vec<i32> {
    let Ok(system) = look(ProcessesToUpdate::All, nothing()) else {
        return Vec::new();
    };
    let numbers = system.processes().keys().map(|id| id.as_u32());
    numbers.filter_map(|id| id.try_into().ok()).collect()
}

pub fn exists(id: u32) -> bool {
    of_process(id, nothing(), |_| ()).is_some()
}

/// The program's name as it was called, and its arguments.
pub fn command_line(id: i32) -> Option<Vec<OsString>> {
    let wanted = nothing().with_cmd(UpdateKind::Always);
    of_process(id.try_into().ok()?, wanted, |process| process.cmd().to_vec())
}

/// Tells a process from a later one of its number: the same for as long as it lives.
pub fn started(id: u32) -> Option<String> {
    of_process(id, nothing(), |process| process.start_time().to_string())
}

/// A runner starts a process only to enter namespaces of its own, which only Linux has.
pub fn children(_id: i32) -> Vec<i32> {
    Vec::new()
}

/// Of one process, with what is mapped from files; none of a process that is gone.
pub fn resident_bytes(id: i32) -> u64 {
    let id = u32::try_from(id).ok();
    let bytes = id.and_then(|id| of_process(id, nothing().with_memory(), sysinfo::Process::memory));
    bytes.unwrap_or(0)
}

/// What is mapped from files can't be told apart here.
pub fn own_bytes(_id: i32) -> Option<u64> {
    None
}

fn of_process<T>(
    id: u32,
    wanted: ProcessRefreshKind,
    take: impl FnOnce(&sysinfo::Process) -> T,
) -> Option<T> {
    let id = Pid::from_u32(id);
    let system = look(ProcessesToUpdate::Some(&[id]), wanted).ok()?;
    system.process(id).map(take)
}

fn look(which: ProcessesToUpdate<'_>, wanted: ProcessRefreshKind) -> Result<System, sysinfo::Error> {
    let mut system = System::new()?;
    system.refresh_processes_specifics(which, true, wanted);
    Ok(system)
}

fn nothing() -> ProcessRefreshKind {
    ProcessRefreshKind::nothing()
}
