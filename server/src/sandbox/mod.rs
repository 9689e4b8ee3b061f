//! Sandboxes: where a checked query meets the data. One run each, then gone.
//!
//! A provider starts sandboxes; a started one is locked down, has its snapshot open and waits for
//! one request, so that the pool can start them ahead of need. Only a [`ValidatedQuery`] can be
//! executed: nothing here looks at SQL, and nothing here decides what is allowed. The runner inside
//! is not trusted: its answer is one bounded line that must name the right run.

mod choose;
mod conversation;
pub(crate) mod docker;
mod error;
mod ingest;
mod janitor;
mod judge;
mod kubernetes;
mod owner;
mod pool;
mod process;
mod response;
mod settings;
mod wire;

pub use choose::choose;
pub use docker::{DockerProvider, describe_daemon};
pub use error::{SandboxError, SandboxFailure};
pub use ingest::{IngestFailure, ingest};
#[doc(hidden)]
pub use kubernetes::role_rules;
pub use kubernetes::{
    ClusterFinding, ClusterVerdict, KubernetesProvider, KubernetesSettings, PullPolicy, Toleration,
    examine_cluster,
};
pub use pool::{Left, Pool, PoolSettings, Taken};
pub use process::{ProcessProvider, Weakened, removals_have_ended};
pub use settings::{DockerSettings, SandboxChoice, SandboxSettings};

use crate::gate::ValidatedQuery;
use async_trait::async_trait;
use csv_analyst_protocol::limits::{Limits, Resources};
use csv_analyst_protocol::run::SandboxReport;
use csv_analyst_protocol::runner::{ResultTable, RunnerTimings};
use std::path::PathBuf;
use tokio_util::sync::CancellationToken;

/// What a sandbox is prepared for. Equal classes are interchangeable until they are used; what
/// may differ from run to run comes with the [`Request`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SandboxClass {
    /// Absolute path on the server's machine.
    pub snapshot: PathBuf,
    pub dataset_version: String,
    pub resources: Resources,
}

/// The one thing that a sandbox is asked.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub query: &'a ValidatedQuery,
    pub run_id: &'a str,
    /// Of these, the time and the sizes of the answer count; the resources are the sandbox's.
    pub limits: &'a Limits,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxKind {
    Process,
    Docker,
    Kubernetes,
}

impl SandboxKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Process => "process",
            Self::Docker => "docker",
            Self::Kubernetes => "kubernetes",
        }
    }
}

/// Starts sandboxes of one kind.
#[async_trait]
pub trait SandboxProvider: Send + Sync {
    fn kind(&self) -> SandboxKind;

    /// What the record says about every run of this provider.
    fn report(&self) -> SandboxReport;

    /// Guards that this machine can't give; empty is what production needs.
    fn missing_guards(&self) -> Vec<String>;

    /// Returns when the runner is locked down and waits for its request. A start that is given up
    /// (the future is dropped) leaves nothing behind.
    async fn start(&self, class: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError>;

    /// Ends what an earlier server of this instance left running; returns how many.
    async fn remove_leftovers(&self) -> Result<u64, SandboxError>;

    /// No other snapshots are asked any more: for a provider that keeps copies of its own.
    async fn keep_snapshots(&self, _files: &[PathBuf]) -> Result<(), SandboxError> {
        Ok(())
    }
}

/// A started sandbox that has not been used. Dropping it destroys it too, without waiting.
#[async_trait]
pub trait Sandbox: Send {
    /// Exactly one query, ended by its answer, the request's deadline or the token. What is left can
    /// only be destroyed: there is no way back to a sandbox.
    async fn execute(self: Box<Self>, request: Request<'_>, cancel: &CancellationToken) -> Used;

    /// For one that nobody needs any more.
    fn give_up(self: Box<Self>) -> Box<dyn Remains>;

    /// It still waits for its request, as far as can be seen without asking it.
    fn is_waiting(&mut self) -> bool;

    /// A run is likely to take it soon: what can be made quick meanwhile, may be.
    fn wake(&mut self) {}

    /// What it holds of the machine's memory for itself alone; `None` where that can't be seen.
    fn memory_bytes(&self) -> Option<u64>;
}

/// A sandbox after its one query.
pub struct Used {
    pub outcome: Result<Execution, SandboxError>,
    pub remains: Box<dyn Remains>,
}

/// What is left of a sandbox that was used or given up. Dropping it destroys it too, without waiting.
#[async_trait]
pub trait Remains: Send {
    /// Returns when nothing of it is left. It can be tried again when it fails.
    async fn destroy(&mut self) -> Result<(), SandboxError>;
}

/// What a query came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Execution {
    pub table: ResultTable,
    pub timings: RunnerTimings,
    pub peak_memory_bytes: Option<u64>,
    /// Bounded; for the record and the log.
    pub stderr: String,
}
