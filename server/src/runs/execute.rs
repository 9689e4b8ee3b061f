//! One sandbox for one query: started, used once, destroyed, whatever happens.

use super::record::End;
use crate::gate::ValidatedQuery;
use crate::sandbox::{Execution, Sandbox, SandboxClass, SandboxError, SandboxProvider};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::error::ErrorDetail;
use csv_analyst_protocol::run::RunState;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// What came out, and how long the sandbox took to be ready.
pub struct FinishedExecution {
    pub execution: Execution,
    pub start: Duration,
}

/// Why nothing came out, and where the time went all the same.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct ExecuteError {
    pub reason: ExecuteFailure,
    pub start: Duration,
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

pub async fn run_in_sandbox(
    provider: &dyn SandboxProvider,
    class: &SandboxClass,
    query: &ValidatedQuery,
    run_id: &str,
    cancel: &CancellationToken,
) -> Result<FinishedExecution, ExecuteError> {
    let began = Instant::now();
    let started = start_or_cancel(provider, class, cancel).await;
    let start = began.elapsed();
    let sandbox = started.map_err(|reason| ExecuteError {
        reason,
        start,
        execute: Duration::ZERO,
    })?;
    let sent = Instant::now();
    let outcome = use_once(sandbox, class, query, run_id, cancel).await;
    match outcome {
        Ok(execution) => Ok(FinishedExecution { execution, start }),
        Err((reason, ended)) => Err(ExecuteError {
            reason,
            start,
            execute: ended.duration_since(sent),
        }),
    }
}

async fn start_or_cancel(
    provider: &dyn SandboxProvider,
    class: &SandboxClass,
    cancel: &CancellationToken,
) -> Result<Box<dyn Sandbox>, ExecuteFailure> {
    // A start that is given up is cleaned up by the provider when its future is dropped.
    tokio::select! {
        biased;
        () = cancel.cancelled() => Err(ExecuteFailure::Cancelled),
        started = provider.start(class) => Ok(started?),
    }
}

/// With a failure comes the moment at which it happened: destroying takes time of its own.
async fn use_once(
    mut sandbox: Box<dyn Sandbox>,
    class: &SandboxClass,
    query: &ValidatedQuery,
    run_id: &str,
    cancel: &CancellationToken,
) -> Result<Execution, (ExecuteFailure, Instant)> {
    let deadline = Duration::from_millis(class.limits.timeout_ms) + OVERDUE_GRACE;
    let outcome = tokio::time::timeout(deadline, sandbox.execute(query, run_id, cancel)).await;
    let ended = Instant::now();
    if let Err(error) = sandbox.destroy().await {
        tracing::error!(run_id, %error, "a sandbox could not be destroyed");
    }
    match outcome {
        Ok(Ok(execution)) => Ok(execution),
        Ok(Err(error)) => Err((error.into(), ended)),
        Err(_) => Err((ExecuteFailure::Overdue, ended)),
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
