//! The contract of every sandbox provider, checked against each. What a provider must refuse even
//! when the gate has failed (files, writes, network) is shown here by the guards in force, and
//! guard by guard in the runner's own tests.

mod sandbox_support;

use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::run::RunState;
use csv_analyst_server::sandbox::{Request, SandboxChoice, SandboxError, SandboxFailure};
use sandbox_support::{Bench, in_time};
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

const ENDLESS: &str =
    "SELECT count(*) AS pairs FROM numbers a, numbers b, numbers c, numbers d WHERE a.n + b.n < c.n + d.n";

fn failed(outcome: Result<impl std::fmt::Debug, SandboxError>) -> (ErrorCode, RunState, String) {
    let error = outcome.expect_err("it has to fail");
    (error.code(), error.state(), error.to_string())
}

/// Each check is a test of each provider, of each behind the pool, and of Docker behind the engine proxy.
macro_rules! contract {
    ($($check:ident),* $(,)?) => {
        contract!(@column process, "process sandbox", open, Process, [$($check),*]);
        contract!(@column docker, "docker contract suite", open, Docker, [$($check),*]);
        contract!(@column kubernetes, "kubernetes contract suite", open, Kubernetes, [$($check),*]);
        contract!(@column proxied_docker, "engine proxy (docker contract suite)", open_proxied, Docker, [$($check),*]);
        contract!(@column pooled_process, "pool of processes", open_pooled, Process, [$($check),*]);
        contract!(@column pooled_docker, "pool of containers (docker contract suite)", open_pooled, Docker, [$($check),*]);
        contract!(@column pooled_kubernetes, "pool of pods (kubernetes contract suite)", open_pooled, Kubernetes, [$($check),*]);
    };
    (@column $column:ident, $name:literal, $open:ident, $kind:ident, [$($check:ident),*]) => {
        mod $column {
            $(#[tokio::test] async fn $check() {
                let test = concat!($name, ": ", stringify!($check));
                if let Some(bench) = super::Bench::$open(test, super::SandboxChoice::$kind).await {
                    super::$check(bench).await;
                }
            })*
        }
    };
}

contract!(
    a_query_is_answered,
    an_engine_error_names_no_value,
    an_endless_query_is_stopped_at_its_deadline,
    a_query_too_large_for_memory_is_stopped,
    a_result_too_large_is_refused,
    a_cell_too_large_is_refused,
    more_rows_than_wanted_are_counted,
    a_cancelled_query_ends_at_once,
    a_used_sandbox_that_is_dropped_leaves_nothing,
    remains_can_be_destroyed_twice,
    one_class_serves_requests_of_any_time_and_size,
    a_sandbox_that_ended_while_it_waited_is_noticed_and_has_executed_nothing,
    a_sandbox_that_was_never_used_leaves_nothing,
    a_sandbox_that_is_dropped_leaves_nothing,
    a_start_that_is_given_up_leaves_nothing,
    the_other_sandboxes_of_a_living_server_are_no_leftovers,
    a_missing_snapshot_is_an_internal_error_without_its_path,
    network_files_and_writes_are_out_of_reach,
);

async fn a_query_is_answered(bench: Bench) {
    let execution = bench
        .run("SELECT count(*) AS rows, max(n) AS most FROM numbers")
        .await
        .expect("an answer");
    assert_eq!(execution.table.rows, [vec![json!(2_000), json!(1_999)]]);
    assert_eq!(execution.table.columns[0].name, "rows");
    assert!(execution.peak_memory_bytes.is_some_and(|bytes| bytes > 0));
}

async fn an_engine_error_names_no_value(bench: Bench) {
    let (code, state, message) = failed(bench.run("SELECT CAST(word AS INTEGER) AS n FROM numbers").await);
    assert_eq!((code, state), (ErrorCode::SqlExecutionError, RunState::Failed));
    assert!(
        !message.contains("word 0") && message.contains("INT32"),
        "{message}"
    );
}

async fn an_endless_query_is_stopped_at_its_deadline(bench: Bench) {
    let bench = bench.limited(|limits| limits.timeout_ms = 700);
    let (code, state, _) = failed(bench.run(ENDLESS).await);
    assert_eq!((code, state), (ErrorCode::RunnerTimeout, RunState::TimedOut));
}

async fn a_query_too_large_for_memory_is_stopped(bench: Bench) {
    let bench = bench.limited(|limits| {
        limits.memory_bytes = 96 << 20;
        limits.scratch_bytes = 0;
    });
    let bomb = "SELECT count(DISTINCT a.n * 2000 + b.n) AS distinct_pairs FROM numbers a, numbers b";
    let (code, state, _) = failed(bench.run(bomb).await);
    assert_eq!(
        (code, state),
        (ErrorCode::RunnerResourceExceeded, RunState::Failed)
    );
}

async fn a_result_too_large_is_refused(bench: Bench) {
    let bench = bench.limited(|limits| {
        limits.max_rows = 2_000;
        limits.max_result_bytes = 4_000;
    });
    let (code, _, _) = failed(bench.run("SELECT word FROM numbers").await);
    assert_eq!(code, ErrorCode::RunnerResourceExceeded);
}

async fn a_cell_too_large_is_refused(bench: Bench) {
    let bench = bench.limited(|limits| limits.max_cell_bytes = 1_000);
    let (code, _, message) = failed(
        bench
            .run("SELECT string_agg(word, ', ') AS words FROM numbers")
            .await,
    );
    assert_eq!(code, ErrorCode::RunnerResourceExceeded);
    assert!(message.contains("words"), "{message}");
}

async fn more_rows_than_wanted_are_counted(bench: Bench) {
    let bench = bench.limited(|limits| limits.max_rows = 10);
    let table = bench
        .run("SELECT n FROM numbers ORDER BY n")
        .await
        .expect("an answer")
        .table;
    assert_eq!(
        (table.rows.len(), table.row_count, table.truncated),
        (10, 2_000, true)
    );
}

async fn a_cancelled_query_ends_at_once(bench: Bench) {
    let cancel = CancellationToken::new();
    let later = cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(300)).await;
        later.cancel();
    });
    let (code, state, _) = failed(bench.run_until(ENDLESS, &cancel).await);
    assert_eq!((code, state), (ErrorCode::Cancelled, RunState::Cancelled));
}

/// That it can't be used again needs no test: using it consumes it. What is left of it is destroyed by
/// dropping it, too.
async fn a_used_sandbox_that_is_dropped_leaves_nothing(bench: Bench) {
    let query = bench.query("SELECT count(*) AS rows FROM numbers");
    let never = CancellationToken::new();
    let used = bench.start().await.execute(bench.request(&query), &never).await;
    used.outcome.expect("an answer");
    drop(used.remains);
    bench.nothing_left().await;
}

async fn remains_can_be_destroyed_twice(bench: Bench) {
    let mut remains = bench.start().await.give_up();
    remains.destroy().await.expect("it can be destroyed");
    remains.destroy().await.expect("it is gone already");
    bench.nothing_left().await;
}

/// The time and the sizes of a run come with its request, whatever the sandbox was started for.
async fn one_class_serves_requests_of_any_time_and_size(bench: Bench) {
    let never = CancellationToken::new();
    let few = Limits {
        max_rows: 3,
        ..bench.limits
    };
    let query = bench.query("SELECT n FROM numbers ORDER BY n");
    let request = Request {
        limits: &few,
        ..bench.request(&query)
    };
    let mut used = bench.start().await.execute(request, &never).await;
    assert_eq!(used.outcome.expect("an answer").table.rows.len(), 3);
    used.remains.destroy().await.expect("it can be destroyed");

    let short = Limits {
        timeout_ms: 300,
        ..bench.limits
    };
    let query = bench.query(ENDLESS);
    let request = Request {
        limits: &short,
        ..bench.request(&query)
    };
    let mut used = bench.start().await.execute(request, &never).await;
    let (code, _, message) = failed(used.outcome);
    assert_eq!(code, ErrorCode::RunnerTimeout);
    assert!(message.contains("300 ms"), "{message}");
    used.remains.destroy().await.expect("it can be destroyed");
    bench.nothing_left().await;
}

async fn a_sandbox_that_ended_while_it_waited_is_noticed_and_has_executed_nothing(bench: Bench) {
    let query = bench.query("SELECT count(*) AS rows FROM numbers");
    let mut sandbox = bench.start().await;
    assert!(sandbox.is_waiting());
    bench.kill_runners().await;
    in_time("its end is noticed", async {
        while sandbox.is_waiting() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    let never = CancellationToken::new();
    let mut used = sandbox.execute(bench.request(&query), &never).await;
    assert_eq!(
        used.outcome.map_err(|error| error.failure),
        Err(SandboxFailure::GoneBefore)
    );
    used.remains.destroy().await.expect("it can be destroyed");
    bench.nothing_left().await;
}

async fn a_sandbox_that_was_never_used_leaves_nothing(bench: Bench) {
    let mut remains = bench.start().await.give_up();
    remains.destroy().await.expect("it can be destroyed");
    bench.nothing_left().await;
}

async fn a_sandbox_that_is_dropped_leaves_nothing(bench: Bench) {
    drop(bench.start().await);
    bench.nothing_left().await;
}

async fn a_start_that_is_given_up_leaves_nothing(bench: Bench) {
    for wait in [1, 20, 100] {
        let start = bench.provider.start(&bench.class);
        drop(tokio::time::timeout(Duration::from_millis(wait), start).await);
    }
    bench.nothing_left().await;
}

async fn the_other_sandboxes_of_a_living_server_are_no_leftovers(bench: Bench) {
    let sandbox = bench.start().await;
    assert_eq!(bench.provider.remove_leftovers().await.expect("a count"), 0);
    let query = bench.query("SELECT count(*) AS rows FROM numbers");
    let never = CancellationToken::new();
    let mut used = sandbox.execute(bench.request(&query), &never).await;
    used.outcome.expect("it still answers");
    used.remains.destroy().await.expect("it can be destroyed");
    bench.nothing_left().await;
}

async fn a_missing_snapshot_is_an_internal_error_without_its_path(mut bench: Bench) {
    bench.class.snapshot = bench.class.snapshot.with_file_name("absent.duckdb");
    let (code, _, message) = failed(bench.provider.start(&bench.class).await.map(|_| "a sandbox"));
    assert_eq!(code, ErrorCode::RunnerInternalError);
    assert!(!message.contains("absent"), "{message}");
    bench.nothing_left().await;
}

async fn network_files_and_writes_are_out_of_reach(bench: Bench) {
    let guards = bench.provider.report().guards;
    let has = |name: &str| guards.iter().any(|guard| guard == name);
    assert!(
        has("engine-settings") && has("resource-limits") && has("no-capabilities"),
        "{guards:?}"
    );
    let missing = bench.provider.missing_guards();
    for (what, any_of) in [
        ("network", ["namespaces", "network none", "seccomp"]),
        (
            "reading another file",
            ["landlock", "container namespaces", "engine-settings"],
        ),
        ("writing", ["landlock", "own-root", "read-only root"]),
    ] {
        assert!(
            any_of.iter().any(|guard| has(guard)),
            "{what}: {guards:?}, missing {missing:?}"
        );
    }
}
