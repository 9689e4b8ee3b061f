//! The offline planner: a question and a dataset's schema become a `QueryPlan`.
//!
//! No model, no I/O, no clock: the same question and dataset always give the same answer. It knows
//! English and the dataset's own vocabulary, and nothing about any dataset in particular. What it
//! does not understand it does not leave out: it declines, and says which words it missed.

mod answer;
mod beam;
mod build;
mod calendar;
mod choose;
mod decline;
mod explain;
mod follow_up;
mod interpret;
mod lexicon;
mod link;
mod question;
mod reading;
mod sense;
mod stem;
mod suggest;
mod text;
mod time_phrases;

use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;

pub use answer::{Answered, count_rows, describe_answer};
#[cfg(feature = "training")]
pub use beam::training;
pub use explain::explain;
pub use suggest::suggest;

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Plan(Box<PlannedQuery>),
    Declined(Decline),
}

#[derive(Clone, Debug, PartialEq)]
pub struct PlannedQuery {
    pub plan: QueryPlan,
    /// For people: "Revenue per product, highest first, top 10".
    pub understood: String,
    /// Whole sentences; what the question left open and how it was settled.
    pub assumptions: Vec<String>,
    /// 0 to 1: how well the question's words fit the dataset's.
    pub confidence: f64,
}

/// Why there is no plan, and questions close by that do have one.
#[derive(Clone, Debug, PartialEq)]
pub struct Decline {
    pub reason: String,
    pub nearby: Vec<String>,
}

/// What the planner may be told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Below this chance of being right, 0 to 1, the parser of undescribed tables declines.
    pub least_confidence: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            least_confidence: beam::LEAST_CONFIDENCE,
        }
    }
}

/// Plans a question. `previous` is the conversation's last plan, for "only last month" and the like.
pub fn plan(question: &str, dataset: &Dataset, previous: Option<&QueryPlan>) -> Outcome {
    plan_with(question, dataset, previous, Settings::default())
}

pub fn plan_with(
    question: &str,
    dataset: &Dataset,
    previous: Option<&QueryPlan>,
    settings: Settings,
) -> Outcome {
    if let Some(previous) = previous
        && let Some(followed) = follow_up::follow(question, dataset, previous)
    {
        return outcome(followed, question, dataset);
    }
    outcome(choose::answer(question, dataset, settings), question, dataset)
}

fn outcome(
    understood: Result<PlannedQuery, question::Misunderstanding>,
    question: &str,
    dataset: &Dataset,
) -> Outcome {
    match understood {
        Ok(planned) => Outcome::Plan(Box::new(planned)),
        Err(misunderstanding) => Outcome::Declined(decline::decline(question, dataset, &misunderstanding)),
    }
}
