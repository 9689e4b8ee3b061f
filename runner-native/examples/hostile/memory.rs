//! Taking more memory than was given, held for a moment, bounded.

use super::processes::{Brood, birth};
use std::io::{self, Error};
use std::time::Duration;

/// Address space beside the limit is about 860 MiB: at a limit of 128 MiB this is more.
const TIMES: usize = 8;
const PAGE: usize = 4_096;
/// Long enough for whoever looks every few milliseconds.
const HELD: Duration = Duration::from_millis(300);

pub fn fill(limit: u64) -> io::Result<()> {
    touch(TIMES * limit as usize)?;
    std::thread::sleep(HELD);
    Ok(())
}

/// Each process takes half of the limit only.
pub fn fill_in_processes(limit: u64) -> io::Result<()> {
    let mut brood = Brood::default();
    for _ in 0..TIMES {
        brood.add(birth(|| touch(limit as usize / 2).is_ok())?);
    }
    std::thread::sleep(2 * HELD);
    if brood.all_live() {
        Ok(())
    } else {
        Err(Error::other("some of them were ended"))
    }
}

fn touch(bytes: usize) -> io::Result<()> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping; every write is inside of it.
    unsafe {
        let start = libc::mmap(std::ptr::null_mut(), bytes, access, flags, -1, 0);
        if start == libc::MAP_FAILED {
            return Err(Error::last_os_error());
        }
        for offset in (0..bytes).step_by(PAGE) {
            start.cast::<u8>().add(offset).write_volatile(1);
        }
    }
    Ok(())
}
