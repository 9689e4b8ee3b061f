//! A pod that waits is told that a request is likely, where its program knows what that means: another
//! would take it for the request.

use super::case::Case;
use super::play::Scene;
use super::sandbox_support::in_time;
use super::speech::Speech;
use std::time::Duration;

async fn wakes_heard(case: &Case, at_least: usize) -> usize {
    let mut sandbox = case.start().await.expect("it starts");
    sandbox.wake();
    in_time("it is heard", async {
        while case.stage().lock().wakes < at_least {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await;
    sandbox.give_up().destroy().await.expect("it can be destroyed");
    case.nothing_left().await;
    case.stage().lock().wakes
}

#[tokio::test]
async fn one_that_waits_is_woken() {
    let case = Case::new().await;
    assert_eq!(wakes_heard(&case, 1).await, 1);
}

#[tokio::test]
async fn one_of_a_program_that_does_not_know_it_is_not_woken() {
    let case = Case::new().await;
    case.scene(
        "probe",
        Scene {
            speech: Speech::Guards { wakes: false },
            ..Scene::default()
        },
    );
    assert_eq!(wakes_heard(&case, 0).await, 0);
}
