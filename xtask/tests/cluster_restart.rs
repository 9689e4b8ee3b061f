//! The API server dies while Jobs run, and comes back: what runs goes on, and everything is accounted for.
//!
//! In a program of its own, because cargo runs these one after the other: tests of other programs would
//! meet an API server that is away.

#[path = "cluster/release.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod release;
#[path = "cluster/support.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod support;

use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use release::{ENDLESS, Release};
use support::{Namespace, PROBE, container, job, text};

const JOBS: usize = 10;

const RUN_MS: u64 = 9_000;

/// Each kills the API server under everything else.
fn alone() -> MutexGuard<'static, ()> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner)
}

/// False, said loudly, where that can't be done.
fn kill_api_server() -> bool {
    let kill = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["cluster", "kill", "kube-apiserver"])
        .output()
        .expect("xtask starts");
    if !kill.status.success() {
        eprintln!("SKIPPED: the cluster: restart of the API server: {}", text(&kill));
    }
    kill.status.success()
}

#[test]
fn jobs_outlive_an_api_server_that_dies() {
    let _alone = alone();
    let Some(namespace) = Namespace::new("restart") else {
        return;
    };
    let names: Vec<String> = (0..JOBS).map(|number| format!("job-{number}")).collect();
    for name in &names {
        namespace.apply(&job(name, &container(PROBE, &["sleep", "5"])));
    }
    let running = ["get", "pods", "-o", "jsonpath={.items[*].status.phase}"];
    namespace.eventually("a pod runs", &running, |phases| phases.contains("Running"));
    if !kill_api_server() {
        return;
    }
    for name in &names {
        assert!(namespace.end_of(name).starts_with("Complete"), "{name}");
    }
}

/// The run's stream goes through the API server, and so do those of all that wait.
#[test]
fn the_service_outlives_an_api_server_that_dies_under_a_run() {
    let _alone = alone();
    let Some(release) = Release::alone(&[]) else {
        return;
    };
    let (status, first) = release.count();
    assert_eq!(first["status"], "succeeded", "{status} {first}");
    let (killed, (status, run)) = thread::scope(|scope| {
        let under_way = scope.spawn(|| release.run("ecommerce", ENDLESS, RUN_MS));
        thread::sleep(Duration::from_secs(2));
        (kill_api_server(), under_way.join().expect("it is answered"))
    });
    if !killed {
        return;
    }
    // One end, which is on record: the stream broke, or its time was over.
    let code = run["error"]["code"].as_str().unwrap_or("none");
    assert!(
        ["RUNNER_INTERNAL_ERROR", "RUNNER_TIMEOUT", "RUNNER_UNAVAILABLE"].contains(&code),
        "{status} {run}"
    );
    let id = run["run_id"].as_str().expect("an id");
    let (_, kept) = release.get(&format!("/runs/{id}"));
    assert_eq!(kept["error"]["code"], code, "{kept}");
    assert!(
        ["failed", "timed_out"].contains(&kept["status"].as_str().unwrap_or("none")),
        "{kept}"
    );
    release.assert_on_record(id);
    answered_again(&release);
    all_that_is_left_waits(&release);
}

fn answered_again(release: &Release) {
    let start = Instant::now();
    loop {
        let (status, run) = release.count();
        if run["status"] == "succeeded" {
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(120), "{status} {run}");
        thread::sleep(Duration::from_secs(1));
    }
}

/// One for each dataset at least; no Job that has ended, and none whose stream was lost.
fn all_that_is_left_waits(release: &Release) {
    let runners = release.namespace.beside(&release.runners());
    release.assert_no_ended_job_is_left();
    let phases = ["get", "pods", "-o", "jsonpath={.items[*].status.phase}"];
    runners.eventually(
        "every pod waits, and the service knows of it",
        &phases,
        |phases| {
            let phases: Vec<&str> = phases.split_whitespace().collect();
            let (_, ready) = release.get("/readyz");
            let idle = ready["pool"]["idle"].as_u64();
            phases.len() >= 3
                && phases.iter().all(|phase| *phase == "Running")
                && idle == u64::try_from(phases.len()).ok()
        },
    );
}
