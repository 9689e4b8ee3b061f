//! Follow-up questions: a fragment that changes the plan before it.
//!
//! "only last month", "by region instead", "and the median?", "sort by count", "those over 100". A
//! fragment replaces what it speaks of and keeps the rest; anything that names a metric of its own is a
//! new question, unless "and" or "what about" sets it beside the numbers that were shown. What cannot be kept is said,
//! and what cannot be changed is declined.

mod merge;
mod metrics;
mod order;
mod phrases;
mod shapes;

use crate::PlannedQuery;
use crate::build::{fragment, plural};
use crate::question::{Misunderstanding, Parsed, best_reading, parse, reading_of, understand};
use crate::reading::{Group, Reading};
use crate::sense::Catalogue;
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;
use phrases::{Phrase, phrase};

/// What a change came to.
type Changed<T = ()> = Result<T, Misunderstanding>;

/// The plan before, on its way to be the plan after.
struct Conversation<'a> {
    catalogue: Catalogue<'a>,
    /// The previous plan's table.
    base: usize,
    plan: QueryPlan,
    assumptions: Vec<String>,
    confidence: f64,
}

/// Nothing when the question stands on its own.
pub(crate) fn follow(
    question: &str,
    dataset: &Dataset,
    previous: &QueryPlan,
) -> Option<Changed<PlannedQuery>> {
    let base = dataset
        .tables
        .iter()
        .position(|table| table.name == previous.table)?;
    let mut conversation = Conversation {
        catalogue: Catalogue { dataset },
        base,
        plan: QueryPlan {
            notes: None,
            ..previous.clone()
        },
        assumptions: Vec::new(),
        confidence: 1.0,
    };
    let changed = conversation.take(question)?;
    Some(changed.map(|()| conversation.answer()))
}

impl Conversation<'_> {
    fn take(&mut self, question: &str) -> Option<Changed> {
        let phrase = phrase(question)?;
        if phrase.counts {
            return self.take_count(&phrase);
        }
        let parsed = parse(&phrase.text, self.catalogue.dataset).ok()?;
        if let Some(changed) = self.take_shape(&parsed, &phrase) {
            return Some(changed);
        }
        if !phrase.marked {
            return None;
        }
        self.take_fragment(&parsed, &phrase, question)
    }

    /// "how many of those are there?", "how many of them are in the north?"
    fn take_count(&mut self, phrase: &Phrase) -> Option<Changed> {
        let parsed = parse(&phrase.text, self.catalogue.dataset);
        let bare = parsed
            .as_ref()
            .map_or(true, |parsed| self.shape(parsed).is_empty());
        if !bare {
            let changed = self.take_fragment(&parsed.ok()?, phrase, &phrase.text)?;
            if changed.is_err() {
                return Some(changed);
            }
        }
        Some(self.count_what_is_shown())
    }

    fn take_fragment(&mut self, parsed: &Parsed, phrase: &Phrase, question: &str) -> Option<Changed> {
        let dataset = self.catalogue.dataset;
        let (reading, confidence) = reading_of(parsed, dataset, self.base);
        if !reading.problems.is_empty() || !reading.not_numbers.is_empty() {
            return self.refuse_or_start_afresh(parsed, reading.problems, question);
        }
        if self.asks_for_another_number(&reading, phrase) {
            return Some(self.take_metrics(&reading.metrics, phrase.instead));
        }
        if !reading.metrics.is_empty() || !changes_anything(&reading) {
            return None;
        }
        if !parsed.links.mentions.is_empty() {
            self.confidence = confidence;
        }
        Some(self.apply(reading, phrase))
    }

    /// "and how many orders?": nothing but a number, beside numbers.
    fn asks_for_another_number(&self, reading: &Reading, phrase: &Phrase) -> bool {
        phrase.adds
            && !reading.metrics.is_empty()
            && !changes_anything(reading)
            && reading.ranking.is_none()
            && reading.share.is_none()
            && reading.running.is_none()
            && reading.having.is_empty()
            && reading.other_range.is_none()
            && self.metrics().next().is_some()
    }

    /// What the previous plan's table does not understand may be a question of its own, if it has a subject.
    fn refuse_or_start_afresh(
        &self,
        parsed: &Parsed,
        problems: Vec<String>,
        question: &str,
    ) -> Option<Changed> {
        let dataset = self.catalogue.dataset;
        if understand(question, dataset).is_err() {
            return (!problems.is_empty()).then_some(Err(Misunderstanding::Words(problems)));
        }
        let (alone, _) = best_reading(parsed, dataset)?;
        if !alone.metrics.is_empty() || alone.focus.is_some() {
            return None;
        }
        let apart = self.refuse_unreachable(&alone);
        Some(apart.and(Err(Misunderstanding::Words(problems))))
    }

    fn apply(&mut self, reading: Reading, phrase: &Phrase) -> Changed {
        self.refuse_unreachable(&reading)?;
        self.assumptions.extend(reading.assumptions.clone());
        let limit = reading.limit;
        let direction = reading.ranking.map(|ranking| ranking.direction);
        let changes = fragment(self.catalogue, reading).map_err(Misunderstanding::Unclear)?;
        if !changes.group_by.is_empty() {
            self.regroup(changes.group_by, changes.select)?;
        }
        self.restrict(changes.filters, changes.window, phrase.narrows)?;
        if limit.is_some() {
            self.plan.limit = limit;
        }
        if let (Some(direction), Some(order)) = (direction, self.plan.order_by.first_mut()) {
            order.dir = direction;
        }
        Ok(())
    }

    /// What is named has to belong to one row of the previous plan's table.
    fn refuse_unreachable(&self, reading: &Reading) -> Changed {
        let conditions = reading.conditions.iter().map(|condition| condition.check.column);
        let groups = reading.groups.iter().filter_map(|group| match group {
            Group::Column(column) => Some(*column),
            _ => None,
        });
        let apart = conditions
            .chain(groups)
            .find(|column| self.catalogue.distance(self.base, column.table).is_none());
        match apart {
            Some(column) => Err(Misunderstanding::Unclear(format!(
                "how {} belongs to {}",
                self.catalogue.label(column),
                plural(&self.catalogue.noun(self.base))
            ))),
            None => Ok(()),
        }
    }

    fn answer(mut self) -> PlannedQuery {
        let understood = crate::explain(&self.plan, self.catalogue.dataset);
        self.plan.notes = (!self.assumptions.is_empty()).then(|| self.assumptions.join(" "));
        PlannedQuery {
            plan: self.plan,
            understood,
            assumptions: self.assumptions,
            confidence: self.confidence,
        }
    }
}

fn changes_anything(reading: &Reading) -> bool {
    !reading.conditions.is_empty()
        || !reading.groups.is_empty()
        || reading.range.is_some()
        || reading.limit.is_some()
}

fn unclear(what: impl Into<String>) -> Changed {
    Err(Misunderstanding::Unclear(what.into()))
}
