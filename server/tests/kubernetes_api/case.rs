//! One provider against one play.

use super::play::{NAMESPACE, Play, Scene, Stage};
use super::sandbox_support::{dataset, gate, skip};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_server::gate::{GateSchema, ValidatedQuery};
use csv_analyst_server::sandbox::{
    Execution, KubernetesProvider, KubernetesSettings, Request, Sandbox, SandboxChoice, SandboxClass,
    SandboxError, SandboxProvider, SandboxSettings,
};
use std::time::Duration;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub const INSTANCE: &str = "play";

pub struct Case {
    pub play: Play,
    pub settings: SandboxSettings,
    pub class: SandboxClass,
    pub limits: Limits,
    _folder: TempDir,
}

pub fn query() -> Option<ValidatedQuery> {
    let Some(gate) = gate() else {
        skip(
            "the played cluster",
            "the gate component is not built; run `cargo xtask wasm`",
        );
        return None;
    };
    let sql = UntrustedQuery::Sql("SELECT count(*) AS rows FROM numbers".into());
    let checked = gate.check(&sql, &GateSchema::new(&dataset()), &Limits::default());
    Some(checked.outcome.expect("a sound query"))
}

impl Case {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let play = Play::begin().await;
        let snapshot = folder.path().join("snapshot.duckdb");
        std::fs::write(&snapshot, "not looked at").expect("it can be written");
        let limits = Limits {
            timeout_ms: 5_000,
            max_result_bytes: 10_000,
            ..Limits::default()
        };
        let settings = SandboxSettings {
            kind: SandboxChoice::Kubernetes,
            instance_label: INSTANCE.into(),
            kubernetes: KubernetesSettings {
                namespace: NAMESPACE.into(),
                kubeconfig: Some(play.kubeconfig(folder.path())),
                ..KubernetesSettings::default()
            },
            ..SandboxSettings::default()
        };
        let class = SandboxClass {
            snapshot,
            dataset_version: "1".into(),
            resources: limits.resources(),
        };
        Self {
            play,
            settings,
            class,
            limits,
            _folder: folder,
        }
    }

    pub fn stage(&self) -> &Stage {
        &self.play.stage
    }

    pub fn scene(&self, part: &str, scene: Scene) {
        self.stage().lock().scenes.insert(part.into(), scene);
    }

    pub async fn open(&self) -> Result<KubernetesProvider, SandboxError> {
        KubernetesProvider::open(&self.settings).await
    }

    pub async fn start(&self) -> Result<Box<dyn Sandbox>, SandboxError> {
        self.open().await?.start(&self.class).await
    }

    /// `None` if the gate is not built.
    pub async fn run(&self) -> Option<Result<Execution, SandboxError>> {
        let query = query()?;
        let provider = self.open().await.expect("the play begins");
        let outcome = match provider.start(&self.class).await {
            Ok(sandbox) => self.ask(&query, sandbox).await,
            Err(error) => Err(error),
        };
        self.nothing_left().await;
        Some(outcome)
    }

    pub async fn ask(
        &self,
        query: &ValidatedQuery,
        sandbox: Box<dyn Sandbox>,
    ) -> Result<Execution, SandboxError> {
        let request = Request {
            query,
            run_id: "run-1",
            limits: &self.limits,
        };
        let mut used = sandbox.execute(request, &CancellationToken::new()).await;
        used.remains.destroy().await.expect("it can be destroyed");
        used.outcome
    }

    /// What was dropped is removed in the background.
    pub async fn nothing_left(&self) {
        for _ in 0..200 {
            let empty = {
                let state = self.stage().lock();
                state.jobs.is_empty() && state.pods.is_empty()
            };
            if empty {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let state = self.stage().lock();
        panic!("left over: {:?} {:?}", state.jobs.keys(), state.pods.keys());
    }
}

/// The code of a run that has to fail; `None` if the gate is not built.
pub async fn code(scene: Scene) -> Option<ErrorCode> {
    let case = Case::new().await;
    case.scene("runner", scene);
    let outcome = case.run().await?;
    Some(outcome.expect_err("it has to be refused").code())
}
