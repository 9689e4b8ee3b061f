//! Looks at a runner's memory from outside, for machines where no control group does it.
//!
//! The resident set is read a hundred times a second, so a runner can pass its limit by what it
//! touches in 10 ms; its address-space limit bounds that.

use crate::system;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(10);

/// Returns when the process and its children hold more than `limit` bytes; without a process never.
pub async fn exceeds(id: Option<i32>, limit: u64) {
    let Some(id) = id else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(INTERVAL).await;
        if of_all(id).map(system::resident_bytes).sum::<u64>() > limit {
            return;
        }
    }
}

/// What the process and its children hold for themselves, where that can be seen: the program and the
/// snapshot, mapped from files, are in memory once for all runners.
pub fn own_bytes(id: i32) -> Option<u64> {
    of_all(id).map(system::own_bytes).sum()
}

fn of_all(id: i32) -> impl Iterator<Item = i32> {
    system::children(id).into_iter().chain([id])
}
