//! What holds after every fault, asked from outside: of the interface, the record, the machine.

use crate::case::{Case, happens};
use crate::ledger::{End, Ledger, ToldRun, ToldThread};
use crate::processes::{self, control_groups};
use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use std::path::Path;

/// With a server that runs: everything that was told is still so, and it answers.
pub fn hold(case: &Case, ledger: &Ledger) {
    case.wait_until_it_answers();
    everything_ends(case);
    told_runs_stay_as_told(case, ledger);
    told_answers_stay(case, ledger);
    record_verifies(case);
    nothing_of_dead_servers_is_left(case);
}

/// After a clean stop: nothing at all is left.
pub fn nothing_is_left(case: &Case) {
    case.wait_for("no process is left", || {
        processes::runners(&case.label).is_empty() && processes::about(case.path()).is_empty()
    });
    let scratch = || entries(&case.scratch());
    case.wait_for("no scratch folder is left", || scratch().is_empty());
    no_mount_is_left(case);
    case.wait_for("no control group is left", || {
        control_groups(&case.label).is_empty()
    });
    snapshots_are_whole(case);
    record_verifies(case);
}

/// Every run has exactly one terminal state and one capsule, and every question an answer.
fn everything_ends(case: &Case) {
    let open = || {
        let record = record(case);
        let count = |query: &str| {
            record
                .query_row(query, [], |row| row.get::<_, i64>(0))
                .expect("a count")
        };
        count("SELECT count(*) FROM runs WHERE state IN ('queued', 'running')")
            + count("SELECT count(*) FROM runs WHERE run_id NOT IN (SELECT run_id FROM capsules)")
            + count(UNANSWERED)
    };
    case.wait_for("every run is ended and sealed, every question answered", || {
        open() == 0
    });
}

const UNANSWERED: &str = "SELECT count(*) FROM messages AS last WHERE role = '\"user\"' AND NOT EXISTS
    (SELECT 1 FROM messages AS later WHERE later.thread_id = last.thread_id AND later.sequence > last.sequence)";

fn record(case: &Case) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
    let connection = Connection::open_with_flags(case.database(), flags).expect("a record");
    connection
        .busy_timeout(std::time::Duration::from_secs(20))
        .expect("a time-out");
    connection
}

fn told_runs_stay_as_told(case: &Case, ledger: &Ledger) {
    let told = ledger.told();
    assert!(told.contradictions.is_empty(), "{:?}", told.contradictions);
    for (run_id, told) in &told.runs {
        check_run(case, run_id, told);
    }
}

fn check_run(case: &Case, run_id: &str, told: &ToldRun) {
    let mut run = Value::Null;
    // A run that is on its way to being sealed has ended already, and may lack its hash for a moment.
    let sealed = happens(|| {
        run = case.get(&format!("/runs/{run_id}")).1;
        run["capsule_hash"].is_string()
    });
    assert!(sealed, "{run_id} was told of ({told:?}) and is not sealed: {run}");
    let now = End::of(&run).unwrap_or_else(|| panic!("a sealed run has ended: {run}"));
    if let Some(reason) = told.end.as_ref().and_then(|told| told.contradicts(&now)) {
        panic!("{run_id}: {reason}: told {told:?}, now {run}");
    }
}

fn told_answers_stay(case: &Case, ledger: &Ledger) {
    for (thread_id, ToldThread { message }) in &ledger.told().threads {
        let (status, kept) = case.get(&format!("/threads/{thread_id}/messages"));
        let messages = kept["messages"].as_array().map_or(&[][..], Vec::as_slice);
        let is_there = messages.iter().any(|kept| kept["text"] == **message);
        assert!(status == 200 && is_there, "{thread_id}: {message}: {kept}");
    }
}

pub fn record_verifies(case: &Case) {
    let (green, text) = case.verify();
    assert!(green, "{text}");
}

/// A living server's own sandboxes may be there; those of one that is gone may not.
fn nothing_of_dead_servers_is_left(case: &Case) {
    let living = case.server_id().expect("a server is running");
    let orphans = || {
        let runners = processes::runners(&case.label).into_iter();
        runners
            .filter(|runner| runner.owner != living)
            .collect::<Vec<_>>()
    };
    case.wait_for("no runner of a dead server is left", || orphans().is_empty());
    let owner = format!(":{living}-");
    let foreign = || {
        let scratch = entries(&case.scratch());
        scratch
            .into_iter()
            .filter(|name| !name.contains(&owner))
            .collect::<Vec<_>>()
    };
    case.wait_for("no scratch folder of a dead server is left", || {
        foreign().is_empty()
    });
    let owner = format!("{}:{living}-", case.label);
    let foreign = || {
        let groups = control_groups(&case.label).into_iter();
        groups
            .filter(|group| !group.display().to_string().contains(&owner))
            .collect::<Vec<_>>()
    };
    case.wait_for("no control group of a dead server is left", || {
        foreign().is_empty()
    });
    case.wait_for("every runner that ended is reaped", || {
        processes::zombies_of(living).is_empty()
    });
}

fn entries(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Beside the mounts that the test has made itself, which it takes away before.
fn no_mount_is_left(case: &Case) {
    let needle = case.path().display().to_string();
    let mounts = std::fs::read_to_string("/proc/mounts").expect("/proc is there");
    let left: Vec<&str> = mounts.lines().filter(|line| line.contains(&needle)).collect();
    assert!(left.is_empty() || case.data_is_a_mount(), "{left:?}");
}

/// Snapshots, profiles and samples under their final names, and nothing half-made.
pub fn snapshots_are_whole(case: &Case) {
    let whole = |name: &String| {
        [".duckdb", ".profile.json", ".samples.json"]
            .iter()
            .any(|ending| name.ends_with(ending))
    };
    let names = entries(&case.data.join("snapshots"));
    let half: Vec<_> = names.iter().filter(|name| !whole(name)).collect();
    assert!(half.is_empty(), "half-made: {half:?}");
}
