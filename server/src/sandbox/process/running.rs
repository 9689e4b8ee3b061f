//! A started program, until it is reaped.

use super::child::kill;
use super::spawn::reap;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use tokio::signal::unix::{SignalKind, signal};

/// Dropping it ends its whole process group.
pub struct Running {
    /// Also the process group.
    id: libc::pid_t,
    status: Option<ExitStatus>,
}

impl Running {
    /// A child of this process that nobody else waits for.
    pub fn new(id: libc::pid_t) -> Self {
        Self { id, status: None }
    }

    pub fn id(&self) -> libc::pid_t {
        self.id
    }

    /// How it ended, if it has; never waits.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            let mut status = 0;
            // SAFETY: the number is filled by the call.
            match unsafe { libc::waitpid(self.id, &mut status, libc::WNOHANG) } {
                0 => {}
                id if id == self.id => self.status = Some(ExitStatus::from_raw(status)),
                _ => return Err(io::Error::last_os_error()),
            }
        }
        Ok(self.status)
    }

    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        // Listened to before the look, so that no end falls between the two.
        let mut ends = signal(SignalKind::child())?;
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            ends.recv().await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Once reaped, the number may belong to somebody else.
        if let Ok(None) = self.try_wait() {
            let id = self.id;
            kill(-id);
            // Also where no runtime is left to wait in.
            std::thread::spawn(move || reap(id));
        }
    }
}
