//! JSON over `fetch`, for the browser only. Every failure is a [`Trouble`]; nothing here panics on
//! what a server or a network does.

use super::Trouble;
use csv_analyst_protocol::error::{ErrorBody, ErrorCode, ErrorDetail};
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, Response};

pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Trouble> {
    read(send("GET", path, None, None).await?).await
}

pub async fn post<T: DeserializeOwned>(path: &str) -> Result<T, Trouble> {
    read(send("POST", path, None, None).await?).await
}

/// Without reading the answer's body.
pub async fn call(method: &str, path: &str) -> Result<(), Trouble> {
    send(method, path, None, None).await.map(|_| ())
}

/// Sends and returns a response of the 2xx range.
pub async fn send(
    method: &str,
    path: &str,
    body: Option<String>,
    signal: Option<&AbortSignal>,
) -> Result<Response, Trouble> {
    let window = web_sys::window().ok_or(Trouble::Unreachable)?;
    let init = request(method, body, signal).map_err(|_| Trouble::Unreachable)?;
    let fetched = JsFuture::from(window.fetch_with_str_and_init(path, &init)).await;
    let response: Response = fetched
        .map_err(|_| trouble_of(signal))?
        .dyn_into()
        .map_err(|_| Trouble::Broken)?;
    if response.ok() {
        Ok(response)
    } else {
        Err(refusal(response).await)
    }
}

/// A fetch fails in the same way for a dead server and for an abort.
pub fn trouble_of(signal: Option<&AbortSignal>) -> Trouble {
    match signal {
        Some(signal) if signal.aborted() => Trouble::Stopped,
        _ => Trouble::Unreachable,
    }
}

fn request(method: &str, body: Option<String>, signal: Option<&AbortSignal>) -> Result<RequestInit, JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json, text/event-stream")?;
    let init = RequestInit::new();
    init.set_method(method);
    init.set_signal(signal);
    if let Some(body) = body {
        headers.set("Content-Type", "application/json")?;
        init.set_body(&JsValue::from_str(&body));
    }
    init.set_headers(&headers);
    Ok(init)
}

async fn read<T: DeserializeOwned>(response: Response) -> Result<T, Trouble> {
    let text = text_of(&response).await.ok_or(Trouble::Broken)?;
    serde_json::from_str(&text).map_err(|_| Trouble::Broken)
}

async fn text_of(response: &Response) -> Option<String> {
    JsFuture::from(response.text().ok()?).await.ok()?.as_string()
}

/// The service's own words where it gave any; else what the status means.
async fn refusal(response: Response) -> Trouble {
    let body = text_of(&response)
        .await
        .and_then(|text| serde_json::from_str::<ErrorBody>(&text).ok());
    match (body, response.status()) {
        (Some(body), _) => Trouble::Refused(body.error),
        (None, 502..=504) => Trouble::Unreachable,
        (None, status) => Trouble::Refused(ErrorDetail::new(
            ErrorCode::InternalError,
            format!("The service answered with status {status}."),
        )),
    }
}
