//! What Prometheus reads.

use super::state::AppState;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;

const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Counts and times; no names, no questions, no data.
pub async fn read(State(state): State<AppState>) -> impl IntoResponse {
    let unfinished = state.services.runs.unfinished();
    metrics::gauge!("csv_analyst_runs_unfinished").set(unfinished as f64);
    let ready = state.services.catalog.ready_ids().len();
    metrics::gauge!("csv_analyst_datasets", "state" => "ready").set(ready as f64);
    ([(header::CONTENT_TYPE, TEXT_FORMAT)], state.metrics.text())
}
