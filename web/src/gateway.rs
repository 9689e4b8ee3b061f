//! What the page needs from the service, as a trait: `web` never imports `server`.
//!
//! While a page is rendered on the server, an `Arc<dyn Gateway>` comes from Leptos' context and
//! answers in the same process. In the browser the same questions go to the HTTP interface (see
//! `client`). It refuses to hold rules: whatever it answers, the service has already allowed.

use async_trait::async_trait;
use csv_analyst_protocol::api::{DatasetList, DatasetSchema, ThreadList, ThreadMessages};
use csv_analyst_protocol::error::ErrorDetail;
use csv_analyst_protocol::run::Run;
use std::sync::Arc;

/// The reading side of the service. Errors carry the same body as the HTTP interface.
#[async_trait]
pub trait Gateway: Send + Sync {
    /// `GET /datasets`.
    async fn datasets(&self) -> Result<DatasetList, ErrorDetail>;
    /// `GET /datasets/{id}/schema`.
    async fn dataset_schema(&self, dataset_id: &str) -> Result<DatasetSchema, ErrorDetail>;
    /// `GET /threads`, newest first.
    async fn threads(&self) -> Result<ThreadList, ErrorDetail>;
    /// `GET /threads/{id}/messages`, oldest first.
    async fn thread_messages(&self, thread_id: &str) -> Result<ThreadMessages, ErrorDetail>;
    /// `GET /runs/{id}`.
    async fn run(&self, run_id: &str) -> Result<Run, ErrorDetail>;
}

/// Sets the HTTP status of the page that is being rendered (404 for a conversation that does not
/// exist). The server puts one into Leptos' context; without it pages answer 200.
#[derive(Clone)]
pub struct PageStatus(pub Arc<dyn Fn(u16) + Send + Sync>);
