//! One client: one kept-alive connection, one request after the other.

use crate::floor::Failure;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response, StatusCode, header};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;

pub struct Client {
    address: SocketAddr,
    connection: Option<SendRequest<Full<Bytes>>>,
}

pub struct Answer {
    pub status: StatusCode,
    pub elapsed: Duration,
    /// What a refusal asks a client to wait.
    pub retry_after: Option<Duration>,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connection: None,
        }
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Answer, Failure> {
        self.send("POST", path, body.to_string()).await
    }

    pub async fn get(&mut self, path: &str) -> Result<Answer, Failure> {
        self.send("GET", path, String::new()).await
    }

    async fn send(&mut self, method: &str, path: &str, body: String) -> Result<Answer, Failure> {
        let mut connection = match self.connection.take() {
            Some(open) if !open.is_closed() => open,
            _ => connect(self.address).await?,
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, self.address.to_string())
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))?;
        let began = Instant::now();
        connection.ready().await?;
        let response = connection.send_request(request).await?;
        let (status, retry_after) = (response.status(), retry_after(&response));
        let body = response.into_body().collect().await?.to_bytes();
        let elapsed = began.elapsed();
        self.connection = Some(connection);
        Ok(Answer {
            status,
            elapsed,
            retry_after,
            body,
        })
    }
}

async fn connect(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

fn retry_after<T>(response: &Response<T>) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?;
    Some(Duration::from_secs(seconds.to_str().ok()?.parse().ok()?))
}

pub async fn is_ready(address: SocketAddr) -> bool {
    let answer = Client::new(address).get("/readyz").await;
    answer.is_ok_and(|answer| answer.status == StatusCode::OK)
}
