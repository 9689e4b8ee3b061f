//! Each guard alone stops what it is there for, and with none of them the attack goes through (so
//! that a test can't pass because the attack was broken).

use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

const MISSING: i32 = 3;

const GUARDS: [&str; 7] = [
    "resource-limits",
    "namespaces",
    "own-root",
    "no-capabilities",
    "no-new-privileges",
    "landlock",
    "seccomp",
];

/// The runner that was taken over (`examples/hostile`), built together with the tests.
fn hostile() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    test.parent()
        .and_then(|deps| deps.parent())
        .expect("deps lies in a folder")
        .join("examples/hostile")
}

/// All guards are left out but these, which are required.
fn attack(guards: &str, attack: &str, argument: &str) -> (ExitStatus, String) {
    let mut command = Command::new(hostile());
    command.args(["serve", "--snapshot", "/nowhere"]);
    command.args(["--memory-bytes", "134217728", "--timeout-ms", "1000"]);
    for guard in GUARDS {
        let kept = guards.split(',').any(|kept| kept == guard);
        command.args([if kept { "--require" } else { "--without" }, guard]);
    }
    let pipes = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = pipes.spawn().expect("the attacker starts");
    let request = format!(
        r#"{{"run_id":"r","sql":"SELECT 'ATTACK {attack} {argument}'","claims":{{"tables":[],"columns":[],"functions":[]}},"max_rows":1,"max_result_bytes":1,"max_cell_bytes":1}}"#
    );
    // One that can't lock itself down is gone already.
    let _ = writeln!(child.stdin.take().expect("a pipe"), "{request}");
    let output = child.wait_with_output().expect("it ends");
    (
        output.status,
        String::from_utf8_lossy(&output.stdout).into_owned(),
    )
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
    OutOfTime,
}

/// `None` where the kernel has no such guard, which is said.
fn outcome(guards: &str, name: &str, argument: &str) -> Option<Outcome> {
    let (status, said) = attack(guards, name, argument);
    match (status.code(), status.signal()) {
        (Some(0), _) if said.contains("went through") => Some(Outcome::WentThrough),
        (Some(0), _) if said.contains("refused") => Some(Outcome::Refused),
        (Some(MISSING), _) => {
            skip(&format!("guard {guards}"), "this kernel does not give it");
            None
        }
        // The namespaces' outer process passes a signal on as a status.
        (Some(status), _) if status == 128 + libc::SIGSYS => Some(Outcome::Killed),
        (None, Some(libc::SIGSYS)) => Some(Outcome::Killed),
        (None, Some(libc::SIGXCPU)) => Some(Outcome::OutOfTime),
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
    stops("landlock", "read-file", "/etc/passwd", Outcome::Refused);
    stops(
        "namespaces,own-root",
        "read-file",
        "/etc/passwd",
        Outcome::Refused,
    );
}

#[test]
fn no_file_can_be_written_by_two_guards() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("taken").to_string_lossy().into_owned();
    stops("landlock", "write-outside", &target, Outcome::Refused);
    stops("namespaces,own-root", "write-outside", &target, Outcome::Refused);
}

#[test]
fn no_process_can_be_started_traced_or_signalled() {
    let mut victim = Command::new("sleep").arg("60").spawn().expect("sleep is there");
    let other = victim.id().to_string();
    stops("seccomp", "run-program", "/bin/true", Outcome::Killed);
    stops("seccomp", "fork", "", Outcome::Killed);
    stops("seccomp", "new-namespace", "", Outcome::Killed);
    for attack in ["trace", "signal", "signal-thread"] {
        stops("seccomp", attack, &other, Outcome::Killed);
        stops("namespaces", attack, &other, Outcome::Refused);
    }
    victim.kill().expect("it is there");
    victim.wait().expect("it ends");
}

#[test]
fn processor_time_is_bounded() {
    if let Some(found) = outcome("resource-limits", "spin", "") {
        assert_eq!(found, Outcome::OutOfTime);
    }
}

#[test]
fn threads_still_start_under_seccomp() {
    assert_eq!(outcome("seccomp", "thread", ""), Some(Outcome::WentThrough));
}

#[test]
fn memory_is_bounded_by_the_address_space() {
    stops("resource-limits", "fill-memory", "", Outcome::Refused);
}

#[test]
fn privileges_are_gone() {
    stops("no-new-privileges", "gain-privileges", "", Outcome::Refused);
    // SAFETY: a plain question.
    if unsafe { libc::geteuid() } == 0 {
        stops("no-capabilities", "change-root", "", Outcome::Refused);
    } else {
        skip("guard no-capabilities", "only root has capabilities to lose");
    }
}
