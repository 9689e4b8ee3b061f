//! Two sides of a question: "how many more A than B", "A versus B", "this week compared with last week".

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::{Contrast, Cue};
use crate::reading::{Condition, Group, Metric, Side, Sides};
use crate::sense::{ColumnCheck, Sense};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::plan::{Aggregate, Operator};
use serde_json::Value;

impl Interpreter<'_> {
    pub(super) fn read_contrasts(&mut self) {
        let cue = self.open_cues().into_iter().find_map(|(index, cue)| match cue {
            Cue::Contrast(kind) => Some((index, kind)),
            _ => None,
        });
        if self.read_two_ranges(cue) {
            return;
        }
        let Some((index, kind)) = cue else { return };
        if self.read_spread(index, kind) {
            return;
        }
        match self.two_sides(index) {
            Some((left, right)) => self.set_against(index, kind, left, right),
            None if kind == Contrast::Ratio => self.items[index].kind = Kind::Cue(Cue::Rate),
            None => {}
        }
    }

    /// "revenue this month and last month": a second stretch of time is always set beside the first.
    fn read_two_ranges(&mut self, cue: Option<(usize, Contrast)>) -> bool {
        let second = (0..self.items.len()).find(|index| self.items[*index].kind == Kind::OtherRange);
        let (Some(second), Some(first), Some(other)) = (
            second,
            self.reading.range.clone(),
            self.reading.other_range.clone(),
        ) else {
            return false;
        };
        self.consume(second);
        if let Some((index, _)) = cue {
            self.consume(index);
        }
        self.reading.range = None;
        self.reading.other_range = None;
        self.reading.sides = Some(Sides {
            kind: cue.map_or(Contrast::Beside, |(_, kind)| kind),
            left: Side::Range(first),
            right: Side::Range(other),
        });
        if let Some((index, Contrast::Difference)) = cue {
            self.count_after(index);
        }
        true
    }

    /// "difference between the highest and the lowest temperature".
    fn read_spread(&mut self, index: usize, kind: Contrast) -> bool {
        let extreme = |place: usize| match self.cue(place) {
            Some(Cue::Aggregate(aggregate)) => Some(aggregate),
            _ => self.extreme(place),
        };
        let places: Vec<(usize, Aggregate)> = (index + 1..self.items.len())
            .filter_map(|place| Some((place, extreme(place)?)))
            .collect();
        let [(first, left), (second, right), ..] = places[..] else {
            return false;
        };
        let number = (second + 1..self.items.len()).find_map(|place| match self.sense(place) {
            Some(Sense::Number(column)) => Some((place, *column)),
            _ => None,
        });
        let Some((place, column)) = number.filter(|_| kind != Contrast::Beside && left != right) else {
            return false;
        };
        let same_before = (first + 1..second).find(|between| self.numeric(*between).is_some());
        if same_before.is_some_and(|between| self.sense(between) != Some(&Sense::Number(column))) {
            return false;
        }
        for used in [Some(index), Some(first), Some(second), same_before]
            .into_iter()
            .flatten()
        {
            self.consume(used);
        }
        if let Some(between) = (index..first).find(|between| self.cue(*between) == Some(Cue::Between)) {
            self.consume(between);
        }
        let side = |aggregate| Box::new(Metric::Column(column, aggregate));
        self.add_metric(
            place,
            Metric::Contrast {
                kind,
                left: side(left),
                right: side(right),
            },
        );
        true
    }

    /// The two conditions that are set against each other, with their places.
    fn two_sides(&self, index: usize) -> Option<(usize, Option<usize>)> {
        let open = |place: &usize| self.check(*place).is_some() && !self.items[*place].used;
        let infix = matches!(self.words(index).to_lowercase().as_str(), "vs" | "versus")
            || self.words(index).to_lowercase().starts_with("compared");
        let before = (0..index).rev().find(open);
        if let Some(before) = before.filter(|_| infix) {
            let after = (index + 1..self.items.len()).find(open);
            return match after {
                Some(after) => Some((before, Some(after))),
                None => self.says_the_opposite(index).then_some((before, None)),
            };
        }
        let after: Vec<usize> = (index + 1..self.items.len()).filter(open).collect();
        let same_column = |pair: &&[usize]| {
            self.check(pair[0]).map(|check| check.column) == self.check(pair[1]).map(|check| check.column)
        };
        let pair = after.windows(2).find(same_column).or_else(|| {
            after
                .windows(2)
                .find(|pair| self.than_stands_between(pair[0], pair[1]))
        })?;
        Some((pair[0], Some(pair[1])))
    }

    fn than_stands_between(&self, left: usize, right: usize) -> bool {
        self.tokens[self.items[left].end..self.items[right].start]
            .iter()
            .any(|token| matches!(token.word.as_str(), "than" | "to" | "vs" | "versus" | "with"))
    }

    /// "versus those that missed it".
    fn says_the_opposite(&self, index: usize) -> bool {
        (index + 1..self.items.len()).any(|place| matches!(self.cue(place), Some(Cue::Fails | Cue::Not)))
    }

    fn set_against(&mut self, index: usize, kind: Contrast, left: usize, right: Option<usize>) {
        let Some(first) = self.check(left) else { return };
        let first = self.with_polarity(left, first);
        let second = match right.and_then(|right| Some((right, self.check(right)?))) {
            Some((right, check)) => {
                self.consume(right);
                self.with_polarity(right, check)
            }
            None => {
                self.consume_opposite(index);
                first.negated()
            }
        };
        self.consume(left);
        self.consume(index);
        if let Some(between) = (index..left).find(|place| self.cue(*place) == Some(Cue::Between)) {
            self.consume(between);
        }
        if kind == Contrast::Beside && first.column == second.column {
            return self.group_both(first, second);
        }
        self.reading.sides = Some(Sides {
            kind,
            left: Side::Check(first),
            right: Side::Check(second),
        });
        self.count_after(index);
    }

    fn consume_opposite(&mut self, index: usize) {
        let opposite = (index + 1..self.items.len())
            .find(|place| matches!(self.cue(*place), Some(Cue::Fails | Cue::Not)));
        if let Some(place) = opposite {
            self.consume(place);
        }
    }

    /// Two values of one column: a row for each.
    fn group_both(&mut self, left: ColumnCheck, right: ColumnCheck) {
        self.add_group(Group::Column(left.column));
        let all = self.catalogue.column(left.column).kind == ColumnType::Boolean;
        if !all && left.op == Operator::Equal && right.op == Operator::Equal {
            let check = ColumnCheck {
                column: left.column,
                op: Operator::In,
                value: Value::Array(vec![left.value, right.value]),
            };
            self.reading.conditions.push(Condition { check, or: false });
        }
    }

    /// "how many more orders": they are counted.
    fn count_after(&mut self, index: usize) {
        if !self.words(index).to_lowercase().starts_with("how many") {
            return;
        }
        match (index + 1..self.items.len()).find(|next| self.count_metric(*next).is_some()) {
            Some(noun) => self.add_count(noun),
            None => self.reading.metrics.push(Metric::Rows(self.reading.base)),
        }
    }

    /// At the end: the metric, once for each side, and what becomes of the two.
    pub(super) fn settle_sides(&mut self) {
        let Some(sides) = self.reading.sides.clone() else {
            return;
        };
        if sides.left == sides.right {
            // Nothing is compared with itself, and both columns would have one name.
            self.reading.problems.push("the comparison".to_owned());
            return;
        }
        if self.reading.metrics.is_empty() {
            let counted = match self.reading.focus.as_ref().map(|focus| &focus.sense) {
                Some(Sense::Entity(table)) => Metric::Entities(*table),
                Some(Sense::Rows(table)) => Metric::Rows(*table),
                _ => match &sides.left {
                    Side::Check(check) => Metric::Rows(check.column.table),
                    Side::Range(_) => Metric::Rows(self.reading.base),
                },
            };
            self.reading.metrics.push(counted);
            self.reading.focus = None;
        }
        let sided = |metric: &Metric, side: &Side| {
            Box::new(Metric::Sided {
                metric: Box::new(metric.clone()),
                side: side.clone(),
            })
        };
        let mut metrics = Vec::new();
        for metric in std::mem::take(&mut self.reading.metrics) {
            let possible = matches!(
                metric,
                Metric::Rows(_)
                    | Metric::Entities(_)
                    | Metric::Distinct(_)
                    | Metric::Column(..)
                    | Metric::Measure(..)
            );
            if !possible {
                self.reading.problems.push("the comparison".to_owned());
                return;
            }
            let (left, right) = (sided(&metric, &sides.left), sided(&metric, &sides.right));
            metrics.push(*left.clone());
            metrics.push(*right.clone());
            if sides.kind != Contrast::Beside {
                let kind = sides.kind;
                metrics.push(Metric::Contrast { kind, left, right });
            }
        }
        self.reading.metrics = metrics;
    }
}
