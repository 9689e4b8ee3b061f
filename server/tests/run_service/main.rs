//! Every way that a run can end, with a provider that plays a script behind the real gate: each
//! admitted run ends once, sealed, and gives its place back.

mod kept;
mod record;
mod scripted;
#[path = "../support/mod.rs"]
mod support;
mod warm;

use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, Table};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::run::{Run, RunState};
use csv_analyst_server::capsules::Store;
use csv_analyst_server::config::{CacheConfig, QueueConfig};
use csv_analyst_server::datasets::ReadyDataset;
use csv_analyst_server::gate::{Gate, GateSchema, GateSettings};
use csv_analyst_server::runs::{Client, RunHandle, RunService, Submission, SubmitError};
use csv_analyst_server::sandbox::{Pool, PoolSettings, SandboxProvider};
use scripted::{Script, Scripted};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use support::{artefacts, compiled_gate};
use tempfile::TempDir;

struct Stage {
    runs: RunService,
    pool: Arc<Pool>,
    store: Store,
    dataset: Arc<ReadyDataset>,
    alive: Arc<AtomicUsize>,
    directory: TempDir,
}

fn stage(test: &str, script: Script, queue: QueueConfig) -> Option<Stage> {
    let alive = Arc::new(AtomicUsize::new(0));
    let provider = Arc::new(Scripted {
        script,
        alive: alive.clone(),
    });
    let stage = stage_over(test, provider, PoolSettings::off(), queue)?;
    Some(Stage { alive, ..stage })
}

fn stage_over(
    test: &str,
    provider: Arc<dyn SandboxProvider>,
    pool: PoolSettings,
    queue: QueueConfig,
) -> Option<Stage> {
    let artefacts = artefacts(test)?;
    let component = std::fs::read(&artefacts.gate).expect("the component can be read");
    let gate = Gate::load(
        &component,
        Some(&compiled_gate(&artefacts)),
        GateSettings::default(),
    )
    .expect("a gate");
    let directory = tempfile::tempdir().expect("a temporary folder");
    let store = Store::open(directory.path(), &directory.path().join("key")).expect("a record");
    let pool = Arc::new(Pool::new(provider, pool));
    let runs = RunService::new(gate, pool.clone(), store.clone(), queue, CacheConfig::default());
    Some(Stage {
        runs,
        pool,
        store,
        dataset: Arc::new(dataset()),
        alive: Arc::default(),
        directory,
    })
}

fn dataset() -> ReadyDataset {
    let columns = vec![Column {
        name: "n".into(),
        kind: ColumnType::Integer,
        ..Column::default()
    }];
    let table = Table {
        name: "numbers".into(),
        file: "numbers.csv".into(),
        columns,
        ..Table::default()
    };
    let dataset = Dataset {
        id: "numbers".into(),
        name: "Numbers".into(),
        version: "v1".into(),
        tables: vec![table],
        ..Dataset::default()
    };
    let schema = Arc::new(GateSchema::new(&dataset));
    ReadyDataset {
        dataset: Arc::new(dataset),
        schema,
        snapshot: PathBuf::from("/none"),
        samples: Vec::new(),
        notes: Vec::new(),
    }
}

fn queue(max_running: usize, max_queued: usize) -> QueueConfig {
    QueueConfig {
        max_running,
        max_queued,
        drain_ms: 100,
        ..QueueConfig::default()
    }
}

impl Stage {
    fn submit(&self, sql: &str) -> Result<RunHandle, SubmitError> {
        self.runs.submit(self.submission(sql))
    }

    /// Of which no answer is kept.
    fn submission(&self, sql: &str) -> Submission {
        Submission {
            query: UntrustedQuery::Sql(sql.to_owned()),
            dataset: self.dataset.clone(),
            limits: Limits::default(),
            question: None,
            client: Client::default(),
            use_cache: false,
        }
    }

    async fn run(&self) -> Arc<Run> {
        self.submit("SELECT count(*) AS n FROM numbers")
            .expect("admitted")
            .ended()
            .await
    }

    /// Nothing is unfinished, every run verifies, every sandbox is gone.
    async fn close(self) {
        self.runs.shut_down().await;
        assert_eq!(self.runs.unfinished(), 0);
        assert_eq!(self.alive.load(Ordering::SeqCst), 0, "sandboxes are left");
        assert!(
            self.store
                .unfinished()
                .await
                .expect("the record answers")
                .is_empty()
        );
        assert!(
            self.store
                .verify_chain()
                .await
                .expect("the record answers")
                .broken
                .is_empty()
        );
    }
}

async fn expect_end(test: &str, script: Script, state: RunState, code: Option<ErrorCode>) {
    let Some(stage) = stage(test, script, queue(1, 4)) else {
        return;
    };
    let run = stage.run().await;
    assert_eq!(
        (run.status, run.error.as_ref().map(|error| error.code)),
        (state, code)
    );
    assert!(run.capsule_hash.is_some(), "sealed");
    assert_eq!(run.rows.is_empty(), state != RunState::Succeeded);
    assert_eq!(
        stage
            .store
            .run(&run.run_id)
            .await
            .expect("the record answers")
            .as_ref(),
        Some(&*run)
    );
    stage.close().await;
}

#[tokio::test]
async fn an_answer_is_kept_and_sealed() {
    expect_end("run: answer", Script::Answer, RunState::Succeeded, None).await;
}

#[tokio::test]
async fn an_engine_error_is_a_failed_run() {
    expect_end(
        "run: engine error",
        Script::EngineError,
        RunState::Failed,
        Some(ErrorCode::SqlExecutionError),
    )
    .await;
}

#[tokio::test]
async fn a_sandbox_that_does_not_start_is_a_failed_run() {
    expect_end(
        "run: no start",
        Script::FailToStart,
        RunState::Failed,
        Some(ErrorCode::RunnerUnavailable),
    )
    .await;
}

#[tokio::test]
async fn a_panic_in_the_middle_is_a_failed_run_and_not_a_lost_one() {
    expect_end(
        "run: panic",
        Script::PanicWhileRunning,
        RunState::Failed,
        Some(ErrorCode::InternalError),
    )
    .await;
}

#[tokio::test]
async fn a_rejected_run_never_reaches_a_sandbox() {
    let Some(stage) = stage("run: rejected", Script::PanicWhileRunning, queue(1, 1)) else {
        return;
    };
    let run = stage
        .submit("DROP TABLE numbers")
        .expect("admitted")
        .ended()
        .await;
    assert_eq!(run.status, RunState::Rejected);
    assert!(run.sql.is_none() && run.gate.rejection.is_some());
    stage.close().await;
}

#[tokio::test]
async fn a_run_is_cancelled_while_it_waits_starts_or_runs() {
    for script in [Script::Hang, Script::HangAtStart] {
        let Some(stage) = stage("run: cancel", script, queue(1, 4)) else {
            return;
        };
        let busy = stage.submit("SELECT n FROM numbers LIMIT 1").expect("admitted");
        busy.judged().await;
        let waiting = stage.submit("SELECT n FROM numbers LIMIT 2").expect("admitted");
        let waiting_id = waiting.latest().run_id.clone();
        let cancelled = stage
            .runs
            .cancel(&waiting_id)
            .await
            .expect("the record answers")
            .expect("a run");
        assert_eq!(cancelled.status, RunState::Cancelled);
        let busy_id = busy.latest().run_id.clone();
        let cancelled = stage
            .runs
            .cancel(&busy_id)
            .await
            .expect("the record answers")
            .expect("a run");
        assert_eq!(cancelled.status, RunState::Cancelled);
        stage.close().await;
    }
}

#[tokio::test]
async fn a_full_queue_refuses_and_takes_again_when_a_place_is_free() {
    let Some(stage) = stage("run: queue", Script::Hang, queue(1, 1)) else {
        return;
    };
    let first = stage.submit("SELECT n FROM numbers LIMIT 1").expect("admitted");
    let _second = stage.submit("SELECT n FROM numbers LIMIT 2").expect("admitted");
    assert!(matches!(
        stage.submit("SELECT n FROM numbers LIMIT 3"),
        Err(SubmitError::QueueFull { places: 2, .. })
    ));
    let first_id = first.latest().run_id.clone();
    stage.runs.cancel(&first_id).await.expect("the record answers");
    // The place is free a moment after the run was published as ended.
    warm::until("a place is free", || {
        stage.submit("SELECT n FROM numbers LIMIT 3").is_ok()
    })
    .await;
    stage.close().await;
}

#[tokio::test]
async fn a_stop_admits_nothing_more_and_cancels_what_hangs() {
    let Some(stage) = stage("run: stop", Script::Hang, queue(1, 4)) else {
        return;
    };
    let hanging = stage.submit("SELECT n FROM numbers LIMIT 1").expect("admitted");
    hanging.judged().await;
    stage.runs.shut_down().await;
    assert_eq!(hanging.latest().status, RunState::Cancelled);
    assert!(matches!(
        stage.submit("SELECT n FROM numbers"),
        Err(SubmitError::ShuttingDown)
    ));
    stage.close().await;
}

#[tokio::test]
async fn a_run_goes_on_when_nobody_watches() {
    let Some(stage) = stage("run: no watcher", Script::Answer, queue(1, 4)) else {
        return;
    };
    let run_id = stage
        .submit("SELECT n FROM numbers")
        .expect("admitted")
        .latest()
        .run_id
        .clone();
    stage.runs.shut_down().await;
    let run = stage
        .store
        .run(&run_id)
        .await
        .expect("the record answers")
        .expect("a run");
    assert_eq!(run.status, RunState::Succeeded);
    stage.close().await;
}
