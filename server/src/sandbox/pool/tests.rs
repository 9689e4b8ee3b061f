//! The decisions of the shelves, at times that the tests choose.

use super::shelf::{Failed, Waiter};
use super::shelves::{Shelves, Started, Take, Work};
use super::{PoolSettings, Reason};
use crate::sandbox::{Remains, Request, Sandbox, SandboxClass, SandboxError, SandboxFailure, Used};
use async_trait::async_trait;
use csv_analyst_protocol::limits::Resources;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

const START: Duration = Duration::from_millis(50);
const MEBIBYTE: u64 = 1 << 20;

struct Waits {
    memory_bytes: u64,
    alive: bool,
}

#[async_trait]
impl Sandbox for Waits {
    async fn execute(self: Box<Self>, _: Request<'_>, _: &CancellationToken) -> Used {
        Used {
            outcome: Err(SandboxFailure::GoneBefore.into()),
            remains: self,
        }
    }

    fn give_up(self: Box<Self>) -> Box<dyn Remains> {
        self
    }

    fn is_waiting(&mut self) -> bool {
        self.alive
    }

    fn memory_bytes(&self) -> Option<u64> {
        Some(self.memory_bytes)
    }
}

#[async_trait]
impl Remains for Waits {
    async fn destroy(&mut self) -> Result<(), SandboxError> {
        Ok(())
    }
}

fn class(version: &str) -> SandboxClass {
    SandboxClass {
        snapshot: "/none".into(),
        dataset_version: version.into(),
        resources: Resources::default(),
    }
}

fn settings(min_idle: usize) -> PoolSettings {
    PoolSettings {
        min_idle,
        concurrent_starts: Some(2),
        ..PoolSettings::default()
    }
}

fn sandbox(mebibytes: u64) -> Box<dyn Sandbox> {
    Box::new(Waits {
        memory_bytes: mebibytes * MEBIBYTE,
        alive: true,
    })
}

fn expecting(settings: PoolSettings, now: Instant) -> Shelves {
    let mut shelves = Shelves::new(settings);
    shelves.expect("numbers", &class("1"), now);
    shelves
}

/// Looks and starts until nothing more is wanted; answers how many were started.
fn fill(shelves: &mut Shelves, mebibytes: u64, now: Instant) -> usize {
    let mut count = 0;
    loop {
        let Work { start, .. } = shelves.look(now, u64::MAX);
        if start.is_empty() {
            return count;
        }
        for class in start {
            shelves.started(&class, sandbox(mebibytes), START, now);
            count += 1;
        }
    }
}

fn waiter() -> (Waiter, oneshot::Receiver<Result<super::Taken, SandboxError>>) {
    oneshot::channel()
}

fn idle(shelves: &Shelves, version: &str) -> usize {
    shelves
        .by_class
        .get(&class(version))
        .map_or(0, |shelf| shelf.idle.len())
}

#[test]
fn what_waits_stays_within_the_budget_of_memory() {
    let now = Instant::now();
    let budget = PoolSettings {
        memory_bytes: 250 * MEBIBYTE,
        ..settings(5)
    };
    let mut shelves = expecting(budget, now);
    assert_eq!(fill(&mut shelves, 100, now), 2);
}

#[test]
fn nothing_is_started_ahead_where_the_machine_has_no_memory_to_spare() {
    let now = Instant::now();
    let mut shelves = expecting(settings(3), now);
    let spare = shelves.settings.free_memory_bytes;
    assert!(shelves.look(now, spare).start.is_empty());
    assert_eq!(shelves.look(now, spare + 60 * MEBIBYTE).start.len(), 1);
}

#[test]
fn a_class_that_is_asked_for_gets_the_memory_of_one_that_is_not() {
    let mut now = Instant::now();
    let budget = PoolSettings {
        memory_bytes: 100 * MEBIBYTE,
        ..settings(1)
    };
    let mut shelves = expecting(budget, now);
    assert_eq!(fill(&mut shelves, 90, now), 1);
    for _ in 0..20 {
        now += Duration::from_millis(100);
        let (waiter, waits) = waiter();
        let (take, _) = shelves.take(&class("2"), waiter, now);
        assert!(matches!(take, Take::Waits(true)));
        let started = shelves.started(&class("2"), sandbox(90), START, now);
        assert!(matches!(started, Started::For(..)));
        drop(waits);
    }
    let work = shelves.look(now, u64::MAX);
    assert_eq!(work.retire.len(), 1);
    assert_eq!(work.retire[0].1, Reason::Memory);
    assert!(work.start.iter().all(|start| *start == class("2")) && !work.start.is_empty());
    assert_eq!(idle(&shelves, "1"), 0);
}

#[test]
fn after_a_failed_start_nothing_is_started_ahead_for_a_while() {
    let now = Instant::now();
    let mut shelves = expecting(settings(1), now);
    let error = SandboxError::from(SandboxFailure::Unavailable("no engine".into()));
    let mut at = now;
    let mut pauses = Vec::new();
    for _ in 0..12 {
        assert_eq!(shelves.look(at, u64::MAX).start.len(), 1);
        shelves.failed(&class("1"), &error, at);
        let failed_at = at;
        while shelves.look(at, u64::MAX).start.is_empty() {
            at += Duration::from_millis(250);
        }
        // That look has begun a start, which fails in the next round.
        shelves.shelf(&class("1"), at).starting = 0;
        pauses.push((at - failed_at).as_millis());
    }
    assert_eq!(pauses[..4], [500, 1_000, 2_000, 4_000]);
    assert_eq!(pauses.last(), Some(&60_000));
}

#[test]
fn a_failed_start_fails_one_run_and_only_if_no_other_start_is_under_way_for_it() {
    let now = Instant::now();
    let mut shelves = Shelves::new(settings(0));
    let error = SandboxError::from(SandboxFailure::Unavailable("no engine".into()));
    let (first, _first) = waiter();
    let (second, _second) = waiter();
    assert!(matches!(
        shelves.take(&class("1"), first, now).0,
        Take::Waits(true)
    ));
    shelves.shelf(&class("1"), now).starting += 1;
    assert!(matches!(
        shelves.take(&class("1"), second, now).0,
        Take::Waits(false)
    ));
    let failed = shelves.failed(&class("1"), &error, now);
    assert!(matches!(failed, Failed::For(_)), "two wait, one start is left");
    let started = shelves.started(&class("1"), sandbox(1), START, now);
    assert!(matches!(started, Started::For(..)), "the other is served");
}

#[test]
fn a_run_that_joined_a_start_which_failed_gets_one_of_its_own_and_no_second() {
    let now = Instant::now();
    let error = SandboxError::from(SandboxFailure::Broken("the runner ended"));
    let mut shelves = Shelves::new(settings(0));
    // Made for a run that has left, or ahead of any.
    shelves.shelf(&class("1"), now).starting = 1;
    let (joins, _joined) = waiter();
    let (take, _) = shelves.take(&class("1"), joins, now);
    assert!(matches!(take, Take::Waits(false)));
    assert!(matches!(shelves.failed(&class("1"), &error, now), Failed::Again));
    assert_eq!(shelves.shelf(&class("1"), now).starting, 1, "counted");
    assert!(matches!(shelves.failed(&class("1"), &error, now), Failed::For(_)));
    assert_eq!(shelves.shelf(&class("1"), now).starting, 0);
}

#[test]
fn the_oldest_go_when_demand_has_gone_and_the_least_stays() {
    let now = Instant::now();
    let mut shelves = expecting(settings(1), now);
    let before = 4;
    for _ in 0..before {
        shelves.started(&class("1"), sandbox(1), START, now);
    }
    let patience = Duration::from_millis(shelves.settings.idle_ms);
    shelves.look(now + patience / 2, u64::MAX);
    assert_eq!(idle(&shelves, "1"), before, "it may be asked for again");
    let work = shelves.look(now + patience * 10, u64::MAX);
    assert_eq!((work.retire.len(), idle(&shelves, "1")), (before - 1, 1));
    assert!(work.retire.iter().all(|(_, reason)| *reason == Reason::Idle));
}

#[test]
fn a_class_that_nobody_expects_or_asks_for_is_forgotten() {
    let now = Instant::now();
    let mut shelves = Shelves::new(settings(1));
    let (waiter, waits) = waiter();
    drop(waits);
    shelves.take(&class("9"), waiter, now);
    shelves.started(&class("9"), sandbox(1), START, now);
    assert_eq!(idle(&shelves, "9"), 1);
    shelves.look(now + Duration::from_secs(3_600), u64::MAX);
    assert!(shelves.by_class.is_empty());
}

#[test]
fn where_runs_take_the_processors_one_is_started_at_a_time() {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let settings = PoolSettings {
        concurrent_starts: Some(4),
        ..PoolSettings::default()
    };
    assert_eq!(settings.starts_beside(0), 4);
    assert_eq!(settings.starts_beside(processors + 1), 1);
}

#[test]
fn what_ended_on_the_shelf_is_not_given_out() {
    let now = Instant::now();
    let mut shelves = expecting(settings(2), now);
    shelves.started(&class("1"), sandbox(1), START, now);
    let dead = Waits {
        memory_bytes: 1,
        alive: false,
    };
    shelves.started(&class("1"), Box::new(dead), START, now);
    let (waiter, _waits) = waiter();
    let (take, ended) = shelves.take(&class("1"), waiter, now);
    assert!(matches!(take, Take::Warm(_)));
    assert_eq!(ended.len(), 1);
}
