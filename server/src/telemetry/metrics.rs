//! What the service counts and times, in Prometheus' text form.
//!
//! Rooms count where things happen, through the `metrics` facade; this is the one recorder behind it.
//! Labels come from small closed sets (states, codes, stages): never from a user, a file or a runner.

use metrics::Unit;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;
use std::time::Duration;

/// From a cached answer to the longest run, in seconds.
const BUCKETS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0,
];
/// Times that nobody has read yet are counted into their buckets so often, so that they do not pile up.
const UPKEEP: Duration = Duration::from_secs(5);

/// The recorder of the process: whatever was counted since it was installed. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Installed at the first call.
    pub fn of_process() -> Self {
        static INSTALLED: OnceLock<PrometheusHandle> = OnceLock::new();
        Self(INSTALLED.get_or_init(install).clone())
    }

    /// Text exposition format 0.0.4.
    pub fn text(&self) -> String {
        self.0.render()
    }

    /// Goes on for ever.
    pub async fn keep_up(self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.0.run_upkeep();
        }
    }
}

fn install() -> PrometheusHandle {
    let recorder = builder().build_recorder();
    let handle = recorder.handle();
    // Another recorder is only there where a test has put one; then this one stays empty.
    if metrics::set_global_recorder(recorder).is_ok() {
        describe();
    }
    handle
}

fn builder() -> PrometheusBuilder {
    let seconds = Matcher::Suffix("_seconds".into());
    let builder = PrometheusBuilder::new();
    match builder.set_buckets_for_metric(seconds, &BUCKETS) {
        Ok(builder) => builder,
        // Only an empty list is refused.
        Err(_) => PrometheusBuilder::new(),
    }
}

fn describe() {
    metrics::describe_counter!(
        "csv_analyst_runs_total",
        "Runs that have ended, by state and error code"
    );
    metrics::describe_histogram!(
        "csv_analyst_run_seconds",
        Unit::Seconds,
        "Where the time of runs went, by stage"
    );
    metrics::describe_counter!("csv_analyst_cache_lookups_total", "Lookups of kept answers");
    metrics::describe_gauge!("csv_analyst_cache_bytes", Unit::Bytes, "Kept answers");
    metrics::describe_gauge!("csv_analyst_cache_entries", "Kept answers");
    metrics::describe_gauge!(
        "csv_analyst_runs_unfinished",
        "Runs that have not ended or are not sealed"
    );
    metrics::describe_gauge!("csv_analyst_datasets", "Datasets by state");
    describe_pool();
}

fn describe_pool() {
    metrics::describe_counter!(
        "csv_analyst_pool_takes_total",
        "Sandboxes taken for runs, by whether one waited"
    );
    metrics::describe_counter!(
        "csv_analyst_pool_retired_total",
        "Waiting sandboxes that were destroyed unused, by reason"
    );
    metrics::describe_counter!(
        "csv_analyst_pool_start_failures_total",
        "Starts ahead that failed"
    );
    metrics::describe_counter!(
        "csv_analyst_pool_destroy_failures_total",
        "Removals of sandboxes that failed; they are tried again"
    );
    metrics::describe_histogram!(
        "csv_analyst_pool_start_seconds",
        Unit::Seconds,
        "From the start of a sandbox until it waits"
    );
    metrics::describe_gauge!("csv_analyst_pool_idle", "Sandboxes that wait for a run");
    metrics::describe_gauge!(
        "csv_analyst_pool_starting",
        "Sandboxes that are being started ahead"
    );
    metrics::describe_gauge!(
        "csv_analyst_pool_in_use",
        "Sandboxes of runs, until nothing of them is left"
    );
    metrics::describe_gauge!("csv_analyst_pool_waiting", "Runs that wait for a sandbox");
    metrics::describe_gauge!(
        "csv_analyst_pool_memory_bytes",
        Unit::Bytes,
        "Memory of sandboxes that wait"
    );
}
