//! Finding the cluster: its address and the server's credentials, never logged and never passed on.

use super::patience::{ANSWER_DEADLINE, Patience};
use super::settings::KubernetesSettings;
use crate::sandbox::SandboxError;
use kube::client::ClientBuilder;
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use tower::buffer::BufferLayer;
use tower::retry::RetryLayer;
use tower::timeout::TimeoutLayer;

/// Calls that wait for their turn on the connection.
const WAITING_CALLS: usize = 1_024;
/// Set by the cluster in every pod.
const INSIDE: &str = "KUBERNETES_SERVICE_HOST";

pub async fn connect(settings: &KubernetesSettings) -> Result<Client, SandboxError> {
    let mut config = find(settings).await?;
    // Replaced by a patience that also knows broken connections.
    config.default_retry = false;
    let builder = ClientBuilder::try_from(config).map_err(|error| no_cluster(&error))?;
    let client = builder
        .with_layer(&BufferLayer::new(WAITING_CALLS))
        .with_layer(&TimeoutLayer::new(ANSWER_DEADLINE))
        .with_layer(&RetryLayer::new(Patience::default()))
        .build();
    Ok(client)
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
