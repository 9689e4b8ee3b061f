//! A runner process: pipes, its process group, and its certain end.

use super::control_group::{ControlGroup, Doors};
use crate::sandbox::SandboxError;
use crate::sandbox::judge::Ending;
use crate::sandbox::wire::{StderrHead, Wire};
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;

/// The inner process dies at once and its parent follows; beyond this the whole group is killed.
const QUIET_END: Duration = Duration::from_millis(200);

pub struct Child {
    pub wire: Wire,
    process: tokio::process::Child,
    /// Also the process group.
    id: i32,
    /// Removed after the process is reaped.
    group: Option<ControlGroup>,
}

impl Child {
    /// An empty environment, its own process group, no inherited descriptors; in the control group
    /// from its first instruction on.
    pub fn spawn(
        binary: &Path,
        arguments: &[OsString],
        label: &str,
        group: Option<ControlGroup>,
    ) -> Result<Self, SandboxError> {
        let failed = |error: std::io::Error| SandboxError::broken("the runner can't be started", error);
        let mut command = Command::new(binary);
        let doors = group
            .as_ref()
            .map(ControlGroup::doors)
            .transpose()
            .map_err(failed)?;
        // SAFETY: between `fork` and `exec` it writes bytes and marks descriptors, and nothing else.
        unsafe {
            command.pre_exec(move || {
                close_inherited()?;
                doors.as_ref().map_or(Ok(()), Doors::enter)
            })
        };
        let mut process = command
            .args(arguments)
            .args(["--instance", label])
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(failed)?;
        let id = process.id().and_then(|id| i32::try_from(id).ok());
        let pipes = (process.stdin.take(), process.stdout.take(), process.stderr.take());
        let (Some(id), (Some(input), Some(output), Some(errors))) = (id, pipes) else {
            return Err(SandboxError::broken("the runner can't be started", "no pipes"));
        };
        let stderr = StderrHead::default();
        tokio::spawn(stderr.clone().fill_from(errors));
        Ok(Self {
            wire: Wire::new(Box::pin(input), Box::pin(output), stderr),
            process,
            id,
            group,
        })
    }

    pub fn id(&self) -> i32 {
        self.id
    }

    /// How it ended by itself; `Unknown` if it has not within a moment.
    pub async fn ending(&mut self) -> Ending {
        let Ok(Ok(status)) = tokio::time::timeout(QUIET_END, self.process.wait()).await else {
            return Ending::Unknown;
        };
        let signalled = status.signal().map(|signal| 128 + signal);
        let ended = status.code().or(signalled).map_or(Ending::Unknown, Ending::Exit);
        match &self.group {
            Some(group) => ended.told_apart(group.ran_out_of_memory()),
            None => ended,
        }
    }

    /// Whether the kernel holds its memory.
    pub fn has_group(&self) -> bool {
        self.group.is_some()
    }

    /// It runs and has nothing to say.
    pub fn is_waiting(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None)) && self.wire.is_quiet()
    }

    /// Kills whatever still lives and returns when it is reaped.
    pub async fn destroy(&mut self) -> Result<(), SandboxError> {
        self.end().await?;
        match self.group.take().map(ControlGroup::remove) {
            Some(removing) => removing
                .await
                .map_err(|error| SandboxError::broken("the control group can't be removed", error)),
            None => Ok(()),
        }
    }

    async fn end(&mut self) -> Result<(), SandboxError> {
        if let Ok(Some(_)) = self.process.try_wait() {
            return Ok(());
        }
        // First the process inside its own process-id namespace, so that the runner's outer process
        // reaps it; killed together, it would be left to whoever is process 1 here.
        for inner in super::watch::children(self.id) {
            kill(inner);
        }
        if tokio::time::timeout(QUIET_END, self.process.wait())
            .await
            .is_err()
        {
            kill(-self.id);
            self.process
                .wait()
                .await
                .map_err(|error| SandboxError::broken("the runner can't be ended", error))?;
        }
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Once reaped, the number may belong to somebody else.
        if let Ok(None) = self.process.try_wait() {
            kill(-self.id);
        }
    }
}

/// All but the three pipes end with `exec`, also what a library has opened without saying so.
fn close_inherited() -> std::io::Result<()> {
    const FIRST: libc::c_uint = 3;
    let flags = libc::CLOSE_RANGE_CLOEXEC as libc::c_int;
    // SAFETY: plain numbers; only marks descriptors of the new process.
    if unsafe { libc::close_range(FIRST, libc::c_uint::MAX, flags) } == 0 {
        return Ok(());
    }
    let error = std::io::Error::last_os_error();
    // Before Linux 5.11 there is no such call; everything here opens with the mark anyway.
    match error.raw_os_error() {
        Some(libc::ENOSYS | libc::EINVAL) => Ok(()),
        _ => Err(error),
    }
}

/// SIGKILL to a process, or to a group if negative.
pub fn kill(id: i32) {
    // SAFETY: plain numbers.
    unsafe { libc::kill(id, libc::SIGKILL) };
}
