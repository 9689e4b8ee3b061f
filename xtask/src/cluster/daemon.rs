//! Starting what outlives the command that started it: the node, and every part of it.
//!
//! It has nothing that the caller has open. Otherwise a lock that a script held while it called `cluster up`
//! would be held for as long as the cluster lives.

use std::fs::File;
use std::io;
use std::process::{Child, Command, Stdio};

/// It reads nothing, prints into `log`, and has no other file open.
pub fn start(command: &mut Command, log: File) -> io::Result<Child> {
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    leave_the_rest_behind(command);
    command.spawn()
}

#[cfg(target_os = "linux")]
fn leave_the_rest_behind(command: &mut Command) {
    use std::os::unix::process::CommandExt;
    // SAFETY: between fork and exec only one system call is made, with plain numbers.
    unsafe {
        command.pre_exec(end_all_but_the_streams_with_exec);
    }
}

#[cfg(not(target_os = "linux"))]
fn leave_the_rest_behind(_command: &mut Command) {}

/// Marked, not closed: through one of them this program hears of an `exec` that fails.
#[cfg(target_os = "linux")]
fn end_all_but_the_streams_with_exec() -> io::Result<()> {
    const FIRST: libc::c_uint = 3;
    let (last, flags) = (libc::c_uint::MAX, libc::CLOSE_RANGE_CLOEXEC);
    // The system is asked itself: not every C library has a function for it.
    // SAFETY: plain numbers; descriptors of the new process are marked, nothing is touched.
    if unsafe { libc::syscall(libc::SYS_close_range, FIRST, last, flags) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    // Linux before 5.11 does not know it. What this program opens itself is marked anyway.
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EINVAL) => Ok(()),
        _ => Err(error),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs::File;
    use std::os::fd::AsRawFd;
    use std::process::Command;

    use super::start;

    #[test]
    fn a_lock_of_the_caller_is_not_held_by_what_outlives_it() {
        let folder = tempfile::tempdir().unwrap();
        let lock = File::create(folder.path().join("lock")).unwrap();
        // As a shell leaves what it opened by `exec 5>lock`.
        // SAFETY: it is open; only the mark is taken off.
        unsafe { libc::fcntl(lock.as_raw_fd(), libc::F_SETFD, 0) };
        let is_open = format!("[ -e /proc/self/fd/{} ]", lock.as_raw_fd());
        let mut asked = Command::new("sh");
        asked.args(["-c", &is_open]);
        assert!(
            asked.status().unwrap().success(),
            "an ordinary program inherits it"
        );
        let log = File::create(folder.path().join("log")).unwrap();
        let ended = start(&mut asked, log).unwrap().wait().unwrap();
        assert_eq!(ended.code(), Some(1), "it is still open");
    }

    #[test]
    fn a_program_that_is_not_there_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let nowhere = folder.path().join("nowhere");
        assert!(start(&mut Command::new(nowhere), log).is_err());
    }
}
