//! Parts of a whole, and totals that run: "share of revenue by category", "cumulative orders per month".

use super::Interpreter;
use crate::lexicon::Cue;
use crate::reading::Metric;
use crate::sense::Sense;
use csv_analyst_protocol::plan::Aggregate;

impl Interpreter<'_> {
    pub(super) fn read_running(&mut self) {
        if let Some((index, _)) = self.open_cues().into_iter().find(|(_, cue)| *cue == Cue::Running) {
            self.consume(index);
            self.reading.running = Some(index);
        }
    }

    /// "share of revenue", "share of each kind": of the whole, unless a condition makes it a rate.
    pub(super) fn read_share(&mut self, index: usize) -> bool {
        if self
            .next(index)
            .is_some_and(|next| self.cue(next) == Some(Cue::GroupBy))
        {
            self.reading.share = Some(index);
            self.count_among(index);
            return true;
        }
        let Some(place) = self.amount_after(index) else {
            return false;
        };
        let metric = match self.sense(place) {
            Some(Sense::Measure(measure)) => Metric::Measure(*measure, None),
            Some(Sense::Number(column)) => Metric::Column(*column, Aggregate::Sum),
            _ => return false,
        };
        match self.rate_condition_after(index) {
            Some(condition) => {
                let Some(check) = self.check(condition) else {
                    return false;
                };
                self.consume(condition);
                let check = self.with_polarity(condition, check);
                let metric = Box::new(metric);
                self.add_metric(place, Metric::Part { metric, check });
            }
            None => {
                self.add_metric(place, metric);
                self.reading.share = Some(index);
            }
        }
        true
    }

    /// A number that adds up, before any group.
    fn amount_after(&self, index: usize) -> Option<usize> {
        let place = (index + 1..self.items.len())
            .take_while(|next| self.cue(*next) != Some(Cue::GroupBy))
            .find(|next| self.numeric(*next).is_some() && !self.items[*next].used)?;
        match self.sense(place)? {
            Sense::Number(column) => {
                (self.catalogue.default_aggregate(*column) == Aggregate::Sum).then_some(place)
            }
            _ => Some(place),
        }
    }

    /// "among all tickets", "of all tickets": what is counted.
    fn count_among(&mut self, index: usize) {
        let noun = (index + 1..self.items.len()).rev().find(|place| {
            matches!(self.sense(*place), Some(Sense::Rows(_) | Sense::Entity(_))) && !self.items[*place].used
        });
        let Some(noun) = noun else { return };
        let Some(before) = self.previous(noun) else { return };
        if self.cue(before) == Some(Cue::GroupBy) && self.words(before).to_lowercase().starts_with("among") {
            self.consume(before);
            self.add_count(noun);
        } else if self.cue(before) != Some(Cue::GroupBy) {
            self.add_count(noun);
        }
    }

    /// A share needs groups to be shared among, a running total a time to run along.
    pub(super) fn settle_shares(&mut self) {
        let groups = !self.reading.groups.is_empty();
        let by_time = self
            .reading
            .groups
            .iter()
            .any(|group| matches!(group, crate::reading::Group::Bucket(..)));
        let missing = [
            self.reading.share.filter(|_| !groups),
            self.reading.running.filter(|_| !by_time),
        ];
        for index in missing.into_iter().flatten() {
            self.problem(index);
        }
    }
}
