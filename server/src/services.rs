//! Puts the rooms together in the right order, and takes them down in the reverse.
//!
//! The only place that knows all of them; it holds no logic of its own.

use crate::agent::{ChatService, PlannerAgent};
use crate::capsules::{self, BackupError, ChainReport, Store, StoreError};
use crate::config::{Config, GateConfig, Mode};
use crate::datasets::{Catalog, DatasetError, DatasetSource, Preparation, remove_unfinished, sources};
use crate::doctor::{self, Finding};
use crate::gate::{Gate, GateLoadError, GateSettings};
use crate::runs::RunService;
use crate::sandbox::{self, Pool, SandboxError, SandboxProvider, SandboxSettings};
use sha2::{Digest, Sha256};
use std::fs::{DirBuilder, File, Permissions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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
    #[error("production mode refuses to start:{}\n`csv-analyst doctor` shows everything; without `mode = \"production\"` this is only logged", listed(.0))]
    NotForProduction(Vec<Finding>),
    #[error("starting failed: {0}")]
    Task(#[from] tokio::task::JoinError),
}

pub struct Services {
    pub config: Config,
    pub catalog: Arc<Catalog>,
    pub runs: RunService,
    pub chat: ChatService,
    pub store: Store,
    pub pool: Arc<Pool>,
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
        config.inform_sandboxes();
        let lock = lock(&config.data_directory).await?;
        remove_unfinished(&config.data_directory.join("snapshots"));
        let store = Store::open(&config.data_directory, &config.signing_key())?;
        let sources = sources(&config.datasets)?;
        let default_cache = config.data_directory.join("gate");
        let gate = load_gate(
            &config.gate,
            config.gate.cache_directory.clone().unwrap_or(default_cache),
        );
        let provider = sandbox::choose(&config.sandbox);
        let (gate, provider) = tokio::join!(gate, provider);
        let provider = provider?;
        require_for_production(&config, provider.as_ref())?;
        let services = assemble(config, lock, store, gate?, provider, sources);
        let closed = services.runs.recover().await?;
        if closed > 0 {
            tracing::warn!(closed, "runs of the last start were closed as failed");
        }
        // After the runs: the answer names the run as it ended.
        let answered = services.chat.recover().await?;
        if answered > 0 {
            tracing::warn!(
                answered,
                "questions that the last stop interrupted were answered so"
            );
        }
        Ok(Arc::new(services))
    }

    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Admits nothing more, lets runs and answers end, cancels what does not; last, closes the record.
    pub async fn shut_down(&self) {
        self.stopping.store(true, Ordering::Release);
        self.catalog.shut_down().await;
        self.runs.shut_down().await;
        self.chat.shut_down().await;
        self.store.close().await;
        // Of starts that the stop gave up.
        sandbox::removals_have_ended().await;
    }
}

/// In development whoever starts the service is told the same.
fn require_for_production(config: &Config, provider: &dyn SandboxProvider) -> Result<(), StartError> {
    let lacking = doctor::lacking(config, provider);
    match config.mode {
        _ if lacking.is_empty() => Ok(()),
        Mode::Production => Err(StartError::NotForProduction(lacking)),
        Mode::Development => {
            for finding in lacking {
                tracing::debug!(
                    area = finding.area,
                    what = finding.what,
                    "production would refuse this"
                );
            }
            Ok(())
        }
    }
}

fn listed(lacking: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let remedy = finding.remedy.as_deref().unwrap_or_default();
        format!("\n- {}: {}; {remedy}", finding.area, finding.what)
    };
    lacking.iter().map(line).collect()
}

fn assemble(
    config: Config,
    lock: File,
    store: Store,
    gate: Gate,
    provider: Arc<dyn SandboxProvider>,
    sources: Vec<DatasetSource>,
) -> Services {
    let snapshots = config.data_directory.join("snapshots");
    let pool = Arc::new(Pool::new(provider, config.pool));
    let preparation = preparation(&config, &gate, &pool, snapshots);
    let catalog = Arc::new(Catalog::new(preparation, sources));
    let runs = RunService::new(gate, pool.clone(), store.clone(), config.queue, config.cache);
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
        pool,
        stopping: AtomicBool::new(false),
        _lock: lock,
    }
}

/// How datasets become ready to be asked.
pub(crate) fn preparation(
    config: &Config,
    gate: &Gate,
    pool: &Arc<Pool>,
    snapshot_directory: PathBuf,
) -> Preparation {
    Preparation {
        sandbox: config.sandbox.clone(),
        pool: pool.clone(),
        gate: gate.clone(),
        limits: config.limits,
        snapshot_directory,
        ingest_memory_bytes: config.datasets.ingest_memory_bytes.unwrap_or(INGEST_MEMORY_BYTES),
        file_limits: config.datasets.limits,
        keep_replaced: Duration::from_secs(config.datasets.keep_replaced_seconds),
    }
}

/// The absolute path: sandboxes are told where snapshots lie, whatever their working directory is.
fn make_directories(path: &Path) -> Result<PathBuf, StartError> {
    let failed = |reason| StartError::DataDirectory {
        path: path.to_owned(),
        reason,
    };
    let mut private = DirBuilder::new();
    private.recursive(true).mode(0o700);
    private.create(path).map_err(failed)?;
    for folder in ["snapshots", "gate", capsules::KEYS] {
        let folder = path.join(folder);
        private.create(&folder).map_err(failed)?;
        make_private(&folder, 0o700).map_err(failed)?;
    }
    for file in capsules::database_files_in(path) {
        make_private(&file, 0o600).map_err(failed)?;
    }
    path.canonicalize().map_err(failed)
}

/// What an earlier version or another umask left readable for other users of this machine. The data
/// directory itself, and what belongs to somebody else, keep the mode that they have.
fn make_private(path: &Path, mode: u32) -> std::io::Result<()> {
    match std::fs::set_permissions(path, Permissions::from_mode(mode)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            tracing::warn!(path = %path.display(), "other users of this machine may be able to read this");
            Ok(())
        }
        done => done,
    }
}

/// Left-over sandboxes are found by label at the next start: a label that two installations share
/// would let one end the other's, so each has its data directory's unless it was given another.
fn give_own_label(config: &mut Config) {
    if config.sandbox.instance_label == SandboxSettings::default().instance_label {
        let digest = Sha256::digest(config.data_directory.as_os_str().as_bytes());
        config.sandbox.instance_label = hex::encode(&digest[..8]);
    }
}

/// What a killed server had just forked holds its lock too, until it has become another program.
const LOCK_PATIENCE: Duration = Duration::from_secs(3);
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// Two servers on one record would close each other's runs.
async fn lock(data_directory: &Path) -> Result<File, StartError> {
    let path = data_directory.join("lock");
    let failed = |reason| StartError::DataDirectory {
        path: path.clone(),
        reason,
    };
    let file = File::create(&path).map_err(failed)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if began.elapsed() < LOCK_PATIENCE => {
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            Err(TryLockError::WouldBlock) => return Err(StartError::InUse(data_directory.to_owned())),
            Err(TryLockError::Error(reason)) => return Err(failed(reason)),
        }
    }
}

/// For `csv-analyst verify`, beside a running server or without one: makes nothing, changes nothing.
pub fn verify_record(config: &Config) -> Result<ChainReport, StoreError> {
    capsules::verify_record(&config.data_directory, &config.signing_key())
}

/// For `csv-analyst backup`, beside a running server or without one.
pub fn back_up_record(config: &Config, out: impl Write) -> Result<(), BackupError> {
    capsules::back_up(&config.data_directory, &config.signing_key(), out)
}

/// For `csv-analyst restore`: into a data directory without a record, made if it is not there.
pub fn restore_record(config: &Config, archive: impl Read) -> Result<ChainReport, BackupError> {
    let made = make_directories(&config.data_directory);
    let directory = made.map_err(|error| BackupError::Directory(error.to_string()))?;
    capsules::restore(&directory, &config.signing_key(), archive)
}

pub(crate) async fn load_gate(config: &GateConfig, cache: PathBuf) -> Result<Gate, StartError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_data_directory_is_its_owners_alone() {
        let directory = tempfile::tempdir().unwrap();
        let data = make_directories(&directory.path().join("data")).unwrap();
        for folder in ["", "snapshots", "gate", "keys"] {
            assert_eq!(mode(&data.join(folder)), 0o700, "{folder}");
        }
    }

    #[tokio::test]
    async fn a_lock_that_is_about_to_be_given_back_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let held = lock(directory.path()).await.unwrap();
        let giving_back = async {
            tokio::time::sleep(3 * LOCK_PAUSE).await;
            drop(held);
        };
        let (taken, ()) = tokio::join!(lock(directory.path()), giving_back);
        let _held = taken.unwrap();
        let refused = lock(directory.path()).await;
        assert!(matches!(refused, Err(StartError::InUse(_))), "not for ever");
    }

    #[test]
    fn what_others_could_read_in_an_older_data_directory_they_no_longer_can() {
        let directory = tempfile::tempdir().unwrap();
        let (record, snapshots) = (
            directory.path().join("records.sqlite3"),
            directory.path().join("snapshots"),
        );
        std::fs::write(&record, "").unwrap();
        std::fs::create_dir(&snapshots).unwrap();
        for path in [&record, &snapshots] {
            std::fs::set_permissions(path, Permissions::from_mode(0o755)).unwrap();
        }
        make_directories(directory.path()).unwrap();
        assert_eq!((mode(&record), mode(&snapshots)), (0o600, 0o700));
    }
}
