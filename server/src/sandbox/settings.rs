//! Configuration of sandboxes. Says what to use, not how it is used.

use super::KubernetesSettings;
use crate::config::MaximumConfig;
use csv_analyst_protocol::limits::Resources;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SandboxSettings {
    pub kind: SandboxChoice,
    /// The engine's program; also reads CSVs when queries run elsewhere.
    pub runner_binary: PathBuf,
    pub docker: DockerSettings,
    pub kubernetes: KubernetesSettings,
    /// Tells this installation's sandboxes from others' on the same machine.
    pub instance_label: String,
    /// Guards, by the names that `csv-analyst doctor` gives them, whose absence production accepts.
    pub accept_missing_guards: Vec<String>,
    /// The configured maximum of any run's time, which every runner is started with; a run's own time
    /// comes with its request.
    #[serde(skip)]
    pub longest_run_ms: u64,
    /// What a run is given: where a place is made for runs of that size, the provider's own pods fit, too.
    #[serde(skip)]
    pub run_resources: Resources,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxChoice {
    /// Docker if a daemon answers and has the image, else a process.
    #[default]
    Auto,
    Process,
    Docker,
    /// Never picked by itself: it needs a namespace, a claim and rights that somebody has made for it.
    Kubernetes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DockerSettings {
    pub image: String,
    /// Path of the daemon's socket; the usual place (or `DOCKER_HOST`) if absent.
    pub socket: Option<String>,
    /// The container runtime, such as `runsc`; the daemon's default if absent.
    pub runtime: Option<String>,
    /// Where the snapshots lie for the daemon, when the server itself runs in a container.
    pub snapshot_host_directory: Option<PathBuf>,
}

impl Default for SandboxSettings {
    fn default() -> Self {
        Self {
            kind: SandboxChoice::Auto,
            runner_binary: PathBuf::new(),
            docker: DockerSettings::default(),
            kubernetes: KubernetesSettings::default(),
            instance_label: "default".into(),
            accept_missing_guards: Vec::new(),
            longest_run_ms: MaximumConfig::default().timeout_ms,
            run_resources: Resources::default(),
        }
    }
}

impl Default for DockerSettings {
    fn default() -> Self {
        Self {
            image: "csv-analyst-runner:latest".into(),
            socket: None,
            runtime: None,
            snapshot_host_directory: None,
        }
    }
}
