//! The one place that turns failures into HTTP: status, error body, `Retry-After`.
//!
//! A 500 carries fixed text; what happened is in the log under the same request id.

use super::request_id;
use crate::agent::ChatError;
use crate::capsules::StoreError;
use crate::runs::{ReplayError, SubmitError};
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use csv_analyst_protocol::error::{ErrorBody, ErrorCode, ErrorDetail};
use csv_analyst_protocol::run::{Run, RunState};
use serde_json::json;
use std::any::Any;

/// Seconds after which a refused client may try again: a run takes about this long at most.
const RETRY_AFTER_SECONDS: u64 = 2;

#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    body: Box<ErrorBody>,
}

impl ApiError {
    pub fn new(status: StatusCode, error: ErrorDetail) -> Self {
        Self {
            status,
            body: Box::new(ErrorBody {
                error,
                run_id: None,
                run: None,
            }),
        }
    }

    pub fn invalid(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, ErrorDetail::new(ErrorCode::ValidationError, message))
    }

    pub fn run_not_found() -> Self {
        let error = ErrorDetail::new(ErrorCode::RunNotFound, "there is no such run");
        Self::new(StatusCode::NOT_FOUND, error)
    }

    pub fn thread_not_found() -> Self {
        let error = ErrorDetail::new(ErrorCode::ThreadNotFound, "there is no such conversation");
        Self::new(StatusCode::NOT_FOUND, error)
    }

    pub fn not_found() -> Self {
        let error = ErrorDetail::new(ErrorCode::NotFound, "there is nothing at this address");
        Self::new(StatusCode::NOT_FOUND, error)
    }

    pub fn method_not_allowed() -> Self {
        Self::invalid(
            StatusCode::METHOD_NOT_ALLOWED,
            "this address exists, but not for this method",
        )
    }

    pub fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        let error = ErrorDetail::new(ErrorCode::InternalError, "the server failed; its log says why")
            .with_hint("name the request id when you report this");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error)
    }

    /// For the panic catcher; the panic's text goes to the log only.
    pub fn from_panic(panic: Box<dyn Any + Send>) -> Response {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("no text");
        Self::internal(format!("a handler panicked: {text}")).into_response()
    }

    /// A run that did not succeed, as the answer of the request that made it.
    pub fn from_run(run: &Run) -> Self {
        let unknown = || ErrorDetail::new(ErrorCode::InternalError, "the run ended without a reason");
        let error = run.error.clone().unwrap_or_else(unknown);
        let status = match run.status {
            RunState::Rejected => StatusCode::UNPROCESSABLE_ENTITY,
            _ => status_of(error.code),
        };
        let body = ErrorBody {
            error,
            run_id: Some(run.run_id.clone()),
            run: Some(Box::new(run.clone())),
        };
        Self {
            status,
            body: Box::new(body),
        }
    }

    /// The detail as a stream's event carries it.
    pub fn into_detail(self) -> ErrorDetail {
        with_request_id(self.body.error)
    }
}

fn status_of(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::ValidationError
        | ErrorCode::SqlPolicyViolation
        | ErrorCode::SqlExecutionError
        | ErrorCode::GateResourceExceeded
        | ErrorCode::RunnerResourceExceeded => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::RunnerTimeout => StatusCode::GATEWAY_TIMEOUT,
        ErrorCode::DatasetNotFound
        | ErrorCode::RunNotFound
        | ErrorCode::ThreadNotFound
        | ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::QueueFull
        | ErrorCode::LlmUnavailable
        | ErrorCode::DatasetUnavailable
        | ErrorCode::RunnerUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorCode::FeatureDisabled => StatusCode::NOT_IMPLEMENTED,
        ErrorCode::Cancelled => StatusCode::CONFLICT,
        ErrorCode::RunnerInternalError | ErrorCode::InternalError => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn with_request_id(mut error: ErrorDetail) -> ErrorDetail {
    error.request_id = request_id::current();
    error
}

/// An error that knows better says so in its details.
fn retry_after_seconds(error: &ErrorDetail) -> u64 {
    let details = error.details.as_ref();
    details
        .and_then(|details| details["retry_after_seconds"].as_u64())
        .unwrap_or(RETRY_AFTER_SECONDS)
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut body = self.body;
        body.error = with_request_id(body.error);
        let retry_after = retry_after_seconds(&body.error);
        let mut response = (self.status, Json(body)).into_response();
        if matches!(
            self.status,
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS
        ) {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(retry_after));
        }
        response
    }
}

/// A refusal that says itself what it is.
impl From<Box<ErrorDetail>> for ApiError {
    fn from(error: Box<ErrorDetail>) -> Self {
        Self::from(*error)
    }
}

impl From<ErrorDetail> for ApiError {
    fn from(error: ErrorDetail) -> Self {
        Self::new(status_of(error.code), error)
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        Self::internal(error)
    }
}

impl From<SubmitError> for ApiError {
    fn from(error: SubmitError) -> Self {
        let hint = "try again in a few seconds";
        let mut detail = ErrorDetail::new(ErrorCode::QueueFull, error.to_string()).with_hint(hint);
        if let SubmitError::QueueFull {
            retry_after_seconds, ..
        } = error
        {
            detail.details = Some(json!({"retry_after_seconds": retry_after_seconds}));
        }
        Self::from(detail)
    }
}

impl From<ChatError> for ApiError {
    fn from(error: ChatError) -> Self {
        match error {
            ChatError::Refused(detail) => (*detail).into(),
            ChatError::Submit(error) => error.into(),
            ChatError::Store(error) => error.into(),
            ChatError::Internal(cause) => Self::internal(cause),
        }
    }
}

impl From<ReplayError> for ApiError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Submit(error) => error.into(),
            ReplayError::Store(error) => error.into(),
            ReplayError::NotEnded => Self::invalid(StatusCode::CONFLICT, error.to_string()),
        }
    }
}
