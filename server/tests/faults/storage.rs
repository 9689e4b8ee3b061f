//! A data directory that is full, and one that cannot be written.

use crate::case::{Case, ENDLESS};
use crate::invariants;
use crate::ledger::Ledger;
use crate::load::{Load, question};
use crate::mounts::{Filler, Mount};
use crate::setting::{Family, times};
use crate::support::server::send;
use csv_analyst_server::config::QueueConfig;
use serde_json::json;
use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

/// Snapshots and record of a small test take a tenth of it.
const DISK_BYTES: u64 = 48 << 20;

#[test]
fn a_disk_that_was_full_costs_answers_but_no_record_and_no_restart() {
    let test = "faults: disk full";
    let (mut family, mut random) = Family::begin("disk full");
    let Some(mut case) = Case::new(test) else { return };
    let Some(_disk) = Mount::memory(test, &case.data, DISK_BYTES) else {
        return;
    };
    let ledger = Arc::new(Ledger::default());
    case.start();
    for _ in 0..times(2, 12) {
        let load = Load::start(case.address(), &ledger, &mut random);
        std::thread::sleep(random.up_to(Duration::from_millis(500)));
        let filler = Filler::fill(&case.data);
        family.fault();
        case.wait_for("the service says that it cannot write", || {
            filler.fill_up();
            let (status, readiness) = case.get("/readyz");
            status == 503 && readiness["record_writable"] == false
        });
        std::thread::sleep(random.up_to(Duration::from_millis(1_500)));
        assert_eq!(case.get("/healthz").0, 200);
        filler.free();
        load.stop();
        case.wait_until_ready();
        invariants::hold(&case, &ledger);
    }
    case.stop();
    invariants::nothing_is_left(&case);
}

#[test]
fn a_question_asked_while_the_disk_is_full_gets_its_answer_once_there_is_room() {
    let test = "faults: chat while the disk is full";
    let (mut family, _) = Family::begin("chat while the disk is full");
    let Some(mut case) = Case::new(test) else { return };
    let Some(_disk) = Mount::memory(test, &case.data, DISK_BYTES) else {
        return;
    };
    case.start();
    let thread = held_up_question(&case, &mut family);
    let messages = || case.get(&format!("/threads/{thread}/messages")).1["messages"].clone();
    case.wait_for("the question has its answer", || {
        messages()[1]["role"] == "assistant"
    });
    case.wait_for("the answer names its run", || {
        messages()[1]["run"]["capsule_hash"].is_string()
    });
    case.stop();
    invariants::nothing_is_left(&case);
}

/// A conversation whose question was stored and whose run waited for a place; when it got one, the
/// disk was full.
fn held_up_question(case: &Case, family: &mut Family) -> String {
    let endless = take_every_place(case);
    let mut stream = send(case.address(), "POST", "/chat/stream", Some(&question())).expect("a stream");
    let mut told = read_until(&mut stream, r#""state":"queued""#);
    let filler = Filler::fill(&case.data);
    family.fault();
    for run in endless {
        let path = format!("/runs/{run}/cancel");
        case.request("POST", &path, None).expect("an answer");
    }
    stream.read_to_string(&mut told).expect("the end of the stream");
    assert!(
        !told.contains("capsule_hash"),
        "there was room for an answer:\n{told}"
    );
    filler.free();
    let (_, thread) = told
        .split_once(r#""thread_id":""#)
        .expect("the conversation has an id");
    thread.split('"').next().expect("all of it").to_owned()
}

/// The ids of runs that keep them until they are cancelled.
fn take_every_place(case: &Case) -> Vec<String> {
    let query = json!({"dataset_id": "shop", "sql": ENDLESS, "timeout_ms": 60_000});
    let places = QueueConfig::default().max_running;
    let runs = (0..places).map(|_| {
        let run = case
            .request("POST", "/runs?wait=false", Some(&query))
            .expect("an answer")
            .1;
        run["run_id"].as_str().expect("an id").to_owned()
    });
    let runs: Vec<String> = runs.collect();
    case.wait_for("they run", || {
        let runs_now = |run| case.get(&format!("/runs/{run}")).1["status"] == "running";
        runs.iter().all(runs_now)
    });
    runs
}

fn read_until(stream: &mut impl Read, end: &str) -> String {
    let (mut told, mut piece) = (String::new(), [0; 1_024]);
    while !told.contains(end) {
        let count = stream.read(&mut piece).expect("more of the stream");
        assert!(count > 0, "it ended before {end}:\n{told}");
        told.push_str(&String::from_utf8_lossy(&piece[..count]));
    }
    told
}

#[test]
fn a_server_killed_while_the_disk_is_full_loses_only_what_it_could_not_write() {
    let test = "faults: killed while the disk is full";
    let (mut family, mut random) = Family::begin("killed while the disk is full");
    let Some(mut case) = Case::new(test) else { return };
    let Some(_disk) = Mount::memory(test, &case.data, DISK_BYTES) else {
        return;
    };
    let ever = Ledger::default();
    case.start();
    for _ in 0..times(1, 8) {
        let ledger = Arc::new(Ledger::default());
        let load = Load::start(case.address(), &ledger, &mut random);
        std::thread::sleep(random.up_to(Duration::from_millis(400)));
        let filler = Filler::fill(&case.data);
        family.fault();
        std::thread::sleep(random.up_to(Duration::from_millis(800)));
        case.kill();
        family.kill();
        load.stop();
        ledger.told().forget_unsealed();
        // Whether it starts without room is its choice; it says so, and breaks nothing.
        case.start_and_kill_after(random.up_to(Duration::from_millis(700)));
        family.kill();
        filler.free();
        case.start();
        invariants::hold(&case, &ledger);
        ever.absorb(&ledger);
    }
    invariants::hold(&case, &ever);
    case.stop();
    invariants::nothing_is_left(&case);
}

#[test]
fn a_data_directory_that_cannot_be_written_is_refused_in_words_and_read_all_the_same() {
    let test = "faults: read-only data directory";
    let (mut family, _) = Family::begin("read-only data directory");
    let Some(mut case) = Case::new(test) else { return };
    let Some(disk) = Mount::memory(test, &case.data, DISK_BYTES) else {
        return;
    };
    let ledger = Arc::new(Ledger::default());
    case.start();
    ledger.note(&case.run_sql(crate::case::QUICK, 20_000).1);
    case.stop();
    disk.read_only(true);
    family.fault();
    let log = case.refused_start();
    assert!(
        log.contains("data directory") && log.contains("ead-only"),
        "{log}"
    );
    invariants::record_verifies(&case);
    disk.read_only(false);
    case.start();
    invariants::hold(&case, &ledger);
    case.stop();
    invariants::nothing_is_left(&case);
}

#[test]
fn a_key_folder_that_becomes_read_only_holds_up_no_run_and_breaks_no_chain() {
    let test = "faults: read-only key folder";
    let (mut family, mut random) = Family::begin("read-only key folder");
    let Some(mut case) = Case::new(test) else { return };
    let ledger = Arc::new(Ledger::default());
    case.start();
    let Some(keys) = Mount::over_itself(test, &case.data.join("keys")) else {
        return;
    };
    keys.read_only(true);
    family.fault();
    let load = Load::start(case.address(), &ledger, &mut random);
    case.wait_for("runs go on", || load.answered() > 20);
    load.stop();
    invariants::record_verifies(&case);
    assert!(case.log().contains("the record's head could not be written"));
    case.kill();
    family.kill();
    let log = case.refused_start();
    assert!(
        log.contains("data directory") && log.contains("ead-only"),
        "{log}"
    );
    drop(keys);
    case.start();
    invariants::hold(&case, &ledger);
    case.stop();
    invariants::nothing_is_left(&case);
}
