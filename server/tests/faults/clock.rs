//! The wall clock jumps, a day forward and a day back, while runs are under way.

use crate::case::{Case, ENDLESS};
use crate::invariants;
use crate::ledger::Ledger;
use crate::load::Load;
use crate::setting::{Family, times};
use crate::support::skip;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Debian's `libfaketime`, by the architectures that the service is built for.
const LIBRARIES: [&str; 2] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
];
const JUMPS: [&str; 5] = ["+1d", "-1d", "+3h", "-10y", "+0"];

#[test]
fn a_clock_that_jumps_breaks_no_deadline_no_order_and_no_chain() {
    let test = "faults: clock jumps";
    let (mut family, mut random) = Family::begin("clock jumps");
    let Some(library) = LIBRARIES.iter().find(|path| Path::new(path).exists()) else {
        skip(
            test,
            "libfaketime is not installed (Debian: `apt-get install libfaketime`)",
        );
        return;
    };
    let Some(mut case) = Case::new(test) else { return };
    let clock = case.path().join("clock");
    set(&clock, "+0");
    case.environment = [
        ("LD_PRELOAD", *library),
        ("FAKETIME_TIMESTAMP_FILE", &*clock.to_string_lossy()),
        ("FAKETIME_NO_CACHE", "1"),
        // As in life: only the wall clock jumps.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let ledger = Arc::new(Ledger::default());
    case.start();
    for round in 0..times(2, 10) {
        let load = Load::start(case.address(), &ledger, &mut random);
        for jump in JUMPS {
            std::thread::sleep(random.up_to(Duration::from_millis(400)));
            set(&clock, jump);
            family.fault();
        }
        deadlines_hold(&case, &clock, &mut family);
        load.stop();
        if round % 2 == 1 {
            set(&clock, "-1d");
            case.kill();
            family.kill();
            case.start();
        }
        invariants::hold(&case, &ledger);
        times_read_as_times(&case);
    }
    case.stop();
    invariants::nothing_is_left(&case);
}

/// A jump while a run is under way ends it neither early as answered nor never.
fn deadlines_hold(case: &Case, clock: &Path, family: &mut Family) {
    for jump in ["-1d", "+1d"] {
        std::thread::scope(|scope| {
            let run = scope.spawn(|| case.run_sql(ENDLESS, 1_500).1);
            std::thread::sleep(Duration::from_millis(300));
            set(clock, jump);
            family.fault();
            let answer = run.join().expect("no panic");
            assert_eq!(answer["run"]["status"], "timed_out", "{answer}");
            let total = answer["run"]["timings"]["execute_ms"].as_f64().expect("a number");
            assert!(total > 0.0, "durations do not come from the wall clock: {answer}");
        });
    }
}

/// Durations in a record are never negative.
fn times_read_as_times(case: &Case) {
    let (_, run) = case.run_sql(crate::case::QUICK, 20_000);
    for (name, value) in run["timings"].as_object().expect("timings") {
        assert!(value.as_f64().is_none_or(|value| value >= 0.0), "{name}: {run}");
    }
}

/// Written beside and renamed: the library reads it whole at every call.
fn set(clock: &Path, jump: &str) {
    let new = clock.with_extension("new");
    std::fs::write(&new, format!("{jump}\n")).expect("a file");
    std::fs::rename(new, clock).expect("a file");
}
