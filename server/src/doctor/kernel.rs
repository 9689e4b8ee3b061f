//! What the kernel offers. What of it really holds, the runner itself finds out (`sandboxes`).

#[cfg(target_os = "linux")]
mod linux;

use super::Finding;
use crate::system;

const AREA: &str = "kernel";

pub fn findings() -> Vec<Finding> {
    let mut found = vec![Finding::note(AREA, system::release())];
    #[cfg(target_os = "linux")]
    found.extend(linux::findings());
    found.extend(unsuitable());
    found.push(user());
    found
}

/// Files are read in a process of this system, whatever queries run in, and only Linux can lock one down.
pub fn unsuitable() -> Option<Finding> {
    let lacking = || {
        Finding::lacking(
            AREA,
            "this system can't lock a process down: what reads files of tables has the service's rights",
            "serve others from Linux; here the service is for development",
        )
    };
    cfg!(not(target_os = "linux")).then(lacking)
}

fn user() -> Finding {
    const AREA: &str = "user";
    // SAFETY: a plain question.
    match unsafe { libc::geteuid() } {
        0 => Finding::note(AREA, "the service runs as root")
            .with_remedy("give it a user of its own, and control groups that are delegated to it"),
        user => Finding::good(AREA, format!("the service runs as user {user}")),
    }
}
