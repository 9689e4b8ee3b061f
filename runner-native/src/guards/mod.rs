//! The locks that the runner puts on itself, in an order that matters, before it reads a request.
//!
//! Each guard must hold when all others have failed. A guard that the kernel can't give is reported
//! as missing, never passed over in silence; one that was required ends the runner. Nothing here
//! can be undone later in the process.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
mod reach;
mod resources;

#[cfg(not(target_os = "linux"))]
use elsewhere as kernel;
#[cfg(target_os = "linux")]
use linux as kernel;

pub use reach::Reach;
pub use resources::ResourceLimits;

use clap::ValueEnum;
use csv_analyst_protocol::runner::GuardReport;

/// One lock. The names are those of the command line and of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Guard {
    /// Address space, processor time, file size, open files, processes, core dumps.
    ResourceLimits,
    /// Own user, network, mount, IPC, host-name, control-group and process-id namespaces.
    Namespaces,
    /// A root of its own, read-only, that holds the named files only (needs the mount namespace).
    OwnRoot,
    /// No capability, not even inside the namespaces.
    NoCapabilities,
    NoNewPrivileges,
    /// Only the snapshot can be opened.
    Landlock,
    /// System calls that no query needs kill the runner.
    Seccomp,
    /// DuckDB's own settings.
    EngineSettings,
}

impl Guard {
    pub fn name(self) -> &'static str {
        match self {
            Self::ResourceLimits => "resource-limits",
            Self::Namespaces => "namespaces",
            Self::OwnRoot => "own-root",
            Self::NoCapabilities => "no-capabilities",
            Self::NoNewPrivileges => "no-new-privileges",
            Self::Landlock => "landlock",
            Self::Seccomp => "seccomp",
            Self::EngineSettings => "engine-settings",
        }
    }
}

/// What must hold, and what a test leaves out.
#[derive(Clone, Debug, Default)]
pub struct GuardPolicy {
    pub required: Vec<Guard>,
    pub left_out: Vec<Guard>,
}

impl GuardPolicy {
    pub fn wants(&self, guard: Guard) -> bool {
        !self.left_out.contains(&guard)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum GuardError {
    #[error("a required guard can't be put up: {name}: {reason}")]
    Required { name: &'static str, reason: String },
    #[cfg(target_os = "linux")]
    #[error("the process for the new namespaces can't be started: {0}")]
    Fork(std::io::Error),
}

/// Why one guard is not there.
#[derive(Debug, thiserror::Error)]
pub enum GuardFailure {
    #[error("{0}: {1}")]
    System(&'static str, std::io::Error),
    #[error("{0}")]
    Other(String),
}

impl GuardFailure {
    /// The error of the system call that just failed.
    fn last(what: &'static str) -> Self {
        Self::System(what, std::io::Error::last_os_error())
    }
}

/// Puts the guards up in two steps round the opening of the database.
///
/// Single-threaded callers only: namespaces and landlock bind the calling thread, and threads
/// started later inherit them.
pub struct LockDown<'a> {
    reach: Reach<'a>,
    policy: &'a GuardPolicy,
    report: GuardReport,
}

impl<'a> LockDown<'a> {
    /// What needs no knowledge of open files: namespaces, limits, privileges.
    pub fn begin(
        limits: &ResourceLimits,
        reach: Reach<'a>,
        policy: &'a GuardPolicy,
    ) -> Result<Self, GuardError> {
        let mut lock = Self {
            reach,
            policy,
            report: GuardReport::default(),
        };
        let namespaces = if policy.wants(Guard::Namespaces) {
            kernel::enter_namespaces()?
        } else {
            Err(left_out())
        };
        let apart = namespaces.is_ok();
        lock.record(Guard::Namespaces, namespaces)?;
        lock.put_up(Guard::OwnRoot, |reach| match apart {
            true => kernel::enter_own_root(reach),
            false => Err(GuardFailure::Other("needs the mount namespace".into())),
        })?;
        lock.put_up(Guard::ResourceLimits, |_| resources::apply(limits, apart))?;
        lock.put_up(Guard::NoCapabilities, |_| kernel::drop_capabilities())?;
        lock.put_up(Guard::NoNewPrivileges, |_| kernel::no_new_privileges())?;
        Ok(lock)
    }

    /// The rest, once the database is open: opening reads the control group's limits, which
    /// landlock would refuse and DuckDB answers by aborting. No engine thread may run yet.
    pub fn finish(mut self) -> Result<GuardReport, GuardError> {
        self.put_up(Guard::Landlock, kernel::restrict_files)?;
        self.put_up(Guard::Seccomp, |_| kernel::filter_system_calls())?;
        Ok(self.report)
    }

    fn put_up(
        &mut self,
        guard: Guard,
        action: impl FnOnce(&Reach<'a>) -> Result<(), GuardFailure>,
    ) -> Result<(), GuardError> {
        let result = if self.policy.wants(guard) {
            action(&self.reach)
        } else {
            Err(left_out())
        };
        self.record(guard, result)
    }

    fn record(&mut self, guard: Guard, result: Result<(), GuardFailure>) -> Result<(), GuardError> {
        match result {
            Ok(()) => self.report.in_force.push(guard.name().into()),
            Err(failure) if self.policy.required.contains(&guard) => {
                return Err(GuardError::Required {
                    name: guard.name(),
                    reason: failure.to_string(),
                });
            }
            Err(failure) => {
                if self.policy.wants(guard) {
                    tell(&format!("guard missing: {}: {failure}", guard.name()));
                }
                self.report.missing.push(guard.name().into());
            }
        }
        Ok(())
    }
}

fn left_out() -> GuardFailure {
    GuardFailure::Other("left out".into())
}

/// A line for the server's log.
pub fn tell(line: &str) {
    use std::io::Write;
    // Nobody may be listening; that is no reason to fail.
    let _ = writeln!(std::io::stderr(), "{line}");
}
