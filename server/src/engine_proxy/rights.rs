//! Root is needed for one thing: to join the group that may use the engine's socket, whose number differs
//! from host to host. After that the proxy is nobody, and can do nothing but talk to that socket.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// `nobody`, as in the image; also whose snapshots the proxy reads.
const NOBODY: u32 = 65_534;

#[derive(Debug, thiserror::Error)]
pub enum RightsError {
    #[error("the engine's socket {}: {reason}", path.display())]
    Socket { path: PathBuf, reason: std::io::Error },
    #[error(
        "root can't be given up: {0}; the container needs the capabilities SETUID and SETGID for that, or \
         `user: \"65534:GROUP\"` with the socket's group"
    )]
    Kept(std::io::Error),
}

/// Does nothing for somebody who is not root.
pub fn give_up(socket: &Path) -> Result<(), RightsError> {
    // SAFETY: no argument, cannot fail.
    if unsafe { libc::geteuid() } != 0 {
        return Ok(());
    }
    let found = std::fs::metadata(socket).map_err(|reason| RightsError::Socket {
        path: socket.to_owned(),
        reason,
    })?;
    let group = found.gid();
    // All threads of the process: the C library sees to that, the bare system calls would not.
    // SAFETY: one number, and its count.
    done(unsafe { libc::setgroups(1, &raw const group) })?;
    // SAFETY: plain numbers.
    done(unsafe { libc::setgid(NOBODY) })?;
    // SAFETY: as above. Of root, this changes the saved number too, and all capabilities go.
    done(unsafe { libc::setuid(NOBODY) })
}

fn done(result: libc::c_int) -> Result<(), RightsError> {
    match result {
        0 => Ok(()),
        _ => Err(RightsError::Kept(std::io::Error::last_os_error())),
    }
}
