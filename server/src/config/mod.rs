//! One typed configuration: defaults, then a file, then the environment, then flags.
//!
//! Every key is a field here; a key that is not is an error that names the nearest known one. It
//! refuses to start a service from a guess: nothing is read outside [`load`].

mod load;
mod paths;
mod print;
mod unknown;

use crate::capsules;
use crate::engine_proxy::EngineProxySettings;
use crate::sandbox::{PoolSettings, SandboxSettings};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::reading::{FileLimits, Reading};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

pub use load::{ConfigError, ENVIRONMENT_PREFIX, load};
pub use paths::require_site;
pub use print::print;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// In production the service starts only with everything that `csv-analyst doctor` asks for.
    pub mode: Mode,
    pub listen: SocketAddr,
    /// Host names under which the page may be opened, beside loopback names and plain addresses.
    /// Anything else is refused: it may be another site's name pointing here (DNS rebinding).
    pub public_hosts: Vec<String>,
    /// Snapshots, records and the signing key.
    pub data_directory: PathBuf,
    /// Ed25519 seed in hex, made once; absent: `keys/capsule-signing.key` in the data directory.
    pub signing_key_file: Option<PathBuf>,
    pub site: SiteConfig,
    pub gate: GateConfig,
    pub sandbox: SandboxSettings,
    /// For `csv-analyst engine-proxy` only.
    pub engine_proxy: EngineProxySettings,
    pub pool: PoolSettings,
    /// What a run may use unless its request says less.
    pub limits: Limits,
    pub maximum: MaximumConfig,
    pub queue: QueueConfig,
    pub cache: CacheConfig,
    pub datasets: DatasetsConfig,
    pub http: HttpConfig,
    pub log: LogConfig,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 3000)),
            public_hosts: Vec::new(),
            data_directory: PathBuf::from("data"),
            signing_key_file: None,
            site: SiteConfig::default(),
            gate: GateConfig::default(),
            sandbox: SandboxSettings::default(),
            engine_proxy: EngineProxySettings::default(),
            pool: PoolSettings::default(),
            limits: Limits::default(),
            maximum: MaximumConfig::default(),
            queue: QueueConfig::default(),
            cache: CacheConfig::default(),
            datasets: DatasetsConfig::default(),
            http: HttpConfig::default(),
            log: LogConfig::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// What is lacking is logged.
    #[default]
    Development,
    Production,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteConfig {
    /// The built page (`pkg/` inside); absent: looked for beside the program.
    pub directory: Option<PathBuf>,
}

/// The gate's own meters stay at their defaults unless set here.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateConfig {
    /// The WebAssembly component; absent: looked for beside the program.
    pub component: Option<PathBuf>,
    /// Where the compiled component is kept, machine code that only the server may write; absent:
    /// `gate` in the data directory.
    pub cache_directory: Option<PathBuf>,
    pub fuel: Option<u64>,
    pub memory_bytes: Option<u64>,
    pub deadline_ms: Option<u64>,
}

/// The most that a request may ask for.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MaximumConfig {
    pub timeout_ms: u64,
    pub max_rows: u64,
}

impl Default for MaximumConfig {
    fn default() -> Self {
        Self {
            timeout_ms: 60_000,
            max_rows: 10_000,
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct QueueConfig {
    /// Sandboxes at the same time.
    pub max_running: usize,
    /// Runs that wait for one; the next is refused with `QUEUE_FULL`.
    pub max_queued: usize,
    /// Of all places, running and waiting, the share that one client address may take; beyond it
    /// `RATE_LIMITED`. Behind a proxy all clients have its address: then 100, and limit there.
    pub client_share_percent: u8,
    /// A run that waited longer ends as timed out.
    pub max_wait_ms: u64,
    /// Running runs get this long to end when the service stops; then they are cancelled.
    pub drain_ms: u64,
}

impl Default for QueueConfig {
    fn default() -> Self {
        Self {
            max_running: 2,
            max_queued: 32,
            client_share_percent: 50,
            max_wait_ms: 60_000,
            drain_ms: 10_000,
        }
    }
}

impl Config {
    /// What sandboxes have to know of the limits.
    pub fn inform_sandboxes(&mut self) {
        self.sandbox.longest_run_ms = self.maximum.timeout_ms;
        self.sandbox.run_resources = self.limits.resources();
    }

    /// Where the key lies that seals records.
    pub fn signing_key(&self) -> PathBuf {
        let usual = || capsules::key_in(&self.data_directory);
        self.signing_key_file.clone().unwrap_or_else(usual)
    }
}

impl QueueConfig {
    /// Places that one client address may take at the same time.
    pub fn client_places(&self) -> usize {
        let places = self.max_running + self.max_queued;
        (places * usize::from(self.client_share_percent) / 100).max(1)
    }
}

/// Answers kept in memory for the next asker of the same thing.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CacheConfig {
    /// 0: none are kept. One answer takes an eighth of it at most.
    pub max_bytes: usize,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self { max_bytes: 64 << 20 }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DatasetsConfig {
    /// A described library (`registry.json`), its files in a folder per dataset beside it; absent:
    /// looked for beside the program and in the working directory.
    pub registry: Option<PathBuf>,
    /// Further folders or files of tables, as `--dataset NAME=PATH`.
    pub folders: Vec<FolderConfig>,
    /// Memory for turning files into a snapshot.
    pub ingest_memory_bytes: Option<u64>,
    /// Files are looked at so often; changed ones are read again. 0: never.
    pub rescan_seconds: u64,
    /// The version that changed files replaced is kept at least so long.
    pub keep_replaced_seconds: u64,
    /// What one file may take.
    pub limits: FileLimits,
}

impl Default for DatasetsConfig {
    fn default() -> Self {
        Self {
            registry: None,
            folders: Vec::new(),
            ingest_memory_bytes: None,
            rescan_seconds: 5,
            // Longer than a run may wait and take.
            keep_replaced_seconds: 300,
            limits: FileLimits::default(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FolderConfig {
    pub name: String,
    /// One file, or a folder whose files are the tables.
    pub path: PathBuf,
    /// How all files are to be read, where that is not found out.
    #[serde(default, skip_serializing_if = "Reading::is_open")]
    pub reading: Reading,
    /// The same for single files, by file name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub files: BTreeMap<String, Reading>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HttpConfig {
    pub max_body_bytes: usize,
    /// For a whole body to arrive.
    pub body_timeout_ms: u64,
    /// For an answer; runs and streams have their own deadlines.
    pub request_timeout_ms: u64,
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            max_body_bytes: 256 << 10,
            body_timeout_ms: 10_000,
            request_timeout_ms: 30_000,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LogConfig {
    pub format: LogFormat,
    /// A level or tracing directives.
    pub level: String,
    /// Some layer has set the level, be it to what it would be anyway. No key of the configuration.
    #[serde(skip)]
    level_was_asked_for: bool,
}

impl LogConfig {
    /// For commands whose output is for people: what is normal stays quiet unless it was asked for.
    pub fn quieten(&mut self, level: &str) {
        if !self.level_was_asked_for {
            self.level = level.into();
        }
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Json,
            level: "info".into(),
            level_was_asked_for: false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    Json,
    Pretty,
}
