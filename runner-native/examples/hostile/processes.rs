//! Starting, tracing, signalling processes, and outliving the one that was started.

use super::kernel::check;
use std::io::{self, Error};
use std::time::{Duration, Instant};

const MANY: usize = 1_000;
/// A daemon that nobody ends is gone by itself after this.
const DAEMON_LIFE_SECONDS: u32 = 20;

/// Children, ended with their parent or by it.
#[derive(Default)]
pub struct Brood(Vec<libc::pid_t>);

impl Brood {
    pub fn add(&mut self, child: libc::pid_t) {
        self.0.push(child);
    }

    pub fn all_live(&self) -> bool {
        let ended =
            |child: &libc::pid_t| unsafe { libc::waitpid(*child, std::ptr::null_mut(), libc::WNOHANG) } != 0;
        !self.0.iter().any(ended)
    }
}

impl Drop for Brood {
    fn drop(&mut self) {
        for child in &self.0 {
            unsafe {
                libc::kill(*child, libc::SIGKILL);
                libc::waitpid(*child, std::ptr::null_mut(), 0);
            }
        }
    }
}

/// A child that does one thing and then waits to be ended.
pub fn birth(work: impl FnOnce() -> bool) -> io::Result<libc::pid_t> {
    match unsafe { libc::fork() } {
        -1 => Err(Error::last_os_error()),
        0 => unsafe {
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong, 0, 0, 0);
            if !work() {
                libc::_exit(1);
            }
            loop {
                libc::pause();
            }
        },
        child => Ok(child),
    }
}

pub fn fork_many() -> io::Result<()> {
    let mut brood = Brood::default();
    for _ in 0..MANY {
        brood.add(birth(|| true)?);
    }
    Ok(())
}

fn number(text: &str) -> io::Result<libc::pid_t> {
    text.parse().map_err(Error::other)
}

pub fn trace(process: &str) -> io::Result<()> {
    let process = number(process)?;
    check(|| unsafe { libc::ptrace(libc::PTRACE_SEIZE, process, 0, 0) as i32 })
}

pub fn signal(process: &str) -> io::Result<()> {
    let process = number(process)?;
    check(|| unsafe { libc::kill(process, 0) })
}

pub fn signal_thread(process: &str) -> io::Result<()> {
    let process = number(process)?;
    check(|| unsafe { libc::syscall(libc::SYS_tgkill, process, process, 0) as i32 })
}

/// Longer than any test's processor time.
pub fn spin() -> io::Result<()> {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(15) {
        std::hint::spin_loop();
    }
    Ok(())
}

/// Twice removed, in a session of its own, without a pipe: known by its name only.
pub fn leave_daemon(name: &str) -> io::Result<()> {
    let name = std::ffi::CString::new(name)?;
    match unsafe { libc::fork() } {
        -1 => return Err(Error::last_os_error()),
        0 => unsafe {
            libc::setsid();
            // Before the second birth, so that the name is there when this is over.
            libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0);
            if libc::fork() == 0 {
                (0..3).for_each(|pipe| {
                    libc::close(pipe);
                });
                libc::sleep(DAEMON_LIFE_SECONDS);
            }
            libc::_exit(0)
        },
        child => unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) },
    };
    Ok(())
}
