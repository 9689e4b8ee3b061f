//! Runs behind a pool: what waits, what is started, what is destroyed, and when.

use super::{Stage, queue, stage_over};
use async_trait::async_trait;
use csv_analyst_protocol::api::PoolStatus;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::run::{RunState, SandboxReport, SandboxStart};
use csv_analyst_protocol::runner::{ResultTable, RunnerTimings};
use csv_analyst_server::runs::{Client, RunHandle, Submission};
use csv_analyst_server::sandbox::{
    Execution, Pool, PoolSettings, Remains, Request, Sandbox, SandboxClass, SandboxError, SandboxFailure,
    SandboxKind, SandboxProvider, Used,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// Counts everything, and does what its switches say.
#[derive(Default)]
struct Factory {
    started: AtomicUsize,
    starting: AtomicUsize,
    most_starting: AtomicUsize,
    alive: AtomicUsize,
    start_ms: AtomicU64,
    memory_bytes: AtomicU64,
    /// Starts fail.
    broken: AtomicBool,
    /// So many starts fail at their end.
    failing: AtomicUsize,
    /// So many sandboxes look alive, but end before they take a query.
    dying: AtomicUsize,
    /// Sandboxes that wait are seen to have ended.
    dead: AtomicBool,
    /// They give no answer.
    silent: AtomicBool,
    /// Destroying waits.
    undying: AtomicBool,
    /// Destroying fails so often.
    failures_to_destroy: AtomicUsize,
}

struct Product(Arc<Factory>);

struct Provider(Arc<Factory>);

const SETTLED: Ordering = Ordering::SeqCst;

#[async_trait]
impl SandboxProvider for Provider {
    fn kind(&self) -> SandboxKind {
        SandboxKind::Process
    }

    fn report(&self) -> SandboxReport {
        SandboxReport {
            kind: "scripted".into(),
            ..SandboxReport::default()
        }
    }

    fn missing_guards(&self) -> Vec<String> {
        Vec::new()
    }

    async fn start(&self, _: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError> {
        let factory = &self.0;
        factory.started.fetch_add(1, SETTLED);
        let now = factory.starting.fetch_add(1, SETTLED) + 1;
        factory.most_starting.fetch_max(now, SETTLED);
        tokio::time::sleep(Duration::from_millis(factory.start_ms.load(SETTLED))).await;
        factory.starting.fetch_sub(1, SETTLED);
        if factory.broken.load(SETTLED) {
            return Err(SandboxFailure::Unavailable("no engine".into()).into());
        }
        let fails = |left: usize| left.checked_sub(1);
        if factory.failing.fetch_update(SETTLED, SETTLED, fails).is_ok() {
            return Err(SandboxFailure::Broken("it ended while it started").into());
        }
        factory.alive.fetch_add(1, SETTLED);
        Ok(Box::new(Product(factory.clone())))
    }

    async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        Ok(0)
    }
}

#[async_trait]
impl Sandbox for Product {
    async fn execute(self: Box<Self>, _: Request<'_>, _: &CancellationToken) -> Used {
        let dies = |left: usize| left.checked_sub(1);
        let outcome = match self.0.dying.fetch_update(SETTLED, SETTLED, dies).is_ok() {
            true => Err(SandboxFailure::GoneBefore.into()),
            false if self.0.silent.load(SETTLED) => Err(SandboxFailure::Broken("no answer").into()),
            false => Ok(Execution {
                table: ResultTable::default(),
                timings: RunnerTimings::default(),
                peak_memory_bytes: None,
                stderr: String::new(),
            }),
        };
        Used {
            outcome,
            remains: self,
        }
    }

    fn give_up(self: Box<Self>) -> Box<dyn Remains> {
        self
    }

    fn is_waiting(&mut self) -> bool {
        !self.0.dead.load(SETTLED)
    }

    fn memory_bytes(&self) -> Option<u64> {
        Some(self.0.memory_bytes.load(SETTLED))
    }
}

#[async_trait]
impl Remains for Product {
    async fn destroy(&mut self) -> Result<(), SandboxError> {
        while self.0.undying.load(SETTLED) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let failures = &self.0.failures_to_destroy;
        match failures.fetch_update(SETTLED, SETTLED, |left| left.checked_sub(1)) {
            Ok(_) => Err(SandboxFailure::Broken("it can't be destroyed").into()),
            Err(_) => Ok(()),
        }
    }
}

impl Drop for Product {
    fn drop(&mut self) {
        self.0.alive.fetch_sub(1, SETTLED);
    }
}

/// Nothing is asked of the machine, whose memory is others' business here.
fn settings(min_idle: usize, max_idle: usize) -> PoolSettings {
    PoolSettings {
        min_idle,
        max_idle,
        free_memory_bytes: 0,
        concurrent_starts: Some(2),
        ..PoolSettings::default()
    }
}

fn class(version: &str) -> SandboxClass {
    SandboxClass {
        snapshot: "/none".into(),
        dataset_version: version.into(),
        resources: Limits::default().resources(),
    }
}

fn pool(factory: &Arc<Factory>, settings: PoolSettings) -> Pool {
    Pool::new(Arc::new(Provider(factory.clone())), settings)
}

pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn until_idle(pool: &Pool, count: usize) -> PoolStatus {
    until("sandboxes wait", || pool.status().idle == count).await;
    pool.status()
}

async fn close(pool: Pool, factory: &Factory) {
    pool.shut_down().await;
    assert_eq!(factory.alive.load(SETTLED), 0, "sandboxes are left");
    assert!(pool.take(&class("1")).await.is_err(), "nothing is given out");
}

fn warm_stage(test: &str, factory: &Arc<Factory>, settings: PoolSettings, places: usize) -> Option<Stage> {
    let provider = Arc::new(Provider(factory.clone()));
    let stage = stage_over(test, provider, settings, queue(places, 100))?;
    let class = stage.dataset.sandbox_class(&Limits::default());
    stage.pool.expect("numbers", &class);
    Some(stage)
}

fn started(handle: &RunHandle) -> Option<SandboxStart> {
    handle.latest().sandbox.as_ref().and_then(|sandbox| sandbox.start)
}

#[tokio::test]
async fn what_was_started_ahead_is_taken_once_and_replaced() {
    let factory = Arc::new(Factory::default());
    let Some(stage) = warm_stage("pool: refill", &factory, settings(1, 4), 2) else {
        return;
    };
    for served in 1..=3 {
        until_idle(&stage.pool, 1).await;
        let handle = stage.submit("SELECT n FROM numbers").expect("admitted");
        assert_eq!(handle.ended().await.status, RunState::Succeeded);
        assert_eq!(started(&handle), Some(SandboxStart::Warm));
        until("another is started", || factory.started.load(SETTLED) > served).await;
    }
    stage.close().await;
    assert_eq!(factory.alive.load(SETTLED), 0);
}

#[tokio::test]
async fn one_that_died_while_it_waited_fails_no_run() {
    let factory = Arc::new(Factory::default());
    let Some(stage) = warm_stage("pool: died on the shelf", &factory, settings(1, 1), 2) else {
        return;
    };
    until_idle(&stage.pool, 1).await;
    factory.dying.store(1, SETTLED);
    let run = stage.run().await;
    assert_eq!(run.status, RunState::Succeeded, "another one executed it");
    stage.close().await;
}

#[tokio::test]
async fn one_that_died_right_after_its_start_is_replaced_but_not_for_ever() {
    let factory = Arc::new(Factory::default());
    let unpooled = PoolSettings {
        enabled: false,
        ..settings(0, 0)
    };
    let Some(stage) = warm_stage("pool: died when started", &factory, unpooled, 2) else {
        return;
    };
    factory.dying.store(1, SETTLED);
    assert_eq!(stage.run().await.status, RunState::Succeeded);
    assert_eq!(factory.started.load(SETTLED), 2);
    factory.dying.store(usize::MAX, SETTLED);
    assert_eq!(stage.run().await.status, RunState::Failed);
    assert_eq!(
        factory.started.load(SETTLED),
        4,
        "a query does not wear out the machine"
    );
    stage.close().await;
}

#[tokio::test]
async fn a_run_that_waits_for_a_start_ahead_outlives_its_failure() {
    let factory = Arc::new(Factory::default());
    factory.start_ms.store(100, SETTLED);
    factory.failing.store(1, SETTLED);
    let pool = pool(&factory, settings(1, 1));
    pool.expect("numbers", &class("1"));
    until("one is started ahead", || factory.starting.load(SETTLED) == 1).await;
    let taken = tokio::time::timeout(Duration::from_secs(20), pool.take(&class("1"))).await;
    let taken = taken.expect("it does not wait for ever").expect("a sandbox");
    assert_eq!(taken.start(), SandboxStart::Cold);
    drop(taken);
    close(pool, &factory).await;
}

#[tokio::test]
async fn one_that_is_seen_to_have_ended_is_replaced_before_anybody_takes_it() {
    let factory = Arc::new(Factory::default());
    let pool = pool(&factory, settings(2, 2));
    pool.expect("numbers", &class("1"));
    until_idle(&pool, 2).await;
    factory.dead.store(true, SETTLED);
    until("the dead are seen", || factory.started.load(SETTLED) >= 4).await;
    factory.dead.store(false, SETTLED);
    until_idle(&pool, 2).await;
    close(pool, &factory).await;
}

#[tokio::test]
async fn a_burst_beyond_the_pool_waits_for_starts_of_its_own() {
    let factory = Arc::new(Factory::default());
    let Some(stage) = warm_stage("pool: burst", &factory, settings(2, 2), 8) else {
        return;
    };
    until_idle(&stage.pool, 2).await;
    factory.start_ms.store(50, SETTLED);
    let submit = |n| stage.submit(&format!("SELECT n FROM numbers LIMIT {n}"));
    let handles: Vec<_> = (1..=8).map(|n| submit(n).expect("admitted")).collect();
    let mut ways = Vec::new();
    for handle in &handles {
        assert_eq!(handle.ended().await.status, RunState::Succeeded);
        ways.push(started(handle));
    }
    assert!(ways.contains(&Some(SandboxStart::Warm)) && ways.contains(&Some(SandboxStart::Cold)));
    stage.close().await;
    assert_eq!(factory.alive.load(SETTLED), 0);
}

#[tokio::test]
async fn starts_ahead_are_bounded_in_number_and_at_a_time() {
    let factory = Arc::new(Factory::default());
    factory.start_ms.store(5, SETTLED);
    let pool = pool(&factory, settings(7, 7));
    pool.expect("numbers", &class("1"));
    until_idle(&pool, 7).await;
    assert_eq!(factory.started.load(SETTLED), 7);
    assert!(factory.most_starting.load(SETTLED) <= 2);
    close(pool, &factory).await;
}

#[tokio::test]
async fn what_nobody_asks_for_is_retired_down_to_the_least() {
    let factory = Arc::new(Factory::default());
    let quick = PoolSettings {
        idle_ms: 10,
        ..settings(1, 8)
    };
    let pool = pool(&factory, quick);
    // One that nobody expects any more, and one that is.
    pool.expect("letters", &class("1"));
    drop(pool.take(&class("2")).await.expect("a sandbox"));
    until("only the expected one is left", || {
        let status = pool.status();
        status.idle == 1
            && status
                .classes
                .iter()
                .all(|class| class.dataset_version == "1" || class.idle == 0)
    })
    .await;
    close(pool, &factory).await;
}

#[tokio::test]
async fn sandboxes_of_a_replaced_version_go() {
    let factory = Arc::new(Factory::default());
    let pool = pool(&factory, settings(2, 2));
    pool.expect("numbers", &class("1"));
    until_idle(&pool, 2).await;
    pool.expect("numbers", &class("2"));
    until("only the new version waits", || {
        let status = pool.status();
        let idle = |version: &str| {
            let mut found = status.classes.iter();
            found
                .find(|class| class.dataset_version == version)
                .map_or(0, |class| class.idle)
        };
        idle("1") == 0 && idle("2") == 2
    })
    .await;
    until("the old ones are destroyed", || factory.alive.load(SETTLED) == 2).await;
    close(pool, &factory).await;
}

#[tokio::test]
async fn failed_starts_are_told_and_tried_again_after_pauses() {
    let factory = Arc::new(Factory::default());
    factory.broken.store(true, SETTLED);
    let pool = pool(&factory, settings(1, 1));
    pool.expect("numbers", &class("1"));
    until("it was tried", || factory.started.load(SETTLED) > 0).await;
    let failure = pool.take(&class("1")).await.err().expect("it can't be started");
    assert_eq!(failure.to_string(), "no engine");
    assert_eq!(
        pool.status().classes[0].last_failure.as_deref(),
        Some("no engine")
    );
    factory.broken.store(false, SETTLED);
    until_idle(&pool, 1).await;
    close(pool, &factory).await;
}

#[tokio::test]
async fn a_run_that_no_longer_waits_leaves_its_start_to_the_next() {
    let factory = Arc::new(Factory::default());
    factory.start_ms.store(30, SETTLED);
    let pool = pool(&factory, settings(0, 2));
    let class = class("1");
    let given_up = tokio::time::timeout(Duration::from_millis(1), pool.take(&class));
    assert!(given_up.await.is_err());
    until_idle(&pool, 1).await;
    let next = pool.take(&class).await.expect("it waits");
    assert_eq!(next.start(), SandboxStart::Warm);
    drop(next);
    close(pool, &factory).await;
}

/// One place, and sandboxes that can't be destroyed for now.
async fn undying_stage(test: &str, factory: &Arc<Factory>, max_leaving: usize) -> Option<Stage> {
    let settings = PoolSettings {
        max_leaving,
        ..settings(1, 1)
    };
    let stage = warm_stage(test, factory, settings, 1)?;
    until_idle(&stage.pool, 1).await;
    factory.undying.store(true, SETTLED);
    Some(stage)
}

/// The next run gets no place until sandboxes can be destroyed again.
async fn assert_no_place_is_free(stage: Stage, factory: &Factory) {
    let next = stage.submit("SELECT n FROM numbers LIMIT 2").expect("admitted");
    next.judged().await;
    until_idle(&stage.pool, 1).await;
    assert_eq!(next.latest().status, RunState::Queued, "the place is not free");
    factory.silent.store(false, SETTLED);
    factory.undying.store(false, SETTLED);
    assert_eq!(next.ended().await.status, RunState::Succeeded);
    stage.close().await;
}

#[tokio::test]
async fn the_answer_comes_before_the_destruction_and_the_place_is_free_after_it() {
    let factory = Arc::new(Factory::default());
    let Some(stage) = undying_stage("pool: answer first", &factory, 0).await else {
        return;
    };
    assert_eq!(
        stage.run().await.status,
        RunState::Succeeded,
        "answered, not destroyed"
    );
    assert_no_place_is_free(stage, &factory).await;
}

#[tokio::test]
async fn those_that_have_answered_leave_their_places_but_only_a_few_at_a_time() {
    let factory = Arc::new(Factory::default());
    let Some(stage) = undying_stage("pool: leaving", &factory, 2).await else {
        return;
    };
    for _ in 0..3 {
        assert_eq!(stage.run().await.status, RunState::Succeeded);
    }
    assert_no_place_is_free(stage, &factory).await;
}

#[tokio::test]
async fn one_that_gave_no_answer_keeps_its_place_until_nothing_of_it_is_left() {
    let factory = Arc::new(Factory::default());
    let Some(stage) = undying_stage("pool: no answer", &factory, 2).await else {
        return;
    };
    factory.silent.store(true, SETTLED);
    assert_eq!(stage.run().await.status, RunState::Failed);
    assert_no_place_is_free(stage, &factory).await;
}

#[tokio::test]
async fn a_destruction_that_fails_is_tried_again() {
    let factory = Arc::new(Factory::default());
    factory.failures_to_destroy.store(2, SETTLED);
    let Some(stage) = warm_stage("pool: destroyed later", &factory, settings(1, 1), 1) else {
        return;
    };
    assert_eq!(stage.run().await.status, RunState::Succeeded);
    stage.close().await;
    assert_eq!(factory.alive.load(SETTLED), 0);
    assert_eq!(factory.failures_to_destroy.load(SETTLED), 0);
}

#[tokio::test]
async fn a_client_with_one_query_is_not_behind_another_s_hundred() {
    let factory = Arc::new(Factory::default());
    factory.start_ms.store(2, SETTLED);
    let Some(stage) = warm_stage("pool: turns", &factory, PoolSettings::off(), 1) else {
        return;
    };
    let submit = |n: usize, address: [u8; 4]| {
        let submission = Submission {
            client: Client::of(address.into()),
            ..stage.submission(&format!("SELECT n FROM numbers LIMIT {n}"))
        };
        stage.runs.submit(submission).expect("admitted")
    };
    factory.undying.store(true, SETTLED);
    let many: Vec<_> = (1..=50).map(|n| submit(n, [192, 0, 2, 1])).collect();
    for handle in &many {
        handle.judged().await;
    }
    let one = submit(51, [192, 0, 2, 2]);
    one.judged().await;
    factory.undying.store(false, SETTLED);
    one.ended().await;
    let ended = many.iter().filter(|handle| handle.latest().status.is_terminal());
    assert!(ended.count() < 25, "it had to wait for the other's");
    stage.close().await;
}
