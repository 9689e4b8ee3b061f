//! Seccomp: a system call that no query needs ends the process at once.
//!
//! A deny list, because an allow list of DuckDB, libstdc++ and two C libraries would break with
//! each of their releases; what is denied is everything that reaches out of the process: network,
//! programs, processes, kernel interfaces, mounts, other processes' memory. Threads still start.

use crate::guards::GuardFailure;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    TargetArch, apply_filter_all_threads, sock_filter,
};
use std::collections::BTreeMap;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Call after everything that needs one of these calls, before the request is read.
pub fn filter() -> Result<(), GuardFailure> {
    for program in programs()? {
        apply_filter_all_threads(&program).map_err(other)?;
    }
    Ok(())
}

/// Filters stack; the strictest verdict counts.
fn programs() -> Result<Vec<BpfProgram>, GuardFailure> {
    let mut denied: Rules = DENIED.iter().map(|number| (*number, Vec::new())).collect();
    denied.insert(libc::SYS_clone, vec![clone_without_thread()?]);
    // `abort` signals itself so; its own process id is known, since the namespaces come first.
    let this = u64::from(std::process::id());
    denied.insert(libc::SYS_tgkill, vec![first_argument_is_not(this)?]);
    // 0 is the caller.
    denied.insert(libc::SYS_prlimit64, vec![first_argument_is_not(0)?]);
    // The C library must learn that `clone3` is absent, to fall back to `clone`, whose flags a
    // filter can see.
    let absent: Rules = [(libc::SYS_clone3, Vec::new())].into();
    let mut programs = vec![
        compile(denied, SeccompAction::KillProcess)?,
        compile(absent, SeccompAction::Errno(libc::ENOSYS as u32))?,
        // What the kernel learned after this list was written is as if it had not.
        beyond(LAST_KNOWN_CALL, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
    ];
    if cfg!(target_arch = "x86_64") {
        // The x32 calls carry bit 30 and would pass a list of plain numbers.
        programs.push(beyond(0x4000_0000 - 1, libc::SECCOMP_RET_KILL_PROCESS));
    }
    Ok(programs)
}

/// `mseal` of Linux 6.10. Later ones set attributes of files and mounts by path.
const LAST_KNOWN_CALL: u32 = 462;

fn compile(rules: Rules, verdict: SeccompAction) -> Result<BpfProgram, GuardFailure> {
    let architecture = TargetArch::try_from(std::env::consts::ARCH).map_err(other)?;
    SeccompFilter::new(rules, SeccompAction::Allow, verdict, architecture)
        .map_err(other)?
        .try_into()
        .map_err(other)
}

/// A new process, as against a new thread.
fn clone_without_thread() -> Result<SeccompRule, GuardFailure> {
    let thread = libc::CLONE_THREAD as u64;
    let condition = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::MaskedEq(thread), 0)
        .map_err(other)?;
    SeccompRule::new(vec![condition]).map_err(other)
}

fn first_argument_is_not(value: u64) -> Result<SeccompRule, GuardFailure> {
    // Process ids are 32 bits wide; the kernel ignores the rest of the register.
    let condition =
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value).map_err(other)?;
    SeccompRule::new(vec![condition]).map_err(other)
}

/// A verdict on every call with a number above `last`.
fn beyond(last: u32, verdict: u32) -> BpfProgram {
    const LOAD_NUMBER: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS
    const JUMP_IF_GREATER: u16 = 0x25; // BPF_JMP | BPF_JGT | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    let instruction = |code, jf, k| sock_filter { code, jt: 0, jf, k };
    vec![
        instruction(LOAD_NUMBER, 0, 0),
        instruction(JUMP_IF_GREATER, 1, last),
        instruction(RETURN, 0, verdict),
        instruction(RETURN, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

fn other(error: impl std::fmt::Display) -> GuardFailure {
    GuardFailure::Other(error.to_string())
}

const DENIED: &[i64] = &[
    // Network, and sockets as a way to other processes.
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    // Programs and processes.
    libc::SYS_execve,
    libc::SYS_execveat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_fork,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_vfork,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kcmp,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_process_mrelease,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    // A session or group of its own would escape who kills the group.
    libc::SYS_setsid,
    libc::SYS_setpgid,
    // Memory, messages and counters shared with other processes.
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_mq_open,
    // Kernel interfaces with a long record of holes.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_perf_event_open,
    libc::SYS_fanotify_init,
    libc::SYS_inotify_init1,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    libc::SYS_personality,
    libc::SYS_memfd_create,
    libc::SYS_memfd_secret,
    libc::SYS_vmsplice,
    // Namespaces and mounts.
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    // Identity, devices, modes.
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setregid,
    libc::SYS_setresuid,
    libc::SYS_setresgid,
    libc::SYS_setgroups,
    libc::SYS_capset,
    libc::SYS_mknodat,
    libc::SYS_symlinkat,
    libc::SYS_linkat,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
    // The machine.
    libc::SYS_reboot,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_syslog,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
];
