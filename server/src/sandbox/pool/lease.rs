//! A sandbox on its way from the shelf to its end: counted as in use until nothing of it is left.

use super::Inner;
use crate::sandbox::{Execution, Remains, Request, Sandbox, SandboxClass, SandboxError};
use csv_analyst_protocol::run::SandboxStart;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A sandbox for one run. Dropping it unused destroys it, as with every sandbox.
pub struct Taken {
    sandbox: Box<dyn Sandbox>,
    start: SandboxStart,
    lease: Lease,
}

/// What is left after the run; [`Left::bury`] sees to its end.
#[must_use]
pub struct Left {
    remains: Box<dyn Remains>,
    lease: Lease,
}

/// Counts a sandbox as in use.
pub struct Lease {
    pool: Arc<Inner>,
    class: SandboxClass,
}

impl Lease {
    pub fn new(pool: &Arc<Inner>, class: &SandboxClass) -> Self {
        pool.in_use(class, |count| count + 1);
        Self {
            pool: pool.clone(),
            class: class.clone(),
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.pool.in_use(&self.class, |count| count.saturating_sub(1));
    }
}

impl Taken {
    pub fn new(lease: Lease, sandbox: Box<dyn Sandbox>, start: SandboxStart) -> Self {
        Self {
            sandbox,
            start,
            lease,
        }
    }

    pub fn start(&self) -> SandboxStart {
        self.start
    }

    /// For callers that see to its end themselves.
    pub fn into_sandbox(self) -> Box<dyn Sandbox> {
        self.sandbox
    }

    pub async fn execute(
        self,
        request: Request<'_>,
        cancel: &CancellationToken,
    ) -> (Result<Execution, SandboxError>, Left) {
        let used = self.sandbox.execute(request, cancel).await;
        let left = Left {
            remains: used.remains,
            lease: self.lease,
        };
        (used.outcome, left)
    }
}

impl Left {
    /// Destroys it in the background; `held` is let go when nothing of it is left.
    pub fn bury(self, held: impl Send + 'static) {
        let pool = self.lease.pool.clone();
        pool.bury(self.remains, (self.lease, held));
        pool.wake();
    }

    /// The same for one that has answered, but `held` is let go earlier: see `max_leaving`.
    pub fn see_off(self, held: impl Send + 'static) {
        let pool = self.lease.pool.clone();
        pool.see_off(self.remains, (self.lease, held));
        pool.wake();
    }
}
