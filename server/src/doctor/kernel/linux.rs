//! What the runner's guards are made of.

use super::{AREA, Finding};
use std::fs;

pub fn findings() -> Vec<Finding> {
    vec![landlock(), user_namespaces(), seccomp(), control_groups()]
}

fn landlock() -> Finding {
    const VERSION: libc::c_uint = 1;
    // SAFETY: asks for the version, which takes neither a structure nor its size.
    let version = unsafe {
        libc::syscall(
            libc::SYS_landlock_create_ruleset,
            std::ptr::null::<libc::c_void>(),
            0_usize,
            VERSION,
        )
    };
    match version {
        2.. => Finding::good(AREA, format!("landlock ABI {version}")),
        1 => Finding::note(AREA, "landlock ABI 1, which is too old").with_remedy("use Linux 5.19 or later"),
        _ => Finding::note(AREA, "no landlock").with_remedy(
            "use Linux 5.19 or later with `landlock` among its security modules (boot parameter `lsm=`)",
        ),
    }
}

fn user_namespaces() -> Finding {
    let number = |path: &str| {
        fs::read_to_string(path)
            .ok()
            .and_then(|text| text.trim().parse::<i64>().ok())
    };
    let restricted = number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == Some(1)
        || number("/proc/sys/kernel/unprivileged_userns_clone") == Some(0);
    match number("/proc/sys/user/max_user_namespaces") {
        Some(1..) if !restricted => Finding::good(AREA, "user namespaces"),
        Some(1..) => Finding::note(AREA, "user namespaces are root's alone")
            .with_remedy("allow them for this program (an AppArmor profile with `userns`), or use Docker"),
        _ => Finding::note(AREA, "no user namespaces")
            .with_remedy("set user.max_user_namespaces, or use Docker"),
    }
}

fn seccomp() -> Finding {
    match fs::exists("/proc/sys/kernel/seccomp/actions_avail") {
        Ok(true) => Finding::good(AREA, "seccomp filters"),
        _ => Finding::note(AREA, "no seccomp filters").with_remedy("use a kernel with CONFIG_SECCOMP_FILTER"),
    }
}

fn control_groups() -> Finding {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    let has = |kind: &str| mounts.contains(&format!(" - {kind} "));
    let version = match (has("cgroup2"), has("cgroup")) {
        (true, true) => "1, with 2 beside it",
        (true, false) => "2",
        (false, true) => "1",
        (false, false) => return Finding::note(AREA, "no control groups are mounted"),
    };
    Finding::note(AREA, format!("control groups of version {version}"))
}
