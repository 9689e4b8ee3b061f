//! Runs a recorded query again and compares how it ends: state, error code, and the result by hash.
//!
//! The query passes gate and sandbox like any other: what was accepted once is not trusted twice.

use super::{Client, RunService, Submission, SubmitError};
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
    pub async fn replay(
        &self,
        run: &Run,
        dataset: Arc<ReadyDataset>,
        client: Client,
    ) -> Result<Replay, ReplayError> {
        if !run.status.is_terminal() {
            return Err(ReplayError::NotEnded);
        }
        let same_dataset_version = dataset.dataset.version == run.dataset_version;
        let submission = Submission {
            query: query_of(run),
            dataset,
            limits: run.limits,
            question: run.question.clone(),
            // A kept answer would only be compared with itself.
            use_cache: false,
            client,
        };
        let again = self.submit(submission)?.ended().await;
        let original_hash = self.inner.store.result_hash(&run.run_id).await?;
        let replay_hash = self.inner.store.result_hash(&again.run_id).await?;
        let same_result = match again.status {
            RunState::Succeeded => original_hash.is_some() && original_hash == replay_hash,
            _ => true,
        };
        Ok(Replay {
            run_id: run.run_id.clone(),
            replay_run_id: again.run_id.clone(),
            replay_status: again.status,
            matches: same_end(run, &again) && same_result,
            original_hash,
            replay_hash,
            same_dataset_version,
        })
    }
}

fn same_end(run: &Run, again: &Run) -> bool {
    let code = |run: &Run| run.error.as_ref().map(|error| error.code);
    run.status == again.status && code(run) == code(again)
}

fn query_of(run: &Run) -> UntrustedQuery {
    match (&run.plan, &run.input_plan, &run.input_sql) {
        (Some(plan), _, _) => UntrustedQuery::Plan(Box::new(plan.clone())),
        (None, Some(json), _) => UntrustedQuery::MisfitPlan(Box::new(json.clone())),
        (None, None, sql) => UntrustedQuery::Sql(sql.clone().unwrap_or_default()),
    }
}
