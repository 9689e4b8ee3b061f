//! "by category", "per month", "status distribution", "over time".

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::Cue;
use crate::reading::{Group, Metric, RankBy, Ranking};
use crate::sense::Sense;
use csv_analyst_protocol::plan::{Aggregate, Direction};

/// A number with so few values is counted value by value.
const FEW_VALUES: u64 = 20;

impl Interpreter<'_> {
    pub(super) fn read_groups(&mut self) {
        for (index, cue) in self.open_cues() {
            if self.items[index].used {
                continue;
            }
            match cue {
                Cue::GroupBy => self.read_group(index),
                Cue::SortBy => self.read_sort(index),
                Cue::Distribution => self.read_distribution(index),
                Cue::Trend => {
                    self.consume(index);
                    self.add_group(Group::Bucket(None, None));
                }
                Cue::Bucket(unit) => {
                    self.consume(index);
                    self.add_group(Group::Bucket(None, Some(unit)));
                }
                _ => {}
            }
        }
    }

    /// Once a length of time is said, "over time" adds nothing.
    pub(super) fn add_group(&mut self, group: Group) {
        let vague = Group::Bucket(None, None);
        let exact = |known: &Group| matches!(known, Group::Bucket(None, Some(_)));
        if group == vague && self.reading.groups.iter().any(exact) {
            return;
        }
        if exact(&group) {
            self.reading.groups.retain(|known| *known != vague);
        }
        if !self.reading.groups.contains(&group) {
            self.reading.groups.push(group);
        }
    }

    /// What follows "by": one group or several joined by "and"; or the number to rank by.
    fn read_group(&mut self, index: usize) {
        self.consume(index);
        let mut at = self.next(index);
        let mut found = false;
        while let Some(next) = at {
            let repeats = self.cue(next) == Some(Cue::GroupBy) && !self.items[next].used && !found;
            if self.cue(next) == Some(Cue::Distinct) || repeats {
                self.consume(next);
                at = self.next(next);
                continue;
            }
            if self.items[next].used && matches!(self.sense(next), Some(Sense::Key(_) | Sense::Rows(_))) {
                // "by customer 17" names one.
                found = true;
                break;
            }
            let Some(group) = self.group_at(next) else { break };
            self.add_group(group);
            self.consume(next);
            found = true;
            at = self
                .next(next)
                .filter(|joint| self.cue(*joint) == Some(Cue::And))
                .and_then(|joint| self.next_group(joint));
        }
        if !found {
            self.rank_by_what_follows(index);
        }
    }

    /// After "and" or a repeated "by".
    fn next_group(&self, joint: usize) -> Option<usize> {
        let next = self.next(joint)?;
        if self.cue(next) == Some(Cue::GroupBy) {
            None
        } else {
            Some(next).filter(|next| self.group_at(*next).is_some())
        }
    }

    pub(super) fn group_at(&self, index: usize) -> Option<Group> {
        if let Some(item) = self.items.get(index)
            && let Kind::TimeUnit(unit) = item.kind
        {
            return Some(Group::Bucket(None, Some(unit)));
        }
        if let Some(Cue::Part(part)) = self.cue(index) {
            return Some(Group::Part(part));
        }
        match self.sense(index)? {
            Sense::Dimension(column) | Sense::Flag(column) => Some(Group::Column(*column)),
            Sense::Key(column) => Some(self.group_of_key(*column)),
            Sense::Time(column) => Some(Group::Bucket(Some(*column), None)),
            Sense::Rows(table) => Some(Group::Rows(*table)),
            Sense::Entity(table) => Some(Group::Entity(*table)),
            Sense::Number(_) | Sense::Measure(_) | Sense::Condition(_) => None,
        }
    }

    /// A key that points to a described row groups by that row, so that its name is shown.
    pub(super) fn group_of_key(&self, column: crate::link::ColumnId) -> Group {
        match self.catalogue.described_by(column) {
            Some(table) => Group::Rows(table),
            None => Group::Column(column),
        }
    }

    /// "top 10 products by revenue".
    fn rank_by_what_follows(&mut self, index: usize) {
        let Some(next) = self.next(index) else {
            if matches!(self.words(index).to_lowercase().as_str(), "by" | "per") {
                self.problem(index);
            }
            return;
        };
        let direction = self
            .reading
            .ranking
            .map_or(Direction::Desc, |ranking| ranking.direction);
        if self.numeric(next).is_some() {
            self.rank_by_number(next, direction);
        } else if matches!(
            self.cue(next),
            Some(Cue::Count | Cue::Aggregate(_) | Cue::Total | Cue::Rate)
        ) {
            self.reading.ranking = Some(Ranking {
                direction,
                by: RankBy::Metric,
                cuts: false,
            });
        } else if let Some(check) = self.check(next) {
            if self.items[next].plural {
                self.reading.metrics.push(Metric::Rows(check.column.table));
                let by = RankBy::Metric;
                self.reading.ranking = Some(Ranking {
                    direction,
                    by,
                    cuts: false,
                });
            }
        } else {
            self.problem(next);
        }
    }

    /// The order follows a number: a column as it is, a measure as a metric; settled later, when the groups are known.
    pub(super) fn rank_by_number(&mut self, index: usize, direction: Direction) {
        let by = match self.numeric(index) {
            Some(Sense::Number(column)) => RankBy::Column(column),
            Some(Sense::Measure(measure)) => {
                self.add_metric(index, crate::reading::Metric::Measure(measure, None));
                RankBy::Metric
            }
            _ => return,
        };
        self.consume(index);
        let cuts = self.reading.ranking.is_some_and(|ranking| ranking.cuts);
        self.reading.ranking = Some(Ranking { direction, by, cuts });
    }

    fn read_sort(&mut self, index: usize) {
        self.consume(index);
        let Some(next) = self.next(index) else { return };
        let ascending = self
            .open_cues()
            .into_iter()
            .find(|(_, cue)| matches!(cue, Cue::Ascending | Cue::Descending));
        if let Some((place, _)) = ascending {
            self.consume(place);
        }
        let direction = if ascending.is_some_and(|(_, cue)| cue == Cue::Ascending) {
            Direction::Asc
        } else {
            Direction::Desc
        };
        match self.sense(next) {
            Some(Sense::Time(column) | Sense::Dimension(column)) => {
                self.reading.ranking = Some(Ranking {
                    direction,
                    by: RankBy::Column(*column),
                    cuts: false,
                });
                self.consume(next);
            }
            _ => self.rank_by_number(next, direction),
        }
    }

    /// "status distribution", "breakdown of tickets by channel".
    fn read_distribution(&mut self, index: usize) {
        self.consume(index);
        if self.summarise_number(index) {
            return;
        }
        let before = index.checked_sub(1).filter(|before| {
            self.group_at(*before)
                .is_some_and(|group| matches!(group, Group::Column(_)))
        });
        if let Some(before) = before {
            return self.distribute(before);
        }
        let has_by = (index..self.items.len()).any(|next| self.cue(next) == Some(Cue::GroupBy));
        let after =
            (index + 1..self.items.len()).find(|next| matches!(self.group_at(*next), Some(Group::Column(_))));
        if let Some(after) = after.filter(|_| !has_by) {
            self.distribute(after);
        }
    }

    /// "salary distribution": a number is summed up by its low, middle and high.
    fn summarise_number(&mut self, index: usize) -> bool {
        let has_by = (index..self.items.len()).any(|next| self.cue(next) == Some(Cue::GroupBy));
        let places = [index.checked_sub(1), self.next(index)];
        let number = places
            .into_iter()
            .flatten()
            .find_map(|place| match self.sense(place) {
                Some(Sense::Number(column)) => Some((place, *column)),
                _ => None,
            });
        let Some((place, column)) = number.filter(|_| !has_by) else {
            return false;
        };
        if self
            .catalogue
            .column(column)
            .distinct_count
            .is_some_and(|count| count <= FEW_VALUES)
        {
            self.add_group(Group::Column(column));
            self.consume(place);
            return true;
        }
        for aggregate in [Aggregate::Min, Aggregate::Median, Aggregate::Avg, Aggregate::Max] {
            self.add_metric(place, Metric::Column(column, aggregate));
        }
        true
    }

    fn distribute(&mut self, index: usize) {
        if let Some(group) = self.group_at(index) {
            self.add_group(group);
            self.consume(index);
        }
    }
}
