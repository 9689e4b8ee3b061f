//! Own user, network, mount, IPC, host-name, control-group and process-id namespaces, without being root.
//!
//! A process-id namespace takes effect for children only, so the runner forks once: the parent does
//! nothing but wait and pass the exit status on, the child is process 1 of its own world and dies
//! with its parent. Inside a container this is refused by the kernel; the container gives the same.

use crate::guards::{GuardError, GuardFailure};

/// The user that the runner appears to be inside its namespace (`nobody`).
const INSIDE_USER: u32 = 65_534;

/// Returns in the child. The outer error is fatal, the inner one means: no namespaces here.
pub fn enter() -> Result<Result<(), GuardFailure>, GuardError> {
    // SAFETY: no pointers; the process has a single thread.
    let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
    let flags = libc::CLONE_NEWUSER
        | libc::CLONE_NEWNET
        | libc::CLONE_NEWNS
        | libc::CLONE_NEWIPC
        | libc::CLONE_NEWUTS
        | libc::CLONE_NEWCGROUP
        | libc::CLONE_NEWPID;
    // SAFETY: as above.
    if unsafe { libc::unshare(flags) } != 0 {
        return Ok(Err(GuardFailure::last("unshare")));
    }
    let mapped = map_identity(user, group);
    fork_into_child()?;
    Ok(mapped)
}

fn map_identity(user: u32, group: u32) -> Result<(), GuardFailure> {
    let write = |path: &'static str, text: String| {
        std::fs::write(path, text).map_err(|error| GuardFailure::System(path, error))
    };
    write("/proc/self/setgroups", "deny".into())?;
    write("/proc/self/uid_map", format!("{INSIDE_USER} {user} 1"))?;
    write("/proc/self/gid_map", format!("{INSIDE_USER} {group} 1"))
}

/// The parent never returns from here.
fn fork_into_child() -> Result<(), GuardError> {
    // SAFETY: single-threaded, so the child may go on as a whole process.
    match unsafe { libc::fork() } {
        -1 => Err(GuardError::Fork(std::io::Error::last_os_error())),
        0 => {
            // SAFETY: plain numbers. The parent can't have died unseen: its death closes the pipes,
            // and reading the request then ends the child.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong, 0, 0, 0) };
            Ok(())
        }
        child => wait_and_leave(child),
    }
}

fn wait_and_leave(child: libc::pid_t) -> ! {
    // Holding the pipes open would hide the child's end from the server.
    // SAFETY: closes descriptors that this process does not use any more, then waits.
    unsafe {
        libc::close(0);
        libc::close(1);
        libc::close(2);
        let mut status = 0;
        while libc::waitpid(child, &mut status, 0) < 0 && *libc::__errno_location() == libc::EINTR {}
        let code = if libc::WIFEXITED(status) {
            libc::WEXITSTATUS(status)
        } else {
            128 + libc::WTERMSIG(status)
        };
        libc::_exit(code)
    }
}
