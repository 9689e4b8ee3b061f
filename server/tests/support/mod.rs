//! A whole service for tests: real gate, real sandboxes, a data directory of its own, and a teardown
//! that fails when anything is left over. Not every test file uses every helper.
#![allow(dead_code)]

pub mod golden;
pub mod server;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use csv_analyst_server::capsules::Store;
use csv_analyst_server::config::{Config, FolderConfig};
use csv_analyst_server::gate::{Gate, GateSettings};
use csv_analyst_server::http::{AppState, router};
use csv_analyst_server::sandbox::SandboxProvider;
use csv_analyst_server::services::Services;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use tempfile::TempDir;
use tower::ServiceExt;

/// What the service needs beside itself; made by `cargo xtask wasm` and an ordinary build.
pub struct Artefacts {
    pub gate: PathBuf,
    pub runner: PathBuf,
}

/// Says that something was not tested, to people and to the test command's count.
pub fn skip(test: &str, reason: &str) {
    eprintln!("SKIPPED: {test}: {reason}");
}

/// `None`, said loudly, when this machine has not built them.
pub fn artefacts(test: &str) -> Option<Artefacts> {
    let program = Path::new(env!("CARGO_BIN_EXE_csv-analyst"));
    let folder = program.parent().expect("a program lies in a folder");
    let artefacts = Artefacts {
        gate: folder.join("../artefacts/gate.wasm"),
        runner: folder.join("runner-native"),
    };
    for (name, path) in [
        ("the gate component", &artefacts.gate),
        ("the runner", &artefacts.runner),
    ] {
        if !path.exists() {
            skip(test, &format!("{name} is not built; run `cargo xtask test`"));
            return None;
        }
    }
    Some(artefacts)
}

/// The configuration of a program that runs queries in processes, with what was built.
pub fn process_settings(artefacts: &Artefacts) -> String {
    format!(
        "[sandbox]\nkind = 'process'\nrunner_binary = '{}'\n[gate]\ncomponent = '{}'\ncache_directory = '{}'\n",
        artefacts.runner.display(),
        artefacts.gate.display(),
        compiled_gate(artefacts).display()
    )
}

/// The folder of the compiled gate, shared by all tests: compiling takes most of a minute in a
/// development build, so it is done once, before any service starts.
pub fn compiled_gate(artefacts: &Artefacts) -> PathBuf {
    static COMPILED: OnceLock<PathBuf> = OnceLock::new();
    let compile = || {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gate");
        let component = std::fs::read(&artefacts.gate).expect("the component can be read");
        Gate::load(&component, Some(&folder), GateSettings::default()).expect("the component is a gate");
        folder
    };
    COMPILED.get_or_init(compile).clone()
}

pub fn library() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../datasets/registry.json")
}

/// A configuration over `directory` that finds its parts where cargo puts them.
pub fn config(artefacts: &Artefacts, directory: &Path) -> Config {
    let mut config = Config {
        listen: ([127, 0, 0, 1], 0).into(),
        data_directory: directory.join("data"),
        ..Config::default()
    };
    config.gate.component = Some(artefacts.gate.clone());
    config.gate.cache_directory = Some(compiled_gate(artefacts));
    config.sandbox.kind = csv_analyst_server::sandbox::SandboxChoice::Process;
    config.sandbox.runner_binary = artefacts.runner.clone();
    config
}

/// A small shop: 3 categories, 300 sales, made by counting.
pub fn small_shop(directory: &Path) -> FolderConfig {
    let folder = directory.join("shop");
    std::fs::create_dir_all(&folder).expect("the folder can be made");
    let line = |n: usize| {
        format!(
            "{n},{},2026-01-{:02},{}.5\n",
            ["Books", "Toys", "Home"][n % 3],
            n % 28 + 1,
            n % 7
        )
    };
    let sales: String = (1..=300).map(line).collect();
    let text = format!("sale_id,category,sold_on,amount\n{sales}");
    std::fs::write(folder.join("sales.csv"), text).expect("the file can be written");
    FolderConfig {
        name: "shop".into(),
        path: folder,
        ..FolderConfig::default()
    }
}

pub struct TestApp {
    pub services: Arc<Services>,
    router: Router,
    _directory: TempDir,
    closed: bool,
}

impl TestApp {
    /// The small shop behind the process sandbox; `change` adjusts the configuration first.
    pub async fn shop(test: &str, change: impl FnOnce(&mut Config, &Path)) -> Option<Self> {
        let artefacts = artefacts(test)?;
        let directory = tempfile::tempdir().expect("a temporary folder");
        let mut config = config(&artefacts, directory.path());
        config.datasets.folders.push(small_shop(directory.path()));
        change(&mut config, directory.path());
        Some(Self::start(config, directory).await)
    }

    /// With all datasets prepared: on a busy machine that takes longer than a question waits.
    pub async fn start(config: Config, directory: TempDir) -> Self {
        let app = Self::start_unprepared(config, directory).await;
        app.services.catalog.prepare_all().await;
        app
    }

    pub async fn start_unprepared(config: Config, directory: TempDir) -> Self {
        let services = Services::start(config).await.expect("the service starts");
        let router = router(AppState::new(services.clone()));
        Self {
            services,
            router,
            _directory: directory,
            closed: false,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self
            .router
            .clone()
            .oneshot(request)
            .await
            .expect("a router always answers");
        Answer::read(response).await
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(
            Request::get(path)
                .header("host", "localhost")
                .body(Body::empty())
                .expect("a request"),
        )
        .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.post_text(path, body.to_string()).await
    }

    pub async fn post_text(&self, path: &str, body: String) -> Answer {
        let request = Request::post(path)
            .header("host", "localhost")
            .header("content-type", "application/json");
        self.send(request.body(Body::from(body)).expect("a request"))
            .await
    }

    pub async fn sql(&self, sql: &str) -> Answer {
        self.post("/runs", &serde_json::json!({"dataset_id": "shop", "sql": sql}))
            .await
    }

    /// Stops the service; nothing may be left: no run, no answer, no sandbox, and the record verifies.
    pub async fn close(mut self) {
        self.closed = true;
        self.services.shut_down().await;
        assert_eq!(self.services.runs.unfinished(), 0, "runs are left");
        let config = &self.services.config;
        let record = Store::open(&config.data_directory, &config.signing_key()).expect("the record opens");
        let unfinished = record.unfinished().await.expect("the record answers");
        assert!(unfinished.is_empty(), "unsealed runs are left");
        let chain = record.verify_chain().await.expect("the record answers");
        assert!(chain.broken.is_empty(), "{:?}", chain.broken);
        let leftovers = self
            .services
            .pool
            .remove_leftovers()
            .await
            .expect("the provider answers");
        assert_eq!(leftovers, 0, "sandboxes are left");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        assert!(
            self.closed || std::thread::panicking(),
            "a test ends with close()"
        );
    }
}

#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub text: String,
}

impl Answer {
    async fn read(response: axum::response::Response) -> Self {
        let (parts, body) = response.into_parts();
        let bytes = axum::body::to_bytes(body, usize::MAX)
            .await
            .expect("a body in memory");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self {
            status: parts.status,
            headers: parts.headers,
            text,
        }
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }
}
