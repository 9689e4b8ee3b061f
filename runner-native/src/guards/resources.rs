//! Resource limits of the kernel, the cheapest guard: they need no privilege anywhere.
//!
//! They are a second line. Memory is really held by whoever started the runner (a control group, or
//! a watch on the resident set), since address space is not memory.

use super::GuardFailure;

/// What the process may take.
#[cfg_attr(
    not(target_os = "linux"),
    expect(dead_code, reason = "only Linux can hold to all of it")
)]
#[derive(Clone, Copy, Debug)]
pub struct ResourceLimits {
    pub memory_bytes: u64,
    /// Largest file that has to be written.
    pub file_bytes: u64,
    /// Threads of the engine.
    pub threads: u64,
    /// Processor time of all threads together; waiting costs none.
    pub processor_seconds: u64,
}

/// Snapshot, pipes, spill files: measured 9 in an ordinary run.
const OPEN_FILES: u64 = 64;
/// Standard error may be a log file, and passing this limit is deadly.
const LEAST_FILE_BYTES: u64 = 1 << 20;

pub fn apply(limits: &ResourceLimits, own_user_namespace: bool) -> Result<(), GuardFailure> {
    // One second between the signal, which ends the process, and the kill for who ignores it.
    set_two(
        libc::RLIMIT_CPU,
        limits.processor_seconds,
        limits.processor_seconds + 1,
    )?;
    set(libc::RLIMIT_CORE, 0)?;
    set(libc::RLIMIT_FSIZE, limits.file_bytes.max(LEAST_FILE_BYTES))?;
    set(libc::RLIMIT_NOFILE, OPEN_FILES)?;
    set(libc::RLIMIT_MEMLOCK, 0)?;
    of_this_system(limits, own_user_namespace)
}

#[cfg(target_os = "linux")]
fn of_this_system(limits: &ResourceLimits, own_user_namespace: bool) -> Result<(), GuardFailure> {
    /// Address space beyond the memory limit: the engine's library (70 MB), thread stacks of 8 MB, and
    /// what allocators reserve without touching (64 MB an arena, one arena a thread).
    const SLACK_BYTES: u64 = 768 << 20;
    const SLACK_PER_THREAD_BYTES: u64 = 96 << 20;
    /// Beside the engine's threads: main, the watch, and what the engine starts for itself.
    const SPARE_THREADS: u64 = 16;
    let slack = SLACK_BYTES + limits.threads * SLACK_PER_THREAD_BYTES;
    set(libc::RLIMIT_AS, limits.memory_bytes + slack)?;
    set(libc::RLIMIT_MSGQUEUE, 0)?;
    // No priority above the ordinary one.
    set(libc::RLIMIT_NICE, 0)?;
    set(libc::RLIMIT_RTPRIO, 0)?;
    // Outside an own user namespace this would count all processes of the user.
    if own_user_namespace {
        set(libc::RLIMIT_NPROC, limits.threads + SPARE_THREADS)?;
    }
    Ok(())
}

/// The guard counts as missing for what can't be limited.
#[cfg(not(target_os = "linux"))]
fn of_this_system(_limits: &ResourceLimits, _own_user_namespace: bool) -> Result<(), GuardFailure> {
    Err(GuardFailure::Other(
        "only Linux limits the address space; the other limits are set".into(),
    ))
}

/// As the system's library numbers them.
#[cfg(target_os = "linux")]
type Resource = libc::__rlimit_resource_t;
#[cfg(not(target_os = "linux"))]
type Resource = libc::c_int;

fn set(resource: Resource, value: u64) -> Result<(), GuardFailure> {
    set_two(resource, value, value)
}

fn set_two(resource: Resource, soft: u64, hard: u64) -> Result<(), GuardFailure> {
    let limit = libc::rlimit {
        rlim_cur: soft,
        rlim_max: hard,
    };
    // SAFETY: the pointer is to a live struct; the call touches nothing else.
    match unsafe { libc::setrlimit(resource, &limit) } {
        0 => Ok(()),
        _ if is_at_most(resource, hard) => Ok(()),
        _ => Err(GuardFailure::last("setrlimit")),
    }
}

/// Set already by whoever started the runner; some kernels in between let nobody inside set more than a
/// few.
fn is_at_most(resource: Resource, value: u64) -> bool {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: as above.
    unsafe { libc::getrlimit(resource, &mut limit) == 0 && limit.rlim_max <= value }
}
