//! A pod that waits is not woken: its request would have to wait behind the line that wakes it.

use super::case::{Case, query};
use super::sandbox_support::in_time;

#[tokio::test]
async fn nothing_is_said_to_a_pod_that_waits_before_its_request() {
    let Some(query) = query() else {
        return;
    };
    let case = Case::new().await;
    let mut sandbox = case.start().await.expect("it starts");
    sandbox.wake();
    let outcome = in_time("an answer", case.ask(&query, sandbox)).await;
    outcome.expect("an answer");
    assert_eq!(case.stage().lock().wakes, 0);
    case.nothing_left().await;
}
