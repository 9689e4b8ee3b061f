//! What a reader may ask for besides a question: stop a run, verify a record, delete a conversation.

use super::{Trouble, http, segment};
use csv_analyst_protocol::capsule::Verification;

pub async fn cancel_run(run_id: &str) -> Result<(), Trouble> {
    http::call("POST", &format!("/runs/{}/cancel", segment(run_id))).await
}

pub async fn verify_run(run_id: &str) -> Result<Verification, Trouble> {
    http::post(&format!("/runs/{}/verify", segment(run_id))).await
}

pub async fn delete_thread(thread_id: &str) -> Result<(), Trouble> {
    http::call("DELETE", &format!("/threads/{}", segment(thread_id))).await
}
