//! Looks at a runner's memory from outside, for machines where no control group does it.
//!
//! The resident set is read a hundred times a second, so a runner can pass its limit by what it
//! touches in 10 ms; its address-space limit bounds that.

use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(10);

/// Returns when the process and its children hold more than `limit` bytes; without a process never.
pub async fn exceeds(id: Option<i32>, limit: u64) {
    let Some(id) = id else {
        return std::future::pending().await;
    };
    let page = page_bytes();
    loop {
        tokio::time::sleep(INTERVAL).await;
        let held: u64 = children(id)
            .into_iter()
            .chain([id])
            .map(|each| pages(each).resident * page)
            .sum();
        if held > limit {
            return;
        }
    }
}

/// The processes that a process has started, for itself or in a namespace of its own.
pub fn children(id: i32) -> Vec<i32> {
    let list = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect()
}

/// What the process and its children hold for themselves: the program and the snapshot, mapped from
/// files, are in memory once for all runners.
pub fn own_bytes(id: i32) -> u64 {
    let own = |each| {
        let pages = pages(each);
        pages.resident.saturating_sub(pages.of_files)
    };
    children(id).into_iter().chain([id]).map(own).sum::<u64>() * page_bytes()
}

struct Pages {
    resident: u64,
    of_files: u64,
}

/// The second and third field of `/proc/N/statm`; none of a process that is gone.
fn pages(id: i32) -> Pages {
    let statm = std::fs::read_to_string(format!("/proc/{id}/statm")).unwrap_or_default();
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
