//! What the proxy answers instead of doing it.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Response, StatusCode};
use serde_json::json;

/// Never a path of the host, and nothing that the engine said.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    #[error("the engine proxy does not allow this: {0}")]
    Forbidden(String),
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// As an engine says it of a mount whose source is missing: an image would be "not found".
    #[error("there is no such snapshot")]
    NoSnapshot,
    /// The engine's own answer; the words are in the proxy's log.
    #[error("the engine answered {0}")]
    Engine(u16),
    #[error("the engine does not answer")]
    NoAnswer,
    #[error("{0} runners are there already, as many as the proxy allows")]
    TooMany(usize),
}

impl Refusal {
    pub fn forbidden(what: impl Into<String>) -> Self {
        Self::Forbidden(what.into())
    }

    pub fn status(&self) -> StatusCode {
        match self {
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NoSnapshot => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Engine(status) => StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY),
            Self::NoAnswer => StatusCode::BAD_GATEWAY,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
        }
    }

    /// In the form of the engine's errors.
    pub fn answer(&self) -> Response<Full<Bytes>> {
        let body = json!({"message": self.to_string()}).to_string();
        let mut answer = Response::new(Full::from(body));
        *answer.status_mut() = self.status();
        answer
    }
}

impl From<bollard::errors::Error> for Refusal {
    fn from(error: bollard::errors::Error) -> Self {
        tracing::warn!(%error, "the engine refused");
        match error {
            bollard::errors::Error::DockerResponseServerError { status_code, .. } => {
                Self::Engine(status_code)
            }
            _ => Self::NoAnswer,
        }
    }
}
