//! `engine-proxy`: what stands between a service and a container engine, in a container of its own.

use super::flags::Flags;
use super::health::answer;
use super::running::Running;
use super::{CliError, say, stop_on_signals};
use crate::{engine_proxy, telemetry};
use clap::Args;
use std::path::Path;

#[derive(Args)]
#[command(
    after_help = "The settings are `engine_proxy` in the configuration, and `sandbox.docker.image` and \
                  `sandbox.docker.runtime`, which must be the service's. As root it joins the group of the engine's \
                  socket and then gives root up."
)]
pub struct EngineProxyFlags {
    /// Start nothing: ask the proxy that runs here whether it and the engine behind it answer.
    #[arg(long)]
    health: bool,
    #[command(flatten)]
    common: Flags,
}

pub async fn engine_proxy(flags: EngineProxyFlags) -> Result<(), CliError> {
    let config = flags.common.load()?;
    let settings = &config.engine_proxy;
    // Also for the health check: the socket is only the unprivileged user's.
    engine_proxy::give_up_rights(&settings.engine)?;
    if flags.health {
        return health(&settings.listen).await;
    }
    telemetry::install(&config.log)?;
    let stop = stop_on_signals()?;
    let listener = engine_proxy::bind(settings)?;
    Ok(engine_proxy::serve(settings, &config.sandbox, listener, stop).await?)
}

/// The proxy answers when the engine behind it does.
async fn health(socket: &Path) -> Result<(), CliError> {
    answer(&Running::Socket(socket.to_owned()), "/_ping").await?;
    say("the engine answers")
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::UnixListener;

    /// What is made of a proxy that reads one request and answers with this text.
    async fn asked(text: &'static str) -> Result<(), CliError> {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let answering = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            assert!(request[..length].starts_with(b"GET /_ping HTTP/1.1\r\n"));
            stream.write_all(text.as_bytes()).await.unwrap();
        });
        let outcome = health(&socket).await;
        answering.await.unwrap();
        outcome
    }

    #[tokio::test]
    async fn a_proxy_is_healthy_if_it_says_that_the_engine_answers() {
        assert!(asked("HTTP/1.1 200 OK\r\n\r\nOK").await.is_ok());
        let silent = "HTTP/1.1 502 Bad Gateway\r\n\r\n{\"message\":\"the engine does not answer\"}";
        let message = asked(silent).await.unwrap_err().to_string();
        assert!(message.contains("the engine does not answer"), "{message}");
        assert!(asked("").await.is_err());
    }

    #[tokio::test]
    async fn where_no_proxy_listens_is_unhealthy_and_named() {
        let folder = tempfile::tempdir().unwrap();
        let message = health(&folder.path().join("engine.sock")).await.unwrap_err();
        let message = message.to_string();
        assert!(message.contains("engine.sock is not ready"), "{message}");
    }
}
