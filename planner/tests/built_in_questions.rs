//! The example prompts and forty paraphrases of them, each with the plan that means its golden SQL.

mod support;

use csv_analyst_protocol::dataset::Dataset;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;
use support::{built_in, json, planned};

#[derive(Deserialize)]
struct Case {
    dataset: String,
    question: String,
    plan: Value,
}

fn cases(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/plans")
        .join(file);
    serde_json::from_str(&std::fs::read_to_string(path).expect("the cases")).expect("cases")
}

fn check(file: &str) {
    let datasets = built_in();
    let wrong: Vec<String> = cases(file)
        .iter()
        .filter_map(|case| difference(case, &datasets))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

fn difference(case: &Case, datasets: &[Dataset]) -> Option<String> {
    let dataset = datasets
        .iter()
        .find(|dataset| dataset.id == case.dataset)
        .expect("a dataset");
    let made = json(&planned(&case.question, dataset).plan);
    (made != case.plan).then(|| format!("{}\n  expected {}\n  made     {made}", case.question, case.plan))
}

#[test]
fn the_example_prompts_are_planned_as_their_golden_answers_say() {
    check("prompts.json");
}

#[test]
fn every_prompt_of_the_registry_has_a_case() {
    let covered: Vec<String> = cases("prompts.json")
        .into_iter()
        .map(|case| case.question)
        .collect();
    for dataset in built_in() {
        for prompt in &dataset.prompts {
            assert!(covered.contains(prompt), "{prompt}");
        }
    }
}

#[test]
fn paraphrases_are_planned_like_the_prompts() {
    check("paraphrases.json");
}

#[test]
fn other_questions_keep_their_plans() {
    check("variations.json");
}

#[test]
fn the_same_question_always_gives_the_same_plan() {
    let datasets = built_in();
    for case in cases("paraphrases.json").iter().take(5) {
        let dataset = datasets
            .iter()
            .find(|dataset| dataset.id == case.dataset)
            .expect("a dataset");
        assert_eq!(planned(&case.question, dataset), planned(&case.question, dataset));
    }
}
