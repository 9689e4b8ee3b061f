//! The record held by another process, and its log cut off or overwritten after a kill.

use crate::case::{Case, QUICK};
use crate::invariants;
use crate::ledger::Ledger;
use crate::load::Load;
use crate::random::Random;
use crate::setting::{Family, times};
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Longer than the service waits for a lock (5 s).
const TOO_LONG: Duration = Duration::from_secs(7);
const A_MOMENT: Duration = Duration::from_secs(2);

#[test]
fn a_record_locked_for_a_moment_costs_nothing_and_for_long_no_record() {
    let (mut family, mut random) = Family::begin("record locked");
    let Some(mut case) = Case::new("faults: record locked") else {
        return;
    };
    let ledger = Arc::new(Ledger::default());
    case.start();
    let sealed = case.run_sql(QUICK, 20_000).1;
    let path = format!("/runs/{}", sealed["run_id"].as_str().expect("an id"));
    for _ in 0..times(1, 4) {
        locked_for(&case, A_MOMENT, || {
            family.fault();
            let (status, run) = case.run_sql(QUICK, 20_000);
            assert_eq!(status, 200, "a moment is waited out: {run}");
            ledger.note(&run);
        });
        let load = Load::start(case.address(), &ledger, &mut random);
        locked_for(&case, TOO_LONG, || {
            family.fault();
            std::thread::sleep(TOO_LONG);
            assert_eq!(case.get("/healthz").0, 200);
            assert_eq!(case.get(&path).1, sealed, "what is on record can be read");
        });
        load.stop();
        invariants::hold(&case, &ledger);
    }
    case.stop();
    invariants::nothing_is_left(&case);
}

/// As an administrator with an open transaction in another program: given back after `held`, or
/// when `meanwhile` has ended, whichever is later.
fn locked_for(case: &Case, held: Duration, meanwhile: impl FnOnce()) {
    let connection = Connection::open(case.database()).expect("a record");
    connection.busy_timeout(TOO_LONG).expect("a time-out");
    connection.execute_batch("BEGIN IMMEDIATE").expect("the lock");
    std::thread::scope(|scope| {
        scope.spawn(move || {
            std::thread::sleep(held);
            connection
                .execute_batch("ROLLBACK")
                .expect("the lock is given back");
        });
        meanwhile();
    });
}

#[test]
fn a_damaged_log_is_noticed_or_harmless_and_never_a_silent_loss() {
    let (mut family, mut random) = Family::begin("torn log of the record");
    let Some(mut case) = Case::new("faults: torn log of the record") else {
        return;
    };
    let ledger = Arc::new(Ledger::default());
    case.start();
    let load = Load::start(case.address(), &ledger, &mut random);
    case.wait_for("there is something to lose", || load.answered() > 15);
    case.kill();
    family.kill();
    load.stop();
    let copy = Copy::of(&case);
    for _ in 0..times(4, 25) {
        damage(&case, &mut random);
        family.fault();
        match case.try_start() {
            Ok(()) => {
                invariants::hold(&case, &ledger);
                case.kill();
                family.kill();
            }
            Err(log) => assert!(names_the_loss(&log), "{log}"),
        }
        copy.put_back();
    }
    case.start();
    invariants::hold(&case, &ledger);
    case.stop();
    invariants::nothing_is_left(&case);
}

/// Says what is missing and what to do, or that the file is damaged.
fn names_the_loss(log: &str) -> bool {
    log.contains("Restore records.sqlite3 from a copy") || log.contains("malformed")
}

fn damage(case: &Case, random: &mut Random) {
    let path = case.data.join("records.sqlite3-wal");
    let mut log = std::fs::read(&path).expect("a killed server leaves its log");
    let length = u64::try_from(log.len()).expect("a small file");
    let at = usize::try_from(random.below(length)).expect("a place in it");
    match random.below(4) {
        0 => log.truncate(at),
        1 => log.extend(random.bytes(at)),
        2 => {
            let end = log.len().min(at + 4_096);
            let noise = random.bytes(end - at);
            log[at..end].copy_from_slice(&noise);
        }
        _ => std::fs::write(case.data.join("records.sqlite3-shm"), random.bytes(at)).expect("a file"),
    }
    std::fs::write(&path, log).expect("a file");
}

/// The record with its log and its head, as they were.
struct Copy(Vec<(PathBuf, Option<Vec<u8>>)>);

const FILES: [&str; 5] = [
    "records.sqlite3",
    "records.sqlite3-wal",
    "records.sqlite3-shm",
    "keys/capsule-head.json",
    "keys/capsule-head.new",
];

impl Copy {
    fn of(case: &Case) -> Self {
        let keep = |name: &str| {
            let path = case.data.join(name);
            let bytes = std::fs::read(&path).ok();
            (path, bytes)
        };
        Self(FILES.map(keep).into())
    }

    fn put_back(&self) {
        let put = |(path, bytes): &(PathBuf, Option<Vec<u8>>)| match bytes {
            Some(bytes) => std::fs::write(path, bytes).expect("a file"),
            None => remove(path),
        };
        self.0.iter().for_each(put);
    }
}

fn remove(path: &Path) {
    if path.exists() {
        std::fs::remove_file(path).expect("a file");
    }
}
