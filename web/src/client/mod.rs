//! The page's way to the service: the gateway while the server renders, HTTP in the browser. It asks
//! and reports trouble; it never decides what may be asked.

mod actions;
mod http;
pub mod sse;
mod stream;

pub use actions::{cancel_run, delete_thread, verify_run};
pub use stream::{abort, chat};

use crate::gateway::Gateway;
use csv_analyst_protocol::api::{DatasetList, DatasetSchema, ThreadList, ThreadMessages};
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::run::Run;
use leptos::prelude::use_context;
use send_wrapper::SendWrapper;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Why an answer did not come.
#[derive(Clone, Debug, PartialEq, thiserror::Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    #[error("the service can't be reached")]
    Unreachable,
    #[error("the answer broke off")]
    Broken,
    #[error("stopped")]
    Stopped,
    #[error("{}", .0.message)]
    Refused(ErrorDetail),
}

impl Trouble {
    /// The conversation that was asked for is not there (any more).
    pub fn is_missing_thread(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code == ErrorCode::ThreadNotFound)
    }
}

/// The reading side of the service, wherever the page runs.
#[derive(Clone)]
pub struct Api {
    gateway: Option<Arc<dyn Gateway>>,
}

impl Api {
    /// Call this while a component is being built: later the context is gone.
    pub fn from_context() -> Self {
        Self {
            gateway: use_context::<Arc<dyn Gateway>>(),
        }
    }

    pub async fn datasets(&self) -> Result<DatasetList, Trouble> {
        match &self.gateway {
            Some(gateway) => gateway.datasets().await.map_err(Trouble::Refused),
            None => fetch("/datasets".to_string()).await,
        }
    }

    pub async fn dataset_schema(&self, dataset_id: &str) -> Result<DatasetSchema, Trouble> {
        match &self.gateway {
            Some(gateway) => gateway.dataset_schema(dataset_id).await.map_err(Trouble::Refused),
            None => fetch(format!("/datasets/{}/schema", segment(dataset_id))).await,
        }
    }

    pub async fn threads(&self) -> Result<ThreadList, Trouble> {
        match &self.gateway {
            Some(gateway) => gateway.threads().await.map_err(Trouble::Refused),
            None => fetch("/threads".to_string()).await,
        }
    }

    pub async fn thread_messages(&self, thread_id: &str) -> Result<ThreadMessages, Trouble> {
        match &self.gateway {
            Some(gateway) => gateway.thread_messages(thread_id).await.map_err(Trouble::Refused),
            None => fetch(format!("/threads/{}/messages", segment(thread_id))).await,
        }
    }

    pub async fn run(&self, run_id: &str) -> Result<Run, Trouble> {
        match &self.gateway {
            Some(gateway) => gateway.run(run_id).await.map_err(Trouble::Refused),
            None => fetch(format!("/runs/{}", segment(run_id))).await,
        }
    }
}

/// A page that is rendered without a gateway says so instead of reaching for a browser.
async fn fetch<T: DeserializeOwned + 'static>(path: String) -> Result<T, Trouble> {
    if cfg!(target_arch = "wasm32") {
        SendWrapper::new(async move { http::get(&path).await }).await
    } else {
        Err(Trouble::Refused(ErrorDetail::new(
            ErrorCode::InternalError,
            "The page was rendered without the service.",
        )))
    }
}

/// One path segment, or one value of a query, of an address: everything but unreserved characters is percent-encoded, so that
/// an id from the address bar can't reach another endpoint.
pub fn segment(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => encoded.push(byte as char),
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::segment;

    #[test]
    fn an_id_cannot_leave_its_place_in_the_path() {
        assert_eq!(segment("run-1_a"), "run-1_a");
        assert_eq!(segment("../threads?x#y"), "%2E%2E%2Fthreads%3Fx%23y");
    }
}
