//! One question's way: its dataset, the planner, the gate, a sandbox of its own.

use super::prediction::{Answer, Trail};
use super::{End, Evaluation, Prediction, Question, Stage, decline};
use crate::clock::milliseconds;
use crate::datasets::ReadyDataset;
use crate::gate::ValidatedQuery;
use crate::runs::{ExecuteError, ExecuteFailure, FinishedExecution, run_in_sandbox};
use crate::sandbox::Request;
use csv_analyst_planner::{Outcome, PlannedQuery, plan_with};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::plan::QueryPlan;
use std::sync::Arc;
use std::time::Instant;
use tokio_util::sync::CancellationToken;

impl Evaluation {
    /// `None`: it was stopped on its way, and nothing is known about it.
    pub(super) async fn answer(&self, question: &Question, stop: &CancellationToken) -> Option<Prediction> {
        let mut trail = Trail::default();
        let outcome = match self.prepared(question, stop).await? {
            Ok(dataset) => {
                let started = Instant::now();
                let outcome = self.travel(question, &dataset, &mut trail, stop).await;
                trail.total_ms = milliseconds(started.elapsed());
                outcome
            }
            Err(end) => Err(end),
        };
        // A run that failed while everything was being stopped says nothing about its question.
        if outcome.is_err() && stop.is_cancelled() {
            return None;
        }
        Some(Prediction {
            id: question.id.clone(),
            end: outcome.unwrap_or_else(|end| *end),
            trail,
        })
    }

    /// However long reading its files takes; the first question about a table waits for that.
    async fn prepared(
        &self,
        question: &Question,
        stop: &CancellationToken,
    ) -> Option<Result<Arc<ReadyDataset>, Box<End>>> {
        let dataset_id = self.tables.dataset_id(&question.data);
        let prepared = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            prepared = self.catalog.get_patiently(dataset_id) => prepared,
        };
        Some(prepared.map_err(|error| end(Stage::Unread, code_name(error.code), error.message)))
    }

    async fn travel(
        &self,
        question: &Question,
        dataset: &ReadyDataset,
        trail: &mut Trail,
        stop: &CancellationToken,
    ) -> Result<End, Box<End>> {
        let plan = understand(question, dataset, self.planner, trail).await?;
        let query = self.pass_the_gate(plan, dataset, trail).await?;
        trail.sql = Some(query.sql().to_owned());
        let class = dataset.sandbox_class(&self.limits);
        let run_id = uuid::Uuid::now_v7().to_string();
        let request = Request {
            query: &query,
            run_id: &run_id,
            limits: &self.limits,
        };
        let finished = run_in_sandbox(&self.pool, &class, request, stop, ()).await;
        take_result(finished, trail)
    }

    async fn pass_the_gate(
        &self,
        plan: QueryPlan,
        dataset: &ReadyDataset,
        trail: &mut Trail,
    ) -> Result<ValidatedQuery, Box<End>> {
        let (gate, schema, limits) = (self.gate.clone(), dataset.schema.clone(), self.limits);
        let query = UntrustedQuery::Plan(Box::new(plan));
        let checking = tokio::task::spawn_blocking(move || gate.check(&query, &schema, &limits));
        let decision = checking.await.map_err(|error| broken("the gate", &error))?;
        trail.gate_ms = rounded(decision.report.elapsed_ms);
        decision
            .outcome
            .map_err(|rejection| end(Stage::Rejected, rejection.rule, rejection.message))
    }
}

/// The planner without a conversation, on a blocking thread: a panic in it is this question's end.
async fn understand(
    question: &Question,
    dataset: &ReadyDataset,
    settings: csv_analyst_planner::Settings,
    trail: &mut Trail,
) -> Result<QueryPlan, Box<End>> {
    let (text, schema) = (question.text.clone(), dataset.dataset.clone());
    let started = Instant::now();
    let planning = tokio::task::spawn_blocking(move || plan_with(&text, &schema, None, settings));
    let outcome = planning.await.map_err(|error| broken("the planner", &error))?;
    trail.plan_ms = milliseconds(started.elapsed());
    match outcome {
        Outcome::Plan(planned) => Ok(take_plan(*planned, trail)),
        Outcome::Declined(declined) => Err(end(
            Stage::Declined,
            decline::kind(&declined.reason),
            declined.reason,
        )),
    }
}

fn take_plan(planned: PlannedQuery, trail: &mut Trail) -> QueryPlan {
    trail.understood = Some(planned.understood);
    trail.assumptions = planned.assumptions;
    trail.confidence = Some(rounded(planned.confidence));
    trail.plan = Some(Box::new(planned.plan.clone()));
    planned.plan
}

fn take_result(
    finished: Result<FinishedExecution, ExecuteError>,
    trail: &mut Trail,
) -> Result<End, Box<End>> {
    match finished {
        Ok(FinishedExecution { execution, wait, .. }) => {
            trail.sandbox_ms = milliseconds(wait);
            trail.execute_ms = rounded(execution.timings.execute_ms);
            let columns = execution.table.columns.into_iter().map(|column| column.name);
            Ok(End::Answered(Answer {
                columns: columns.collect(),
                rows: execution.table.rows,
                truncated: execution.table.truncated,
            }))
        }
        Err(error) => {
            trail.sandbox_ms = milliseconds(error.wait);
            trail.execute_ms = milliseconds(error.execute);
            let code = failure_code(&error.reason);
            Err(end(Stage::Failed, code_name(code), error.reason.to_string()))
        }
    }
}

fn failure_code(failure: &ExecuteFailure) -> ErrorCode {
    match failure {
        ExecuteFailure::Sandbox(error) => error.code(),
        ExecuteFailure::Cancelled => ErrorCode::Cancelled,
        ExecuteFailure::Overdue => ErrorCode::RunnerTimeout,
    }
}

fn end(stage: Stage, kind: String, reason: String) -> Box<End> {
    Box::new(End::without_answer(stage, kind, reason))
}

fn broken(part: &str, error: &tokio::task::JoinError) -> Box<End> {
    end(Stage::Broken, format!("{part} panicked"), error.to_string())
}

/// As clients read it: `SQL_EXECUTION_ERROR`.
fn code_name(code: ErrorCode) -> String {
    let name = serde_json::to_value(code).ok();
    name.and_then(|name| name.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn rounded(number: f64) -> f64 {
    (number * 1e3).round() / 1e3
}
