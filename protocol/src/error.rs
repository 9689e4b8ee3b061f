//! Error codes and the error body: one shape for HTTP, the record and the chat.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    ValidationError,
    SqlPolicyViolation,
    SqlExecutionError,
    RunnerTimeout,
    RunnerResourceExceeded,
    RunnerInternalError,
    /// No sandbox could be started; the query was not executed, and may be asked again.
    RunnerUnavailable,
    GateResourceExceeded,
    DatasetNotFound,
    /// Being prepared, or it could not be prepared for a reason that may pass.
    DatasetUnavailable,
    RunNotFound,
    ThreadNotFound,
    NotFound,
    QueueFull,
    RateLimited,
    LlmUnavailable,
    FeatureDisabled,
    Cancelled,
    InternalError,
}

impl ErrorCode {
    /// As in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ValidationError => "VALIDATION_ERROR",
            Self::SqlPolicyViolation => "SQL_POLICY_VIOLATION",
            Self::SqlExecutionError => "SQL_EXECUTION_ERROR",
            Self::RunnerTimeout => "RUNNER_TIMEOUT",
            Self::RunnerResourceExceeded => "RUNNER_RESOURCE_EXCEEDED",
            Self::RunnerInternalError => "RUNNER_INTERNAL_ERROR",
            Self::RunnerUnavailable => "RUNNER_UNAVAILABLE",
            Self::GateResourceExceeded => "GATE_RESOURCE_EXCEEDED",
            Self::DatasetNotFound => "DATASET_NOT_FOUND",
            Self::DatasetUnavailable => "DATASET_UNAVAILABLE",
            Self::RunNotFound => "RUN_NOT_FOUND",
            Self::ThreadNotFound => "THREAD_NOT_FOUND",
            Self::NotFound => "NOT_FOUND",
            Self::QueueFull => "QUEUE_FULL",
            Self::RateLimited => "RATE_LIMITED",
            Self::LlmUnavailable => "LLM_UNAVAILABLE",
            Self::FeatureDisabled => "FEATURE_DISABLED",
            Self::Cancelled => "CANCELLED",
            Self::InternalError => "INTERNAL_ERROR",
        }
    }
}

/// What was refused or failed, which rule, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorDetail {
    pub code: ErrorCode,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// For the gate: `rule`; `line`, `column`, `length`, `token` and `excerpt` (two lines, the second
    /// underlines) of SQL, or the `pointer` into a plan; `suggestions` and `allowed`, both lists of names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<Value>,
    /// Set on HTTP answers; the same id is in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// The body of every HTTP error; `run` is there when the failure belongs to a recorded run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorBody {
    pub error: ErrorDetail,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Box<crate::run::Run>>,
}

impl ErrorDetail {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            details: None,
            request_id: None,
        }
    }

    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_called_the_same_in_json_and_in_words() {
        for code in [
            ErrorCode::ValidationError,
            ErrorCode::SqlPolicyViolation,
            ErrorCode::SqlExecutionError,
            ErrorCode::RunnerTimeout,
            ErrorCode::RunnerResourceExceeded,
            ErrorCode::RunnerInternalError,
            ErrorCode::RunnerUnavailable,
            ErrorCode::GateResourceExceeded,
            ErrorCode::DatasetNotFound,
            ErrorCode::DatasetUnavailable,
            ErrorCode::RunNotFound,
            ErrorCode::ThreadNotFound,
            ErrorCode::NotFound,
            ErrorCode::QueueFull,
            ErrorCode::RateLimited,
            ErrorCode::LlmUnavailable,
            ErrorCode::FeatureDisabled,
            ErrorCode::Cancelled,
            ErrorCode::InternalError,
        ] {
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
    }
}
