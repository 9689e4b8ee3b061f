//! Every way to start a program, and what each keeps from it.

use super::*;
use crate::sandbox::process::running::Running;
use std::fs::File;
use std::io::Read;

type Start = fn(&Program, &Streams, Option<&Doors>) -> io::Result<libc::pid_t>;

/// Every way that there is here.
#[cfg(target_os = "linux")]
const WAYS: [Start; 2] = [linux::start, portable::start];
#[cfg(not(target_os = "linux"))]
const WAYS: [Start; 1] = [portable::start];

/// What a shell prints that was started so, its process id and its group's.
fn printed_by(start: Start, script: &str) -> (String, libc::pid_t, libc::pid_t) {
    let words = ["-c", script].map(OsString::from);
    let program = Program::new("/bin/sh".as_ref(), words.iter()).unwrap();
    let (mut output, theirs) = io::pipe().unwrap();
    let theirs = OwnedFd::from(theirs);
    let (errors, input) = (theirs.try_clone().unwrap(), File::open("/dev/null").unwrap());
    let id = start(&program, &Streams([input.into(), theirs, errors]), None).unwrap();
    let mut text = String::new();
    output.read_to_string(&mut text).unwrap();
    // SAFETY: a plain question, about a process that is not yet reaped.
    let group = unsafe { libc::getpgid(id) };
    reap(id);
    (text, id, group)
}

#[test]
fn a_program_gets_three_streams_a_group_the_root_folder_and_no_environment() {
    for start in WAYS {
        let script = "pwd; env | grep -v -e ^PWD= -e ^SHLVL= -e ^_=";
        let (printed, id, group) = printed_by(start, script);
        assert_eq!((printed.as_str(), group), ("/\n", id));
    }
}

#[test]
fn a_signal_that_was_ignored_or_blocked_here_is_neither_there() {
    for start in WAYS {
        // SAFETY: nothing here uses the signal; the set is valid, and is blocked for this thread only.
        unsafe {
            libc::signal(libc::SIGUSR2, libc::SIG_IGN);
            let mut set = std::mem::zeroed();
            libc::sigemptyset(&mut set);
            libc::sigaddset(&mut set, libc::SIGUSR2);
            libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
        }
        let (printed, ..) = printed_by(start, "kill -USR2 $$; echo it lives");
        assert_eq!(printed, "");
    }
}

#[test]
fn no_program_enters_a_group_where_there_are_none() {
    let program = Program::new("/bin/sh".as_ref(), std::iter::empty()).unwrap();
    let streams = Streams([0; 3].map(|_| OwnedFd::from(File::open("/dev/null").unwrap())));
    let error = portable::start(&program, &streams, Some(&Doors::none())).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
}

#[cfg(target_os = "linux")]
#[test]
fn a_program_has_nothing_of_the_servers() {
    use linux::SIGNAL_SET_BYTES;
    use std::os::fd::AsRawFd;
    // A descriptor that a library has opened without saying so.
    let careless = File::open("/dev/null").unwrap();
    // SAFETY: it is open; the mark is taken off.
    unsafe { libc::fcntl(careless.as_raw_fd(), libc::F_SETFD, 0) };
    // One that a library keeps for itself, ignored as `posix_spawn` leaves it to what it starts.
    let ignored: [u64; 8] = [libc::SIG_IGN as u64, 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: the action is valid and longer than what is read; nothing here uses the signal.
    unsafe {
        let nothing_back = std::ptr::null_mut::<libc::c_void>();
        libc::syscall(
            libc::SYS_rt_sigaction,
            32,
            ignored.as_ptr(),
            nothing_back,
            SIGNAL_SET_BYTES,
        );
    }
    let (printed, id, _) = printed_by(
        linux::start,
        "echo /proc/self/fd/*; pwd; wc -c < /proc/$$/environ; read -r status < /proc/$$/stat; echo $status; \
         while read -r line; do case $line in Sig[BI]*) echo $line;; esac; done < /proc/$$/status",
    );
    let lines: Vec<&str> = printed.lines().collect();
    let [descriptors, folder, environment, status, blocked, ignored] = lines[..] else {
        panic!("{printed}");
    };
    // The fourth is that of the listing itself.
    assert!(descriptors.split(' ').count() <= 4, "{printed}");
    assert_eq!((folder, environment), ("/", "0"), "{printed}");
    for set in [blocked, ignored] {
        assert!(set.ends_with("0000000000000000"), "{printed}");
    }
    let group = status.split(' ').nth(4).unwrap();
    assert_eq!(group, id.to_string(), "{printed}");
}

#[test]
fn a_program_that_cannot_be_started_is_an_error_with_its_reason() {
    let streams = || [0; 3].map(|_| OwnedFd::from(File::open("/dev/null").unwrap()));
    for start in WAYS {
        for (path, reason) in [("/nowhere", libc::ENOENT), ("/dev/null", libc::EACCES)] {
            let program = Program::new(path.as_ref(), std::iter::empty()).unwrap();
            let error = start(&program, &Streams(streams()), None).unwrap_err();
            assert_eq!(error.raw_os_error(), Some(reason), "{path}");
        }
    }
}

#[tokio::test]
async fn how_a_program_ended_is_known_and_one_that_is_dropped_is_ended() {
    let null = || [0; 3].map(|_| OwnedFd::from(File::open("/dev/null").unwrap()));
    let started = |script: &str| {
        let words = ["-c", script].map(OsString::from);
        let program = Program::new("/bin/sh".as_ref(), words.iter()).unwrap();
        Running::new(program.start(&Streams(null()), None).unwrap())
    };
    assert_eq!(started("exit 7").wait().await.unwrap().code(), Some(7));
    let mut sleeping = started("exec sleep 600");
    assert!(sleeping.try_wait().unwrap().is_none());
    let id = sleeping.id();
    drop(sleeping);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    // SAFETY: signal 0 only asks whether there is such a process.
    while unsafe { libc::kill(id, 0) } == 0 {
        assert!(std::time::Instant::now() < deadline, "it still runs");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}
