//! A running service or engine proxy, as its own commands ask it: one request, one answer, both bounded.
//!
//! Plain HTTP to one place and no more: no redirects, no TLS, no other host. What comes back is a
//! stranger's text until it was read into a type or shown through [`super::terminal`].

use super::terminal;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use std::fmt::{Display, Formatter};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

/// An answer of the largest size that a run may be configured to return, and what is around it.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// By the place where it answers.
pub enum Running {
    /// `HOST:PORT`.
    Address(String),
    Socket(PathBuf),
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum NoAnswer {
    #[error("no answer in time")]
    Late,
    #[error("no connection: {0}")]
    Connect(std::io::Error),
    #[error("the answer is not HTTP: {0}")]
    Http(#[from] hyper::Error),
    #[error("the address cannot be asked for: {0}")]
    Request(#[from] hyper::http::Error),
    #[error("the answer broke off or is too long: {0}")]
    Body(Box<dyn std::error::Error + Send + Sync>),
}

impl Running {
    pub async fn get(&self, path: &str, within: Duration) -> Result<Answer, NoAnswer> {
        self.send(Method::GET, path, String::new(), within).await
    }

    pub async fn send(
        &self,
        method: Method,
        path: &str,
        json: String,
        within: Duration,
    ) -> Result<Answer, NoAnswer> {
        let answering = self.exchange(method, path, json);
        let answered = tokio::time::timeout(within, answering).await;
        answered.map_err(|_| NoAnswer::Late)?
    }

    /// The service answers to `localhost` under whatever name it was reached.
    async fn exchange(&self, method: Method, path: &str, json: String) -> Result<Answer, NoAnswer> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, "localhost")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close")
            .body(Full::new(Bytes::from(json)))?;
        match self {
            Self::Address(address) => {
                let stream = TcpStream::connect(address).await;
                exchange_over(stream.map_err(NoAnswer::Connect)?, request).await
            }
            Self::Socket(path) => {
                let stream = UnixStream::connect(path).await;
                exchange_over(stream.map_err(NoAnswer::Connect)?, request).await
            }
        }
    }
}

async fn exchange_over<Stream>(stream: Stream, request: Request<Full<Bytes>>) -> Result<Answer, NoAnswer>
where
    Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    let connected = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_ANSWER_BYTES)
        .collect()
        .await;
    connected.abort();
    Ok(Answer {
        status,
        body: body.map_err(NoAnswer::Body)?.to_bytes(),
    })
}

impl Display for Running {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Address(address) => write!(formatter, "{address}"),
            Self::Socket(path) => write!(formatter, "{}", path.display()),
        }
    }
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// One harmless line of at most this many bytes of the answer.
    pub fn shown(&self, most_bytes: usize) -> String {
        let bytes = &self.body[..self.body.len().min(most_bytes)];
        terminal::one_line(String::from_utf8_lossy(bytes).trim())
    }
}

/// A service that listens on every address is asked on the loopback one.
pub fn on_this_machine(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(address, listen.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_on_every_address_is_asked_on_the_loopback_one() {
        let asked = |listen: &str| on_this_machine(listen.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:3000"), "127.0.0.1:3000");
        assert_eq!(asked("[::]:3000"), "[::1]:3000");
        assert_eq!(asked("10.1.2.3:80"), "10.1.2.3:80");
    }
}
