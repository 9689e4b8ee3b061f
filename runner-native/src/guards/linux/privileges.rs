//! Giving privileges up for good.

use crate::guards::GuardFailure;

/// No program started from here can gain a privilege; also the condition for landlock and seccomp
/// without being root.
pub fn no_new_privileges() -> Result<(), GuardFailure> {
    control(libc::PR_SET_NO_NEW_PRIVS, 1, "no_new_privs")?;
    // Nobody of the same user may read this process's memory or trace it.
    control(libc::PR_SET_DUMPABLE, 0, "dumpable")
}

/// Empties every capability set and the bounding set.
pub fn drop_capabilities() -> Result<(), GuardFailure> {
    for capability in 0..=63 {
        // SAFETY: plain numbers. Fails for numbers that the kernel does not know, and without
        // CAP_SETPCAP, when there is nothing to drop that could be used.
        unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability as libc::c_ulong, 0, 0, 0) };
    }
    #[repr(C)]
    struct Header {
        version: u32,
        pid: libc::c_int,
    }
    #[repr(C)]
    #[derive(Clone, Copy, Default)]
    struct Sets {
        effective: u32,
        permitted: u32,
        inheritable: u32,
    }
    /// `_LINUX_CAPABILITY_VERSION_3` of linux/capability.h: two 32-bit halves.
    const VERSION: u32 = 0x2008_0522;
    let header = Header {
        version: VERSION,
        pid: 0,
    };
    let sets = [Sets::default(); 2];
    // SAFETY: both pointers are to live structs of the layout that version 3 asks for.
    match unsafe { libc::syscall(libc::SYS_capset, &header, sets.as_ptr()) } {
        0 => Ok(()),
        _ => Err(GuardFailure::last("capset")),
    }
}

fn control(option: libc::c_int, value: libc::c_ulong, what: &'static str) -> Result<(), GuardFailure> {
    // SAFETY: plain numbers.
    match unsafe {
        libc::prctl(
            option,
            value,
            0 as libc::c_ulong,
            0 as libc::c_ulong,
            0 as libc::c_ulong,
        )
    } {
        0 => Ok(()),
        _ => Err(GuardFailure::last(what)),
    }
}
