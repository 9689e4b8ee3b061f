//! Listens for the service, and answers each call or refuses it.

use super::admission::Admission;
use super::attach;
use super::call::{Call, shown};
use super::engine::Engine;
use super::own_container::{self, OwnContainerError};
use super::pinned::Pinned;
use super::refusal::Refusal;
use super::settings::EngineProxySettings;
use crate::sandbox::docker::connect;
use crate::sandbox::{DockerSettings, SandboxError, SandboxSettings};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::convert::Infallible;
use std::io;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;

#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    #[error("cannot listen on {}: {reason}", path.display())]
    Listen { path: PathBuf, reason: io::Error },
    #[error(transparent)]
    Engine(#[from] SandboxError),
    #[error(transparent)]
    OwnContainer(#[from] OwnContainerError),
    #[error("the folder of pinned snapshots {}: {reason}", path.display())]
    Pinned { path: PathBuf, reason: io::Error },
}

/// One conversation for each container, a few calls beside them.
const CALLS_BESIDE_CONVERSATIONS: usize = 64;
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// A description has 10 kB, most of it the profile of system calls.
const MOST_BODY_BYTES: usize = 64 << 10;
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

type Answer = Response<Full<Bytes>>;

struct Proxy {
    engine: Arc<Engine>,
    admission: Admission,
    pinned: Pinned,
}

/// A socket that only the service's user can use, in place of one that was left there.
pub fn bind(settings: &EngineProxySettings) -> Result<UnixListener, ProxyError> {
    let path = &settings.listen;
    let failed = |reason| ProxyError::Listen {
        path: path.clone(),
        reason,
    };
    match std::fs::symlink_metadata(path) {
        Ok(found) if found.file_type().is_socket() => std::fs::remove_file(path).map_err(failed)?,
        Ok(_) => return Err(failed(io::Error::other("something else is there"))),
        Err(_) => {}
    }
    let listener = UnixListener::bind(path).map_err(failed)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).map_err(failed)?;
    Ok(listener)
}

/// Until `stop`. Runners stay: they are the service's, which looks for them at its next start.
pub async fn serve(
    settings: &EngineProxySettings,
    sandbox: &SandboxSettings,
    listener: UnixListener,
    stop: CancellationToken,
) -> Result<(), ProxyError> {
    let proxy = Arc::new(open(settings, sandbox).await?);
    let places = Arc::new(Semaphore::new(
        settings.max_containers + CALLS_BESIDE_CONVERSATIONS,
    ));
    tracing::info!(socket = %settings.listen.display(), "runners can be started through this socket");
    loop {
        let next = async { (places.clone().acquire_owned().await.ok(), listener.accept().await) };
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            (place, accepted) = next => match accepted {
                Ok((stream, _)) => {
                    let proxy = proxy.clone();
                    tokio::spawn(connection(proxy, stream, Arc::new(place)));
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

async fn open(settings: &EngineProxySettings, sandbox: &SandboxSettings) -> Result<Proxy, ProxyError> {
    let engine = DockerSettings {
        socket: Some(settings.engine.to_string_lossy().into_owned()),
        ..sandbox.docker.clone()
    };
    let docker = connect(&engine).await?;
    let on_host = match &settings.pinned_on_host {
        Some(folder) => folder.clone(),
        None => own_container::on_host(&docker, &settings.pinned).await?,
    };
    // Two proxies have two folders, and one of them keeps its own over a restart.
    let mark = hex::encode(&Sha256::digest(on_host.as_os_str().as_encoded_bytes())[..8]);
    let pinned = Pinned::open(&settings.snapshots, &settings.pinned, on_host);
    Ok(Proxy {
        engine: Arc::new(Engine::new(
            docker,
            &sandbox.docker.image,
            mark,
            settings.max_containers,
        )),
        admission: Admission::new(settings, sandbox),
        pinned: pinned.map_err(|reason| ProxyError::Pinned {
            path: settings.pinned.clone(),
            reason,
        })?,
    })
}

/// Of the connections; it outlives the calls where a conversation goes on.
type ConnectionPlace = Arc<Option<OwnedSemaphorePermit>>;

async fn connection(proxy: Arc<Proxy>, stream: UnixStream, place: ConnectionPlace) {
    let service = service_fn(move |request| {
        let (proxy, place) = (proxy.clone(), place.clone());
        async move { Ok::<_, Infallible>(proxy.answer(request, place).await) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    if let Err(error) = served.await {
        tracing::debug!(%error, "a connection ended early");
    }
}

impl Proxy {
    async fn answer(&self, request: Request<Incoming>, place: ConnectionPlace) -> Answer {
        let (method, path) = (request.method().clone(), shown(request.uri().path()));
        let answered = match Call::parse(&method, request.uri()) {
            Ok(call) => self.carry_out(call, request, place).await,
            Err(refusal) => Err(refusal),
        };
        answered.unwrap_or_else(|refusal| {
            tracing::warn!(%method, path, reason = %refusal, "refused");
            refusal.answer()
        })
    }

    async fn carry_out(
        &self,
        call: Call,
        request: Request<Incoming>,
        place: ConnectionPlace,
    ) -> Result<Answer, Refusal> {
        match call {
            Call::Ping => self.engine.ping().await.map(|()| text("OK")),
            Call::Version => Ok(json(StatusCode::OK, &self.engine.version())),
            Call::Image(name) => Ok(json(StatusCode::OK, &self.engine.image(&name).await?)),
            Call::Create => self.create(request).await,
            Call::List(labels) => Ok(json(StatusCode::OK, &self.engine.list(labels).await?)),
            Call::Inspect(id) => Ok(json(StatusCode::OK, &self.engine.inspect(&id).await?)),
            Call::Start(id) => self.engine.start(&id).await.map(|()| nothing()),
            Call::Remove(id) => self.engine.remove(&id).await.map(|()| nothing()),
            Call::Attach(id) => {
                let runner = self.engine.attach(&id).await?;
                let upgraded = hyper::upgrade::on(request);
                tokio::spawn(async move {
                    attach::converse(upgraded, runner).await;
                    drop(place);
                });
                Ok(upgrade())
            }
        }
    }

    async fn create(&self, request: Request<Incoming>) -> Result<Answer, Refusal> {
        let body = Limited::new(request.into_body(), MOST_BODY_BYTES).collect().await;
        let body = body.map_err(|_| Refusal::forbidden("a description that is too long, or broke off"))?;
        let wanted = self.admission.judge(&body.to_bytes())?;
        self.engine.require_image(&wanted.image).await?;
        let snapshot = match &wanted.snapshot {
            Some(name) => Some(self.pinned.show(name).await?),
            None => None,
        };
        let body = self
            .admission
            .make(&wanted, snapshot.as_deref(), &self.engine.mark);
        Ok(json(StatusCode::CREATED, &self.engine.create(body).await?))
    }
}

fn json(status: StatusCode, value: &Value) -> Answer {
    let mut answer = Response::new(Full::from(value.to_string()));
    *answer.status_mut() = status;
    let kind = HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

fn text(words: &'static str) -> Answer {
    Response::new(Full::from(words))
}

fn nothing() -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::NO_CONTENT;
    answer
}

fn upgrade() -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = answer.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("tcp"));
    answer
}
