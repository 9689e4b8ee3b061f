//! Taking more memory than was given, held for a moment, bounded.

use super::processes::{Brood, birth};
use std::io::{self, Error};
use std::sync::atomic::{AtomicUsize, Ordering};
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
    let full = shared_counter()?;
    let mut brood = Brood::default();
    for _ in 0..TIMES {
        brood.add(birth(|| {
            let touched = touch(limit as usize / 2).is_ok();
            full.fetch_add(1, Ordering::AcqRel);
            touched
        })?);
    }
    // However slow the machine is: it counts only when all of it is taken.
    while full.load(Ordering::Acquire) < TIMES && brood.all_live() {
        std::thread::sleep(HELD / 30);
    }
    std::thread::sleep(HELD);
    if brood.all_live() {
        Ok(())
    } else {
        Err(Error::other("some of them were ended"))
    }
}

/// One for all processes that are forked from here.
fn shared_counter() -> io::Result<&'static AtomicUsize> {
    let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping of zeros, never unmapped, aligned to a page.
    unsafe {
        match libc::mmap(std::ptr::null_mut(), PAGE, access, flags, -1, 0) {
            libc::MAP_FAILED => Err(Error::last_os_error()),
            counter => Ok(&*counter.cast::<AtomicUsize>()),
        }
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
