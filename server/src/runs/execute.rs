//! One sandbox for one query: started, used once, destroyed, whatever happens.

use super::record::End;
use crate::gate::ValidatedQuery;
use crate::sandbox::{Execution, SandboxClass, SandboxError, SandboxProvider};
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

#[derive(Debug, thiserror::Error)]
pub enum ExecuteError {
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
    // A start that is given up is cleaned up by the provider when its future is dropped.
    let mut sandbox = tokio::select! {
        biased;
        () = cancel.cancelled() => return Err(ExecuteError::Cancelled),
        started = provider.start(class) => started?,
    };
    let start = began.elapsed();
    let deadline = Duration::from_millis(class.limits.timeout_ms) + OVERDUE_GRACE;
    let outcome = tokio::time::timeout(deadline, sandbox.execute(query, run_id, cancel)).await;
    if let Err(error) = sandbox.destroy().await {
        tracing::error!(run_id, %error, "a sandbox could not be destroyed");
    }
    let execution = outcome.map_err(|_| ExecuteError::Overdue)??;
    Ok(FinishedExecution { execution, start })
}

impl From<ExecuteError> for End {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Cancelled => End::cancelled(),
            ExecuteError::Overdue => {
                let detail = ErrorDetail::new(ErrorCode::RunnerTimeout, error.to_string());
                End::new(RunState::TimedOut, detail)
            }
            ExecuteError::Sandbox(error) => End {
                state: error.state(),
                error: Box::new(ErrorDetail::new(error.code(), error.to_string())),
                stderr: error.stderr().to_owned(),
            },
        }
    }
}
