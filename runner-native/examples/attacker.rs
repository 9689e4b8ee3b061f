//! A runner that was taken over, for tests: puts up the named guards, then tries one thing.
//!
//! `attacker GUARDS ATTACK [ARGUMENT]`, where GUARDS are names joined by commas, or `none`. Exit 0:
//! the attack went through; 1: it was refused; a signal: it was killed; 3: a guard is missing here.

#[path = "../src/guards/mod.rs"]
mod guards;

use clap::ValueEnum;
use guards::{Guard, GuardPolicy, LockDown, Reach, ResourceLimits};
use std::io::{self, Error};
use std::net::TcpStream;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [names, attack, rest @ ..] = arguments.as_slice() else {
        return ExitCode::from(2);
    };
    if lock(names).is_none() {
        return ExitCode::from(3);
    }
    match carry_out(attack, rest.first().map_or("", String::as_str)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(refusal) => {
            guards::tell(&refusal.to_string());
            ExitCode::FAILURE
        }
    }
}

fn lock(names: &str) -> Option<()> {
    let required: Vec<Guard> = names
        .split(',')
        .filter(|name| *name != "none")
        .filter_map(|name| Guard::from_str(name, false).ok())
        .collect();
    let left_out = Guard::value_variants()
        .iter()
        .copied()
        .filter(|guard| !required.contains(guard))
        .collect();
    let policy = GuardPolicy { required, left_out };
    let limits = ResourceLimits {
        memory_bytes: 256 << 20,
        file_bytes: 0,
        threads: 1,
        processor_seconds: 1,
    };
    LockDown::begin(&limits, Reach::default(), &policy)
        .ok()?
        .finish()
        .ok()
        .map(drop)
}

fn carry_out(attack: &str, argument: &str) -> io::Result<()> {
    match attack {
        "connect" => TcpStream::connect(argument).map(drop),
        "read" => std::fs::read(argument).map(drop),
        "write" => std::fs::write(argument, "taken over"),
        "execute" => std::process::Command::new("/bin/true").status().map(drop),
        "thread" => std::thread::Builder::new()
            .spawn(|| ())?
            .join()
            .map_err(|_| Error::other("no thread")),
        "allocate" => allocate(),
        "signal" => check(|| unsafe { libc::kill(argument.parse().unwrap_or(0), 0) }),
        "fork" => check(|| match unsafe { libc::fork() } {
            0 => unsafe { libc::_exit(0) },
            other => other,
        }),
        "trace" => check(|| unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) as i32 }),
        "namespace" => check(|| unsafe { libc::unshare(libc::CLONE_NEWUSER) }),
        "chroot" => check(|| unsafe { libc::chroot(c"/".as_ptr()) }),
        "new-privileges" => match unsafe { libc::prctl(libc::PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) } {
            1 => Err(Error::other("privileges can't be gained")),
            _ => Ok(()),
        },
        _ => Err(Error::other("no such attack")),
    }
}

/// More than any run's memory and its slack.
fn allocate() -> io::Result<()> {
    let mut memory: Vec<u8> = Vec::new();
    memory.try_reserve_exact(4 << 30).map_err(Error::other)
}

fn check(call: impl FnOnce() -> i32) -> io::Result<()> {
    if call() < 0 {
        Err(Error::last_os_error())
    } else {
        Ok(())
    }
}
