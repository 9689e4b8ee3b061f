//! Which provider: as configured, or Docker when it is ready and a process otherwise.

use super::{
    DockerProvider, KubernetesProvider, ProcessProvider, SandboxChoice, SandboxError, SandboxProvider,
    SandboxSettings,
};
use std::sync::Arc;

/// Opens the provider and logs what was chosen, why, and which guards are missing.
pub async fn choose(settings: &SandboxSettings) -> Result<Arc<dyn SandboxProvider>, SandboxError> {
    let provider: Arc<dyn SandboxProvider> = match settings.kind {
        SandboxChoice::Process => process(settings).await?,
        SandboxChoice::Docker => Arc::new(DockerProvider::open(settings).await?),
        SandboxChoice::Kubernetes => Arc::new(KubernetesProvider::open(settings).await?),
        SandboxChoice::Auto => match DockerProvider::open(settings).await {
            Ok(provider) => Arc::new(provider),
            Err(reason) => {
                tracing::info!(%reason, "queries run in locked-down processes, since Docker is not ready");
                process(settings).await?
            }
        },
    };
    let kind = provider.kind().as_str();
    tracing::info!(
        sandbox = kind,
        guards = provider.report().guards.join(", "),
        "sandbox ready"
    );
    let missing = provider.missing_guards();
    if !missing.is_empty() {
        tracing::warn!(
            sandbox = kind,
            missing = missing.join(", "),
            "this machine lacks sandbox guards"
        );
    }
    Ok(provider)
}

async fn process(settings: &SandboxSettings) -> Result<Arc<ProcessProvider>, SandboxError> {
    Ok(Arc::new(ProcessProvider::open(settings).await?))
}
