//! Sandboxes as locked-down processes: the default where there is no Docker.
//!
//! The runner locks itself down (namespaces, landlock, seccomp, limits); this side gives it an empty
//! environment, three pipes and a control group (or watches its memory), and kills it at the deadline.
//! It relies on no guard that the runner did not report at the start: each is required of every runner.

mod child;
mod command;
mod control_group;
mod leftovers;
mod running;
mod sandbox;
mod spawn;
mod watch;

pub(super) use child::Child;
pub use command::Weakened;
use command::scratch_prefix;
pub(super) use command::{Runner, required, serve_arguments};
pub(super) use control_group::GroupLimits;
pub use control_group::removals_have_ended;

use super::{Sandbox, SandboxClass, SandboxError, SandboxKind, SandboxProvider, SandboxSettings};
use async_trait::async_trait;
use csv_analyst_protocol::run::SandboxReport;
use sandbox::ProcessSandbox;

pub struct ProcessProvider {
    runner: Runner,
}

impl ProcessProvider {
    /// Asks the runner which guards hold here.
    pub async fn open(settings: &SandboxSettings) -> Result<Self, SandboxError> {
        Ok(Self {
            runner: Runner::open(settings).await?,
        })
    }

    /// For tests of single guards.
    #[doc(hidden)]
    pub async fn open_weakened(settings: &SandboxSettings, weakened: Weakened) -> Result<Self, SandboxError> {
        Ok(Self {
            runner: Runner::open_weakened(settings, weakened).await?,
        })
    }
}

#[async_trait]
impl SandboxProvider for ProcessProvider {
    fn kind(&self) -> SandboxKind {
        SandboxKind::Process
    }

    fn report(&self) -> SandboxReport {
        SandboxReport {
            kind: SandboxKind::Process.as_str().into(),
            image: Some(self.runner.binary_hash.clone()),
            guards: self.runner.guards.in_force.clone(),
            ..SandboxReport::default()
        }
    }

    fn missing_guards(&self) -> Vec<String> {
        self.runner.guards.missing.clone()
    }

    async fn start(&self, class: &SandboxClass) -> Result<Box<dyn Sandbox>, SandboxError> {
        Ok(Box::new(ProcessSandbox::start(&self.runner, class).await?))
    }

    async fn remove_leftovers(&self) -> Result<u64, SandboxError> {
        let (label, groups) = (self.runner.label.clone(), self.runner.groups.clone());
        let removing = tokio::task::spawn_blocking(move || leftovers::remove(&label, groups.as_ref()));
        removing
            .await
            .map_err(|error| SandboxError::broken("left-over sandboxes can't be removed", error))
    }
}
