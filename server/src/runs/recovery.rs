//! After a start: runs that a stopped server left open are closed, and its sandboxes removed.

use super::RunService;
use super::record::{self, End};
use crate::capsules::StoreError;
use crate::sandbox::SandboxProvider;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::run::RunState;

impl RunService {
    /// Call before the first run is admitted. Answers how many runs were closed.
    pub async fn recover(&self) -> Result<usize, StoreError> {
        self.remove_leftovers().await;
        let unfinished = self.inner.store.unfinished().await?;
        let count = unfinished.len();
        for mut run in unfinished {
            tracing::warn!(
                run_id = run.run_id,
                dataset_id = run.dataset_id,
                "closing a run that the last stop interrupted"
            );
            record::close(&mut run, Err(interrupted()));
            self.inner.store.end(run, String::new()).await?;
        }
        Ok(count)
    }

    async fn remove_leftovers(&self) {
        match self.inner.pool.remove_leftovers().await {
            Ok(0) => {}
            Ok(removed) => tracing::warn!(removed, "left-over sandboxes removed"),
            Err(error) => tracing::error!(%error, "left-over sandboxes could not be removed"),
        }
    }
}

fn interrupted() -> End {
    let error = ErrorDetail::new(
        ErrorCode::RunnerInternalError,
        "the server stopped while this run was in progress",
    );
    End::new(RunState::Failed, error.with_hint("ask again"))
}
