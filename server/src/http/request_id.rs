//! A request's id: made here, in every log line of the request, in its error body and its
//! `X-Request-Id` header. An id that a client sends is not taken over: it would end up in the log.

use crate::clock::milliseconds;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::{Duration, Instant};
use tracing::Instrument;

tokio::task_local! {
    static REQUEST_ID: String;
}

static HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The id of the request that this task answers.
pub fn current() -> Option<String> {
    REQUEST_ID.try_with(Clone::clone).ok()
}

pub async fn give_request_id(request: Request, next: Next) -> Response {
    let request_id = uuid::Uuid::now_v7().to_string();
    let method = request.method().clone();
    // The path only: a query string may hold what somebody typed.
    let path = request.uri().path().to_owned();
    let is_probe = matches!(path.as_str(), "/healthz" | "/readyz" | "/metrics");
    let span = tracing::info_span!("request", request_id, %method, path);
    let answer = async move {
        let started = Instant::now();
        let response = next.run(request).await;
        log_answer(is_probe, response.status().as_u16(), started.elapsed());
        response
    };
    let mut response = REQUEST_ID
        .scope(request_id.clone(), answer.instrument(span))
        .await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(HEADER.clone(), value);
    }
    response
}

/// Probes come every few seconds and would drown the rest.
fn log_answer(is_probe: bool, status: u16, elapsed: Duration) {
    let elapsed_ms = milliseconds(elapsed);
    match is_probe {
        true => tracing::debug!(status, elapsed_ms, "answered"),
        false => tracing::info!(status, elapsed_ms, "answered"),
    }
}
