//! Every kind of plan that the planner makes passes the gate.

mod support;

use csv_analyst_gate::{UntrustedQueryText, check};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::limits::Limits;
use support::{built_in, planned, undescribed};

/// One line for each question that the gate refuses.
fn refused(dataset: &Dataset, questions: &[String]) -> Vec<String> {
    let verdict = |question: &String| {
        let plan = serde_json::to_string(&planned(question, dataset).plan).expect("JSON");
        let rejection = check(&UntrustedQueryText::Plan(&plan), dataset, &Limits::default()).err()?;
        Some(format!("{question}\n  {rejection:?}\n  {plan}"))
    };
    questions.iter().filter_map(verdict).collect()
}

#[test]
fn plans_for_the_built_in_questions_pass() {
    #[derive(serde::Deserialize)]
    struct Case {
        dataset: String,
        question: String,
    }
    let texts = [
        include_str!("plans/prompts.json"),
        include_str!("plans/paraphrases.json"),
        include_str!("plans/variations.json"),
    ];
    let cases: Vec<Case> = texts
        .iter()
        .flat_map(|text| serde_json::from_str::<Vec<Case>>(text).expect("cases"))
        .collect();
    let mut wrong = Vec::new();
    for dataset in built_in() {
        let questions: Vec<String> = cases
            .iter()
            .filter(|case| case.dataset == dataset.id)
            .map(|case| case.question.clone())
            .collect();
        wrong.extend(refused(&dataset, &questions));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn plans_for_undescribed_data_pass() {
    let films = [
        "highest rated films",
        "which director has the most films?",
        "films by Hayao Miyazaki",
        "what percentage of films won an oscar by genre",
        "median runtime by genre and country",
        "how many films per year",
        "films released after 2000",
    ];
    let employees = [
        "departments with more than 50 employees",
        "remote engineers in Berlin",
        "human resources staff in Lisbon or Oslo",
        "employees without a termination date",
        "salary distribution",
        "list departments",
        "employees hired in the last year",
    ];
    for (name, questions) in [("films", films), ("employees", employees)] {
        let dataset = undescribed(name);
        let questions: Vec<String> = questions.map(str::to_owned).to_vec();
        let wrong = refused(&dataset, &questions);
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
