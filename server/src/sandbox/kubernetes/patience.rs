//! Failures of the Kubernetes API that pass by themselves: too many requests, a server that is being
//! started anew, a connection that broke, no answer in time. They are waited out with growing, scattered
//! pauses, or as long as the API says. What is refused is refused at once.

use axum::http::{HeaderMap, Request, Response, StatusCode, header};
use kube::client::Body;
use std::future::Future;
use std::time::Duration;
use tokio::time::{Sleep, sleep, timeout};
use tower::BoxError;
use tower::retry::Policy;

/// With their pauses about fifteen seconds: an API server that is replaced is back by then.
const MOST_ATTEMPTS: u32 = 9;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Whoever is told to wait longer does better to fail.
const LONGEST_ASKED_PAUSE: Duration = Duration::from_secs(30);

/// Until an answer begins; a watch and an attached stream go on after that.
pub const ANSWER_DEADLINE: Duration = Duration::from_secs(10);
/// One call with all its attempts, and the whole of its answer.
const CALL_DEADLINE: Duration = Duration::from_secs(60);
const MOST_REPETITIONS: u32 = 4;

#[derive(Clone, Default)]
pub struct Patience {
    attempts: u32,
}

impl<Answer> Policy<Request<Body>, Response<Answer>, BoxError> for Patience {
    type Future = Sleep;

    fn retry(
        &mut self,
        _request: &mut Request<Body>,
        result: &mut Result<Response<Answer>, BoxError>,
    ) -> Option<Sleep> {
        let asked = match result {
            Ok(response) if passes(response.status()) => asked_pause(response.headers()),
            Ok(_) => return None,
            Err(_) => None,
        };
        self.attempts += 1;
        let pause = asked.unwrap_or_else(|| scattered(self.attempts));
        (self.attempts < MOST_ATTEMPTS && pause <= LONGEST_ASKED_PAUSE).then(|| sleep(pause))
    }

    fn clone_request(&mut self, request: &Request<Body>) -> Option<Request<Body>> {
        let mut copy = Request::new(request.body().try_clone()?);
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        *copy.version_mut() = request.version();
        *copy.headers_mut() = request.headers().clone();
        *copy.extensions_mut() = request.extensions().clone();
        Some(copy)
    }
}

fn passes(status: StatusCode) -> bool {
    let for_good = [
        StatusCode::NOT_IMPLEMENTED,
        StatusCode::HTTP_VERSION_NOT_SUPPORTED,
    ];
    status == StatusCode::TOO_MANY_REQUESTS || (status.is_server_error() && !for_good.contains(&status))
}

fn asked_pause(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers
        .get(header::RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()?;
    Some(Duration::from_secs(seconds))
}

/// Between half and the whole of a pause that doubles: those who failed together do not come together.
fn scattered(attempt: u32) -> Duration {
    let whole = (FIRST_PAUSE * 2_u32.pow(attempt.saturating_sub(1).min(16))).min(LONGEST_PAUSE);
    let mut random = [0; 1];
    // Without randomness they come together.
    let _ = getrandom::fill(&mut random);
    whole / 2 + whole * u32::from(random[0]) / 512
}

/// One question to the API, asked again where somebody else's change came between, or an answer broke
/// off after its beginning.
pub async fn ask<T, Call>(mut call: impl FnMut() -> Call) -> Result<T, AskError>
where
    Call: Future<Output = kube::Result<T>>,
{
    let mut repetitions = 0;
    loop {
        match timeout(CALL_DEADLINE, call()).await {
            Ok(Ok(answer)) => return Ok(answer),
            Ok(Err(error)) if may_repeat(&error) && repetitions < MOST_REPETITIONS => {
                repetitions += 1;
                sleep(scattered(repetitions)).await;
            }
            Ok(Err(error)) => return Err(AskError::Api(Box::new(error))),
            Err(_) => return Err(AskError::NoAnswer),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum AskError {
    #[error(transparent)]
    Api(Box<kube::Error>),
    #[error("no answer in time")]
    NoAnswer,
}

impl AskError {
    /// The API's own refusal: its code, and its reason in one word.
    pub fn refusal(&self) -> Option<(u16, &str)> {
        match self {
            Self::Api(error) => status_of(error),
            Self::NoAnswer => None,
        }
    }

    pub fn is_gone(&self) -> bool {
        self.refusal().is_some_and(|(code, _)| code == 404)
    }

    /// An earlier attempt succeeded, and its answer was lost.
    pub fn exists_already(&self) -> bool {
        self.refusal()
            .is_some_and(|(_, reason)| reason == "AlreadyExists")
    }
}

fn status_of(error: &kube::Error) -> Option<(u16, &str)> {
    match error {
        kube::Error::Api(status) => Some((status.code, status.reason.as_str())),
        _ => None,
    }
}

fn may_repeat(error: &kube::Error) -> bool {
    match error {
        kube::Error::Api(status) => status.code == 409 && status.reason == "Conflict",
        kube::Error::HyperError(_) | kube::Error::ReadEvents(_) => true,
        // Before an answer began, it has been tried often enough.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for code in [429, 500, 502, 503, 504] {
            assert!(passes(StatusCode::from_u16(code).unwrap()), "{code}");
        }
        for code in [200, 101, 400, 401, 403, 404, 409, 422, 501] {
            assert!(!passes(StatusCode::from_u16(code).unwrap()), "{code}");
        }
    }

    #[test]
    fn pauses_grow_are_scattered_and_end() {
        for attempt in 1..40 {
            let pause = scattered(attempt);
            assert!(
                pause >= FIRST_PAUSE / 2 && pause <= LONGEST_PAUSE,
                "{attempt}: {pause:?}"
            );
        }
        assert!(scattered(6) > scattered(1));
    }

    #[test]
    fn a_pause_that_is_asked_for_is_read() {
        let headers =
            |text: &'static str| HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
        assert_eq!(asked_pause(&headers("3")), Some(Duration::from_secs(3)));
        assert_eq!(asked_pause(&headers("Wed, 21 Oct 2026 07:28:00 GMT")), None);
        assert_eq!(asked_pause(&HeaderMap::new()), None);
    }
}
