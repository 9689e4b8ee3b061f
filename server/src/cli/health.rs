//! `csv-analyst health`: asks a running service whether it is ready, and says so by its exit code.
//!
//! For places without a shell or another client, such as the service's own container image. It reads the
//! configuration for the address only, opens no data, and believes nothing but the status of the answer.

use super::flags::Flags;
use super::running::{Running, on_this_machine};
use super::{CliError, say, terminal};
use clap::Args;
use hyper::StatusCode;
use std::time::Duration;

/// An answer takes milliseconds; container engines give a check a few seconds.
const DEADLINE: Duration = Duration::from_secs(5);

/// The list of guards and datasets; a service with thousands of datasets is cut.
const MAX_SHOWN_BYTES: usize = 64 << 10;

#[derive(Args)]
#[command(
    after_help = "Exit code: 0 when the service says that it is ready, 1 when it does not or does not answer."
)]
pub struct HealthFlags {
    /// Host and port to ask [default: the configured address, on this machine].
    #[arg(long, value_name = "HOST:PORT")]
    address: Option<String>,
    /// Ask only whether it is alive (`/healthz`), not whether it is ready (`/readyz`).
    #[arg(long)]
    alive: bool,
    #[command(flatten)]
    common: Flags,
}

pub async fn health(flags: HealthFlags) -> Result<(), CliError> {
    let address = match &flags.address {
        Some(given) => given.clone(),
        None => on_this_machine(flags.common.load()?.listen).to_string(),
    };
    let path = if flags.alive { "/healthz" } else { "/readyz" };
    say(&answer(&Running::Address(address), path).await?)
}

/// What a healthy service said, harmless to show.
pub async fn answer(service: &Running, path: &str) -> Result<String, CliError> {
    let unhealthy = |reason: String| CliError::Unhealthy {
        address: terminal::one_line(&service.to_string()),
        reason: terminal::one_line(&reason),
    };
    let answer = service.get(path, DEADLINE).await;
    let answer = answer.map_err(|error| unhealthy(error.to_string()))?;
    match answer.status {
        StatusCode::OK => Ok(answer.shown(MAX_SHOWN_BYTES)),
        _ => Err(unhealthy(answer.shown(MAX_SHOWN_BYTES))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    /// What `health` makes of a service that reads one request and answers with this text.
    async fn asked(text: &'static str) -> Result<String, CliError> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let answering = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            assert!(request[..length].starts_with(b"GET /readyz HTTP/1.1\r\n"));
            stream.write_all(text.as_bytes()).await.unwrap();
        });
        let outcome = answer(&Running::Address(address), "/readyz").await;
        answering.await.unwrap();
        outcome
    }

    #[tokio::test]
    async fn only_a_service_that_says_it_is_ready_is_healthy() {
        let ready = asked("HTTP/1.1 200 OK\r\n\r\n{\"ready\":true}\u{1b}").await;
        assert_eq!(ready.unwrap(), "{\"ready\":true}\\u{1b}");
        for text in [
            "HTTP/1.1 503 Service Unavailable\r\n\r\n{\"ready\":false}",
            "HTTP/1.1 2000 \r\n\r\n",
            "HTTP/1.1 204 No Content\r\n\r\n",
            "SSH-2.0-else\r\n",
            "",
        ] {
            assert!(asked(text).await.is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn where_nobody_listens_is_unhealthy_and_named() {
        let free = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        let flags = HealthFlags {
            address: Some(free.to_string()),
            alive: true,
            common: Flags::default(),
        };
        let message = health(flags).await.unwrap_err().to_string();
        assert!(message.contains(&free.to_string()), "{message}");
    }
}
