//! Listens until it is told to stop, then lets running answers end.

use super::connections::accept;
use super::{AppState, router};
use crate::services::Services;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(
        "cannot listen on {address}: {reason}; is another server running there? choose another with --listen"
    )]
    Listen {
        address: SocketAddr,
        reason: std::io::Error,
    },
}

/// Connections that are still open after all runs have ended get this long.
const CONNECTION_GRACE: Duration = Duration::from_secs(3);

/// Serves until `stop` is cancelled, then drains and destroys.
pub async fn serve(services: Arc<Services>, stop: CancellationToken) -> Result<(), ServeError> {
    let address = services.config.listen;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|reason| ServeError::Listen { address, reason })?;
    let address = listener.local_addr().unwrap_or(address);
    let state = AppState::new(services.clone());
    let upkeep = tokio::spawn(state.metrics.clone().keep_up());
    let app = router(state);
    if !address.ip().is_loopback() {
        tracing::warn!(
            listen = %address,
            "other machines can reach this service, and it has no accounts: whoever reaches it can ask \
             every dataset and read every conversation; put an authenticating proxy in front, or listen \
             on 127.0.0.1"
        );
    }
    tracing::info!(%address, "listening on http://{address}");
    let preparing = tokio::spawn(prepare(services.clone()));
    let accepting = tokio::spawn(accept(listener, app, stop.clone()));
    stop.cancelled().await;
    tracing::info!("stopping: no new runs, waiting for those that are running");
    services.shut_down().await;
    preparing.abort();
    upkeep.abort();
    let closed = tokio::time::timeout(CONNECTION_GRACE, close(accepting)).await;
    if closed.is_err() {
        tracing::warn!("connections were still open and are dropped");
    }
    tracing::info!("stopped");
    Ok(())
}

async fn close(accepting: JoinHandle<TaskTracker>) {
    if let Ok(connections) = accepting.await {
        connections.wait().await;
    }
}

async fn prepare(services: Arc<Services>) {
    services.catalog.prepare_all().await;
    tracing::info!("ready");
    services.catalog.remove_unknown();
    let pause = services.config.datasets.rescan_seconds;
    if pause > 0 {
        services.catalog.watch_files(Duration::from_secs(pause)).await;
    }
}
