//! Learning the weights: questions with known answers over tables, every candidate tried on the rows.
//!
//! Not part of the service: built with the feature `training` only, by `cargo xtask train`.

mod answers;
mod execute;
mod learn;

pub use answers::same_answers;
pub use execute::Rows;
pub use learn::{Example, Settings, learn, learn_chances};

/// Features of one candidate or of one decision: hash and value.
pub type Features = super::model::Features;

use super::context::Context;
use super::lower::lower;
use super::model::Model;
use super::{Candidate, candidates, confidence, view};
use csv_analyst_protocol::dataset::{Dataset, Table};
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
    candidates: Vec<Candidate>,
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
            let answers: Vec<Option<Vec<String>>> = found
                .list
                .iter()
                .map(|candidate| engine.answer(&candidate.form))
                .collect();
            let right: Vec<bool> = answers
                .iter()
                .map(|answer| {
                    answer
                        .as_ref()
                        .is_some_and(|answer| same_answers(answer, &sample.answer))
                })
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
                candidates: found.list,
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
        candidates
            .map(|(set, own, _)| sets[*set] + weights.0.score(own))
            .collect()
    }

    /// A candidate in words for whoever looks for mistakes.
    pub fn describe(&self, candidate: usize) -> String {
        format!("{:?}", self.candidates[candidate].form)
    }
}

/// Learned weights, ready to score.
pub struct Weights(Model);

impl Weights {
    pub fn new(weights: Vec<(u32, f32)>) -> Self {
        Self(Model::from_pairs(weights))
    }

    /// The chance that a decision with these features is right.
    pub fn chance(&self, features: &Features) -> f64 {
        confidence::confidence(&self.0, features)
    }

    /// What `weights.bin` holds.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }
}

/// What the parser would answer, and what speaks for and against it.
pub struct Decision {
    pub best: usize,
    pub features: Features,
}

/// The service's own choice among the candidates, by these scores.
pub fn decide(dataset: &Dataset, question: &str, tried: &Tried, scores: &[f64]) -> Option<Decision> {
    let view = view(dataset.tables.first()?);
    let context = Context::new(&view, question)?;
    let choice = confidence::choose(&tried.candidates, scores)?;
    let mut features = confidence::describe(&context, &tried.candidates, &choice);
    let plan = lower(&tried.candidates[choice.best].form, &view, &dataset.id);
    let interpreted = crate::question::understand(question, dataset).ok();
    features.extend(super::agreement::describe(
        &plan,
        interpreted.as_ref().map(|planned| &planned.plan),
    ));
    Some(Decision {
        best: choice.best,
        features,
    })
}
