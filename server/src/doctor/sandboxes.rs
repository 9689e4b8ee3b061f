//! The kinds of sandbox, each asked by starting it; a cluster only where one is configured.

use super::Finding;
use super::requirements::{of_guards, remedy_of};
use crate::config::Config;
use crate::sandbox::{
    ClusterVerdict, DockerProvider, KubernetesProvider, ProcessProvider, SandboxChoice, SandboxError,
    SandboxKind, SandboxProvider, describe_daemon, examine_cluster,
};

pub async fn findings(config: &Config) -> Vec<Finding> {
    let process = ProcessProvider::open(&config.sandbox).await;
    let docker = DockerProvider::open(&config.sandbox).await;
    let chosen = match config.sandbox.kind {
        SandboxChoice::Process => SandboxKind::Process,
        SandboxChoice::Docker => SandboxKind::Docker,
        SandboxChoice::Kubernetes => SandboxKind::Kubernetes,
        SandboxChoice::Auto if docker.is_ok() => SandboxKind::Docker,
        SandboxChoice::Auto => SandboxKind::Process,
    };
    let mut found = vec![Finding::note(
        "sandbox",
        format!("runs would be in: {}", chosen.as_str()),
    )];
    found.extend(of_provider(
        config,
        "process",
        chosen == SandboxKind::Process,
        &process,
    ));
    if let Some(daemon) = describe_daemon(&config.sandbox.docker).await {
        found.push(Finding::note("docker", daemon));
    }
    found.extend(of_provider(
        config,
        "docker",
        chosen == SandboxKind::Docker,
        &docker,
    ));
    if chosen == SandboxKind::Kubernetes {
        found.extend(of_cluster(config).await);
    }
    found
}

/// Its rights and surroundings first: they explain why no runner starts.
async fn of_cluster(config: &Config) -> Vec<Finding> {
    const AREA: &str = "kubernetes";
    let mut found = Vec::new();
    if let Ok(findings) = examine_cluster(&config.sandbox.kubernetes).await {
        found.extend(findings.into_iter().map(|finding| match finding.verdict {
            ClusterVerdict::Good => Finding::good(AREA, finding.what),
            ClusterVerdict::Note => Finding::note(AREA, finding.what),
            ClusterVerdict::Lacking(remedy) => Finding::lacking(AREA, finding.what, remedy),
        }));
    }
    let provider = KubernetesProvider::open(&config.sandbox).await;
    found.extend(of_provider(config, AREA, true, &provider));
    found
}

fn of_provider(
    config: &Config,
    area: &'static str,
    is_chosen: bool,
    opened: &Result<impl SandboxProvider, SandboxError>,
) -> Vec<Finding> {
    let provider = match opened {
        Ok(provider) => provider,
        Err(error) if is_chosen => {
            let remedy = "see the message; `csv-analyst doctor --log-level debug` tells more";
            return vec![Finding::lacking(area, error.to_string(), remedy)];
        }
        Err(error) => return vec![Finding::note(area, error.to_string())],
    };
    let report = provider.report();
    let mut found = vec![Finding::good(
        area,
        format!("guards: {}", report.guards.join(", ")),
    )];
    if let Some(image) = report.image {
        let what = if area == "process" { "runner" } else { "image" };
        found.push(Finding::good(area, format!("{what} {image}")));
    }
    let missing = provider.missing_guards();
    if is_chosen {
        found.extend(of_guards(config, provider.kind(), &missing));
    } else {
        let note = |guard: &String| {
            Finding::note(area, format!("guard missing: {guard}"))
                .with_remedy(remedy_of(guard, provider.kind()))
        };
        found.extend(missing.iter().map(note));
    }
    found
}
