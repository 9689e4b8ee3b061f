//! Puts the rooms together in the right order, and takes them down in the reverse.
//!
//! The only place that knows all of them; it holds no logic of its own.

use crate::agent::{ChatService, PlannerAgent};
use crate::capsules::{SigningKeyFile, Store, StoreError};
use crate::config::{Config, GateConfig};
use crate::datasets::{Catalog, DatasetError, DatasetSource, Preparation, sources};
use crate::gate::{Gate, GateLoadError, GateSettings};
use crate::runs::RunService;
use crate::sandbox::{self, SandboxError, SandboxProvider, SandboxSettings};
use sha2::{Digest, Sha256};
use std::fs::{File, TryLockError};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error("the data directory {}: {reason}", path.display())]
    DataDirectory { path: PathBuf, reason: std::io::Error },
    #[error("the data directory {} is in use by another csv-analyst; choose another with --data-directory", .0.display())]
    InUse(PathBuf),
    #[error("no gate component: set gate.component, or run `cargo xtask wasm` in a checkout")]
    NoGate,
    #[error("the gate component {}: {reason}", path.display())]
    GateFile { path: PathBuf, reason: std::io::Error },
    #[error("the gate could not be loaded: {0}")]
    Gate(#[from] GateLoadError),
    #[error("no sandbox: {0}")]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("starting failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

pub struct Services {
    pub config: Config,
    pub catalog: Arc<Catalog>,
    pub runs: RunService,
    pub chat: ChatService,
    pub store: Store,
    pub provider: Arc<dyn SandboxProvider>,
    stopping: AtomicBool,
    /// Released by the system when the process ends, however it ends.
    _lock: File,
}

/// Memory for reading CSVs, unless configured: twice the default of a run.
const INGEST_MEMORY_BYTES: u64 = 1 << 30;

impl Services {
    /// Opens everything, closes what the last stop left open. Datasets are prepared later, by the caller.
    pub async fn start(mut config: Config) -> Result<Arc<Self>, StartError> {
        config.data_directory = make_directories(&config.data_directory)?;
        give_own_label(&mut config);
        let lock = lock(&config.data_directory)?;
        let store = open_store(&config)?;
        let sources = sources(&config.datasets)?;
        let default_cache = config.data_directory.join("gate");
        let gate = load_gate(
            &config.gate,
            config.gate.cache_directory.clone().unwrap_or(default_cache),
        );
        let provider = sandbox::choose(&config.sandbox);
        let (gate, provider) = tokio::join!(gate, provider);
        let services = assemble(config, lock, store, gate?, provider?, sources);
        let closed = services.runs.recover().await?;
        if closed > 0 {
            tracing::warn!(closed, "runs of the last start were closed as failed");
        }
        Ok(Arc::new(services))
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Admits nothing more, lets runs and answers end, cancels what does not.
    pub async fn shut_down(&self) {
        self.stopping.store(true, Ordering::Release);
        self.runs.shut_down().await;
        self.chat.shut_down().await;
    }
}

fn assemble(
    config: Config,
    lock: File,
    store: Store,
    gate: Gate,
    provider: Arc<dyn SandboxProvider>,
    sources: Vec<DatasetSource>,
) -> Services {
    let preparation = Preparation {
        sandbox: config.sandbox.clone(),
        provider: provider.clone(),
        gate: gate.clone(),
        limits: config.limits,
        snapshot_directory: config.data_directory.join("snapshots"),
        ingest_memory_bytes: config.datasets.ingest_memory_bytes.unwrap_or(INGEST_MEMORY_BYTES),
    };
    let catalog = Arc::new(Catalog::new(preparation, sources));
    let runs = RunService::new(gate, provider.clone(), store.clone(), config.queue);
    let chat = ChatService::new(
        Box::new(PlannerAgent),
        catalog.clone(),
        runs.clone(),
        store.clone(),
        config.limits,
    );
    Services {
        config,
        catalog,
        runs,
        chat,
        store,
        provider,
        stopping: AtomicBool::new(false),
        _lock: lock,
    }
}

/// The absolute path: sandboxes are told where snapshots lie, whatever their working directory is.
fn make_directories(path: &Path) -> Result<PathBuf, StartError> {
    let failed = |reason| StartError::DataDirectory {
        path: path.to_owned(),
        reason,
    };
    for folder in ["snapshots", "gate", "keys"] {
        std::fs::create_dir_all(path.join(folder)).map_err(failed)?;
    }
    path.canonicalize().map_err(failed)
}

/// Left-over sandboxes are found by label at the next start: a label that two installations share
/// would let one end the other's, so each has its data directory's unless it was given another.
fn give_own_label(config: &mut Config) {
    if config.sandbox.instance_label == SandboxSettings::default().instance_label {
        let digest = Sha256::digest(config.data_directory.as_os_str().as_bytes());
        config.sandbox.instance_label = hex::encode(&digest[..8]);
    }
}

/// Two servers on one record would close each other's runs.
fn lock(data_directory: &Path) -> Result<File, StartError> {
    let path = data_directory.join("lock");
    let failed = |reason| StartError::DataDirectory {
        path: path.clone(),
        reason,
    };
    let file = File::create(&path).map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StartError::InUse(data_directory.to_owned())),
        Err(TryLockError::Error(reason)) => Err(failed(reason)),
    }
}

/// Also used by `csv-analyst verify`, beside a running server.
pub fn open_store(config: &Config) -> Result<Store, StoreError> {
    let default_key = config.data_directory.join("keys").join("capsule-signing.key");
    let key = SigningKeyFile::load_or_create(config.signing_key_file.as_ref().unwrap_or(&default_key))?;
    Store::open(&config.data_directory, key)
}

async fn load_gate(config: &GateConfig, cache: PathBuf) -> Result<Gate, StartError> {
    let path = config.component.clone().ok_or(StartError::NoGate)?;
    let settings = gate_settings(config);
    tracing::info!("loading the gate; a first start compiles it, which can take a minute");
    let loading = tokio::task::spawn_blocking(move || {
        let component = std::fs::read(&path).map_err(|reason| StartError::GateFile { path, reason })?;
        Ok(Gate::load(&component, Some(&cache), settings)?)
    });
    loading.await?
}

fn gate_settings(config: &GateConfig) -> GateSettings {
    let defaults = GateSettings::default();
    GateSettings {
        fuel: config.fuel.unwrap_or(defaults.fuel),
        memory_bytes: config.memory_bytes.unwrap_or(defaults.memory_bytes),
        deadline_ms: config.deadline_ms.unwrap_or(defaults.deadline_ms),
        ..defaults
    }
}
