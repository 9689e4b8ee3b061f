//! Starting a program that has nothing of this one but three streams.

#[cfg(target_os = "linux")]
mod linux;
// Its tests run on Linux, too.
#[cfg(any(test, not(target_os = "linux")))]
mod portable;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use portable as system;

#[cfg(test)]
mod tests;

use super::control_group::Doors;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

/// What is started, with nothing in its environment.
pub struct Program {
    path: CString,
    arguments: Vec<CString>,
}

/// The ends that the new process gets as its input, output and errors.
pub struct Streams(pub [OwnedFd; 3]);

impl Program {
    pub fn new<'a>(path: &Path, arguments: impl Iterator<Item = &'a OsString>) -> io::Result<Self> {
        // Its working directory is another.
        let path = terminated(std::path::absolute(path)?.as_os_str())?;
        let words = arguments.map(|word| terminated(word));
        Ok(Self {
            arguments: std::iter::once(Ok(path.clone()))
                .chain(words)
                .collect::<io::Result<_>>()?,
            path,
        })
    }

    /// Its process id: the leader of a process group of its own, in the control group behind the doors
    /// from its first instruction on. Returns when it runs.
    pub fn start(&self, streams: &Streams, doors: Option<&Doors>) -> io::Result<libc::pid_t> {
        system::start(self, streams, doors)
    }

    /// Ends in a null pointer; of words that live as long as this does.
    fn argument_pointers(&self) -> Vec<*const libc::c_char> {
        let words = self.arguments.iter().map(|word| word.as_ptr());
        words.chain([std::ptr::null()]).collect()
    }
}

fn terminated(word: &OsStr) -> io::Result<CString> {
    Ok(CString::new(word.as_bytes())?)
}

/// Of a process that ends at once.
pub fn reap(id: libc::pid_t) {
    // SAFETY: plain numbers; nobody wants the status.
    while unsafe { libc::waitpid(id, std::ptr::null_mut(), 0) } < 0
        && io::Error::last_os_error().kind() == io::ErrorKind::Interrupted
    {}
}
