//! Is it alive, is it ready, and under which guards.

use super::state::AppState;
use crate::sandbox::SandboxProvider;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use csv_analyst_protocol::api::Readiness;
use serde_json::{Value, json};

pub async fn alive() -> Json<Value> {
    Json(json!({"status": "ok"}))
}

/// 503 until every dataset is prepared or refused, and while runs cannot be put on record.
pub async fn ready(State(state): State<AppState>) -> (StatusCode, Json<Readiness>) {
    let services = &state.services;
    let report = services.pool.report();
    let record_writable = services.runs.is_recording().await;
    let readiness = Readiness {
        ready: services.catalog.is_prepared() && !services.is_stopping() && record_writable,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sandbox: report.kind,
        guards: report.guards,
        missing_guards: services.pool.missing_guards(),
        record_writable,
        datasets: services.catalog.ready_ids(),
        pool: Some(services.pool.status()),
        preparing: services.catalog.preparing(),
    };
    let status = if readiness.ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, Json(readiness))
}
