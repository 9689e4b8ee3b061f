//! The page's view of the services while it is rendered here: the same answers as over HTTP.

use super::error::ApiError;
use crate::services::Services;
use async_trait::async_trait;
use csv_analyst_protocol::api::{DatasetList, DatasetSchema, ThreadList, ThreadMessages};
use csv_analyst_protocol::error::ErrorDetail;
use csv_analyst_protocol::run::Run;
use csv_analyst_web::gateway::Gateway;
use std::sync::Arc;

pub struct ServiceGateway(pub Arc<Services>);

#[async_trait]
impl Gateway for ServiceGateway {
    async fn datasets(&self) -> Result<DatasetList, ErrorDetail> {
        Ok(self.0.catalog.list())
    }

    async fn dataset_schema(&self, dataset_id: &str) -> Result<DatasetSchema, ErrorDetail> {
        let dataset = self.0.catalog.get(dataset_id).await.map_err(|error| *error)?;
        Ok(dataset.with_samples())
    }

    async fn threads(&self) -> Result<ThreadList, ErrorDetail> {
        let threads = self.0.store.threads().await.map_err(internal)?;
        Ok(ThreadList { threads })
    }

    async fn thread_messages(&self, thread_id: &str) -> Result<ThreadMessages, ErrorDetail> {
        let found = self.0.store.messages(thread_id).await.map_err(internal)?;
        found.ok_or_else(|| ApiError::thread_not_found().into_detail())
    }

    async fn run(&self, run_id: &str) -> Result<Run, ErrorDetail> {
        let found = self.0.runs.get(run_id).await.map_err(internal)?;
        found.ok_or_else(|| ApiError::run_not_found().into_detail())
    }
}

fn internal(error: impl std::fmt::Display) -> ErrorDetail {
    ApiError::internal(error).into_detail()
}
