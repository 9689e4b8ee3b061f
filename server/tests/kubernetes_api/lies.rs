//! A pod that lies: whatever it says, the server answers with its own error and keeps nothing of it.

use super::case::{Case, code};
use super::play::Scene;
use super::speech::{RIGHT_ANSWER, Speech};
use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_server::sandbox::SandboxProvider;

fn saying(speech: Speech) -> Scene {
    Scene {
        speech,
        ..Scene::default()
    }
}

async fn refused(text: String) {
    if let Some(code) = code(saying(Speech::Lie(text.clone()))).await {
        assert_eq!(code, ErrorCode::RunnerInternalError, "{text}");
    }
}

#[tokio::test]
async fn the_play_itself_would_be_believed_if_it_told_the_truth() {
    let case = Case::new().await;
    if let Some(outcome) = case.run().await {
        let execution = outcome.expect("the right answer");
        assert_eq!(execution.stderr, "a word of the runner's\n");
    }
}

#[tokio::test]
async fn an_answer_to_another_run_is_refused() {
    refused(format!("{}\n", RIGHT_ANSWER.replace("run-1", "run-2"))).await;
}

#[tokio::test]
async fn garbage_half_a_line_and_silence_are_refused() {
    refused("garbage\n".into()).await;
    refused("{".into()).await;
    refused(String::new()).await;
}

#[tokio::test]
async fn two_lines_are_refused() {
    refused(format!("{RIGHT_ANSWER}\n{RIGHT_ANSWER}\n")).await;
}

#[tokio::test]
async fn an_endless_line_is_cut_off() {
    if let Some(code) = code(saying(Speech::Flood(2 << 20))).await {
        assert_eq!(code, ErrorCode::RunnerResourceExceeded);
    }
}

#[tokio::test]
async fn a_stream_that_is_torn_is_no_answer() {
    let case = Case::new().await;
    case.scene("runner", saying(Speech::Tear));
    if let Some(outcome) = case.run().await {
        let error = outcome.unwrap_err();
        assert_eq!(error.code(), ErrorCode::RunnerInternalError);
        // The pod itself goes on.
        let told = error.to_string();
        assert!(told.contains("the connection to the runner broke"), "{told}");
    }
}

#[tokio::test]
async fn silence_ends_at_the_request_s_deadline() {
    let mut case = Case::new().await;
    case.limits.timeout_ms = 300;
    case.scene("runner", saying(Speech::Silence));
    if let Some(outcome) = case.run().await {
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::RunnerTimeout);
    }
}

#[tokio::test]
async fn a_loader_s_silence_is_called_by_what_the_loader_was_for() {
    let case = Case::new().await;
    let provider = case.open().await.expect("the play begins");
    case.scene("loader", saying(Speech::Lie(String::new())));
    let brought = provider.start(&case.class).await.map(drop);
    let words = brought.expect_err("nothing was said").to_string();
    assert!(words.contains("can't be brought"), "{words}");
    let swept = provider.keep_snapshots(&[]).await;
    let words = swept.expect_err("nothing was said").to_string();
    assert!(words.contains("can't be removed from the claim"), "{words}");
    case.nothing_left().await;
}
