//! A runner that lies: whatever it says, the server answers with its own error, keeps nothing of it
//! and leaves nothing behind.

mod sandbox_support;

use csv_analyst_protocol::error::ErrorCode;
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::Limits;
use csv_analyst_server::gate::{GateSchema, ValidatedQuery};
use csv_analyst_server::sandbox::{Execution, Request, SandboxChoice, SandboxClass, SandboxError, choose};
use sandbox_support::{dataset, gate, settings, skip};
use std::os::unix::fs::PermissionsExt;
use tokio_util::sync::CancellationToken;

const RIGHT_ANSWER: &str = r#"{"run_id":"run-1","outcome":{"table":{"columns":[],"rows":[],"row_count":0,"truncated":false}},"timings":{"open_ms":1,"wait_ms":1,"check_ms":1,"execute_ms":1,"serialise_ms":1},"peak_memory_bytes":1}"#;

fn query() -> Option<ValidatedQuery> {
    let limits = Limits::default();
    let sql = UntrustedQuery::Sql("SELECT count(*) AS rows FROM numbers".into());
    Some(
        gate()?
            .check(&sql, &GateSchema::new(&dataset()), &limits)
            .outcome
            .expect("a sound query"),
    )
}

/// Runs a query against a shell script in the runner's place; `None` if the gate is not built.
async fn against(script: &str) -> Option<Result<Execution, SandboxError>> {
    let Some(query) = query() else {
        skip(
            "impostor",
            "the gate component is not built; run `cargo xtask wasm`",
        );
        return None;
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let program = folder.path().join("runner-native");
    let probe = r#"{"in_force":[],"missing":["seccomp"]}"#;
    let text = format!("#!/bin/sh\nif [ \"$1\" = guards ]; then echo '{probe}'; exit 0; fi\n{script}\n");
    std::fs::write(&program, text).expect("the script can be written");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("it can be run");
    let mut settings = settings(SandboxChoice::Process);
    settings.runner_binary = program;
    let provider = choose(&settings).await.expect("the probe is answered");
    assert!(provider.missing_guards().contains(&"seccomp".to_string()));
    let limits = Limits {
        timeout_ms: 5_000,
        max_result_bytes: 10_000,
        ..Limits::default()
    };
    let class = SandboxClass {
        snapshot: "/nowhere".into(),
        dataset_version: "1".into(),
        resources: limits.resources(),
    };
    let sandbox = match provider.start(&class).await {
        Ok(sandbox) => sandbox,
        Err(error) => return Some(Err(error)),
    };
    let request = Request {
        query: &query,
        run_id: "run-1",
        limits: &limits,
    };
    let mut used = sandbox.execute(request, &CancellationToken::new()).await;
    used.remains.destroy().await.expect("it can be destroyed");
    Some(used.outcome)
}

async fn code(script: &str) -> Option<ErrorCode> {
    against(script)
        .await
        .map(|outcome| outcome.expect_err("it has to be refused").code())
}

const READY: &str = "echo '{\"ready\":1}'; read request";

async fn refused(script: &str) {
    if let Some(code) = code(script).await {
        assert_eq!(code, ErrorCode::RunnerInternalError, "{script}");
    }
}

#[tokio::test]
async fn the_script_itself_would_be_believed_if_it_told_the_truth() {
    if let Some(outcome) = against(&format!("{READY}; echo '{RIGHT_ANSWER}'")).await {
        outcome.expect("the right answer");
    }
}

#[tokio::test]
async fn an_answer_to_another_run_is_refused() {
    refused(&format!(
        "{READY}; echo '{}'",
        RIGHT_ANSWER.replace("run-1", "run-2")
    ))
    .await;
}

#[tokio::test]
async fn garbage_half_a_line_and_silence_are_refused() {
    refused(&format!("{READY}; echo garbage")).await;
    refused(&format!("{READY}; printf '{{'")).await;
    refused(&format!("{READY}; exit 0")).await;
    refused(&format!("{READY}; exit 77")).await;
}

#[tokio::test]
async fn two_lines_are_refused() {
    refused(&format!(
        "{READY}; printf '%s\\n%s\\n' '{RIGHT_ANSWER}' '{RIGHT_ANSWER}'"
    ))
    .await;
}

#[tokio::test]
async fn an_endless_line_is_cut_off() {
    if let Some(code) = code(&format!("{READY}; yes 0123456789 | tr -d '\\n'")).await {
        assert_eq!(code, ErrorCode::RunnerResourceExceeded);
    }
}

#[tokio::test]
async fn a_runner_that_is_never_ready_is_refused() {
    refused("echo hello").await;
    refused("exit 3").await;
}

#[tokio::test]
async fn a_flood_on_standard_error_neither_blocks_nor_stays() {
    let flood = "yes alarm | head -c 1000000 >&2";
    if let Some(outcome) = against(&format!("{READY}; {flood}; echo '{RIGHT_ANSWER}'")).await {
        assert!(outcome.expect("the right answer").stderr.len() <= 8 << 10);
    }
}
