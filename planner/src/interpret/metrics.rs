//! Rates and aggregates.

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::Cue;
use crate::reading::{Metric, RankBy};
use crate::sense::Sense;
use csv_analyst_protocol::plan::Aggregate;

const RATE_WORDS: [&str; 8] = [
    "rate",
    "rates",
    "percentage",
    "share",
    "proportion",
    "pct",
    "percent",
    "ratio",
];

impl Interpreter<'_> {
    pub(super) fn read_rates(&mut self) {
        for index in 0..self.items.len() {
            if self.cue(index) == Some(Cue::Rate) {
                self.read_rate(index);
            } else if self.names_a_rate(index) {
                self.add_rate(index);
            }
        }
    }

    /// A flag or term whose own words end in "rate".
    fn names_a_rate(&self, index: usize) -> bool {
        let Some(last) = self.items[index].end.checked_sub(1) else {
            return false;
        };
        self.check(index).is_some() && RATE_WORDS.contains(&self.tokens[last].word.as_str())
    }

    fn read_rate(&mut self, index: usize) {
        self.consume(index);
        let before = index
            .checked_sub(1)
            .filter(|before| self.check(*before).is_some() && !self.items[*before].used);
        if before.is_none() && self.read_share(index) {
            return;
        }
        match before.or_else(|| self.rate_condition_after(index)) {
            Some(condition) => self.add_rate(condition),
            None if index > 0 && self.numeric(index - 1).is_some() => {}
            None if self.bound_follows(index) => self.rate_of_bound = true,
            None => self.rate_without_condition(index),
        }
    }

    fn bound_follows(&self, index: usize) -> bool {
        (index + 1..self.items.len())
            .take_while(|next| self.cue(*next) != Some(Cue::GroupBy))
            .any(|next| {
                let number = matches!(self.items[next].kind, Kind::Number(_)) && !self.items[next].used;
                number || self.bound(next).is_some()
            })
    }

    /// "share of tickets by channel" has no condition: each group has its part of the whole.
    fn rate_without_condition(&mut self, index: usize) {
        let counted = (index + 1..self.items.len())
            .find(|next| matches!(self.sense(*next), Some(Sense::Rows(_) | Sense::Entity(_))));
        match counted {
            Some(next) if self.count_metric(next).is_some() => {
                self.reading.share = Some(index);
                self.add_count(next);
            }
            _ => self.problem(index),
        }
    }

    /// The condition of "percentage of orders that were returned": a flag if there is one, else the last value.
    pub(super) fn rate_condition_after(&self, index: usize) -> Option<usize> {
        let end = (index + 1..self.items.len())
            .find(|next| self.cue(*next) == Some(Cue::GroupBy))
            .unwrap_or(self.items.len());
        let checks: Vec<usize> = (index + 1..end)
            .filter(|next| self.check(*next).is_some() && !self.items[*next].used)
            .collect();
        let flag = checks
            .iter()
            .rev()
            .find(|next| matches!(self.sense(**next), Some(Sense::Flag(_))));
        flag.or(checks.last()).copied()
    }

    pub(super) fn add_rate(&mut self, index: usize) {
        let Some(check) = self.check(index) else { return };
        let name = self.words(index);
        let check = self.with_polarity(index, check);
        self.add_metric(index, Metric::Rate { check, name });
    }

    pub(super) fn read_aggregates(&mut self) {
        for (index, cue) in self.open_cues() {
            if let Cue::Aggregate(aggregate) = cue {
                self.consume(index);
                if let Some(column) = self.next(index).filter(|next| self.names_one_column(*next)) {
                    self.refuse_to_calculate(column);
                    continue;
                }
                match self.aggregated(index) {
                    Some(target) => {
                        self.add_aggregate(target, aggregate);
                        self.continue_chain(target, aggregate);
                    }
                    None => self.aggregate_ranked(index, aggregate),
                }
            }
        }
    }

    /// "the most humid on average": the adjective's number is summed up so.
    fn aggregate_ranked(&mut self, index: usize, aggregate: Aggregate) {
        match self.reading.ranking.as_mut() {
            Some(ranking) => match ranking.by {
                RankBy::Column(column) => {
                    ranking.by = RankBy::Metric;
                    self.reading.metrics.insert(0, Metric::Column(column, aggregate));
                }
                _ => self.problem(index),
            },
            None => self.problem(index),
        }
    }

    /// The number that an aggregate word speaks of: after it, past adjectives, or right before it.
    fn aggregated(&self, index: usize) -> Option<usize> {
        for next in index + 1..self.items.len() {
            if self.aggregable(next) {
                return Some(next);
            }
            let passable = match &self.items[next].kind {
                Kind::Sense { sense, .. } => {
                    self.check(next).is_some() || matches!(sense, Sense::Rows(_) | Sense::Entity(_))
                }
                Kind::Light | Kind::To | Kind::Cue(Cue::And | Cue::Aggregate(_)) => true,
                _ => false,
            };
            if !passable {
                break;
            }
        }
        let open_before = (0..index)
            .rev()
            .find(|before| self.aggregable(*before) && !self.items[*before].used);
        self.previous(index)
            .filter(|before| self.aggregable(*before))
            .or(open_before)
    }

    fn aggregable(&self, index: usize) -> bool {
        self.numeric(index).is_some() || matches!(self.sense(index), Some(Sense::Time(_)))
    }

    fn add_aggregate(&mut self, index: usize, aggregate: Aggregate) {
        match self.sense(index) {
            Some(Sense::Number(column)) => self.add_metric(index, Metric::Column(*column, aggregate)),
            Some(Sense::Measure(measure)) => {
                self.add_metric(index, Metric::Measure(*measure, Some(aggregate)))
            }
            Some(Sense::Time(column)) if matches!(aggregate, Aggregate::Min | Aggregate::Max) => {
                self.add_metric(index, Metric::Column(*column, aggregate));
            }
            _ => self.problem(index),
        }
    }

    /// "temperature and humidity": the word before the first speaks for the others too.
    pub(super) fn continue_chain(&mut self, first: usize, aggregate: Aggregate) {
        let mut last = first;
        while let Some(joint) = self.next(last).filter(|joint| self.cue(*joint) == Some(Cue::And)) {
            match self
                .next(joint)
                .filter(|next| self.numeric(*next).is_some() && !self.items[*next].used)
            {
                Some(next) => {
                    self.add_aggregate(next, aggregate);
                    last = next;
                }
                None => return,
            }
        }
    }
}
