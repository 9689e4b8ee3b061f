//! From `/proc`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

pub fn machine_name() -> io::Result<String> {
    let name = fs::read_to_string("/proc/sys/kernel/hostname")?;
    Ok(name.trim().to_owned())
}

/// Of the system, with its name.
pub fn release() -> String {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    format!("Linux {}", release.trim())
}

/// Of the whole machine: bytes that could be taken without pushing anything out.
pub fn available_bytes() -> Option<u64> {
    meminfo(&fs::read_to_string("/proc/meminfo").ok()?, "MemAvailable:")
}

fn meminfo(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes << 10)
}

pub fn process_ids() -> Vec<i32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect()
}

pub fn exists(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

/// The program's name as it was called, and its arguments.
pub fn command_line(id: i32) -> Option<Vec<OsString>> {
    let bytes = fs::read(format!("/proc/{id}/cmdline")).ok()?;
    let words = bytes
        .strip_suffix(b"\0")
        .unwrap_or(&bytes)
        .split(|byte| *byte == 0);
    Some(words.map(|word| OsString::from_vec(word.to_vec())).collect())
}

/// Tells a process from a later one of its number: the same for as long as it lives.
// Field 22 of `/proc/N/stat`; the name in field 2 may hold anything, so counting starts after it.
pub fn started(id: u32) -> Option<String> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(19).map(str::to_owned)
}

/// The processes that a process has started, for itself or in a namespace of its own.
pub fn children(id: i32) -> Vec<i32> {
    let list = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// Of one process, with what is mapped from files; none of a process that is gone.
pub fn resident_bytes(id: i32) -> u64 {
    pages(id).resident * page_bytes()
}

/// Of one process, without what is mapped from files.
pub fn own_bytes(id: i32) -> Option<u64> {
    let pages = pages(id);
    Some(pages.resident.saturating_sub(pages.of_files) * page_bytes())
}

struct Pages {
    resident: u64,
    of_files: u64,
}

/// The second and third field of `/proc/N/statm`.
fn pages(id: i32) -> Pages {
    let statm = fs::read_to_string(format!("/proc/{id}/statm")).unwrap_or_default();
    let mut fields = statm.split_whitespace().skip(1);
    let mut next = || fields.next().and_then(|word| word.parse().ok()).unwrap_or(0);
    Pages {
        resident: next(),
        of_files: next(),
    }
}

fn page_bytes() -> u64 {
    // SAFETY: a plain question to the C library.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4_096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_says_what_is_available() {
        let text = "MemTotal:       100 kB\nMemFree:         5 kB\nMemAvailable:   40 kB\n";
        assert_eq!(meminfo(text, "MemAvailable:"), Some(40 << 10));
        assert_eq!(meminfo("nothing", "MemAvailable:"), None);
    }
}
