//! One sandbox for one query: taken, used once, destroyed behind the answer, whatever happens.

use super::record::End;
use crate::sandbox::{Execution, Pool, Request, SandboxClass, SandboxError, SandboxFailure, Taken};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::error::ErrorDetail;
use csv_analyst_protocol::run::{RunState, SandboxStart};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What came out, and how the sandbox was got.
pub struct FinishedExecution {
    pub execution: Execution,
    pub start: SandboxStart,
    /// Until the sandbox was there.
    pub wait: Duration,
}

/// Why nothing came out, and where the time went all the same.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct ExecuteError {
    pub reason: ExecuteFailure,
    /// `None`: there never was one.
    pub start: Option<SandboxStart>,
    pub wait: Duration,
    /// From the request to the end, measured from outside: a sandbox that was killed has no clock.
    pub execute: Duration,
}

#[derive(Debug, thiserror::Error)]
pub enum ExecuteFailure {
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("the run was cancelled")]
    Cancelled,
    #[error("the sandbox did not end at its deadline and was destroyed")]
    Overdue,
}

/// The provider kills at the run's deadline; this is for a provider that fails to.
const OVERDUE_GRACE: Duration = Duration::from_secs(5);

/// Sandboxes that end before they take a run's query, before the run ends with them: those that were started
/// for it, and all together. What waited may have died at once with others on the shelf.
const FRESH_TRIES: u32 = 2;
const TRIES: u32 = 16;

/// `held` is let go when nothing of the sandbox is left, or when it has answered and only has to leave.
pub async fn run_in_sandbox(
    pool: &Pool,
    class: &SandboxClass,
    request: Request<'_>,
    cancel: &CancellationToken,
    held: impl Send + 'static,
) -> Result<FinishedExecution, ExecuteError> {
    let began = Instant::now();
    let (mut fresh_tries, mut tries) = (FRESH_TRIES, TRIES);
    loop {
        let taken = take_or_cancel(pool, class, cancel).await;
        let wait = began.elapsed();
        let taken = taken.map_err(|reason| ExecuteError {
            reason,
            start: None,
            wait,
            execute: Duration::ZERO,
        })?;
        let (start, sent) = (taken.start(), Instant::now());
        let deadline = Duration::from_millis(request.limits.timeout_ms) + OVERDUE_GRACE;
        let (outcome, left) = match tokio::time::timeout(deadline, taken.execute(request, cancel)).await {
            Ok((outcome, left)) => (outcome.map_err(ExecuteFailure::from), Some(left)),
            Err(_) => (Err(ExecuteFailure::Overdue), None),
        };
        let execute = sent.elapsed();
        fresh_tries -= u32::from(start == SandboxStart::Cold);
        tries -= 1;
        if fresh_tries.min(tries) > 0 && outcome.as_ref().is_err_and(ExecuteFailure::is_before_execution) {
            // It certainly executed nothing: another one may.
            left.into_iter().for_each(|left| left.bury(()));
            continue;
        }
        match left {
            Some(left) if outcome.is_ok() => left.see_off(held),
            Some(left) => left.bury(held),
            None => drop(held),
        }
        return match outcome {
            Ok(execution) => Ok(FinishedExecution {
                execution,
                start,
                wait,
            }),
            Err(reason) => Err(ExecuteError {
                reason,
                start: Some(start),
                wait,
                execute,
            }),
        };
    }
}

async fn take_or_cancel(
    pool: &Pool,
    class: &SandboxClass,
    cancel: &CancellationToken,
) -> Result<Taken, ExecuteFailure> {
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ExecuteFailure::Cancelled),
        taken = pool.take(class) => Ok(taken?),
    }
}

impl ExecuteFailure {
    fn is_before_execution(&self) -> bool {
        matches!(self, Self::Sandbox(error) if error.failure == SandboxFailure::GoneBefore)
    }
}

impl From<ExecuteFailure> for End {
    fn from(error: ExecuteFailure) -> Self {
        match error {
            ExecuteFailure::Cancelled => End::cancelled(),
            ExecuteFailure::Overdue => {
                let detail = ErrorDetail::new(ErrorCode::RunnerTimeout, error.to_string());
                End::new(RunState::TimedOut, detail)
            }
            ExecuteFailure::Sandbox(error) => End {
                state: error.state(),
                error: Box::new(ErrorDetail::new(error.code(), error.to_string())),
                stderr: error.stderr().to_owned(),
            },
        }
    }
}
