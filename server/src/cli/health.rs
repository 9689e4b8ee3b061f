//! `csv-analyst health`: asks a running service whether it is ready, and says so by its exit code.
//!
//! For places without a shell or another client, such as the service's own container image. It reads the
//! configuration for the address only, opens no data, and believes nothing but the status of the answer.

use super::flags::Flags;
use super::{CliError, say, terminal};
use clap::Args;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer takes milliseconds; container engines give a check a few seconds.
const DEADLINE: Duration = Duration::from_secs(5);

/// The list of guards and datasets; a service with thousands of datasets is cut.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

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
    say(&answer(&address, path).await?)
}

/// What a healthy service said, harmless to show.
async fn answer(address: &str, path: &str) -> Result<String, CliError> {
    let unhealthy = |reason: &str| CliError::Unhealthy {
        address: terminal::one_line(address),
        reason: terminal::one_line(reason),
    };
    match tokio::time::timeout(DEADLINE, ask(address, path)).await {
        Err(_) => Err(unhealthy("no answer in time")),
        Ok(Err(error)) => Err(unhealthy(&error.to_string())),
        Ok(Ok(answer)) if answer.is_success() => Ok(terminal::one_line(answer.body())),
        Ok(Ok(answer)) => Err(unhealthy(answer.body())),
    }
}

/// A service that listens on every address is asked on the loopback one.
fn on_this_machine(listen: SocketAddr) -> SocketAddr {
    let address = match listen.ip() {
        IpAddr::V4(address) if address.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(address) if address.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(address, listen.port())
}

struct Answer(String);

impl Answer {
    fn is_success(&self) -> bool {
        let status = self.0.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..4));
        status == Some("200 ")
    }

    fn body(&self) -> &str {
        let after_head = self.0.split_once("\r\n\r\n").map(|(_, body)| body);
        after_head.unwrap_or("the answer is not HTTP").trim()
    }
}

/// The service answers to `localhost` under whatever name it was reached.
async fn ask(address: &str, path: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut bytes = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut bytes).await?;
    Ok(Answer(String::from_utf8_lossy(&bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let outcome = answer(&address, "/readyz").await;
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

    #[test]
    fn a_service_on_every_address_is_asked_on_the_loopback_one() {
        let asked = |listen: &str| on_this_machine(listen.parse().unwrap()).to_string();
        assert_eq!(asked("0.0.0.0:3000"), "127.0.0.1:3000");
        assert_eq!(asked("[::]:3000"), "[::1]:3000");
        assert_eq!(asked("10.1.2.3:80"), "10.1.2.3:80");
    }
}
