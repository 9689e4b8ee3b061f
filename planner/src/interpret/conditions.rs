//! Values, terms and flags that are left become conditions.

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::Cue;
use crate::link::ColumnId;
use crate::reading::{Condition, Metric};
use crate::sense::{ColumnCheck, Sense};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::plan::Operator;
use serde_json::Value;

impl Interpreter<'_> {
    pub(super) fn read_conditions(&mut self) {
        self.read_missing();
        self.read_flag_metrics();
        for index in 0..self.items.len() {
            if let Some(check) = self.check(index).filter(|_| !self.items[index].used) {
                self.consume(index);
                if self.is_infinitive(index) {
                    continue;
                }
                self.explain_term(index, &check);
                let check = self.with_polarity(index, check);
                self.add_condition(index, check);
            }
        }
    }

    /// "without a score": the column is empty.
    fn read_missing(&mut self) {
        for (index, cue) in self.open_cues() {
            let Some(column) = self
                .next(index)
                .and_then(|next| self.nullable_column(next))
                .filter(|_| cue == Cue::Missing)
            else {
                continue;
            };
            self.consume(index);
            if let Some(next) = self.next(index) {
                self.consume(next);
            }
            let described = self.catalogue.column(column);
            let check = if described.kind.is_number() && !described.nullable {
                // Where every row has a number, "no" is none of it.
                ColumnCheck::equal(column, 0.into())
            } else {
                ColumnCheck {
                    column,
                    op: Operator::IsNull,
                    value: Value::Null,
                }
            };
            self.reading.conditions.push(Condition { check, or: false });
        }
    }

    /// "rated tickets": those that have a rating.
    pub(super) fn read_participles(&mut self) {
        for index in 0..self.items.len() {
            let participle = self.tokens[self.items[index].end - 1].word.ends_with("ed");
            let noun = matches!(self.sense(index + 1), Some(Sense::Rows(_) | Sense::Entity(_)));
            if let Some(Sense::Number(column)) = self.sense(index)
                && (participle && noun || self.is_had(index))
                && !self.items[index].used
                && self.catalogue.column(*column).nullable
            {
                let check = ColumnCheck {
                    column: *column,
                    op: Operator::IsNotNull,
                    value: Value::Null,
                };
                self.consume(index);
                self.reading.conditions.push(Condition { check, or: false });
            }
        }
    }

    /// "took more than a week to resolve": what was done, not what state it is in.
    fn is_infinitive(&self, index: usize) -> bool {
        let item = &self.items[index];
        let to = item.start > 0 && self.tokens[item.start - 1].word == "to";
        let bare = !self.tokens[item.end - 1].word.ends_with("ed");
        let timed = self.reading.conditions.iter().any(|condition| {
            let unit = self.catalogue.column(condition.check.column).unit.as_deref();
            unit.is_some_and(|unit| unit.starts_with("hour") || unit.starts_with("day"))
        });
        to && bare && timed
    }

    /// "that have a rating", unlike "that have a rating above 3".
    fn is_had(&self, index: usize) -> bool {
        let start = self.items[index].start;
        let word = |back: usize| {
            let place = start.checked_sub(back);
            place.map_or("", |place| self.tokens[place].word.as_str())
        };
        let has = matches!(word(2), "have" | "has" | "had" | "with" | "having");
        let article = matches!(word(1), "a" | "an" | "any");
        let compared = self.next(index).is_some_and(|next| {
            matches!(
                self.items[next].kind,
                Kind::Bound(_) | Kind::Number(_) | Kind::Cue(Cue::Compare(_) | Cue::Between)
            )
        });
        has && article && !compared
    }

    fn nullable_column(&self, index: usize) -> Option<ColumnId> {
        match self.sense(index)? {
            Sense::Number(column) | Sense::Time(column) | Sense::Dimension(column) => Some(*column),
            _ => None,
        }
    }

    /// "returns by category" counts; "compliance by priority" is a rate.
    fn read_flag_metrics(&mut self) {
        if !self.reading.metrics.is_empty() || self.reading.groups.is_empty() {
            return;
        }
        let has_number =
            (0..self.items.len()).any(|index| !self.items[index].used && self.numeric(index).is_some());
        let has_noun = has_number
            || (0..self.items.len()).any(|index| {
                !self.items[index].used
                    && matches!(self.sense(index), Some(Sense::Rows(_) | Sense::Entity(_)))
            });
        let first_check =
            (0..self.items.len()).find(|index| self.check(*index).is_some() && !self.items[*index].used);
        let Some(index) = first_check.filter(|_| !has_noun) else {
            return;
        };
        let Some(check) = self.check(index) else { return };
        let yes_or_no = self.catalogue.column(check.column).kind == ColumnType::Boolean;
        if self.items[index].plural || !yes_or_no {
            self.reading.metrics.push(Metric::Rows(check.column.table));
        } else {
            let name = self.words(index);
            let check = self.with_polarity(index, check);
            self.add_metric(index, Metric::Rate { check, name });
        }
    }

    /// "low stock" stands for a number that the question did not spell out.
    fn explain_term(&mut self, index: usize, check: &ColumnCheck) {
        if check.op != Operator::Equal {
            let words = crate::build::check_words(self.catalogue, check);
            self.reading
                .assumptions
                .push(format!("\u{201c}{}\u{201d} means {words}.", self.words(index)));
        }
    }

    fn add_condition(&mut self, index: usize, check: ColumnCheck) {
        let negated = self.negated.iter().any(|(item, _)| *item == index);
        let or = !negated
            && self
                .previous(index)
                .is_some_and(|before| self.cue(before) == Some(Cue::Or));
        if self.reading.conditions.iter().any(|known| known.check == check) {
            return;
        }
        let same_column = self
            .reading
            .conditions
            .iter_mut()
            .find(|known| known.check.column == check.column);
        match same_column.and_then(|known| merged(&known.check, &check).map(|both| (known, both))) {
            Some((known, both)) => known.check = both,
            None => self.reading.conditions.push(Condition { check, or }),
        }
    }
}

/// Two values of one column: either of them.
fn merged(known: &ColumnCheck, added: &ColumnCheck) -> Option<ColumnCheck> {
    let list = |value: &Value| match value {
        Value::Array(values) => values.clone(),
        single => vec![single.clone()],
    };
    let op = match (known.op, added.op) {
        (Operator::Equal | Operator::In, Operator::Equal) => Operator::In,
        (Operator::NotEqual | Operator::NotIn, Operator::NotEqual) => Operator::NotIn,
        _ => return None,
    };
    let mut values = list(&known.value);
    values.extend(list(&added.value));
    Some(ColumnCheck {
        column: known.column,
        op,
        value: Value::Array(values),
    })
}
