//! A release that lives on: a newer one in its place, and back again, with its record.

#[path = "cluster/release.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod release;
#[path = "cluster/support.rs"]
#[allow(dead_code, reason = "shared with the other tests on the cluster")]
mod support;

use release::Release;
use support::text;

/// Smaller than what the service would ask for by itself.
const SMALL: [&str; 2] = ["runners.cpuMillis=300", "runners.memoryMiB=192"];

#[test]
fn the_record_outlives_an_upgrade_and_a_rollback() {
    let Some(release) = Release::alone(&[]) else {
        return;
    };
    let before = answered(&release);
    release.made("upgrade", &["runners.maxIdle=1"]);
    release.assert_on_record(&before);
    let after = answered(&release);
    let back = release.helm(&["rollback", &release.namespace.name, "1", "--wait", "--timeout=5m"]);
    assert!(back.status.success(), "{}", text(&back));
    for run in [&before, &after] {
        release.assert_on_record(run);
    }
    answered(&release);
}

#[test]
fn a_release_of_small_runners_starts_and_answers() {
    if let Some(release) = Release::alone(&SMALL) {
        answered(&release);
    }
}

/// The run's id.
fn answered(release: &Release) -> String {
    let (status, run) = release.count();
    assert_eq!(run["status"], "succeeded", "{status} {run}");
    run["run_id"].as_str().expect("an id").to_owned()
}
