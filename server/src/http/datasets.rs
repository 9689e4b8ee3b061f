//! What can be asked about, and how a plan is written.

use super::error::ApiError;
use super::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use csv_analyst_protocol::api::{DatasetList, DatasetSchema, DatasetSummary};
use serde_json::Value;

pub async fn list(State(state): State<AppState>) -> Json<DatasetList> {
    Json(state.services.catalog.list().await)
}

pub async fn one(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<DatasetSummary>, ApiError> {
    Ok(Json(state.services.catalog.get(&id).await?.summary()))
}

pub async fn schema(
    State(state): State<AppState>,
    Path(id): Path<String>,
) -> Result<Json<DatasetSchema>, ApiError> {
    Ok(Json(state.services.catalog.get(&id).await?.with_samples()))
}

/// JSON Schema of QueryPlan, version 1.
pub async fn plan_schema() -> Json<Value> {
    Json(csv_analyst_protocol::plan::json_schema())
}
