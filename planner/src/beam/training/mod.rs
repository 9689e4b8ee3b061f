//! Learning the weights: questions with known answers over tables, every candidate tried on the rows.
//!
//! Not part of the service: built with the feature `training` only, by `cargo xtask train`.

mod answers;
mod execute;
mod learn;

pub use answers::same_answers;
pub use execute::Rows;
pub use learn::{Example, Settings, learn};

use super::context::Context;
use super::model::Model;
use super::{Candidates, candidates, scores, view};
use csv_analyst_protocol::dataset::Table;
use execute::Engine;

/// A question with its right answer: one value a row.
pub struct Sample {
    pub id: String,
    pub question: String,
    pub answer: Vec<String>,
}

/// Every candidate of a question, tried.
pub struct Tried {
    pub example: Example,
    candidates: Candidates,
    pub answers: Vec<Option<Vec<String>>>,
}

/// All samples of one table.
pub fn try_all(table: &Table, rows: &Rows, samples: &[&Sample]) -> Vec<Option<Tried>> {
    let view = view(table);
    let engine = Engine::new(&view, rows);
    samples
        .iter()
        .map(|sample| {
            let context = Context::new(&view, &sample.question)?;
            let mut found = candidates(&context);
            let answers: Vec<Option<Vec<String>>> =
                found.list.iter().map(|candidate| engine.answer(&candidate.form)).collect();
            let right: Vec<bool> = answers
                .iter()
                .map(|answer| answer.as_ref().is_some_and(|answer| same_answers(answer, &sample.answer)))
                .collect();
            let example = Example {
                sets: std::mem::take(&mut found.sets),
                candidates: found
                    .list
                    .iter_mut()
                    .zip(&right)
                    .map(|(candidate, right)| (candidate.set, std::mem::take(&mut candidate.own), *right))
                    .collect(),
                importance: 1.0,
            };
            Some(Tried {
                example,
                candidates: found,
                answers,
            })
        })
        .collect()
}

impl Tried {
    /// Scores of all candidates under these weights.
    pub fn scores(&self, weights: &Weights) -> Vec<f64> {
        let sets: Vec<f64> = self.example.sets.iter().map(|set| weights.0.score(set)).collect();
        let candidates = self.example.candidates.iter();
        candidates.map(|(set, own, _)| sets[*set] + weights.0.score(own)).collect()
    }

    /// A candidate in words for whoever looks for mistakes.
    pub fn describe(&self, candidate: usize) -> String {
        format!("{:?}", self.candidates.list[candidate].form)
    }
}

/// Learned weights, ready to score.
pub struct Weights(Model);

impl Weights {
    pub fn new(weights: Vec<(u32, f32)>) -> Self {
        Self(Model::from_pairs(weights))
    }

    /// What `weights.bin` holds.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }
}

/// Kept in step with the service: it scores without trying anything.
pub fn best_of(table: &Table, question: &str) -> Option<(f64, String)> {
    let view = view(table);
    let context = Context::new(&view, question)?;
    let found = candidates(&context);
    let scores = scores(&found, Model::built_in());
    let best = (0..scores.len()).max_by(|a, b| scores[*a].total_cmp(&scores[*b]))?;
    Some((scores[best], format!("{:?}", found.list[best].form)))
}
