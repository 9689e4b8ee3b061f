//! Runs over HTTP: made, read, cancelled, verified, replayed.

use super::clients::ClientPlace;
use super::error::ApiError;
use super::extract::{ApiJson, ApiPath, ApiQuery};
use super::state::AppState;
use crate::runs::{RunHandle, Submission, requested_limits};
use crate::services::Services;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use csv_analyst_protocol::api::{CreateRun, RunStatus, SentPlan};
use csv_analyst_protocol::capsule::{Replay, Verification};
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::run::{Run, RunState};
use serde::Deserialize;
use serde_json::json;
use std::time::Duration;

#[derive(Deserialize)]
pub struct CreateOptions {
    /// `false`: answer 202 as soon as the gate has let the query through.
    #[serde(default = "yes")]
    wait: bool,
}

fn yes() -> bool {
    true
}

pub async fn create(
    State(state): State<AppState>,
    place: ClientPlace,
    ApiQuery(options): ApiQuery<CreateOptions>,
    ApiJson(request): ApiJson<CreateRun>,
) -> Result<Response, ApiError> {
    let services = &state.services;
    let config = &services.config;
    let limits = requested_limits(
        config.limits,
        config.maximum,
        request.timeout_ms,
        request.max_rows,
    )
    .map_err(|error| *error)?;
    let query = the_one_query(&request.dataset_id, request.plan, request.sql)?;
    let patience = Duration::from_millis(limits.timeout_ms);
    let dataset = services.catalog.get_within(&request.dataset_id, patience).await?;
    let handle = services.runs.submit(Submission {
        query,
        dataset,
        limits,
        question: None,
        use_cache: request.cache.unwrap_or(true),
        client: place.client(),
    })?;
    keep_until_ended(place, handle.clone());
    match options.wait {
        true => answer_of(&*handle.ended().await),
        false => accepted(services, &handle).await,
    }
}

fn keep_until_ended(place: ClientPlace, handle: RunHandle) {
    tokio::spawn(async move {
        handle.ended().await;
        drop(place);
    });
}

/// Exactly one of the two.
fn the_one_query(
    dataset_id: &str,
    plan: Option<SentPlan>,
    sql: Option<String>,
) -> Result<UntrustedQuery, ApiError> {
    match (plan, sql) {
        (Some(SentPlan::Fits(plan)), None) if plan.dataset_id != dataset_id => Err(invalid(
            "the plan is for another dataset than the request",
            "/plan/dataset_id",
        )),
        (Some(SentPlan::Fits(plan)), None) => Ok(UntrustedQuery::Plan(plan)),
        (Some(SentPlan::Misfit(json)), None) => Ok(UntrustedQuery::MisfitPlan(json)),
        (None, Some(sql)) => Ok(UntrustedQuery::Sql(sql)),
        (None, None) => Err(invalid("neither `plan` nor `sql` is given", "")),
        (Some(_), Some(_)) => Err(invalid("both `plan` and `sql` are given; send one", "/sql")),
    }
}

fn invalid(message: &str, pointer: &str) -> ApiError {
    let mut error = ErrorDetail::new(ErrorCode::ValidationError, message);
    error.details = Some(json!({"pointer": pointer}));
    error.into()
}

fn answer_of(run: &Run) -> Result<Response, ApiError> {
    match run.status {
        RunState::Succeeded => Ok(Json(run).into_response()),
        _ => Err(ApiError::from_run(run)),
    }
}

async fn accepted(services: &Services, handle: &RunHandle) -> Result<Response, ApiError> {
    let run = handle.judged().await;
    if run.status.is_terminal() && run.status != RunState::Succeeded {
        return Err(ApiError::from_run(&run));
    }
    // The client goes away with nothing but this promise; what is sealed is on the disk already.
    if run.capsule_hash.is_none() {
        services.runs.persist().await?;
    }
    let location = format!("/runs/{}", run.run_id);
    Ok((
        StatusCode::ACCEPTED,
        [(header::LOCATION, location)],
        Json(status_of(&run)),
    )
        .into_response())
}

fn status_of(run: &Run) -> RunStatus {
    RunStatus {
        run_id: run.run_id.clone(),
        status: run.status,
    }
}

pub async fn one(State(state): State<AppState>, ApiPath(id): ApiPath<String>) -> Result<Json<Run>, ApiError> {
    Ok(Json(find(&state, &id).await?))
}

pub async fn status(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<RunStatus>, ApiError> {
    Ok(Json(status_of(&find(&state, &id).await?)))
}

pub(super) async fn find(state: &AppState, id: &str) -> Result<Run, ApiError> {
    state
        .services
        .runs
        .get(id)
        .await?
        .ok_or_else(ApiError::run_not_found)
}

/// Answers how the run ended: a run that was quicker than the request stays as it is.
pub async fn cancel(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<RunStatus>, ApiError> {
    let run = state
        .services
        .runs
        .cancel(&id)
        .await?
        .ok_or_else(ApiError::run_not_found)?;
    Ok(Json(status_of(&run)))
}

pub async fn verify(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Verification>, ApiError> {
    match state.services.runs.verify(&id).await? {
        Some(verification) => Ok(Json(verification)),
        None => Err(not_sealed(&state, &id).await),
    }
}

/// The sealed record; its `content` is byte for byte what was hashed.
pub async fn capsule(
    State(state): State<AppState>,
    ApiPath(id): ApiPath<String>,
) -> Result<Response, ApiError> {
    let Some(text) = state.services.store.capsule_text(&id).await? else {
        return Err(not_sealed(&state, &id).await);
    };
    let disposition = format!("attachment; filename=\"capsule-{}.json\"", file_part(&id));
    let headers = [
        (header::CONTENT_TYPE, "application/json".to_owned()),
        (header::CONTENT_DISPOSITION, disposition),
    ];
    Ok((headers, text).into_response())
}

pub async fn replay(
    State(state): State<AppState>,
    place: ClientPlace,
    ApiPath(id): ApiPath<String>,
) -> Result<Json<Replay>, ApiError> {
    let run = find(&state, &id).await?;
    let dataset = state.services.catalog.get(&run.dataset_id).await?;
    let client = place.client();
    let replaying = tokio::spawn(async move { state.services.runs.replay(&run, dataset, client).await });
    let replay = place.keep_while(replaying).await;
    Ok(Json(replay.map_err(ApiError::internal)??))
}

async fn not_sealed(state: &AppState, id: &str) -> ApiError {
    match find(state, id).await {
        Ok(run) if run.status.is_terminal() => ApiError::invalid(
            StatusCode::CONFLICT,
            "the run has ended, but is not sealed: the server could not write its record, or the sealed \
             record was removed; `csv-analyst verify` tells which",
        ),
        Ok(_) => ApiError::invalid(
            StatusCode::CONFLICT,
            "the run has not ended yet, so it is not sealed",
        ),
        Err(error) => error,
    }
}

/// Ids of runs that exist are harmless already; this keeps it so for a header.
pub(super) fn file_part(id: &str) -> String {
    id.chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .take(64)
        .collect()
}
