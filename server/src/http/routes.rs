//! The route table: every public address, once.

use super::error::ApiError;
use super::state::AppState;
use super::{chat, datasets, export, guards, health, metrics, page, request_id, runs, threads};
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// The whole service as one router.
pub fn router(state: AppState) -> Router {
    let quick = quick_routes().route_layer(from_fn_with_state(state.clone(), guards::answer_in_time));
    page::add_pages(quick.merge(patient_routes()), &state)
        // After the pages, so that it is theirs too.
        .method_not_allowed_fallback(wrong_method)
        .layer(from_fn_with_state(state.clone(), guards::refuse_other_sites))
        .layer(CatchPanicLayer::custom(ApiError::from_panic))
        .layer(from_fn(guards::add_security_headers))
        .layer(CompressionLayer::new())
        .layer(from_fn(request_id::give_request_id))
        .with_state(state)
}

/// Answered from memory or the record.
fn quick_routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(metrics::read))
        .route("/datasets", get(datasets::list))
        .route("/datasets/{id}", get(datasets::one))
        .route("/datasets/{id}/schema", get(datasets::schema))
        .route("/plan.schema.json", get(datasets::plan_schema))
        .route("/runs/{id}", get(runs::one))
        .route("/runs/{id}/status", get(runs::status))
        .route("/runs/{id}/cancel", post(runs::cancel))
        .route("/runs/{id}/verify", post(runs::verify))
        .route("/runs/{id}/capsule", get(runs::capsule))
        .route("/runs/{id}/export", get(export::export))
        .route("/threads", get(threads::list))
        .route("/threads/{id}", axum::routing::delete(threads::delete))
        .route("/threads/{id}/messages", get(threads::messages))
}

/// As patient as a run: the queue's and the run's own deadlines end them.
fn patient_routes() -> Router<AppState> {
    Router::new()
        .route("/chat", post(chat::chat))
        .route("/chat/stream", post(chat::stream))
        .route("/runs", post(runs::create))
        .route("/runs/{id}/replay", post(runs::replay))
}

async fn wrong_method() -> ApiError {
    ApiError::method_not_allowed()
}
