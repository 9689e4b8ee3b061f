//! `kill -9` while files are being read: nothing half-made stays, and the next start reads them.

use crate::case::Case;
use crate::invariants;
use crate::ledger::Ledger;
use crate::processes;
use crate::random::Random;
use crate::setting::{Family, times};
use std::fmt::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Long enough to be met in the middle: about a second in a development build.
const ROWS: u32 = 300_000;

#[test]
fn reading_files_killed_at_any_moment_leaves_nothing_half_made() {
    let (mut family, mut random) = Family::begin("reading files killed");
    let Some(mut case) = Case::new("faults: reading files killed") else {
        return;
    };
    let file = long_file(&case);
    case.datasets.push(("long".into(), file));
    for _ in 0..times(3, 20) {
        case.launch();
        if wait_for_reader(&case, &mut random) {
            family.kill();
            match random.one_in(2) {
                true => case.kill(),
                false => {
                    kill_readers(&case);
                    // By itself, at the next question after a pause.
                    case.wait_for("the files are read again", || {
                        case.get("/datasets/long").0 == 200 && is_ready(&case)
                    });
                    case.kill();
                }
            }
        } else {
            case.kill();
        }
        no_reader_is_left(&case);
        forget_snapshots_sometimes(&case, &mut random);
    }
    case.start();
    case.wait_for("the files are read", || is_ready(&case));
    invariants::hold(&case, &Ledger::default());
    case.stop();
    invariants::nothing_is_left(&case);
}

fn long_file(case: &Case) -> PathBuf {
    let mut text = String::from("id,word,amount,day\n");
    for row in 0..ROWS {
        let day = row % 28 + 1;
        writeln!(
            text,
            "{row},word {},{}.25,2026-02-{day:02}",
            row % 977,
            row % 10_007
        )
        .expect("a string takes it");
    }
    let path = case.path().join("long.csv");
    std::fs::write(&path, text).expect("a file");
    path
}

/// Until somebody reads the long file, and a while longer. False: it was read already.
fn wait_for_reader(case: &Case, random: &mut Random) -> bool {
    let deadline = Instant::now() + Duration::from_secs(20);
    while readers(case).is_empty() {
        if is_ready(case) || Instant::now() > deadline {
            return false;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    std::thread::sleep(random.up_to(Duration::from_millis(1_500)));
    true
}

fn readers(case: &Case) -> Vec<processes::Runner> {
    let runners = processes::runners(&case.label).into_iter();
    runners.filter(|runner| runner.role == "ingest").collect()
}

fn kill_readers(case: &Case) {
    readers(case).iter().for_each(|reader| processes::kill(reader.id));
}

fn is_ready(case: &Case) -> bool {
    let (_, listed) = case.get("/datasets");
    let datasets = listed["datasets"].as_array().map_or(&[][..], Vec::as_slice);
    datasets
        .iter()
        .any(|one| one["id"] == "long" && one["state"] == "ready")
}

/// A reader ends with its server.
fn no_reader_is_left(case: &Case) {
    case.wait_for("no reader is left", || readers(case).is_empty());
}

/// So that the next round reads them anew.
fn forget_snapshots_sometimes(case: &Case, random: &mut Random) {
    if random.one_in(2) {
        return;
    }
    let snapshots = std::fs::read_dir(case.data.join("snapshots"))
        .expect("a folder")
        .flatten();
    for file in snapshots.filter(|file| file.file_name().to_string_lossy().ends_with(".profile.json")) {
        std::fs::remove_file(file.path()).expect("a file");
    }
}
