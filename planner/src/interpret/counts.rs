//! "how many", "how many different", "total": what is counted, and what is added up.

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::Cue;
use crate::link::{ColumnId, readable};
use crate::reading::Metric;
use crate::sense::Sense;
use crate::stem::lemma;
use csv_analyst_protocol::plan::{Aggregate, Operator};

impl Interpreter<'_> {
    pub(super) fn read_counts(&mut self) {
        for (index, cue) in self.open_cues() {
            match cue {
                Cue::Count => {
                    self.consume(index);
                    self.read_count(index);
                }
                Cue::Total => {
                    self.consume(index);
                    self.read_total(index);
                }
                _ => {}
            }
        }
    }

    fn read_count(&mut self, index: usize) {
        match self.distinct_beside(index) {
            Some(cue) => self.read_distinct(cue, index.max(cue)),
            None => self.read_counted_noun(index),
        }
    }

    /// The noun after "how many", past its adjectives.
    fn read_counted_noun(&mut self, index: usize) {
        let mut counted_condition = None;
        for next in index + 1..self.items.len() {
            if self.count_metric(next).is_some() {
                return self.add_count(next);
            }
            if let Some(sense) = self.numeric(next) {
                if let Some(column) = self.stock_in_that_unit(next) {
                    return self.add_metric(next, Metric::Column(column, Aggregate::Sum));
                }
                return self.add_metric(next, self.summed(&sense));
            }
            if self.check(next).is_some() {
                counted_condition = Some(next);
            } else if !self.may_stand_before_noun(next) {
                break;
            }
        }
        self.count_rows_with(index, counted_condition);
    }

    /// "how many pieces are in stock": a word for the unit, and a column of that unit said as "there is some".
    pub(super) fn stock_in_that_unit(&mut self, index: usize) -> Option<ColumnId> {
        let Some(Sense::Number(counted)) = self.sense(index) else {
            return None;
        };
        let unit = self.catalogue.column(*counted).unit.clone()?;
        let is_unit = self.words(index).eq_ignore_ascii_case(&unit);
        let said = |place: &usize| match self.sense(*place) {
            Some(Sense::Condition(check)) => {
                let some = check.op == Operator::Greater && check.value.as_f64() == Some(0.0);
                some && self.catalogue.column(check.column).unit.as_deref() == Some(&unit)
            }
            _ => false,
        };
        let place = (index + 1..self.items.len()).find(said).filter(|_| is_unit)?;
        let column = self.check(place)?.column;
        self.consume(place);
        Some(column)
    }

    /// Without a noun, the rows that the condition is about.
    fn count_rows_with(&mut self, index: usize, condition: Option<usize>) {
        let table = condition
            .and_then(|place| self.check(place))
            .map_or(self.reading.base, |check| self.home(check.column));
        self.reading.metrics.push(Metric::Rows(table));
        self.metric_items.push((index, self.reading.metrics.len() - 1));
    }

    /// Adjectives and small words; conditions are looked at separately.
    fn may_stand_before_noun(&self, index: usize) -> bool {
        matches!(
            self.items[index].kind,
            Kind::Light
                | Kind::To
                | Kind::Cue(Cue::Distinct | Cue::And | Cue::Or | Cue::Not | Cue::Fails | Cue::Current)
        )
    }

    /// "how many different", "different .. count".
    fn distinct_beside(&self, index: usize) -> Option<usize> {
        let is_open = |place: &usize| self.cue(*place) == Some(Cue::Distinct) && !self.items[*place].used;
        let ahead = (index + 1..self.items.len())
            .take_while(|next| self.may_stand_before_noun(*next) || self.check(*next).is_some())
            .find(is_open);
        ahead.or_else(|| self.previous(index).filter(is_open))
    }

    /// Once "different" was said, the different ones are counted, or nothing is.
    pub(super) fn read_distinct(&mut self, cue: usize, from: usize) {
        self.consume(cue);
        let mut flag = None;
        for next in from + 1..self.items.len() {
            if let Some(metric) = self.distinct_metric(next) {
                self.add_metric(next, metric);
                return self.count_others(next);
            }
            if self.check(next).is_some() {
                let is_flag = matches!(self.sense(next), Some(Sense::Flag(_)));
                flag = flag.or(Some(next).filter(|_| is_flag));
            } else if !self.may_stand_before_noun(next) {
                break;
            }
        }
        match flag.and_then(|place| Some((place, self.check(place)?))) {
            Some((place, check)) => self.add_metric(place, Metric::Distinct(check.column)),
            None => self.problem(cue),
        }
    }

    /// "different cities and regions".
    fn count_others(&mut self, first: usize) {
        let mut last = first;
        while let Some(joint) = self.next(last).filter(|joint| self.cue(*joint) == Some(Cue::And)) {
            let next = self.next(joint);
            match next.and_then(|next| Some((next, self.distinct_metric(next)?))) {
                Some((next, metric)) => {
                    self.add_metric(next, metric);
                    last = next;
                }
                None => return,
            }
        }
    }

    /// Rows count as different where a key tells them apart.
    fn distinct_metric(&self, index: usize) -> Option<Metric> {
        match self.sense(index).filter(|_| !self.items[index].used)? {
            Sense::Rows(table) if self.catalogue.table(*table).primary_key.is_empty() => None,
            Sense::Number(column) | Sense::Time(column) => Some(Metric::Distinct(*column)),
            _ => self.count_metric(index),
        }
    }

    pub(super) fn add_count(&mut self, index: usize) {
        if let Some(metric) = self.count_metric(index) {
            self.add_metric(index, metric);
        }
    }

    pub(super) fn count_metric(&self, index: usize) -> Option<Metric> {
        if self.items[index].used {
            return None;
        }
        match self.sense(index)? {
            Sense::Rows(table) => Some(Metric::Rows(*table)),
            Sense::Entity(table) => Some(Metric::Entities(*table)),
            Sense::Key(column) if self.catalogue.key(column.table) == Some(*column) => {
                Some(Metric::Rows(column.table))
            }
            Sense::Key(column) | Sense::Dimension(column) => Some(Metric::Distinct(*column)),
            _ => None,
        }
    }

    /// "total revenue" adds up, "total orders" counts; what is neither is refused.
    fn read_total(&mut self, index: usize) {
        let Some(next) = self.next(index) else { return };
        if let Some(sense) = self.numeric(next) {
            self.add_metric(next, self.summed(&sense));
            self.continue_chain(next, Aggregate::Sum);
        } else if self.cue(next) != Some(Cue::Count) {
            self.read_total_of(index);
        }
    }

    fn read_total_of(&mut self, index: usize) {
        if let Some(cue) = self.distinct_beside(index) {
            return self.read_distinct(cue, index.max(cue));
        }
        let mut counted_condition = None;
        for next in index + 1..self.items.len() {
            if self.names_one_column(next) {
                return self.refuse_to_calculate(next);
            }
            if self.count_metric(next).is_some() {
                return self.add_count(next);
            }
            if let Some(sense) = self.numeric(next) {
                self.add_metric(next, self.summed(&sense));
                return self.continue_chain(next, Aggregate::Sum);
            }
            if self.check(next).is_some() {
                counted_condition = Some(next);
            } else if !self.may_stand_before_noun(next) {
                break;
            }
        }
        match counted_condition {
            Some(_) => self.count_rows_with(index, counted_condition),
            None => self.read_total_before(index),
        }
    }

    /// "revenue total by region", "orders in total".
    fn read_total_before(&mut self, index: usize) {
        let Some(before) = self.previous(index).filter(|before| !self.items[*before].used) else {
            return self.problem(index);
        };
        if let Some(sense) = self.numeric(before) {
            self.add_metric(before, self.summed(&sense));
        } else if self.names_one_column(before) {
            self.refuse_to_calculate(before);
        } else if self.count_metric(before).is_some() {
            self.add_count(before);
        } else {
            self.problem(index);
        }
    }

    /// A column that holds no numbers to calculate with, spoken of as one amount: "revenue", unlike
    /// "customers", which are several and can be counted.
    pub(super) fn names_one_column(&self, index: usize) -> bool {
        let Some(Sense::Key(column) | Sense::Dimension(column)) = self.sense(index) else {
            return false;
        };
        let name = readable(&self.catalogue.column(*column).name).to_lowercase();
        let named_in_plural = name
            .split(' ')
            .next_back()
            .is_some_and(|word| lemma(word) != word);
        !self.items[index].used && (!self.items[index].plural || named_in_plural)
    }

    pub(super) fn refuse_to_calculate(&mut self, index: usize) {
        let words = self.words(index);
        self.consume(index);
        if !self.reading.not_numbers.contains(&words) {
            self.reading.not_numbers.push(words);
        }
    }

    fn summed(&self, sense: &Sense) -> Metric {
        match sense {
            Sense::Measure(measure) => Metric::Measure(*measure, None),
            Sense::Number(column) => Metric::Column(*column, Aggregate::Sum),
            _ => Metric::Rows(self.reading.base),
        }
    }
}
