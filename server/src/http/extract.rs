//! Reads a request's body, path and query string, with an error that says what is wrong and where.

use super::error::ApiError;
use super::state::AppState;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, FromRequestParts, Path as UriPath, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::limits::MAX_QUERY_BYTES;
use serde::de::DeserializeOwned;
use serde_json::json;
use serde_path_to_error::{Path, Segment};
use std::time::Duration;

/// The body of a request, which must be `application/json`.
pub struct ApiJson<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for ApiJson<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        require_json(request.headers())?;
        let http = state.services.config.http;
        let reading = read(request.into_body(), http.max_body_bytes);
        let in_time = tokio::time::timeout(Duration::from_millis(http.body_timeout_ms), reading).await;
        let bytes = in_time.map_err(|_| too_slow())??;
        parse(&bytes).map(Self)
    }
}

/// The parts of an address that a route names.
pub struct ApiPath<T>(pub T);

impl<T: DeserializeOwned + Send> FromRequestParts<AppState> for ApiPath<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match UriPath::from_request_parts(parts, state).await {
            Ok(UriPath(value)) => Ok(Self(value)),
            Err(rejection) => Err(not_understood("the address", rejection.body_text())),
        }
    }
}

/// What follows the question mark of an address.
pub struct ApiQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        match Query::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => Err(not_understood("the query string", rejection.body_text())),
        }
    }
}

fn not_understood(what: &str, reason: String) -> ApiError {
    let message = format!("{what} is not understood: {reason}");
    ApiError::invalid(StatusCode::BAD_REQUEST, message)
}

fn require_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let given = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let media_type = given.split(';').next().unwrap_or_default().trim();
    match media_type.eq_ignore_ascii_case("application/json") {
        true => Ok(()),
        false => Err(ApiError::invalid(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "send the body as `Content-Type: application/json`",
        )),
    }
}

async fn read(body: Body, limit: usize) -> Result<Bytes, ApiError> {
    axum::body::to_bytes(body, limit)
        .await
        .map_err(|error| match is_over_limit(&error) {
            true => too_large(limit),
            false => ApiError::invalid(StatusCode::BAD_REQUEST, "the request's body ended early"),
        })
}

fn is_over_limit(error: &axum::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = source {
        if error.to_string().contains("length limit exceeded") {
            return true;
        }
        source = error.source();
    }
    false
}

fn too_large(limit: usize) -> ApiError {
    let message = format!("the request's body is larger than {limit} bytes");
    let error = ErrorDetail::new(ErrorCode::ValidationError, message)
        .with_hint(format!("a query may have at most {MAX_QUERY_BYTES} bytes"));
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, error)
}

fn too_slow() -> ApiError {
    ApiError::invalid(
        StatusCode::REQUEST_TIMEOUT,
        "the request's body did not arrive in time",
    )
}

/// 400 for text that is not JSON, 422 for JSON that does not fit.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer(error.path());
        describe(error.inner(), pointer)
    })?;
    deserializer
        .end()
        .map_err(|error| describe(&error, String::new()))?;
    Ok(value)
}

fn describe(error: &serde_json::Error, pointer: String) -> ApiError {
    let (line, column) = (error.line(), error.column());
    let (status, opening) = match error.is_data() {
        true => (StatusCode::UNPROCESSABLE_ENTITY, "the body does not fit"),
        false => (StatusCode::BAD_REQUEST, "the body is not JSON"),
    };
    let mut detail = ErrorDetail::new(ErrorCode::ValidationError, format!("{opening}: {error}"));
    detail.details = Some(json!({"line": line, "column": column, "pointer": pointer}));
    ApiError::new(status, detail)
}

/// RFC 6901.
fn pointer(path: &Path) -> String {
    let segment = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
        Segment::Enum { .. } | Segment::Unknown => String::new(),
    };
    path.iter().map(segment).collect()
}
