//! "in the same place as ..", "whose name starts with ..": conditions on what another row or a text says.

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::Cue;
use crate::link::ColumnId;
use crate::reading::{Condition, SameAs};
use crate::sense::{ColumnCheck, Sense};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::plan::{Operator, TimeUnit};
use serde_json::Value;

impl Interpreter<'_> {
    /// "by the same agent as ticket 17".
    pub(super) fn read_same(&mut self) {
        for (index, cue) in self.open_cues() {
            if cue == Cue::Same {
                self.read_same_as(index);
            }
        }
    }

    fn read_same_as(&mut self, index: usize) {
        let Some(next) = self.next(index) else { return };
        let Some(column) = self.shared_column(next) else {
            return;
        };
        let as_follows = self.tokens[self.items[next].end..]
            .first()
            .map(|token| token.word.as_str());
        if as_follows != Some("as") {
            return;
        }
        let Some(of) = self.row_meant_after(next) else {
            return;
        };
        if of.column.table != column.table || of.op != Operator::Equal {
            return;
        }
        for used in [index, next] {
            self.consume(used);
        }
        if let Some(by) = self
            .previous(index)
            .filter(|by| self.cue(*by) == Some(Cue::GroupBy))
        {
            self.consume(by);
        }
        self.reading.same_as.push(SameAs { column, of });
    }

    fn shared_column(&self, index: usize) -> Option<ColumnId> {
        if self.items[index].kind == Kind::TimeUnit(TimeUnit::Day) {
            let time = self.catalogue.time_column(self.reading.base)?;
            return (self.catalogue.column(time).kind == ColumnType::Date).then_some(time);
        }
        match self.sense(index)? {
            Sense::Dimension(column) | Sense::Key(column) | Sense::Number(column) => Some(*column),
            Sense::Time(column) if self.catalogue.column(*column).kind == ColumnType::Date => Some(*column),
            _ => None,
        }
    }

    /// The row that is compared with: a value after "as", or a key that was read already.
    fn row_meant_after(&mut self, index: usize) -> Option<ColumnCheck> {
        let value = (index + 1..self.items.len()).find(|place| self.check(*place).is_some());
        if let Some(place) = value.filter(|place| !self.items[*place].used) {
            self.consume(place);
            for owner in index + 1..place {
                if matches!(
                    self.sense(owner),
                    Some(Sense::Entity(_) | Sense::Rows(_) | Sense::Key(_))
                ) {
                    self.consume(owner);
                }
            }
            return self.check(place);
        }
        let named = (index + 1..self.items.len())
            .any(|place| matches!(self.items[place].kind, Kind::Number(_)) && self.items[place].used);
        let known = self.reading.conditions.last()?.check.clone();
        (named && self.catalogue.key(known.column.table) == Some(known.column)).then(|| {
            self.reading.conditions.pop();
            known
        })
    }

    /// "name starts with K", "with K in the name".
    pub(super) fn read_texts(&mut self) {
        for (index, cue) in self.open_cues() {
            if let Cue::Text(op) = cue {
                self.read_text_after(index, op);
            }
        }
        for index in 0..self.items.len() {
            self.read_text_within(index);
        }
    }

    fn read_text_after(&mut self, index: usize, op: Operator) {
        let Some(next) = self.next(index) else { return };
        let before = (0..index).rev().find_map(|place| match self.sense(place) {
            Some(Sense::Dimension(column)) if self.is_text(*column) => Some((place, *column)),
            _ => None,
        });
        if let Some((place, column)) = before {
            self.consume(place);
            self.consume(index);
            self.add_text(next, column, op);
        }
    }

    /// "products with Deluxe in the name": an unknown word, and a column that names rows.
    fn read_text_within(&mut self, index: usize) {
        let unknown = self.items[index].kind == Kind::Unknown && !self.items[index].used;
        let Some(next) = self.next(index).filter(|_| unknown) else {
            return;
        };
        let between = &self.tokens[self.items[index].end..self.items[next].start];
        let within = between.first().is_some_and(|token| token.word == "in") && between.len() > 1;
        match self.sense(next) {
            Some(Sense::Dimension(column))
                if within && self.is_text(*column) && self.identifies_rows(*column) =>
            {
                let column = *column;
                self.consume(next);
                self.add_text(index, column, Operator::Contains);
            }
            _ => {}
        }
    }

    fn is_text(&self, column: ColumnId) -> bool {
        self.catalogue.column(column).kind == ColumnType::Text
    }

    fn add_text(&mut self, index: usize, column: ColumnId, op: Operator) {
        let value = Value::String(self.words(index));
        self.consume(index);
        let check = ColumnCheck { column, op, value };
        self.reading.conditions.push(Condition { check, or: false });
    }
}
