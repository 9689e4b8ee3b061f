//! A semantic parser for tables that nobody described: every meaning that a question may have over a
//! table is written down, scored by features whose weights were learned, and the best one is taken if
//! it is well ahead of the others.
//!
//! It knows English and no table. Values of cells, names of columns and the kinds of columns come from
//! the schema; nothing is executed to plan.

mod agreement;
mod ask_features;
mod asks;
mod assumed;
mod check_features;
mod checks;
mod confidence;
mod context;
mod cues;
mod english;
mod form;
mod lower;
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
use csv_analyst_protocol::dataset::{Dataset, Table};
use csv_analyst_protocol::plan::QueryPlan;
use form::Form;
use model::{Bag, Features, Model};
use view::TableView;

/// Below this chance an answer is no answer.
pub(crate) const LEAST_CONFIDENCE: f64 = 0.5;

/// The least confidence in a fragment of which every word is accounted for.
const PLAIN_FRAGMENT: f64 = 0.8;

/// The most confidence in showing a whole column to a question that says more.
const DROPPED_CONDITION: f64 = 0.1;

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
    let sets: Vec<f64> = candidates
        .sets
        .iter()
        .map(|features| model.score(features))
        .collect();
    candidates
        .list
        .iter()
        .map(|candidate| sets[candidate.set] + model.score(&candidate.own))
        .collect()
}

pub(crate) fn view(table: &Table) -> TableView<'_> {
    TableView::new(table)
}

/// The best meaning of a question over one table.
pub(crate) struct Parsed {
    pub plan: QueryPlan,
    pub assumptions: Vec<String>,
    /// The chance that it is what was asked, 0 to 1.
    pub confidence: f64,
    /// Other meanings, likeliest first.
    pub alternatives: Vec<QueryPlan>,
}

/// Nothing when the question has no words or the table no columns. What another parser made of the
/// question speaks for or against an answer.
pub(crate) fn parse(
    question: &str,
    dataset: &Dataset,
    table: &Table,
    second_opinion: Option<&QueryPlan>,
) -> Option<Parsed> {
    let model = Model::built_in();
    let view = view(table);
    let context = Context::new(&view, question).filter(|context| !context.asks_for_groups())?;
    let found = candidates(&context);
    let scores = scores(&found, model);
    let choice = confidence::choose(&found.list, &scores)?;
    let lowered = |place: usize| lower::lower(&found.list[place].form, &view, &dataset.id);
    let plan = lowered(choice.best);
    let mut features = confidence::describe(&context, &found.list, &choice);
    features.extend(agreement::describe(&plan, second_opinion));
    Some(Parsed {
        assumptions: assumed::assumptions(&found.list[choice.best].form, &view),
        plan,
        confidence: sure(
            &context,
            &found.list[choice.best].form,
            confidence::confidence(model, &features),
        ),
        alternatives: choice.others.iter().map(|place| lowered(*place)).collect(),
    })
}

/// What was learned, within what sense allows.
fn sure(context: &Context<'_>, form: &Form, learned: f64) -> f64 {
    if confidence::drops_a_condition(context, form) {
        learned.min(DROPPED_CONDITION)
    } else if confidence::is_plain_fragment(context, form) {
        learned.max(PLAIN_FRAGMENT)
    } else {
        learned
    }
}
