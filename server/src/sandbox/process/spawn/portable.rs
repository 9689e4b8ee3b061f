//! By `posix_spawn`, which enters no control group on its way: for systems that have none.

use super::{Program, Streams};
use crate::sandbox::process::control_group::Doors;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, OwnedFd};
use std::ptr;

pub fn start(program: &Program, streams: &Streams, doors: Option<&Doors>) -> io::Result<libc::pid_t> {
    if doors.is_some() {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let actions = Actions::new(streams)?;
    let attributes = Attributes::new()?;
    let arguments = program.argument_pointers();
    let environment: [*mut libc::c_char; 1] = [ptr::null_mut()];
    let mut id = 0;
    // SAFETY: strings and arrays end as the call wants them and are live; it only reads them.
    done(unsafe {
        libc::posix_spawn(
            &mut id,
            program.path.as_ptr(),
            &actions.0,
            &attributes.0,
            arguments.as_ptr().cast(),
            environment.as_ptr(),
        )
    })?;
    Ok(id)
}

/// These calls return the number of their error.
fn done(error: libc::c_int) -> io::Result<()> {
    match error {
        0 => Ok(()),
        number => Err(io::Error::from_raw_os_error(number)),
    }
}

/// What happens to the new process's files before it is the program.
struct Actions(libc::posix_spawn_file_actions_t);

impl Actions {
    fn new(streams: &Streams) -> io::Result<Self> {
        let mut actions = MaybeUninit::uninit();
        // SAFETY: the call makes it valid.
        let mut actions = unsafe {
            done(libc::posix_spawn_file_actions_init(actions.as_mut_ptr()))?;
            Self(actions.assume_init())
        };
        for (number, stream) in (0..).zip(streams.0.each_ref().map(OwnedFd::as_raw_fd)) {
            // SAFETY: the actions are valid; numbers.
            done(unsafe { libc::posix_spawn_file_actions_adddup2(&mut actions.0, stream, number) })?;
        }
        // SAFETY: the actions are valid; the string is copied.
        done(unsafe { libc::posix_spawn_file_actions_addchdir_np(&mut actions.0, c"/".as_ptr()) })?;
        Ok(actions)
    }
}

impl Drop for Actions {
    fn drop(&mut self) {
        // SAFETY: they are valid, and not used any more.
        unsafe { libc::posix_spawn_file_actions_destroy(&mut self.0) };
    }
}

/// A process group of its own, ordinary signals, none of them blocked.
struct Attributes(libc::posix_spawnattr_t);

impl Attributes {
    fn new() -> io::Result<Self> {
        let mut attributes = MaybeUninit::uninit();
        // SAFETY: the call makes it valid.
        let mut attributes = unsafe {
            done(libc::posix_spawnattr_init(attributes.as_mut_ptr()))?;
            Self(attributes.assume_init())
        };
        // SAFETY: zeroed, a set is valid, and one of the calls fills it; the attributes are valid.
        unsafe {
            let (mut all, mut none): (libc::sigset_t, libc::sigset_t) = std::mem::zeroed();
            libc::sigfillset(&mut all);
            libc::sigemptyset(&mut none);
            done(libc::posix_spawnattr_setsigdefault(&mut attributes.0, &all))?;
            done(libc::posix_spawnattr_setsigmask(&mut attributes.0, &none))?;
            done(libc::posix_spawnattr_setpgroup(&mut attributes.0, 0))?;
            done(libc::posix_spawnattr_setflags(
                &mut attributes.0,
                FLAGS as libc::c_short,
            ))?;
        }
        Ok(attributes)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: they are valid, and not used any more.
        unsafe { libc::posix_spawnattr_destroy(&mut self.0) };
    }
}

const COMMON: libc::c_int =
    libc::POSIX_SPAWN_SETPGROUP | libc::POSIX_SPAWN_SETSIGDEF | libc::POSIX_SPAWN_SETSIGMASK;

/// All but the three streams end with `exec`, also what a library has opened without saying so.
#[cfg(target_vendor = "apple")]
const FLAGS: libc::c_int = COMMON | libc::POSIX_SPAWN_CLOEXEC_DEFAULT;
/// What is opened here is marked to end with `exec`.
#[cfg(not(target_vendor = "apple"))]
const FLAGS: libc::c_int = COMMON;
