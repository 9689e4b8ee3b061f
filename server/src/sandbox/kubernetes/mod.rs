//! Sandboxes as Kubernetes Jobs: one Job, one pod, one run. The server's rights end in the runners'
//! namespace; a runner has none, not even a token.
//!
//! The conversation goes through the pod's attached stream, which carries words only while somebody
//! listens: so runners are greeted before they speak. Snapshots come by a volume of the runners'
//! namespace, which only single-use pods of the runner image can write to.

mod attach;
mod board;
mod cluster;
mod connect;
mod examine;
mod loader;
mod names;
mod patience;
mod rights;
mod sandbox;
mod settings;
mod sight;
mod snapshots;
mod specification;
mod trouble;
mod workload;

pub use examine::{ClusterFinding, Verdict as ClusterVerdict, examine as examine_cluster};
#[doc(hidden)]
pub use rights::rules as role_rules;
pub use settings::{KubernetesSettings, PullPolicy, Toleration};

use super::{Sandbox, SandboxClass, SandboxError, SandboxKind, SandboxProvider, SandboxSettings};
use async_trait::async_trait;
use cluster::Cluster;
use csv_analyst_protocol::run::SandboxReport;
use csv_analyst_protocol::runner::GuardReport;
use k8s_openapi::api::batch::v1::Job;
use sandbox::{KubernetesSandbox, Times};
use snapshots::Snapshots;
use specification::Specification;
use std::path::PathBuf;
use std::sync::Arc;

/// What the pod gives, whatever the node's kernel does for the runner inside.
const POD_GUARDS: &[&str] = &[
    "container namespaces",
    "read-only root",
    "capabilities dropped",
    "memory cgroup",
    "cpu cgroup",
    "runtime seccomp profile",
    "non-root user",
    "no service account token",
];
const USER_NAMESPACE: &str = "user namespace";

/// Guards of the runner that the pod gives instead.
const GIVEN_BY_POD: &[&str] = &["namespaces", "own-root"];

pub struct KubernetesProvider {
    cluster: Cluster,
    specification: Specification,
    snapshots: Snapshots,
    /// What a runner said in a pod.
    guards: GuardReport,
    image: String,
    settings: KubernetesSettings,
}

impl KubernetesProvider {
    /// Finds the cluster, and asks a runner in a pod which guards hold.
    pub async fn open(settings: &SandboxSettings) -> Result<Self, SandboxError> {
        Self::open_altered(settings, |_| {}).await
    }

    /// For tests of single guards: `alter` changes what every Job is given.
    #[doc(hidden)]
    pub async fn open_altered(
        settings: &SandboxSettings,
        alter: impl Fn(&mut Job) + Send + Sync + 'static,
    ) -> Result<Self, SandboxError> {
        let (instance, of_cluster) = (&settings.instance_label, &settings.kubernetes);
        check(settings)?;
        let client = connect::connect(of_cluster).await?;
        let cluster = Cluster::open(&client, &of_cluster.namespace, instance).await?;
        let specification = Specification::new(settings, Arc::new(alter));
        let deadline = of_cluster.start_deadline();
        let (guards, image) = sandbox::probe(&cluster, specification.probe(), deadline).await?;
        Ok(Self {
            snapshots: Snapshots::new(&cluster, instance, deadline),
            cluster,
            specification,
            guards,
            image: image.unwrap_or_else(|| of_cluster.image.clone()),
            settings: of_cluster.clone(),
        })
    }

    async fn start_over(&self, class: &SandboxClass) -> Result<KubernetesSandbox, SandboxError> {
        let folder = self.snapshots.folder(&self.specification, class).await?;
        let job = self.specification.serve(class, &folder, &self.guards);
        let times = Times {
            start_deadline: self.settings.start_deadline(),
            max_waiting: self.settings.max_waiting(),
        };
        KubernetesSandbox::start(&self.cluster, job, class.resources, &self.guards, &times).await
    }
}

fn check(settings: &SandboxSettings) -> Result<(), SandboxError> {
    settings.kubernetes.check().map_err(SandboxError::unavailable)?;
    match names::is_instance(&settings.instance_label) {
        true => Ok(()),
        false => Err(SandboxError::unavailable(
            "sandbox.instance_label must be a label of the cluster: up to 63 letters, digits, and - _ . between them",
        )),
    }
}

#[async_trait]
impl SandboxProvider for KubernetesProvider {
    fn kind(&self) -> SandboxKind {
        SandboxKind::Kubernetes
    }

    fn report(&self) -> SandboxReport {
        let of_users = (!self.settings.host_users).then_some(USER_NAMESPACE);
        let of_pod = POD_GUARDS.iter().copied().chain(of_users).map(str::to_owned);
        SandboxReport {
            kind: SandboxKind::Kubernetes.as_str().into(),
            image: Some(self.image.clone()),
            guards: of_pod.chain(self.guards.in_force.iter().cloned()).collect(),
            ..SandboxReport::default()
        }
    }

    fn missing_guards(&self) -> Vec<String> {
        let given = |guard: &&String| !GIVEN_BY_POD.contains(&guard.as_str());
        let of_users = self.settings.host_users.then(|| USER_NAMESPACE.to_owned());
        let missing = self.guards.missing.iter().filter(given).cloned();
        missing.chain(of_users).collect()
    }

    async fn start(&self, class: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError> {
        match self.start_over(class).await {
            Ok(sandbox) => Ok(Box::new(sandbox)),
            Err(error) => {
                if sandbox::lost_its_snapshot(&error) {
                    self.snapshots.forget(&class.snapshot);
                }
                Err(error)
            }
        }
    }

    async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        self.cluster.remove_leftovers().await
    }

    async fn keep_snapshots(&self, files: &[PathBuf]) -> Result<(), SandboxError> {
        let removed = self.snapshots.keep(&self.specification, files).await?;
        if removed > 0 {
            tracing::info!(
                removed,
                "snapshots that no dataset has any more were removed from the claim"
            );
        }
        Ok(())
    }
}
