//! Finding the cluster: its address and the server's credentials, never logged and never passed on.

use super::patience::{ANSWER_DEADLINE, Patience};
use super::settings::KubernetesSettings;
use crate::sandbox::SandboxError;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use kube::client::{Body, ClientBuilder, ConfigExt};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tower::buffer::BufferLayer;
use tower::retry::RetryLayer;
use tower::timeout::TimeoutLayer;
use tower::{BoxError, Service, ServiceBuilder};

/// Calls that wait for their turn on the connection.
const WAITING_CALLS: usize = 1_024;
/// Set by the cluster in every pod.
const INSIDE: &str = "KUBERNETES_SERVICE_HOST";

pub async fn connect(settings: &KubernetesSettings) -> Result<Client, SandboxError> {
    let config = find(settings).await?;
    if config.proxy_url.is_some() {
        return Err(SandboxError::unavailable(
            "the kubeconfig (proxy-url) or HTTPS_PROXY names a proxy, through which no cluster is reached: start the service without",
        ));
    }
    let service = service(&config).map_err(|error| no_cluster(&error))?;
    // Without kube's own retries: this patience also knows broken connections.
    let client = ClientBuilder::new(service, config.default_namespace)
        .with_layer(&BufferLayer::new(WAITING_CALLS))
        .with_layer(&TimeoutLayer::new(ANSWER_DEADLINE))
        .with_layer(&RetryLayer::new(Patience::default()))
        .build();
    Ok(client)
}

/// As kube puts it together, but with a connector of our own.
fn service(
    config: &Config,
) -> kube::Result<
    impl Service<Request<Body>, Response = Response<Incoming>, Error = BoxError, Future: Send> + use<>,
> {
    let connector = config.rustls_https_connector_with_connector(connector(config))?;
    let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new()).build(connector);
    Ok(ServiceBuilder::new()
        .layer(config.base_uri_layer())
        .option_layer(config.auth_layer()?)
        .layer(config.extra_headers_layer()?)
        .map_err(BoxError::from)
        .service(client))
}

/// What is written goes out at once: gathered, a run's request would wait for the acknowledgement of the
/// line that woke its runner, some 40 ms.
fn connector(config: &Config) -> HttpConnector {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_nodelay(true);
    connector.set_connect_timeout(config.connect_timeout);
    connector
}

async fn find(settings: &KubernetesSettings) -> Result<Config, SandboxError> {
    let options = KubeConfigOptions {
        context: settings.context.clone(),
        ..KubeConfigOptions::default()
    };
    let named = settings.kubeconfig.as_ref().map(Kubeconfig::read_from);
    let inside = settings.context.is_none() && std::env::var_os(INSIDE).is_some();
    let kubeconfig = match named {
        Some(read) => read,
        None if inside => return Config::incluster().map_err(|error| no_cluster(&error)),
        None => Kubeconfig::read(),
    };
    let kubeconfig = kubeconfig.map_err(|error| no_cluster(&error))?;
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    config.map_err(|error| no_cluster(&error))
}

fn no_cluster(error: &dyn std::error::Error) -> SandboxError {
    tracing::error!(error = crate::sandbox::error::chain(error), "no cluster");
    SandboxError::unavailable(
        "no Kubernetes cluster is configured: run the service inside one, or set sandbox.kubernetes.kubeconfig",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_written_to_the_cluster_goes_out_at_once() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let config = Config::new(address.parse().unwrap());
        let connection = connector(&config).call(config.cluster_url.clone()).await.unwrap();
        assert!(connection.inner().nodelay().unwrap());
    }
}
