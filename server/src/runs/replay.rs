//! Runs a recorded query again and compares the results by hash.
//!
//! The query passes gate and sandbox like any other: what was accepted once is not trusted twice.

use super::{RunService, Submission, SubmitError};
use crate::capsules::StoreError;
use crate::datasets::ReadyDataset;
use csv_analyst_protocol::capsule::Replay;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::run::{Run, RunState};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the run has not ended yet")]
    NotEnded,
}

impl RunService {
    /// `dataset` is the run's dataset as it is today.
    pub async fn replay(&self, run: &Run, dataset: Arc<ReadyDataset>) -> Result<Replay, ReplayError> {
        if !run.status.is_terminal() {
            return Err(ReplayError::NotEnded);
        }
        let same_dataset_version = dataset.dataset.version == run.dataset_version;
        let submission = Submission {
            query: query_of(run),
            dataset,
            limits: run.limits,
            question: run.question.clone(),
        };
        let again = self.submit(submission)?.ended().await;
        let original_hash = self.inner.store.result_hash(&run.run_id).await?;
        let replay_hash = self.inner.store.result_hash(&again.run_id).await?;
        let succeeded = again.status == RunState::Succeeded;
        Ok(Replay {
            run_id: run.run_id.clone(),
            replay_run_id: again.run_id.clone(),
            matches: succeeded && original_hash.is_some() && original_hash == replay_hash,
            original_hash,
            replay_hash,
            same_dataset_version,
        })
    }
}

fn query_of(run: &Run) -> UntrustedQuery {
    match (&run.plan, &run.input_sql) {
        (Some(plan), _) => UntrustedQuery::Plan(Box::new(plan.clone())),
        (None, sql) => UntrustedQuery::Sql(sql.clone().unwrap_or_default()),
    }
}
