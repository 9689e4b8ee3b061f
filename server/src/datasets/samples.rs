//! The first rows of each table, for people who look at a schema.
//!
//! They come the way of every query, through gate and sandbox, once per version; without them a
//! dataset can still be asked, so a failure is only logged.

use super::catalog::ReadyDataset;
use super::files::{read_json, write_json};
use super::prepare::Preparation;
use crate::runs::run_in_sandbox;
use crate::sandbox::Request;
use csv_analyst_protocol::api::TableSample;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::plan::QueryPlan;
use std::path::Path;
use tokio_util::sync::CancellationToken;

const SAMPLE_ROWS: u64 = 5;

pub async fn first_rows(preparation: &Preparation, ready: &ReadyDataset, cache: &Path) -> Vec<TableSample> {
    if let Some(samples) = read_json(cache) {
        return samples;
    }
    let mut samples = Vec::new();
    for table in &ready.dataset.tables {
        match sample(preparation, ready, &table.name).await {
            Ok(sample) => samples.push(sample),
            Err(reason) => {
                tracing::warn!(
                    dataset_id = ready.dataset.id,
                    table = table.name,
                    reason,
                    "no sample rows"
                );
                return samples;
            }
        }
    }
    if let Err(error) = write_json(cache, &samples) {
        tracing::warn!(dataset_id = ready.dataset.id, %error, "sample rows are not kept");
    }
    samples
}

async fn sample(preparation: &Preparation, ready: &ReadyDataset, table: &str) -> Result<TableSample, String> {
    let plan = QueryPlan {
        version: 1,
        dataset_id: ready.dataset.id.clone(),
        table: table.to_owned(),
        limit: Some(SAMPLE_ROWS),
        ..QueryPlan::default()
    };
    let (gate, schema, limits) = (preparation.gate.clone(), ready.schema.clone(), preparation.limits);
    let check = move || gate.check(&UntrustedQuery::Plan(Box::new(plan)), &schema, &limits);
    let decision = tokio::task::spawn_blocking(check)
        .await
        .map_err(|error| error.to_string())?;
    let query = decision.outcome.map_err(|rejection| rejection.message)?;
    let class = ready.sandbox_class(&preparation.limits);
    let run_id = uuid::Uuid::now_v7().to_string();
    let request = Request {
        query: &query,
        run_id: &run_id,
        limits: &preparation.limits,
    };
    let never = CancellationToken::new();
    let finished = run_in_sandbox(&preparation.pool, &class, request, &never, ()).await;
    let execution = finished.map_err(|error| error.to_string())?.execution;
    Ok(TableSample {
        table: table.to_owned(),
        columns: execution.table.columns,
        rows: execution.table.rows,
    })
}
