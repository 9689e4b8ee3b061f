//! Each guard alone stops what it is there for, and with none of them the attack goes through (so
//! that a test can't pass because the attack was broken).

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

const MISSING: i32 = 3;

fn attacker() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    test.parent()
        .and_then(|deps| deps.parent())
        .expect("deps lies in a folder")
        .join("examples/attacker")
}

fn attack(guards: &str, attack: &str, argument: &str) -> ExitStatus {
    Command::new(attacker())
        .args([guards, attack, argument])
        .stderr(Stdio::null())
        .status()
        .expect("the attacker is built together with the tests")
}

/// Says that something was not tested, to people and to the test command's count.
fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED: {test}: {reason}");
    if let Some(path) = std::env::var_os("CSV_ANALYST_SKIP_LOG") {
        let log = std::fs::OpenOptions::new().append(true).create(true).open(path);
        log.and_then(|mut log| writeln!(log, "{test}: {reason}"))
            .expect("the skip log can be written");
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    WentThrough,
    Refused,
    Killed,
}

/// `None` where the kernel has no such guard, which is said.
fn outcome(guards: &str, name: &str, argument: &str) -> Option<Outcome> {
    let status = attack(guards, name, argument);
    match (status.code(), status.signal()) {
        (Some(0), _) => Some(Outcome::WentThrough),
        (Some(MISSING), _) => {
            skip(&format!("guard {guards}"), "this kernel does not give it");
            None
        }
        // The namespaces' outer process passes a signal on as a status.
        (Some(status), _) if status == 128 + libc::SIGSYS => Some(Outcome::Killed),
        (None, Some(libc::SIGSYS)) => Some(Outcome::Killed),
        (Some(1), _) => Some(Outcome::Refused),
        other => panic!("{guards} {name}: {other:?}"),
    }
}

fn stops(guards: &str, name: &str, argument: &str, expected: Outcome) {
    assert_eq!(
        outcome("none", name, argument),
        Some(Outcome::WentThrough),
        "{name} without a guard"
    );
    if let Some(found) = outcome(guards, name, argument) {
        assert_eq!(found, expected, "{guards} against {name}");
    }
}

#[test]
fn the_network_is_out_of_reach_by_three_guards() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener
        .local_addr()
        .expect("a listener has an address")
        .to_string();
    stops("seccomp", "connect", &address, Outcome::Killed);
    stops("namespaces", "connect", &address, Outcome::Refused);
    stops("landlock", "connect", &address, Outcome::Refused);
}

#[test]
fn no_other_file_can_be_read_by_two_guards() {
    stops("landlock", "read", "/etc/passwd", Outcome::Refused);
    stops("namespaces,own-root", "read", "/etc/passwd", Outcome::Refused);
}

#[test]
fn no_file_can_be_written_by_two_guards() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("taken").to_string_lossy().into_owned();
    stops("landlock", "write", &target, Outcome::Refused);
    stops("namespaces,own-root", "write", &target, Outcome::Refused);
}

#[test]
fn no_process_can_be_started_traced_or_signalled() {
    stops("seccomp", "execute", "", Outcome::Killed);
    stops("seccomp", "fork", "", Outcome::Killed);
    stops("seccomp", "trace", "", Outcome::Killed);
    stops("seccomp", "namespace", "", Outcome::Killed);
    let this = std::process::id().to_string();
    stops("seccomp", "signal", &this, Outcome::Killed);
    stops("namespaces", "signal", &this, Outcome::Refused);
}

#[test]
fn threads_still_start_under_seccomp() {
    assert_eq!(outcome("seccomp", "thread", ""), Some(Outcome::WentThrough));
}

#[test]
fn memory_is_bounded_by_the_address_space() {
    stops("resource-limits", "allocate", "", Outcome::Refused);
}

#[test]
fn privileges_are_gone() {
    stops("no-new-privileges", "new-privileges", "", Outcome::Refused);
    // SAFETY: a plain question.
    if unsafe { libc::geteuid() } == 0 {
        stops("no-capabilities", "chroot", "", Outcome::Refused);
    } else {
        skip("guard no-capabilities", "only root has capabilities to lose");
    }
}
