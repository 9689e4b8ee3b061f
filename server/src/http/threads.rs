//! Conversations over HTTP.

use super::error::ApiError;
use super::extract::ApiPath;
use super::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use csv_analyst_protocol::api::{ThreadList, ThreadMessages};

pub async fn list(State(state): State<AppState>) -> Result<Json<ThreadList>, ApiError> {
    Ok(Json(ThreadList {
        threads: state.services.store.threads().await?,
    }))
}

pub async fn messages(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<ThreadMessages>, ApiError> {
    state
        .services
        .store
        .messages(&id)
        .await?
        .map(Json)
        .ok_or_else(ApiError::thread_not_found)
}

/// Its runs stay on record.
pub async fn delete(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<StatusCode, ApiError> {
    match state.services.store.delete_thread(&id).await? {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(ApiError::thread_not_found()),
    }
}
