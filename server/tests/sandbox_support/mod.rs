//! What the sandbox tests share: a checked query, a snapshot, a provider with a label of its own, and
//! the search for anything left over. Not every test file uses every helper.
#![allow(dead_code)]

pub mod cluster;

use bollard::Docker;
use bollard::errors::Error;
use bollard::query_parameters::ListContainersOptionsBuilder;
use csv_analyst_protocol::dataset::{Column, ColumnType, Dataset, Table};
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::ingest::{IngestColumn, IngestRequest, IngestTable};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::reading::{FileLimits, Reading};
use csv_analyst_server::engine_proxy::{self, EngineProxySettings};
use csv_analyst_server::gate::{Gate, GateSchema, GateSettings, ValidatedQuery};
use csv_analyst_server::sandbox::{
    Execution, Pool, PoolSettings, Request, Sandbox, SandboxChoice, SandboxClass, SandboxError,
    SandboxProvider, SandboxSettings, choose, ingest,
};
use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

/// Says that something was not tested, to people and to the test command's count.
pub fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED: {test}: {reason}");
    if let Some(path) = std::env::var_os("CSV_ANALYST_SKIP_LOG") {
        let log = std::fs::OpenOptions::new().append(true).create(true).open(path);
        log.and_then(|mut log| writeln!(log, "{test}: {reason}"))
            .expect("the skip log can be written");
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

/// A test that waits for what does not come has failed, and says what it was.
pub async fn in_time<T>(what: &str, coming: impl Future<Output = T>) -> T {
    let came = tokio::time::timeout(PATIENCE, coming).await;
    came.unwrap_or_else(|_| panic!("not within {PATIENCE:?}: {what}"))
}

/// `target/<profile>`.
fn build_folder() -> PathBuf {
    let program = Path::new(env!("CARGO_BIN_EXE_csv-analyst"));
    program.parent().expect("a program lies in a folder").to_owned()
}

pub fn runner() -> PathBuf {
    build_folder().join("runner-native")
}

/// Compiled once for all tests, and kept where the other tests keep it.
pub fn gate() -> Option<Gate> {
    static GATE: OnceLock<Option<Gate>> = OnceLock::new();
    let load = || {
        let component = std::fs::read(build_folder().join("../artefacts/gate.wasm")).ok()?;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate");
        Some(Gate::load(&component, Some(&folder), GateSettings::default()).expect("the component is a gate"))
    };
    GATE.get_or_init(load).clone()
}

/// The image may be named as for the program: `CSV_ANALYST_SANDBOX__DOCKER__IMAGE`.
pub fn settings(kind: SandboxChoice) -> SandboxSettings {
    let mut settings = SandboxSettings {
        kind,
        runner_binary: runner(),
        instance_label: format!("test-{}", uuid::Uuid::now_v7()),
        ..SandboxSettings::default()
    };
    if let Ok(image) = std::env::var("CSV_ANALYST_SANDBOX__DOCKER__IMAGE") {
        settings.docker.image = image;
    }
    // Another wall round the same suite, where the engine has one (`runsc`).
    settings.docker.runtime = std::env::var("CSV_ANALYST_SANDBOX__DOCKER__RUNTIME").ok();
    settings
}

/// `numbers(n, word)`: 2,000 rows.
pub fn dataset() -> Dataset {
    let column = |name: &str, kind| Column {
        name: name.into(),
        kind,
        ..Column::default()
    };
    Dataset {
        id: "counting".into(),
        name: "Counting".into(),
        version: "1".into(),
        tables: vec![Table {
            name: "numbers".into(),
            file: "numbers.csv".into(),
            columns: vec![column("n", ColumnType::Integer), column("word", ColumnType::Text)],
            reading: Reading::default(),
            ..Table::default()
        }],
        ..Dataset::default()
    }
}

/// A provider over a snapshot, and the gate that makes queries for it.
pub struct Bench {
    pub provider: Arc<dyn SandboxProvider>,
    pub settings: SandboxSettings,
    pub class: SandboxClass,
    pub limits: Limits,
    /// Between the tests and the provider, where the pool is tested.
    pool: Option<Arc<Pool>>,
    /// Between the provider and the engine, where the proxy is tested.
    proxy: Option<Proxy>,
    gate: Gate,
    schema: GateSchema,
    _folder: TempDir,
}

impl Bench {
    /// `None`, said loudly, where this machine can't run the provider.
    pub async fn open(test: &str, kind: SandboxChoice) -> Option<Self> {
        let Some(gate) = gate() else {
            skip(test, "the gate component is not built; run `cargo xtask wasm`");
            return None;
        };
        let mut settings = settings(kind);
        if kind == SandboxChoice::Kubernetes {
            match cluster::settings().await {
                Ok(found) => settings.kubernetes = found,
                Err(reason) => {
                    skip(test, &reason);
                    return None;
                }
            }
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        match choose(&settings).await {
            Ok(provider) => Some(Self::over(gate, settings, provider, folder).await),
            // A cluster that is there has to do.
            Err(reason) if kind == SandboxChoice::Kubernetes => panic!("{test}: {reason}"),
            Err(reason) => {
                skip(test, &reason.to_string());
                None
            }
        }
    }

    /// The same provider with the engine proxy in place of the engine.
    pub async fn open_proxied(test: &str, kind: SandboxChoice) -> Option<Self> {
        let Some(gate) = gate() else {
            skip(test, "the gate component is not built; run `cargo xtask wasm`");
            return None;
        };
        let mut settings = settings(kind);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let proxy = Proxy::start(test, folder.path(), &settings, |_| {}).await?;
        settings.docker.socket = Some(proxy.socket.to_string_lossy().into_owned());
        let provider = choose(&settings)
            .await
            .expect("the proxy answers like the engine");
        let bench = Self::over(gate, settings, provider, folder).await;
        Some(Self {
            proxy: Some(proxy),
            ..bench
        })
    }

    /// The same provider behind a pool: what a test takes had been started before.
    pub async fn open_pooled(test: &str, kind: SandboxChoice) -> Option<Self> {
        let mut bench = Self::open(test, kind).await?;
        let pool = Arc::new(Pool::new(bench.provider.clone(), PoolSettings::default()));
        bench.provider = pool.clone();
        bench.pool = Some(pool);
        Some(bench)
    }

    async fn over(
        gate: Gate,
        settings: SandboxSettings,
        provider: Arc<dyn SandboxProvider>,
        folder: TempDir,
    ) -> Self {
        let snapshot = snapshot(&settings, folder.path()).await;
        let limits = Limits {
            timeout_ms: 20_000,
            ..Limits::default()
        };
        let class = SandboxClass {
            snapshot,
            dataset_version: "1".into(),
            resources: limits.resources(),
        };
        let schema = GateSchema::new(&dataset());
        Self {
            provider,
            settings,
            class,
            limits,
            pool: None,
            proxy: None,
            gate,
            schema,
            _folder: folder,
        }
    }

    pub fn query(&self, sql: &str) -> ValidatedQuery {
        let decision = self
            .gate
            .check(&UntrustedQuery::Sql(sql.into()), &self.schema, &self.limits);
        decision
            .outcome
            .unwrap_or_else(|rejection| panic!("{sql}: {}", rejection.message))
    }

    pub fn limited(mut self, change: impl FnOnce(&mut Limits)) -> Self {
        change(&mut self.limits);
        self.class.resources = self.limits.resources();
        self
    }

    pub async fn start(&self) -> Box<dyn Sandbox> {
        if let Some(pool) = &self.pool {
            pool.expect("counting", &self.class);
            for _ in 0..600 {
                if pool.status().idle > 0 {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            assert!(pool.status().idle > 0, "nothing is started ahead");
        }
        self.provider.start(&self.class).await.expect("a sandbox starts")
    }

    pub fn request<'a>(&'a self, query: &'a ValidatedQuery) -> Request<'a> {
        Request {
            query,
            run_id: "run-1",
            limits: &self.limits,
        }
    }

    /// One sandbox, one query, destroyed; nothing may be left.
    pub async fn run(&self, sql: &str) -> Result<Execution, SandboxError> {
        self.run_until(sql, &CancellationToken::new()).await
    }

    pub async fn run_until(&self, sql: &str, cancel: &CancellationToken) -> Result<Execution, SandboxError> {
        let query = self.query(sql);
        let sandbox = self.start().await;
        let mut used = sandbox.execute(self.request(&query), cancel).await;
        used.remains.destroy().await.expect("a sandbox can be destroyed");
        self.nothing_left().await;
        used.outcome
    }

    /// Sandboxes that were dropped are removed in the background, so this waits a little.
    pub async fn nothing_left(&self) {
        if let Some(pool) = &self.pool {
            pool.shut_down().await;
        }
        let mut found = Vec::new();
        for _ in 0..200 {
            found = self.left_over().await;
            if found.is_empty() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("left over: {found:?}");
    }

    /// As a kernel out of memory does it, or an operator.
    pub async fn kill_runners(&self) {
        let label = &self.settings.instance_label;
        for id in process_ids(label) {
            // SAFETY: plain numbers; the label is this test's own.
            unsafe { libc::kill(id, libc::SIGKILL) };
        }
        if let Ok(docker) = Docker::connect_with_defaults() {
            for id in containers(label).await {
                match docker.kill_container(&id, None).await {
                    // 404, 409: it has ended meanwhile, or the pool has not started it yet.
                    Err(Error::DockerResponseServerError {
                        status_code: 404 | 409,
                        ..
                    }) => {}
                    killed => killed.expect("it can be killed"),
                }
            }
        }
        if self.settings.kind == SandboxChoice::Kubernetes {
            cluster::kill_pods(label).await;
        }
    }

    async fn left_over(&self) -> Vec<String> {
        let label = &self.settings.instance_label;
        let mut found = processes(label);
        found.extend(scratch_folders(label));
        found.extend(control_groups(label));
        found.extend(containers(label).await);
        if self.settings.kind == SandboxChoice::Kubernetes {
            found.extend(cluster::objects(label).await);
        }
        found
    }
}

/// An engine proxy in this process, in front of the machine's engine.
pub struct Proxy {
    pub socket: PathBuf,
    _folder: TempDir,
    _stop: DropGuard,
}

impl Proxy {
    /// `None`, said loudly, where there is no engine or no image of the runner.
    pub async fn start(
        test: &str,
        snapshots: &Path,
        sandbox: &SandboxSettings,
        change: impl FnOnce(&mut EngineProxySettings),
    ) -> Option<Self> {
        if let Err(reason) = choose(sandbox).await {
            skip(test, &reason.to_string());
            return None;
        }
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pinned = folder.path().join("pinned");
        std::fs::create_dir(&pinned).expect("a folder");
        let mut settings = EngineProxySettings {
            listen: folder.path().join("engine.sock"),
            snapshots_of_service: snapshots.to_owned(),
            snapshots: snapshots.to_owned(),
            pinned: pinned.clone(),
            pinned_on_host: Some(pinned),
            ..EngineProxySettings::default()
        };
        change(&mut settings);
        let socket = settings.listen.clone();
        let listener = engine_proxy::bind(&settings).expect("a socket");
        let (stop, sandbox) = (CancellationToken::new(), sandbox.clone());
        let stopped = stop.clone();
        tokio::spawn(async move {
            let served = engine_proxy::serve(&settings, &sandbox, listener, stopped).await;
            served.expect("the engine answers");
        });
        Some(Self {
            socket,
            _folder: folder,
            _stop: stop.drop_guard(),
        })
    }
}

async fn snapshot(settings: &SandboxSettings, folder: &Path) -> PathBuf {
    let file = folder.join("numbers.csv");
    let lines: String = (0..2_000).map(|n| format!("{n},word {n}\n")).collect();
    std::fs::write(&file, format!("n,word\n{lines}")).expect("the file can be written");
    let column = |name: &str, kind| IngestColumn {
        name: name.into(),
        kind,
        nullable: false,
    };
    let output = folder.join("snapshot.duckdb");
    let request = IngestRequest {
        output: output.to_string_lossy().into_owned(),
        memory_bytes: 512 << 20,
        scratch: None,
        limits: FileLimits::default(),
        tables: vec![IngestTable {
            name: "numbers".into(),
            path: file.to_string_lossy().into_owned(),
            columns: vec![column("n", ColumnType::Integer), column("word", ColumnType::Text)],
            reading: Reading::default(),
        }],
    };
    ingest(settings, &request, &[file], &|_| {})
        .await
        .expect("the file is sound");
    output
}

/// Living processes that carry the label on their command line.
fn processes(label: &str) -> Vec<String> {
    labelled(label).into_iter().map(|(_, text)| text).collect()
}

fn process_ids(label: &str) -> Vec<i32> {
    labelled(label).into_iter().map(|(id, _)| id).collect()
}

fn labelled(label: &str) -> Vec<(i32, String)> {
    let entries = std::fs::read_dir("/proc").expect("this is Linux").flatten();
    let command_lines = entries.filter_map(|entry| {
        let id = entry.file_name().to_str()?.parse().ok()?;
        Some((id, std::fs::read(entry.path().join("cmdline")).ok()?))
    });
    let texts = command_lines.map(|(id, bytes)| (id, String::from_utf8_lossy(&bytes).replace('\0', " ")));
    texts.filter(|(_, text)| text.contains(label)).collect()
}

fn scratch_folders(label: &str) -> Vec<String> {
    let entries = std::fs::read_dir(std::env::temp_dir())
        .expect("there is one")
        .flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains(label)).collect()
}

/// In any hierarchy.
pub fn control_groups(label: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            if entry.file_name().to_string_lossy().contains(label) {
                found.push(entry.path().to_string_lossy().into_owned());
            }
            folders.push(entry.path());
        }
    }
    found
}

/// Ids of the label's containers in any state.
pub async fn containers(label: &str) -> Vec<String> {
    let Ok(docker) = Docker::connect_with_defaults() else {
        return Vec::new();
    };
    let Ok(docker) = docker.negotiate_version().await else {
        return Vec::new();
    };
    let filters = HashMap::from([("label".to_string(), vec![format!("csv-analyst.instance={label}")])]);
    let options = ListContainersOptionsBuilder::default()
        .all(true)
        .filters(&filters)
        .build();
    let found = docker.list_containers(Some(options)).await.unwrap_or_default();
    found.into_iter().filter_map(|container| container.id).collect()
}
