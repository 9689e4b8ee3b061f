//! System calls that no query needs.

use std::io::{self, Error};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixStream};

pub fn check(call: impl FnOnce() -> i32) -> io::Result<()> {
    if call() < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}

pub fn socket() -> io::Result<()> {
    check(|| unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0) })
}

pub fn abstract_socket(name: &str) -> io::Result<()> {
    UnixStream::connect_addr(&SocketAddr::from_abstract_name(name)?).map(drop)
}

/// Finds a segment that another process has made.
pub fn shared_memory(key: &str) -> io::Result<()> {
    let key = key.parse().map_err(Error::other)?;
    check(|| unsafe { libc::shmget(key, 1, 0) })
}

/// In a mount namespace of its own, so that the machine is left alone where nothing refuses.
pub fn mount_somewhere() -> io::Result<()> {
    if check(|| unsafe { libc::unshare(libc::CLONE_NEWNS) }).is_err() {
        check(|| unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) })?;
    }
    let private = libc::MS_REC | libc::MS_PRIVATE;
    let none = std::ptr::null();
    check(|| unsafe { libc::mount(none, c"/".as_ptr(), none, private, none.cast()) })?;
    let tmpfs = c"tmpfs".as_ptr();
    check(|| unsafe { libc::mount(tmpfs, c"/".as_ptr(), tmpfs, 0, none.cast()) })
}

/// Starting a set-uid program is what it would take.
pub fn privileges_can_be_gained() -> io::Result<()> {
    match unsafe { libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) } {
        1 => Err(Error::other("no new privileges")),
        _ => Ok(()),
    }
}

/// Those with a record of holes; one that answers is enough.
pub fn interfaces() -> io::Result<()> {
    let mut parameters = [0_u8; 256];
    let keyring = libc::KEY_SPEC_PROCESS_KEYRING;
    let calls: [&dyn Fn() -> libc::c_long; 3] = [
        &|| unsafe { libc::syscall(libc::SYS_userfaultfd, libc::O_CLOEXEC) },
        &|| unsafe { libc::syscall(libc::SYS_keyctl, libc::KEYCTL_GET_KEYRING_ID, keyring, 1) },
        &|| unsafe { libc::syscall(libc::SYS_personality, 0xffff_ffff_u64) },
    ];
    let uring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 1, parameters.as_mut_ptr()) };
    if uring >= 0 || calls.iter().any(|call| call() >= 0) {
        return Ok(());
    }
    Err(Error::last_os_error())
}

/// A container engine sets these three by itself.
pub fn environment() -> io::Result<()> {
    let own = ["PATH", "HOSTNAME", "HOME"];
    let mut rest = std::env::vars_os().filter(|(name, _)| !own.iter().any(|each| name == each));
    match rest.next() {
        Some(_) => Ok(()),
        None => Err(Error::other("it is empty")),
    }
}

pub fn descriptors() -> io::Result<()> {
    let open = |number| unsafe { libc::fcntl(number, libc::F_GETFD) } >= 0;
    match (3..1_024).find(|number| open(*number)) {
        Some(_) => Ok(()),
        None => Err(Error::other("only the three pipes are open")),
    }
}
