//! `POST /chat/stream` in the browser: one question at a time, events as they come, stoppable.

use super::sse::{EventReader, ServerEvent};
use super::{Trouble, http};
use csv_analyst_protocol::chat::{ChatEvent, ChatRequest};
use js_sys::{Reflect, Uint8Array};
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, ReadableStreamDefaultReader, Response};

thread_local! {
    /// The question in progress, so that it can be stopped.
    static IN_PROGRESS: RefCell<Option<AbortController>> = const { RefCell::new(None) };
}

/// Ends the stream of the question in progress, if there is one. The run itself goes on until it is
/// cancelled.
pub fn abort() {
    if let Some(controller) = IN_PROGRESS.take() {
        controller.abort();
    }
}

/// Asks, and hands every event to `on_event` until that returns true (the turn is over). A question
/// that is still in progress is let go.
pub async fn chat(request: &ChatRequest, mut on_event: impl FnMut(ChatEvent) -> bool) -> Result<(), Trouble> {
    abort();
    let controller = AbortController::new().map_err(|_| Trouble::Unreachable)?;
    let signal = controller.signal();
    IN_PROGRESS.set(Some(controller));
    let body = serde_json::to_string(request).map_err(|_| Trouble::Broken)?;
    let response = http::send("POST", "/chat/stream", Some(body), Some(&signal)).await?;
    let reader = reader_of(&response).ok_or(Trouble::Broken)?;
    let mut events = EventReader::default();
    while let Some(bytes) = next_piece(&reader, &signal).await? {
        for event in events.push(&bytes) {
            if chat_event(&event).is_some_and(&mut on_event) {
                return Ok(());
            }
        }
    }
    Err(Trouble::Broken)
}

fn reader_of(response: &Response) -> Option<ReadableStreamDefaultReader> {
    response.body()?.get_reader().dyn_into().ok()
}

/// `None` at the end of the stream.
async fn next_piece(
    reader: &ReadableStreamDefaultReader,
    signal: &AbortSignal,
) -> Result<Option<Vec<u8>>, Trouble> {
    let lost = || match http::trouble_of(Some(signal)) {
        Trouble::Unreachable => Trouble::Broken,
        other => other,
    };
    let piece = JsFuture::from(reader.read()).await.map_err(|_| lost())?;
    let field = |name: &str| Reflect::get(&piece, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED);
    if field("done").is_truthy() {
        return Ok(None);
    }
    Ok(Some(Uint8Array::new(&field("value")).to_vec()))
}

/// An event of a newer service that this page does not know is skipped.
fn chat_event(event: &ServerEvent) -> Option<ChatEvent> {
    let name = serde_json::to_string(&event.name).ok()?;
    serde_json::from_str(&format!(r#"{{"event":{name},"data":{}}}"#, event.data)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::chat::TokenEvent;

    fn read(name: &str, data: &str) -> Option<ChatEvent> {
        chat_event(&ServerEvent {
            name: name.into(),
            data: data.into(),
        })
    }

    #[test]
    fn an_event_is_read_by_its_name() {
        let token = ChatEvent::Token(TokenEvent { text: "a".into() });
        assert_eq!(read("token", r#"{"text":"a"}"#), Some(token));
    }

    #[test]
    fn an_unknown_event_or_broken_data_is_skipped() {
        assert_eq!(read("applause", "{}"), None);
        assert_eq!(read("token", "{"), None);
    }
}
