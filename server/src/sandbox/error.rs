//! How a sandbox fails. The display is for users: no path, no value, no detail of the host; the
//! detail goes to the log when the failure is made.

use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::run::RunState;
use csv_analyst_protocol::runner::{RunnerError, RunnerErrorKind};

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SandboxFailure {
    /// For operators too: says what to do.
    #[error("{0}")]
    Unavailable(String),
    #[error("{0}")]
    Engine(String),
    #[error("{0}")]
    Resource(String),
    #[error("{0}")]
    Policy(String),
    #[error("the query did not end within {timeout_ms} ms and was stopped")]
    TimedOut { timeout_ms: u64 },
    #[error("the run was cancelled")]
    Cancelled,
    /// It had ended before it had the whole request: the query was certainly not executed.
    #[error("the sandbox ended while it waited for a query")]
    GoneBefore,
    #[error("the sandbox failed: {0}")]
    Broken(&'static str),
}

/// A failure with what the runner had said on its standard error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{failure}")]
pub struct SandboxError {
    pub failure: SandboxFailure,
    stderr: String,
}

impl SandboxError {
    pub fn code(&self) -> ErrorCode {
        match self.failure {
            SandboxFailure::Engine(_) => ErrorCode::SqlExecutionError,
            SandboxFailure::Resource(_) => ErrorCode::RunnerResourceExceeded,
            SandboxFailure::Policy(_) => ErrorCode::SqlPolicyViolation,
            SandboxFailure::TimedOut { .. } => ErrorCode::RunnerTimeout,
            SandboxFailure::Cancelled => ErrorCode::Cancelled,
            SandboxFailure::Unavailable(_) => ErrorCode::RunnerUnavailable,
            SandboxFailure::GoneBefore | SandboxFailure::Broken(_) => ErrorCode::RunnerInternalError,
        }
    }

    /// The state in which the run ends.
    pub fn state(&self) -> RunState {
        match self.failure {
            SandboxFailure::TimedOut { .. } => RunState::TimedOut,
            SandboxFailure::Cancelled => RunState::Cancelled,
            SandboxFailure::Unavailable(_)
            | SandboxFailure::Engine(_)
            | SandboxFailure::Resource(_)
            | SandboxFailure::Policy(_)
            | SandboxFailure::GoneBefore
            | SandboxFailure::Broken(_) => RunState::Failed,
        }
    }

    pub fn stderr(&self) -> &str {
        &self.stderr
    }

    pub fn with_stderr(mut self, stderr: String) -> Self {
        self.stderr = stderr;
        self
    }

    /// Logs what users are not told.
    pub(super) fn broken(what: &'static str, detail: impl std::fmt::Display) -> Self {
        tracing::error!(what, %detail, "sandbox failure");
        SandboxFailure::Broken(what).into()
    }

    pub(super) fn unavailable(message: impl Into<String>) -> Self {
        SandboxFailure::Unavailable(message.into()).into()
    }
}

impl From<SandboxFailure> for SandboxError {
    fn from(failure: SandboxFailure) -> Self {
        Self {
            failure,
            stderr: String::new(),
        }
    }
}

impl From<RunnerError> for SandboxError {
    fn from(error: RunnerError) -> Self {
        match error.kind {
            RunnerErrorKind::Execution => SandboxFailure::Engine(error.message).into(),
            RunnerErrorKind::Resource => SandboxFailure::Resource(error.message).into(),
            RunnerErrorKind::Policy => {
                tracing::error!(
                    refusal = error.message,
                    "ALARM: the runner refused what the gate had accepted"
                );
                SandboxFailure::Policy(error.message).into()
            }
            RunnerErrorKind::Protocol => {
                Self::broken("the runner did not understand its request", error.message)
            }
        }
    }
}

/// The reason is often a few errors deep.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn the_alarm_keeps_its_words_in_a_log_of_json() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_writer(move || writer.clone())
            .finish();
        let error = RunnerError {
            kind: RunnerErrorKind::Policy,
            message: "function `getenv`".into(),
        };
        let failure = tracing::subscriber::with_default(subscriber, || SandboxError::from(error));
        assert_eq!(failure.code(), ErrorCode::SqlPolicyViolation);
        let line = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert_eq!(line.matches("\"message\":").count(), 1, "{line}");
        assert!(
            line.contains("\"message\":\"ALARM:") && line.contains("`getenv`"),
            "{line}"
        );
    }
}
