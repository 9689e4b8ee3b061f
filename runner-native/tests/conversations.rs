//! Conversations over the three built-in datasets: each turn is a few words about the answer before it.
//!
//! Planner, gate and engine in one process. As in the server, the last plan is handed on, also past a
//! turn that was declined.

mod asked;
mod library;

use asked::{Desk, Question, Verdict};
use csv_analyst_protocol::plan::QueryPlan;
use serde::Deserialize;
use std::collections::BTreeMap;

/// At least so many turns are there that follow another.
const FOLLOW_UPS: usize = 30;

/// One entry of `datasets/golden/conversations.json`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    dataset: String,
    turns: Vec<Question>,
}

fn conversations() -> Vec<Conversation> {
    let path = library::datasets_folder().join("golden/conversations.json");
    let text = std::fs::read_to_string(path).expect("the conversations are there");
    serde_json::from_str(&text).expect("the conversations have the fields of the README")
}

/// What came of each turn, beside the words that led to it.
fn held(desk: &Desk, conversation: &Conversation) -> Vec<(String, Verdict)> {
    let mut previous: Option<QueryPlan> = None;
    let mut said = Vec::new();
    let mut verdicts = Vec::new();
    for turn in &conversation.turns {
        said.push(turn.question.as_str());
        let (verdict, plan) = desk.ask(turn, previous.as_ref());
        previous = plan.or(previous);
        verdicts.push((said.join(" > "), verdict));
    }
    verdicts
}

#[test]
#[expect(clippy::print_stdout, reason = "the score is what one runs this for")]
fn every_turn_is_answered_right_or_declined_where_it_has_to_be() {
    let conversations = conversations();
    let mut desks = BTreeMap::new();
    let (mut right, mut failures) = (0, Vec::new());
    for conversation in &conversations {
        let id = conversation.dataset.as_str();
        let desk = desks.entry(id).or_insert_with(|| Desk::open(id));
        for (said, verdict) in held(desk, conversation) {
            match verdict {
                Verdict::Right => right += 1,
                Verdict::Declined(reason) => failures.push(format!("DECLINED {id}: {said}\n    {reason}")),
                Verdict::Wrong(difference) => failures.push(format!("WRONG {id}: {said}\n    {difference}")),
            }
        }
    }
    let turns: usize = conversations
        .iter()
        .map(|conversation| conversation.turns.len())
        .sum();
    println!(
        "{turns} turns in {} conversations, {right} right",
        conversations.len()
    );
    assert!(turns - conversations.len() >= FOLLOW_UPS, "{turns} turns");
    assert!(
        failures.is_empty(),
        "{right} of {turns} right\n{}",
        failures.join("\n")
    );
}

#[test]
fn golden_answers_prove_something() {
    for conversation in conversations() {
        let desk = Desk::open(&conversation.dataset);
        for turn in conversation.turns.iter().filter(|turn| turn.sql.is_some()) {
            let expected = &desk.readings(turn)[0];
            let known = expected.rows.iter().flatten().any(Option::is_some);
            assert!(known, "{}: an empty answer proves nothing", turn.question);
        }
    }
}
