//! Saying no: which part was not understood, and which questions close by can be answered.

use crate::Decline;
use crate::question::{Misunderstanding, understand};
use crate::stem::stem;
use crate::text::tokenise;
use csv_analyst_protocol::dataset::Dataset;
use std::collections::HashSet;

/// How many questions are offered instead.
const NEARBY: usize = 3;

pub(crate) fn decline(question: &str, dataset: &Dataset, misunderstanding: &Misunderstanding) -> Decline {
    Decline {
        reason: reason(dataset, misunderstanding),
        nearby: nearby(question, dataset),
    }
}

fn reason(dataset: &Dataset, misunderstanding: &Misunderstanding) -> String {
    let subjects = subjects(dataset);
    match misunderstanding {
        Misunderstanding::Empty => "The question is empty.".to_owned(),
        Misunderstanding::TooLong => {
            "This is too long to read as one question. Ask one thing, in a sentence or two.".to_owned()
        }
        Misunderstanding::NothingNamed => format!(
            "I can't answer that from this data: nothing in the question matches it. It holds {subjects}."
        ),
        Misunderstanding::Words(words) => format!(
            "I can't answer that from this data, because I did not understand {}. It holds {subjects}.",
            quoted(words)
        ),
        Misunderstanding::NotNumbers(words) => format!(
            "I can't answer that from this data, because {} can't be added up, averaged or ranked: this \
             data has no numbers under that name. It holds {subjects}.",
            quoted(words)
        ),
        Misunderstanding::Unclear(part) => {
            format!("I can't answer that from this data, because it is not clear {part}.")
        }
        Misunderstanding::Between(meanings) => format!(
            "I am not sure what is asked. Is it {}? Please say it in other words.",
            quoted_meanings(meanings)
        ),
        Misunderstanding::Unsure => {
            format!("I am not sure enough what this asks for. The data holds {subjects}.")
        }
    }
}

/// At most three words, each cut short: they come from outside.
fn quoted(words: &[String]) -> String {
    let short = |word: &String| {
        let cut: String = word
            .chars()
            .filter(|character| !character.is_control())
            .take(40)
            .collect();
        format!("\u{201c}{cut}\u{201d}")
    };
    let shown: Vec<String> = words.iter().take(3).map(short).collect();
    let more = if words.len() > 3 { " and other words" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn quoted_meanings(meanings: &[String]) -> String {
    let short = |meaning: &String| {
        let cut: String = meaning
            .chars()
            .filter(|character| !character.is_control())
            .take(120)
            .collect();
        format!("\u{201c}{cut}\u{201d}")
    };
    meanings.iter().map(short).collect::<Vec<_>>().join(", or ")
}

fn subjects(dataset: &Dataset) -> String {
    let names: Vec<String> = dataset
        .tables
        .iter()
        .take(4)
        .map(|table| crate::link::readable(&table.name))
        .collect();
    match names.split_last() {
        None => "nothing yet".to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
    }
}

/// Example questions by shared words, the dataset's own prompts first.
fn nearby(question: &str, dataset: &Dataset) -> Vec<String> {
    let asked: HashSet<String> = tokenise(question)
        .into_iter()
        .take(200)
        .map(|token| token.stem)
        .collect();
    let shared = |candidate: &String| {
        let words: HashSet<String> = tokenise(candidate)
            .iter()
            .map(|token| stem(&token.word))
            .collect();
        words
            .iter()
            .filter(|word| word.len() > 3 && asked.contains(*word))
            .count()
    };
    let mut candidates: Vec<String> = dataset.prompts.iter().take(20).cloned().collect();
    if candidates.len() < NEARBY {
        candidates.extend(crate::suggest::suggest(dataset, None));
    }
    candidates.sort_by_key(|candidate| std::cmp::Reverse(shared(candidate)));
    let mut chosen: Vec<String> = Vec::new();
    for candidate in candidates {
        if chosen.len() < NEARBY && !chosen.contains(&candidate) && understand(&candidate, dataset).is_ok() {
            chosen.push(candidate);
        }
    }
    chosen
}
