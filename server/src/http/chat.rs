//! Chat over HTTP: one answer, or its steps as server-sent events.
//!
//! A client that goes away stops nothing: the answer is made and stored. To stop it, cancel the run.

use super::clients::ClientPlace;
use super::error::ApiError;
use super::extract::ApiJson;
use super::request_id;
use super::state::AppState;
use crate::agent::ChatError;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use csv_analyst_protocol::chat::{ChatAnswer, ChatEvent, ChatRequest};
use futures::{Stream, StreamExt, stream};
use std::convert::Infallible;
use std::time::Duration;
use tokio::task::JoinError;
use tokio_stream::wrappers::UnboundedReceiverStream;

/// Shorter than the idle time-outs of common proxies (60 s).
const KEEP_ALIVE: Duration = Duration::from_secs(10);

pub async fn chat(
    State(state): State<AppState>,
    place: ClientPlace,
    ApiJson(request): ApiJson<ChatRequest>,
) -> Result<Json<ChatAnswer>, ApiError> {
    let (_steps, answering) = state.services.chat.ask(request, place.client());
    let answer = place.keep_while(answering).await;
    Ok(Json(answer.map_err(ApiError::internal)??))
}

pub async fn stream(
    State(state): State<AppState>,
    place: ClientPlace,
    ApiJson(request): ApiJson<ChatRequest>,
) -> Response {
    let (steps, answering) = state.services.chat.ask(request, place.client());
    let last = stream::once(last_event(place.keep_while(answering), request_id::current()));
    let events = UnboundedReceiverStream::new(steps).chain(last);
    let mut response = Sse::new(as_server_sent(events))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
        .into_response();
    // Proxies that buffer would hold the steps back.
    response.headers_mut().insert(
        HeaderName::from_static("x-accel-buffering"),
        HeaderValue::from_static("no"),
    );
    response
}

async fn last_event(
    answering: impl Future<Output = Result<Result<ChatAnswer, ChatError>, JoinError>>,
    request_id: Option<String>,
) -> ChatEvent {
    let failed = |error: ApiError| {
        let mut detail = error.into_detail();
        detail.request_id = request_id;
        ChatEvent::Error(detail)
    };
    match answering.await {
        Ok(Ok(answer)) => ChatEvent::Done(Box::new(answer)),
        Ok(Err(error)) => failed(error.into()),
        Err(error) => failed(ApiError::internal(error)),
    }
}

fn as_server_sent(events: impl Stream<Item = ChatEvent>) -> impl Stream<Item = Result<Event, Infallible>> {
    events.map(|event| Ok(Event::default().event(event.name()).data(data_of(&event))))
}

/// The event's content alone; its name travels in the `event:` line.
fn data_of(event: &ChatEvent) -> String {
    let mut tagged = serde_json::to_value(event).unwrap_or_default();
    tagged
        .get_mut("data")
        .map(serde_json::Value::take)
        .unwrap_or_default()
        .to_string()
}
