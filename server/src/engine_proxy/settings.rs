//! Configuration of the engine proxy: `[engine_proxy]`. Image and runtime are those of `[sandbox.docker]`.

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EngineProxySettings {
    /// The socket that the proxy makes for the service.
    pub listen: PathBuf,
    /// The engine's own.
    pub engine: PathBuf,
    /// Where the service keeps its snapshots, in the words of the service.
    pub snapshots_of_service: PathBuf,
    /// The same folder as the proxy sees it; it only reads there.
    pub snapshots: PathBuf,
    /// The proxy's own copies, which runners are shown. Nobody else may write here.
    pub pinned: PathBuf,
    /// The engine's name of that folder; asked of the engine if absent, which works in a container.
    pub pinned_on_host: Option<PathBuf>,
    /// Runners at the same time, waiting ones counted.
    pub max_containers: usize,
    /// What one runner may be given.
    pub most: MostResources,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MostResources {
    pub memory_bytes: u64,
    pub cpu_millis: u64,
    pub processes: u64,
    pub scratch_bytes: u64,
    /// The time that a runner gives itself.
    pub timeout_ms: u64,
}

impl Default for EngineProxySettings {
    fn default() -> Self {
        Self {
            listen: "/engine/engine.sock".into(),
            engine: "/var/run/docker.sock".into(),
            snapshots_of_service: "/data/snapshots".into(),
            snapshots: "/snapshots".into(),
            pinned: "/pinned".into(),
            pinned_on_host: None,
            max_containers: 32,
            most: MostResources::default(),
        }
    }
}

impl Default for MostResources {
    /// Twice what the service gives a run by default.
    fn default() -> Self {
        Self {
            memory_bytes: 1 << 30,
            cpu_millis: 2_000,
            processes: 128,
            scratch_bytes: 128 << 20,
            timeout_ms: 60_000,
        }
    }
}
