//! The API server dies while Jobs run, and comes back: what runs goes on, and everything is accounted for.
//!
//! In a program of its own, because cargo runs these one after the other: tests of other programs would
//! meet an API server that is away.

#[path = "cluster/support.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod support;

use std::process::Command;

use support::{Namespace, PROBE, container, job, text};

const JOBS: usize = 10;

#[test]
fn jobs_outlive_an_api_server_that_dies() {
    let Some(namespace) = Namespace::new("restart") else {
        return;
    };
    let names: Vec<String> = (0..JOBS).map(|number| format!("job-{number}")).collect();
    for name in &names {
        namespace.apply(&job(name, &container(PROBE, &["sleep", "5"])));
    }
    let running = ["get", "pods", "-o", "jsonpath={.items[*].status.phase}"];
    namespace.eventually("a pod runs", &running, |phases| phases.contains("Running"));
    let kill = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["cluster", "kill", "kube-apiserver"])
        .output()
        .expect("xtask starts");
    if !kill.status.success() {
        eprintln!("SKIPPED: the cluster: restart of the API server: {}", text(&kill));
        return;
    }
    for name in &names {
        assert!(namespace.end_of(name).starts_with("Complete"), "{name}");
    }
}
