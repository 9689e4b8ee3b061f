//! The runner's program and its command lines.

use super::Child;
use super::control_group::{self, ControlGroups, GroupLimits};
use super::spawn::Program;
use crate::sandbox::{SandboxClass, SandboxError, SandboxSettings, conversation};
use csv_analyst_protocol::limits::Resources;
use csv_analyst_protocol::runner::GuardReport;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Probing and starting take tens of milliseconds; ten seconds mean that something is wrong.
pub const START_DEADLINE: Duration = Duration::from_secs(10);

/// The program, and what it said about this machine.
#[derive(Clone, Debug)]
pub struct Runner {
    pub binary: PathBuf,
    /// SHA-256 (hex).
    pub binary_hash: String,
    pub guards: GuardReport,
    /// Absent where the kernel or the user's rights give none.
    pub groups: Option<ControlGroups>,
    pub longest_run_ms: u64,
    pub weakened: Weakened,
    /// Instance and server process, for finding what a killed server left.
    pub label: String,
}

/// What tests leave out, to show that the other guards hold alone. No configuration can say so.
#[derive(Clone, Debug, Default)]
pub struct Weakened {
    /// Guards that the runner puts up itself; only one built for tests can leave them out.
    pub runner_guards: Vec<String>,
    pub control_group: bool,
    pub memory_watch: bool,
}

impl Weakened {
    fn arguments(&self) -> impl Iterator<Item = OsString> + '_ {
        let left_out = self.runner_guards.iter();
        left_out.flat_map(|name| [OsString::from("--without"), name.into()])
    }
}

impl Runner {
    pub async fn open(settings: &SandboxSettings) -> Result<Self, SandboxError> {
        Self::open_weakened(settings, Weakened::default()).await
    }

    pub async fn open_weakened(settings: &SandboxSettings, weakened: Weakened) -> Result<Self, SandboxError> {
        let binary = settings.runner_binary.clone();
        let hashing = tokio::task::spawn_blocking(move || std::fs::read(&binary).map(|bytes| hash(&bytes)));
        let binary_hash = match hashing.await {
            Ok(Ok(hash)) => hash,
            Ok(Err(error)) => {
                tracing::error!(binary = %settings.runner_binary.display(), %error, "the runner can't be read");
                return Err(SandboxError::unavailable(
                    "the runner program is missing: set sandbox.runner_binary, or run `cargo xtask setup` in a checkout",
                ));
            }
            Err(error) => return Err(SandboxError::broken("the runner can't be read", error)),
        };
        let mut runner = Self {
            binary: settings.runner_binary.clone(),
            binary_hash,
            guards: GuardReport::default(),
            groups: None,
            longest_run_ms: settings.longest_run_ms,
            weakened,
            label: settings.instance_label.clone(),
        };
        runner.guards = runner.probe().await?;
        if !runner.weakened.control_group {
            runner.find_groups();
        }
        Ok(runner)
    }

    fn find_groups(&mut self) {
        match ControlGroups::find(&self.process_label()) {
            Ok(groups) => {
                self.groups = Some(groups);
                self.guards.in_force.push(control_group::GUARD.into());
            }
            Err(reason) => {
                tracing::info!(%reason, "memory is watched instead");
                self.guards.missing.push(control_group::GUARD.into());
            }
        }
    }

    /// In a group of its own, where there are groups.
    pub async fn spawn(&self, arguments: &[OsString], limits: &GroupLimits) -> Result<Child, SandboxError> {
        let groups = self.groups.clone().map(|groups| (groups, *limits));
        Child::spawn(self.program(arguments)?, groups).await
    }

    fn program(&self, arguments: &[OsString]) -> Result<Program, SandboxError> {
        let label = [OsString::from("--instance"), self.process_label().into()];
        Program::new(&self.binary, arguments.iter().chain(&label))
            .map_err(|error| SandboxError::broken("the runner can't be started", error))
    }

    async fn probe(&self) -> Result<GuardReport, SandboxError> {
        let mut arguments = vec![OsString::from("guards")];
        arguments.extend(self.weakened.arguments());
        let mut child = Child::spawn(self.program(&arguments)?, None).await?;
        let answer = conversation::guards(&mut child.wire, START_DEADLINE).await;
        let stderr = child.wire.stderr();
        child.destroy().await?;
        answer.ok_or_else(|| SandboxError::broken("the runner does not start", stderr))
    }

    /// Arguments of `serve`. What held at the probe is required now.
    pub fn serve_arguments(&self, class: &SandboxClass, scratch: Option<&Path>) -> Vec<OsString> {
        let mut arguments = serve_arguments(&class.snapshot, &class.resources, self.longest_run_ms, scratch);
        arguments.extend(required(&self.guards));
        arguments.extend(self.weakened.arguments());
        arguments
    }

    /// Shown in the list of processes.
    pub fn process_label(&self) -> String {
        format!("{}:{}", self.label, std::process::id())
    }
}

/// `serve`, for any provider.
pub fn serve_arguments(
    snapshot: &Path,
    resources: &Resources,
    longest_run_ms: u64,
    scratch: Option<&Path>,
) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["serve".into(), "--snapshot".into(), snapshot.into()];
    let mut number = |name: &str, value: u64| arguments.extend([name.into(), value.to_string().into()]);
    number("--memory-bytes", resources.memory_bytes);
    number("--threads", resources.cpu_millis.div_ceil(1_000).max(1));
    number("--timeout-ms", longest_run_ms);
    if let Some(folder) = scratch {
        number("--scratch-bytes", resources.scratch_bytes);
        arguments.extend(["--scratch".into(), folder.into()]);
    }
    arguments
}

pub fn required(guards: &GuardReport) -> impl Iterator<Item = OsString> + '_ {
    // The engine's settings are no choice: a runner without them does not start. The group is put
    // round it from outside.
    let not_asked = ["engine-settings", control_group::GUARD];
    let chosen = guards
        .in_force
        .iter()
        .filter(move |name| !not_asked.contains(&name.as_str()));
    chosen.flat_map(|name| [OsString::from("--require"), name.into()])
}

/// Names of scratch folders of this instance begin so.
pub fn scratch_prefix(label: &str) -> String {
    format!("csv-analyst-scratch-{label}-")
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
