//! A semantic parser for tables that nobody described: every meaning that a question may have over a
//! table is written down, scored by features whose weights were learned, and the best one is taken if
//! it is well ahead of the others.
//!
//! It knows English and no table. Values of cells, names of columns and the kinds of columns come from
//! the schema; nothing is executed to plan.

mod ask_features;
mod asks;
mod check_features;
mod checks;
mod context;
mod cues;
mod english;
mod form;
mod mentions;
mod model;
mod names;
mod reading;
#[cfg(feature = "training")]
pub mod training;
mod view;
mod words;

use checks::check_sets;
use context::Context;
use form::Form;
use model::{Bag, Features, Model};
use view::TableView;

/// A meaning with its features: those of its conditions are shared by all that have the same.
pub(crate) struct Candidate {
    pub form: Form,
    pub set: usize,
    pub own: Features,
}

pub(crate) struct Candidates {
    /// Features of each set of conditions.
    pub sets: Vec<Features>,
    pub list: Vec<Candidate>,
}

pub(crate) fn candidates(context: &Context<'_>) -> Candidates {
    let outs = context.outs();
    let sets = check_sets(context.view, &context.question, &context.mentions, &context.cues);
    let mut found = Candidates {
        sets: Vec::with_capacity(sets.len()),
        list: Vec::new(),
    };
    for set in sets {
        let mut bag = Bag::default();
        context.describe_checks(&set.checks, &mut bag);
        let namings = context.namings(&set.checks);
        for ask in asks::asks(context.view, &context.question, &context.cues, &outs, &set.checks) {
            let mut own = Bag::default();
            context.describe_ask(&ask, &set.checks, &namings, &mut own);
            found.list.push(Candidate {
                form: Form {
                    checks: set.checks.clone(),
                    ask,
                },
                set: found.sets.len(),
                own: own.features,
            });
        }
        found.sets.push(bag.features);
    }
    found
}

/// Scores in the candidates' order.
pub(crate) fn scores(candidates: &Candidates, model: &Model) -> Vec<f64> {
    let sets: Vec<f64> = candidates.sets.iter().map(|features| model.score(features)).collect();
    candidates
        .list
        .iter()
        .map(|candidate| sets[candidate.set] + model.score(&candidate.own))
        .collect()
}

pub(crate) fn view(table: &csv_analyst_protocol::dataset::Table) -> TableView<'_> {
    TableView::new(table)
}
