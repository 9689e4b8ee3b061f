//! A runner process: pipes, its process group, and its certain end.

use super::control_group::{ControlGroup, ControlGroups, GroupLimits, UnderWay};
use super::running::Running;
use super::spawn::{Program, Streams};
use crate::sandbox::SandboxError;
use crate::sandbox::judge::Ending;
use crate::sandbox::wire::{StderrHead, Wire};
use crate::system;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::ExitStatusExt;
use std::time::Duration;
use tokio::net::unix::pipe::{Receiver, Sender};

/// The inner process dies at once and its parent follows; beyond this the whole group is killed.
const QUIET_END: Duration = Duration::from_millis(200);

pub struct Child {
    pub wire: Wire,
    process: Running,
    /// Dropped after the process, which may be reaped later still: the group ends whatever lives in it, and
    /// goes when it is empty.
    group: Option<ControlGroup>,
}

impl Child {
    /// An empty environment, its own process group, no inherited descriptors; in a control group from its
    /// first instruction on, where there are groups.
    pub async fn spawn(
        program: Program,
        groups: Option<(ControlGroups, GroupLimits)>,
    ) -> Result<Self, SandboxError> {
        // Making and entering a group waits for the kernel. Given up meanwhile, what was started is ended
        // where it was started.
        let starting = tokio::task::spawn_blocking(move || {
            let under_way = UnderWay::begin();
            start(&program, groups).map(|started| (started, under_way))
        });
        let (started, _) = starting
            .await
            .map_err(|error| SandboxError::broken("the runner can't be started", error))??;
        started.listened_to().map_err(not_started)
    }

    pub fn id(&self) -> i32 {
        self.process.id()
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
        for inner in system::children(self.id()) {
            kill(inner);
        }
        if tokio::time::timeout(QUIET_END, self.process.wait())
            .await
            .is_err()
        {
            kill(-self.id());
            self.process
                .wait()
                .await
                .map_err(|error| SandboxError::broken("the runner can't be ended", error))?;
        }
        Ok(())
    }
}

/// A process whose pipes nobody listens to yet.
struct Started {
    process: Running,
    group: Option<ControlGroup>,
    input: OwnedFd,
    output: OwnedFd,
    errors: OwnedFd,
}

fn start(program: &Program, groups: Option<(ControlGroups, GroupLimits)>) -> Result<Started, SandboxError> {
    let group = groups
        .map(|(groups, limits)| groups.create(&limits))
        .transpose()
        .map_err(|error| SandboxError::broken("no control group can be made", error))?;
    let doors = group.as_ref().map(ControlGroup::doors).transpose();
    let doors = doors.map_err(not_started)?;
    let pipes = || -> io::Result<_> { Ok((pipe()?, pipe()?, pipe()?)) };
    let ((theirs_in, input), (output, theirs_out), (errors, theirs_errors)) = pipes().map_err(not_started)?;
    let streams = Streams([theirs_in, theirs_out, theirs_errors]);
    let id = program.start(&streams, doors.as_ref()).map_err(not_started)?;
    Ok(Started {
        process: Running::new(id),
        group,
        input,
        output,
        errors,
    })
}

fn not_started(error: io::Error) -> SandboxError {
    SandboxError::broken("the runner can't be started", error)
}

impl Started {
    fn listened_to(self) -> io::Result<Child> {
        let input = Sender::from_owned_fd(self.input)?;
        let output = Receiver::from_owned_fd(self.output)?;
        let errors = Receiver::from_owned_fd(self.errors)?;
        let stderr = StderrHead::default();
        tokio::spawn(stderr.clone().fill_from(errors));
        Ok(Child {
            wire: Wire::new(Box::pin(input), Box::pin(output), stderr),
            process: self.process,
            group: self.group,
        })
    }
}

/// The end to read from, and the end to write to; a program that is started gets neither by itself.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (output, input) = io::pipe()?;
    Ok((output.into(), input.into()))
}

/// SIGKILL to a process, or to a group if negative.
pub fn kill(id: i32) {
    // SAFETY: plain numbers.
    unsafe { libc::kill(id, libc::SIGKILL) };
}
