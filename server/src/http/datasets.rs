//! What can be asked about, and how a plan is written.

use super::error::ApiError;
use super::extract::ApiPath;
use super::state::AppState;
use axum::Json;
use axum::extract::State;
use csv_analyst_protocol::api::{DatasetList, DatasetSchema, DatasetSummary};
use serde_json::Value;
use std::time::Duration;

pub async fn list(State(state): State<AppState>) -> Json<DatasetList> {
    Json(state.services.catalog.list())
}

pub async fn one(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<DatasetSummary>, ApiError> {
    Ok(Json(state.services.catalog.summary(&id)?))
}

pub async fn schema(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<DatasetSchema>, ApiError> {
    let dataset = state.services.catalog.get_within(&id, patience(&state)).await?;
    Ok(Json(dataset.with_samples()))
}

/// Less than an answer may take, so that it says what it waits for.
fn patience(state: &AppState) -> Duration {
    Duration::from_millis(state.services.config.http.request_timeout_ms / 2)
}

/// JSON Schema of QueryPlan, version 1.
pub async fn plan_schema() -> Json<Value> {
    Json(csv_analyst_protocol::plan::json_schema())
}
