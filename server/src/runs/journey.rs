//! One run's way, stage by stage. Whatever happens on it, a panic included, it ends closed and is
//! sealed, now or when the record can be written again.

use super::cache::CacheKey;
use super::live::LiveEntry;
use super::queue::Place;
use super::record::{self, End};
use super::unsealed::{self, UnsealedEnd};
use super::{Inner, Submission, run_in_sandbox};
use crate::capsules::StoreError;
use crate::clock::milliseconds;
use crate::gate::{GateDecision, ValidatedQuery};
use crate::sandbox::{Request, SandboxProvider};
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::run::{Run, RunState, SandboxStart};
use futures::FutureExt;
use serde_json::json;
use std::future::ready;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

pub struct Journey {
    service: Arc<Inner>,
    entry: LiveEntry,
    submission: Submission,
    run: Run,
    started: Instant,
    stderr: String,
    /// Where its answer is to be kept; absent: nowhere.
    cache_key: Option<CacheKey>,
}

impl Journey {
    pub fn new(service: Arc<Inner>, entry: LiveEntry, submission: Submission, run: Run) -> Self {
        Self {
            service,
            entry,
            submission,
            run,
            started: Instant::now(),
            stderr: String::new(),
            cache_key: None,
        }
    }

    pub async fn travel_to_the_end(mut self) {
        let span = tracing::info_span!("run", run_id = self.run.run_id, dataset_id = self.run.dataset_id);
        async move {
            let travelled = AssertUnwindSafe(self.travel()).catch_unwind().await;
            let outcome = travelled.unwrap_or_else(|_| Err(End::internal()));
            self.finish(outcome).await;
        }
        .instrument(span)
        .await;
    }

    async fn travel(&mut self) -> Result<(), End> {
        let query = self.pass_the_gate().await?;
        if self.take_kept_answer(&query) {
            return Ok(());
        }
        let begun = self.service.store.begin(&self.run);
        match self.free_place() {
            // The run is told of once it is on record; its sandbox need not wait for that.
            Some(place) => self.use_a_sandbox(&query, place, begun).await,
            None => {
                on_record(begun.await)?;
                self.entry.publish(&self.run);
                let place = self.wait_for_a_place().await?;
                self.use_a_sandbox(&query, place, ready(Ok(()))).await
            }
        }
    }

    async fn pass_the_gate(&mut self) -> Result<ValidatedQuery, End> {
        let (gate, schema) = (self.service.gate.clone(), self.submission.dataset.schema.clone());
        let (query, limits) = (self.submission.query.clone(), self.submission.limits);
        let checked = tokio::task::spawn_blocking(move || gate.check(&query, &schema, &limits));
        let GateDecision { report, outcome } = checked.await.map_err(|error| internal("the gate", error))?;
        self.run.timings.gate_ms = report.elapsed_ms;
        self.run.gate = report;
        let query = outcome.map_err(|rejection| End::rejected(&rejection))?;
        self.run.sql = Some(query.sql().to_owned());
        Ok(query)
    }

    /// A hit is sealed at once, in one write: nobody hears of the run before it has ended.
    fn take_kept_answer(&mut self, query: &ValidatedQuery) -> bool {
        if !self.submission.use_cache {
            return false;
        }
        let key = CacheKey::new(&self.run.dataset_version, query.sql(), &self.run.limits);
        match self.service.cache.find(&key) {
            Some(hit) => {
                record::take_hit(&mut self.run, hit);
                true
            }
            None => {
                self.cache_key = Some(key);
                false
            }
        }
    }

    /// Where nobody else waits.
    fn free_place(&self) -> Option<Place> {
        let place = self.service.admission.place(self.submission.client);
        place.now_or_never().flatten()
    }

    async fn wait_for_a_place(&mut self) -> Result<Place, End> {
        let arrived = Instant::now();
        let longest = Duration::from_millis(self.service.queue.max_wait_ms);
        let admission = &self.service.admission;
        let place = tokio::select! {
            biased;
            () = self.entry.cancel.cancelled() => Err(End::cancelled()),
            place = admission.place(self.submission.client) => place.ok_or_else(End::internal),
            () = tokio::time::sleep(longest) => {
                Err(waited_too_long(longest, admission.retry_after_seconds()))
            }
        };
        self.run.timings.queue_ms = milliseconds(arrived.elapsed());
        place
    }

    /// The place is held until the sandbox has answered and leaves, or nothing of it is left: what gave no
    /// answer still takes memory.
    ///
    /// `begun` says that the run is on record: before that nobody is told of it, and without that nobody gets
    /// its answer.
    async fn use_a_sandbox(
        &mut self,
        query: &ValidatedQuery,
        place: Place,
        begun: impl Future<Output = Result<(), StoreError>>,
    ) -> Result<(), End> {
        let pool = &*self.service.pool;
        self.run.status = RunState::Running;
        self.run.sandbox = Some(pool.report());
        let class = self.submission.dataset.sandbox_class(&self.run.limits);
        let request = Request {
            query,
            run_id: &self.run.run_id,
            limits: &self.run.limits,
        };
        let told = async {
            on_record(begun.await)?;
            self.entry.publish(&self.run);
            Ok::<(), End>(())
        };
        let executed = run_in_sandbox(pool, &class, request, &self.entry.cancel, place);
        let (told, executed) = tokio::join!(told, executed);
        told?;
        match executed {
            Ok(finished) => {
                self.stderr = record::take_execution(&mut self.run, finished);
                Ok(())
            }
            Err(error) => {
                record::take_failure(&mut self.run, &error);
                Err(error.reason.into())
            }
        }
    }

    async fn finish(mut self, outcome: Result<(), End>) {
        let stderr = record::close(&mut self.run, outcome);
        if !stderr.is_empty() {
            self.stderr = stderr;
        }
        self.run.timings.total_ms = milliseconds(self.started.elapsed());
        let sealed = self
            .service
            .store
            .end(self.run.clone(), self.stderr.clone())
            .await;
        match sealed {
            Ok(run) => {
                log_end(&run);
                self.entry.publish(&run);
                self.keep_answer(&run);
            }
            Err(error) => self.end_unsealed(&error),
        }
    }

    /// Only what is on record is kept: a later hit names this run.
    fn keep_answer(&self, run: &Run) {
        if let (Some(key), RunState::Succeeded) = (self.cache_key, run.status) {
            self.service.cache.keep(key, run);
        }
    }

    /// Told to whoever waits, and sealed as soon as the record can be written again.
    fn end_unsealed(mut self, error: &StoreError) {
        tracing::error!(%error, "the run could not be sealed");
        record::withhold_answer(&mut self.run);
        log_end(&self.run);
        self.entry.publish(&self.run);
        if error.may_pass() {
            let ended = UnsealedEnd::new(self.entry, self.run, self.stderr);
            unsealed::seal_later(&self.service, ended);
        }
    }
}

fn on_record(begun: Result<(), StoreError>) -> Result<(), End> {
    begun.map_err(|error| internal("the record", error))
}

fn internal(stage: &str, error: impl std::fmt::Display) -> End {
    tracing::error!(stage, %error, "internal error");
    End::internal()
}

fn waited_too_long(longest: Duration, retry_after_seconds: u64) -> End {
    let message = format!("no sandbox became free within {} seconds", longest.as_secs());
    let mut error = ErrorDetail::new(ErrorCode::QueueFull, message).with_hint("try again in a moment");
    error.details = Some(json!({"retry_after_seconds": retry_after_seconds}));
    End::new(RunState::TimedOut, error)
}

fn log_end(run: &Run) {
    let code = run
        .error
        .as_ref()
        .map(|error| error.code.as_str())
        .unwrap_or_default();
    count_end(run, code);
    tracing::info!(
        state = run.status.as_str(),
        code,
        rows = run.row_count,
        gate_ms = run.timings.gate_ms,
        queue_ms = run.timings.queue_ms,
        start = run
            .sandbox
            .as_ref()
            .and_then(|sandbox| sandbox.start)
            .map(SandboxStart::as_str),
        sandbox_ms = run.timings.sandbox_ms,
        execute_ms = run.timings.execute_ms,
        total_ms = run.timings.total_ms,
        cached_from = run.cached_from,
        "run ended"
    );
}

fn count_end(run: &Run, code: &'static str) {
    let source = if run.cached_from.is_some() {
        "cache"
    } else {
        "sandbox"
    };
    let state = run.status.as_str();
    metrics::counter!("csv_analyst_runs_total", "state" => state, "code" => code, "source" => source)
        .increment(1);
    let timings = &run.timings;
    let stages = [
        ("gate", timings.gate_ms),
        ("queue", timings.queue_ms),
        ("sandbox", timings.sandbox_ms),
        ("execute", timings.execute_ms),
        ("total", timings.total_ms),
    ];
    // Nothing was spent on a stage that the run did not reach.
    for (stage, milliseconds) in stages.into_iter().filter(|(_, spent)| *spent > 0.0) {
        metrics::histogram!("csv_analyst_run_seconds", "stage" => stage, "source" => source)
            .record(milliseconds / 1e3);
    }
}
