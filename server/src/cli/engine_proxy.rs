//! `engine-proxy`: what stands between a service and a container engine, in a container of its own.

use super::flags::Flags;
use super::{CliError, say, stop_on_signals, terminal};
use crate::{engine_proxy, telemetry};
use clap::Args;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// It asks the engine behind it.
const HEALTH_DEADLINE: Duration = Duration::from_secs(5);
const MAX_ANSWER_BYTES: u64 = 4 << 10;

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

async fn health(socket: &Path) -> Result<(), CliError> {
    let reason = match tokio::time::timeout(HEALTH_DEADLINE, ask(socket)).await {
        Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200 ") => return say("the engine answers"),
        Ok(Ok(answer)) => answer.lines().last().unwrap_or_default().to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    Err(CliError::Unhealthy {
        address: terminal::one_line(&socket.to_string_lossy()),
        reason: terminal::one_line(&reason),
    })
}

async fn ask(socket: &Path) -> std::io::Result<String> {
    let mut stream = UnixStream::connect(socket).await?;
    stream
        .write_all(b"GET /_ping HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n")
        .await?;
    let mut bytes = Vec::new();
    stream.take(MAX_ANSWER_BYTES).read_to_end(&mut bytes).await?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
