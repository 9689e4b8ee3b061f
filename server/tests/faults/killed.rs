//! `kill -9` of the server and of runners, at any moment.

use crate::case::{Case, QUICK};
use crate::invariants;
use crate::ledger::Ledger;
use crate::load::Load;
use crate::processes;
use crate::random::Random;
use crate::setting::{Family, times};
use std::fs::OpenOptions;
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;

/// A run from its admission to its seal takes a few hundred milliseconds.
const A_WHILE: Duration = Duration::from_millis(1_200);

#[test]
fn a_server_killed_at_any_moment_comes_back_with_all_it_had_told() {
    let (mut family, mut random) = Family::begin("the server killed");
    let Some(mut case) = Case::new("faults: the server killed") else {
        return;
    };
    let ever = Ledger::default();
    case.start();
    for _ in 0..times(4, 60) {
        let ledger = Arc::new(Ledger::default());
        let load = Load::start(case.address(), &ledger, &mut random);
        std::thread::sleep(random.up_to(A_WHILE));
        if random.one_in(4) {
            kill_a_runner(&case, &mut family, &mut random);
        }
        case.kill();
        family.kill();
        load.stop();
        if random.one_in(3) {
            leave_a_torn_tail(&case, &mut random);
            family.fault();
        }
        if random.one_in(3) {
            case.start_and_kill_after(random.up_to(Duration::from_millis(700)));
            family.kill();
        }
        case.start();
        invariants::hold(&case, &ledger);
        ever.absorb(&ledger);
    }
    invariants::hold(&case, &ever);
    case.stop();
    invariants::nothing_is_left(&case);
}

/// As a power failure in the middle of a write: bytes after the last whole transaction.
fn leave_a_torn_tail(case: &Case, random: &mut Random) {
    let log = case.data.join("records.sqlite3-wal");
    let count = 1 + usize::try_from(random.below(9_000)).unwrap_or(0);
    let file = OpenOptions::new().append(true).open(log);
    // A server that was killed while it started may not have begun its log.
    if let Ok(mut file) = file {
        file.write_all(&random.bytes(count)).expect("bytes can be added");
    }
}

fn kill_a_runner(case: &Case, family: &mut Family, random: &mut Random) -> bool {
    let runners = processes::runners(&case.label);
    let Some(victim) = random.pick(&runners) else {
        return false;
    };
    processes::kill(victim.id);
    family.kill();
    true
}

#[test]
fn runners_killed_at_any_moment_end_their_own_run_and_nothing_else() {
    let (mut family, mut random) = Family::begin("runners killed");
    let Some(mut case) = Case::new("faults: runners killed") else {
        return;
    };
    let ledger = Arc::new(Ledger::default());
    case.start();
    let load = Load::start(case.address(), &ledger, &mut random);
    let mut left = times(6, 80);
    case.wait_for("enough runners were found to kill", || {
        std::thread::sleep(random.up_to(Duration::from_millis(200)));
        left -= u64::from(kill_a_runner(&case, &mut family, &mut random));
        left == 0
    });
    load.stop();
    invariants::hold(&case, &ledger);
    case.stop();
    invariants::nothing_is_left(&case);
}

#[test]
fn sandboxes_killed_while_they_wait_are_replaced_and_cost_no_run() {
    let (mut family, mut random) = Family::begin("waiting sandboxes killed");
    let Some(mut case) = Case::new("faults: waiting sandboxes killed") else {
        return;
    };
    let ledger = Ledger::default();
    case.start();
    for _ in 0..times(3, 30) {
        case.wait_for("a sandbox waits", || !processes::runners(&case.label).is_empty());
        std::thread::sleep(random.up_to(Duration::from_millis(300)));
        let waiting = processes::runners(&case.label);
        for victim in &waiting {
            processes::kill(victim.id);
            family.kill();
        }
        // One that is still dying may be given a query, which is then lost with it.
        case.wait_for("they are dead", || {
            let living = processes::runners(&case.label);
            !living
                .iter()
                .any(|one| waiting.iter().any(|victim| victim.id == one.id))
        });
        let (status, run) = case.run_sql(QUICK, 20_000);
        assert_eq!(status, 200, "it takes another: {run}");
        ledger.note(&run);
    }
    invariants::hold(&case, &ledger);
    case.stop();
    invariants::nothing_is_left(&case);
}
