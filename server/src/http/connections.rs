//! Accepts connections and serves the router on each, patiently but not for ever.
//!
//! A client that sends its request line by line over hours would hold a connection for nothing, so
//! headers have a deadline and connections are counted. (Bodies have a deadline in `extract`, clients
//! that do not read one in `stalled`.)

use super::stalled::{LONGEST_STALL, Unstalled};
use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Open connections at the same time; a browser keeps up to six.
const MAX_CONNECTIONS: usize = 1_024;
/// For the request line and all headers; also how long an idle connection is kept.
const HEADER_TIMEOUT: Duration = Duration::from_secs(30);
/// After a failed accept (usually: too many open files), before the next try.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Accepts until `stop`; open connections finish their present answer. Await the tracker for them.
pub async fn accept(listener: TcpListener, app: Router, stop: CancellationToken) -> TaskTracker {
    let (places, connections) = (Arc::new(Semaphore::new(MAX_CONNECTIONS)), TaskTracker::new());
    loop {
        let next = async { (places.clone().acquire_owned().await.ok(), listener.accept().await) };
        tokio::select! {
            () = stop.cancelled() => break,
            (place, accepted) = next => match accepted {
                Ok((stream, client)) => {
                    connections.spawn(serve_one(stream, client, app.clone(), stop.clone(), place));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
    connections.close();
    connections
}

async fn serve_one(
    stream: TcpStream,
    client: SocketAddr,
    app: Router,
    stop: CancellationToken,
    _place: Option<OwnedSemaphorePermit>,
) {
    // Answers are small and steps of a stream must arrive at once.
    let _ = stream.set_nodelay(true);
    let app = TowerToHyperService::new(app);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(client));
        app.call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(Unstalled::new(stream, LONGEST_STALL)), service);
    let mut connection = std::pin::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
