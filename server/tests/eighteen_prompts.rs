//! All eighteen example prompts get their golden answer through `POST /chat`; so should forty
//! paraphrases, whose share is printed.

mod support;

use csv_analyst_server::sandbox::SandboxChoice;
use serde_json::json;
use support::golden::{Golden, example_prompts, goldens};
use support::{TestApp, artefacts, config, library, skip};

/// At least this many of the forty paraphrases must be right.
const PARAPHRASES_RIGHT: usize = 40;

async fn app(test: &str, choice: SandboxChoice) -> Option<TestApp> {
    let artefacts = artefacts(test)?;
    let directory = tempfile::tempdir().expect("a temporary folder");
    let mut config = config(&artefacts, directory.path());
    config.datasets.registry = Some(library());
    config.sandbox.kind = choice;
    if let Err(error) = csv_analyst_server::sandbox::choose(&config.sandbox).await {
        skip(test, &error.to_string());
        return None;
    }
    Some(TestApp::start(config, directory).await)
}

async fn ask(app: &TestApp, golden: &Golden) -> Result<(), String> {
    let question = json!({"dataset_id": golden.dataset, "message": golden.question});
    let answer = app.post("/chat", &question).await;
    let body = answer.json();
    match answer.status.as_u16() {
        200 if body["run"].is_null() => Err(format!("declined: {}", body["message"])),
        200 => golden.check(&body["run"]),
        _ => Err(body["error"]["message"].to_string()),
    }
}

async fn failures(app: &TestApp, asked: &[Golden]) -> Vec<String> {
    let mut failures = Vec::new();
    for golden in asked {
        if let Err(reason) = ask(app, golden).await {
            failures.push(format!("{}: {}: {reason}", golden.dataset, golden.question));
        }
    }
    failures
}

async fn eighteen_of_eighteen(test: &str, choice: SandboxChoice) {
    let Some(app) = app(test, choice).await else {
        return;
    };
    let prompts = example_prompts();
    assert_eq!(prompts.len(), 18);
    let failures = failures(&app, &prompts).await;
    app.close().await;
    assert!(
        failures.is_empty(),
        "{} of 18 are right\n{}",
        18 - failures.len(),
        failures.join("\n")
    );
}

#[tokio::test]
async fn every_example_prompt_is_right_in_a_process_sandbox() {
    eighteen_of_eighteen("example prompts, process", SandboxChoice::Process).await;
}

#[tokio::test]
async fn every_example_prompt_is_right_in_a_docker_sandbox() {
    eighteen_of_eighteen("example prompts, docker", SandboxChoice::Docker).await;
}

#[tokio::test]
async fn most_paraphrases_are_right() {
    let Some(app) = app("paraphrases", SandboxChoice::Process).await else {
        return;
    };
    let paraphrases = goldens("paraphrases.json");
    let failures = failures(&app, &paraphrases).await;
    app.close().await;
    let right = paraphrases.len() - failures.len();
    eprintln!("{right} of {} paraphrases are right", paraphrases.len());
    eprintln!("{}", failures.join("\n"));
    assert!(
        right >= PARAPHRASES_RIGHT,
        "{right} are right\n{}",
        failures.join("\n")
    );
}
