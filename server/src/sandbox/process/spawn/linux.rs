//! Starting a program without copying this one.
//!
//! `fork` copies the tables of the server's memory, of which the gate maps many gigabytes, and leaves each
//! of its pages to be copied at its next write: milliseconds of every start, and of whoever else is served
//! meanwhile. Here the new process borrows the server's memory for the moment until it is the program, and
//! the thread that started it stands still so long. `posix_spawn` does the same, but enters no control
//! group on its way.

use super::{Program, Streams, reap};
use crate::sandbox::process::control_group::Doors;
use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// Of the borrower: its own frames are a few hundred bytes.
const STACK_BYTES: usize = 64 << 10;
/// As the kernel counts signals.
const LAST_SIGNAL: libc::c_int = 64;
pub(super) const SIGNAL_SET_BYTES: usize = 8;

/// Blocks for some milliseconds, since the kernel waits for all processors before it moves a process
/// between groups.
pub fn start(program: &Program, streams: &Streams, doors: Option<&Doors>) -> io::Result<libc::pid_t> {
    let passage = Passage {
        path: &program.path,
        arguments: program.argument_pointers(),
        streams: streams.0.each_ref().map(OwnedFd::as_raw_fd),
        doors,
        failure: AtomicI32::new(0),
    };
    let mut stack = vec![0_u8; STACK_BYTES];
    // SAFETY: one past the end of the buffer, brought down to the 16 bytes that a stack begins at.
    let top = unsafe { stack.as_mut_ptr().add(STACK_BYTES) };
    let top = top.wrapping_sub(top.addr() % 16);
    let signals = BlockedSignals::all();
    // SAFETY: with CLONE_VFORK this thread goes on only when the new process has left this memory, so
    // that stack and passage outlive its use of them. What it does there neither allocates nor locks.
    let id = unsafe {
        libc::clone(
            go_through,
            top.cast(),
            libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD,
            (&raw const passage).cast_mut().cast(),
        )
    };
    let started = if id < 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(id)
    };
    drop(signals);
    match (started?, passage.failure.into_inner()) {
        (id, 0) => Ok(id),
        (id, reason) => {
            reap(id);
            Err(io::Error::from_raw_os_error(reason))
        }
    }
}

/// Everything that the new process needs on its way, in the memory that it shares.
struct Passage<'a> {
    path: &'a CString,
    /// Ends in a null pointer.
    arguments: Vec<*const libc::c_char>,
    streams: [RawFd; 3],
    doors: Option<&'a Doors>,
    /// The number of the error that ended it.
    failure: AtomicI32,
}

extern "C" fn go_through(passage: *mut libc::c_void) -> libc::c_int {
    // SAFETY: `start` passes it, and waits.
    let passage = unsafe { &*passage.cast::<Passage<'_>>() };
    let Err(error) = passage.take();
    let reason = error.raw_os_error().unwrap_or(libc::EIO);
    passage.failure.store(reason, Ordering::Release);
    // SAFETY: ends this process only, and runs nothing of the server's.
    unsafe { libc::_exit(127) }
}

impl Passage<'_> {
    /// Only system calls: all other threads of the server go on in this memory meanwhile.
    fn take(&self) -> io::Result<std::convert::Infallible> {
        let nothing: [*const libc::c_char; 1] = [std::ptr::null()];
        // SAFETY: numbers, and strings and arrays that end as the calls want them and are live.
        unsafe {
            outcome(libc::setpgid(0, 0))?;
            for (number, stream) in (0..).zip(self.streams) {
                // The copy stays open in the program; the original, above 2, does not.
                outcome(libc::dup2(stream, number))?;
            }
            self.doors.map_or(Ok(()), Doors::enter)?;
            close_inherited()?;
            outcome(libc::chdir(c"/".as_ptr()))?;
            ordinary_signals();
            libc::execve(self.path.as_ptr(), self.arguments.as_ptr(), nothing.as_ptr());
        }
        Err(io::Error::last_os_error())
    }
}

fn outcome(result: libc::c_int) -> io::Result<()> {
    match result {
        0.. => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// The server's handlers must not run in the new process while it has this memory, and what the server
/// ignores is not for the program to ignore. Then nothing is blocked any more.
fn ordinary_signals() {
    // The system is asked itself: its library refuses the two signals that it keeps for its own use, and
    // those may be ignored, too, where whoever started the server had them ignored.
    // SAFETY: zeroed, both are valid: the ordinary action, of which the system reads less than is here,
    // and no signal. Numbers that cannot be set are refused, which does no harm.
    unsafe {
        let ordinary = [0_u64; 8];
        for number in 1..=LAST_SIGNAL {
            let nothing_back = std::ptr::null_mut::<libc::c_void>();
            libc::syscall(
                libc::SYS_rt_sigaction,
                number,
                ordinary.as_ptr(),
                nothing_back,
                SIGNAL_SET_BYTES,
            );
        }
        let nothing: libc::sigset_t = std::mem::zeroed();
        libc::pthread_sigmask(libc::SIG_SETMASK, &nothing, std::ptr::null_mut());
    }
}

/// All but the three streams end with `exec`, also what a library has opened without saying so.
fn close_inherited() -> io::Result<()> {
    const FIRST: libc::c_uint = 3;
    let flags = libc::CLOSE_RANGE_CLOEXEC as libc::c_int;
    // SAFETY: plain numbers; only marks descriptors of the new process.
    if unsafe { libc::close_range(FIRST, libc::c_uint::MAX, flags) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    // Before Linux 5.11 there is no such call; everything here opens with the mark anyway.
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EINVAL) => Ok(()),
        _ => Err(error),
    }
}

/// Blocked for this thread, and so at first for what it starts; as they were when dropped.
struct BlockedSignals(libc::sigset_t);

impl BlockedSignals {
    fn all() -> Self {
        // SAFETY: both sets are live; the calls fill them.
        unsafe {
            let (mut all, mut before) = (std::mem::zeroed(), std::mem::zeroed());
            libc::sigfillset(&mut all);
            libc::pthread_sigmask(libc::SIG_SETMASK, &all, &mut before);
            Self(before)
        }
    }
}

impl Drop for BlockedSignals {
    fn drop(&mut self) {
        // SAFETY: the set is what the same call gave.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, std::ptr::null_mut()) };
    }
}
