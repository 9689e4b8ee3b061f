//! Comparisons with numbers: which column "under 20" speaks of.

use super::Interpreter;
use super::items::Kind;
use crate::calendar::Moment;
use crate::lexicon::{ADJECTIVES, COMPARATIVES, Cue, UNITS};
use crate::link::{ColumnId, readable};
use crate::reading::{Bound, Condition, Metric};
use crate::sense::{ColumnCheck, Sense, json_number};
use csv_analyst_protocol::dataset::{ColumnRole, ColumnType};
use csv_analyst_protocol::plan::{Aggregate, Operator, TimeUnit};
use serde_json::Value;

/// The length of a unit of time.
fn seconds(unit: &str) -> Option<f64> {
    match unit.trim_end_matches('s') {
        "second" | "sec" => Some(1.0),
        "minute" | "min" => Some(60.0),
        "hour" | "h" | "hr" => Some(3_600.0),
        "day" => Some(86_400.0),
        "week" => Some(604_800.0),
        _ => None,
    }
}

/// What a comparison is about.
enum Subject {
    Column(ColumnId),
    Metric(usize),
}

impl Interpreter<'_> {
    pub(super) fn read_bounds(&mut self) {
        self.read_bare_numbers();
        for index in 0..self.items.len() {
            let Some(bound) = self.bound(index).filter(|_| !self.items[index].used).cloned() else {
                continue;
            };
            if self.read_age(index, &bound) {
                continue;
            }
            match self.subject(index, &bound) {
                Some(Subject::Column(column)) if self.bounds_a_sum(index, column) => {
                    self.consume(index);
                    let metric = Metric::Column(column, Aggregate::Sum);
                    self.reading.metrics.push(metric);
                    self.reading.having.push((self.reading.metrics.len() - 1, bound));
                }
                Some(Subject::Column(column)) => self.add_bound(index, column, &bound),
                Some(Subject::Metric(metric)) => {
                    self.consume(index);
                    self.reading.having.push((metric, bound));
                }
                None => self.problem(index),
            }
        }
    }

    /// "rating 5", "csat of 1": equality; "5 stars": the unit says which column.
    fn read_bare_numbers(&mut self) {
        for index in 0..self.items.len() {
            let Kind::Number(value) = self.items[index].kind else {
                continue;
            };
            if self.items[index].used {
                continue;
            }
            let before = self
                .previous(index)
                .is_some_and(|before| self.numeric(before).is_some() || self.number_label(before).is_some());
            if before || self.numeric(index + 1).is_some() {
                self.items[index].kind = Kind::Bound(Bound {
                    op: Operator::Equal,
                    values: vec![value],
                    unit: None,
                });
            }
        }
    }

    /// A column of numbers that are not calculated with but can be compared: "year 2024".
    fn number_label(&self, index: usize) -> Option<ColumnId> {
        match self.sense(index)? {
            Sense::Dimension(column) if self.catalogue.column(*column).kind.is_number() => Some(*column),
            _ => None,
        }
    }

    pub(super) fn read_named_keys(&mut self) {
        for index in 0..self.items.len() {
            if let Kind::Number(value) = self.items[index].kind
                && !self.items[index].used
            {
                self.name_a_key(index, value);
            }
        }
    }

    /// "customer 17".
    fn name_a_key(&mut self, index: usize, value: f64) {
        let Some(before) = index.checked_sub(1).filter(|before| !self.items[*before].used) else {
            return;
        };
        let column = match self.sense(before) {
            Some(Sense::Key(column)) => Some(*column),
            Some(Sense::Rows(table)) => self.catalogue.key(*table),
            _ => None,
        };
        let number = column.filter(|column| self.catalogue.column(*column).kind.is_number());
        let Some((column, value)) = number.zip(json_number(value)) else {
            return;
        };
        self.consume(before);
        self.consume(index);
        self.reading.conditions.push(Condition {
            check: ColumnCheck::equal(column, value),
            or: false,
        });
    }

    fn subject(&mut self, index: usize, bound: &Bound) -> Option<Subject> {
        if let Some(column) = self.column_of_comparison(index) {
            return Some(Subject::Column(column));
        }
        if let Some(column) = self.number_of_rows_before(index, bound) {
            return Some(Subject::Column(column));
        }
        if let Some(counted) = self.noun_right_after(index, bound) {
            return Some(counted);
        }
        let before = self.subject_before(index, bound);
        if before.is_some() {
            return before;
        }
        if let Some(next) = self.next(index)
            && let Some(subject) = self.subject_after(next)
        {
            return Some(subject);
        }
        bound
            .unit
            .and_then(|unit| self.column_with_unit(unit))
            .or_else(|| self.only_number(bound))
            .map(Subject::Column)
    }

    /// "older than 30", "30 years old".
    fn column_of_comparison(&mut self, index: usize) -> Option<ColumnId> {
        let first = self.tokens[self.items[index].start].word.as_str();
        if let Some((_, columns)) = COMPARATIVES.iter().find(|(words, _)| words.contains(&first)) {
            return self.column_named(columns);
        }
        let next = self.next(index)?;
        let Some(Cue::Adjective(adjective)) = self.cue(next).filter(|_| !self.items[next].used) else {
            return None;
        };
        let column = self.column_named(ADJECTIVES[adjective].columns)?;
        self.consume(next);
        Some(column)
    }

    /// The nearest number before, unless another comparison stands between; its unit must agree.
    fn subject_before(&mut self, index: usize, bound: &Bound) -> Option<Subject> {
        for before in (0..index).rev() {
            if matches!(self.items[before].kind, Kind::Bound(_) | Kind::Range) {
                return None;
            }
            if let Some((_, metric)) = self.metric_items.iter().find(|(item, _)| *item == before) {
                let countable = !matches!(
                    self.reading.metrics[*metric],
                    Metric::Rows(_) | Metric::Entities(_) | Metric::Distinct(_)
                );
                return countable.then_some(Subject::Metric(*metric));
            }
            let column = match self.sense(before) {
                Some(Sense::Number(column)) => *column,
                Some(Sense::Dimension(column)) if self.number_label(before).is_some() => *column,
                Some(Sense::Condition(check)) if self.catalogue.column(check.column).kind.is_number() => {
                    check.column
                }
                Some(Sense::Measure(measure)) if !self.items[before].used => {
                    let metric = Metric::Measure(*measure, None);
                    self.add_metric(before, metric);
                    return Some(Subject::Metric(self.reading.metrics.len() - 1));
                }
                _ => continue,
            };
            return self.unit_agrees(column, bound).then(|| {
                self.consume(before);
                Subject::Column(column)
            });
        }
        None
    }

    /// A percentage is not compared with a price.
    fn unit_agrees(&self, column: ColumnId, bound: &Bound) -> bool {
        match (self.catalogue.column(column).unit.as_deref(), bound.unit) {
            (Some(unit), Some(asked @ ("%" | "USD"))) => unit == asked || !matches!(unit, "%" | "USD"),
            _ => true,
        }
    }

    /// "more than 5 orders", "under 20 units in stock".
    fn subject_after(&mut self, next: usize) -> Option<Subject> {
        if let Some(column) = self.stock_in_that_unit(next) {
            self.consume(next);
            return Some(Subject::Column(column));
        }
        if let Some(Sense::Measure(measure)) = self.sense(next).filter(|_| !self.items[next].used) {
            let metric = Metric::Measure(*measure, None);
            self.add_metric(next, metric.clone());
            let place = self.reading.metrics.iter().position(|known| *known == metric);
            return place.map(Subject::Metric);
        }
        if let Some(Sense::Number(column)) = self.sense(next) {
            let column = *column;
            self.consume(next);
            return Some(Subject::Column(column));
        }
        if self.counted_after(next).is_none() && self.items[next].plural {
            return self.times_it_happened(next);
        }
        let next = self.counted_after(next)?;
        let counted = self.count_metric(next)?;
        let grouped = (0..next).any(|before| {
            matches!(
                self.sense(before),
                Some(Sense::Rows(_) | Sense::Key(_) | Sense::Dimension(_) | Sense::Entity(_))
            ) && self.count_metric(before).as_ref() != Some(&counted)
        });
        (grouped || !self.reading.groups.is_empty()).then(|| {
            self.add_metric(next, counted);
            Subject::Metric(self.reading.metrics.len() - 1)
        })
    }

    /// "categories with more than 1,000 pieces": of a group, what adds up is added up.
    fn bounds_a_sum(&self, index: usize, column: ColumnId) -> bool {
        let nouns: Vec<&Sense> = (0..self.items.len())
            .filter_map(|place| self.sense(place))
            .filter(|sense| {
                matches!(
                    sense,
                    Sense::Rows(_) | Sense::Entity(_) | Sense::Key(_) | Sense::Dimension(_)
                )
            })
            .collect();
        let first_is_group = (0..index).find(|place| self.sense(*place).is_some()).is_some_and(|place| {
            matches!(self.sense(place), Some(Sense::Dimension(dimension)) if !self.identifies_rows(*dimension))
                && self.items[place].plural
        });
        let adds_up = self.catalogue.default_aggregate(column) == Aggregate::Sum;
        nouns.len() == 1 && first_is_group && adds_up && self.reading.metrics.is_empty()
    }

    /// "revenue from orders above $500": the orders' own money.
    fn number_of_rows_before(&self, index: usize, bound: &Bound) -> Option<ColumnId> {
        let Some(Sense::Rows(table)) = self.sense(self.previous(index)?) else {
            return None;
        };
        let table = *table;
        let measured = (0..index).any(|before| matches!(self.sense(before), Some(Sense::Measure(_))));
        let unit = bound.unit.filter(|_| measured)?;
        let columns = &self.catalogue.table(table).columns;
        let column = columns
            .iter()
            .position(|column| column.kind.is_number() && column.unit.as_deref() == Some(unit))?;
        Some(ColumnId { table, column })
    }

    /// "csat by agent for agents with more than 200 tickets": the noun is counted, whatever stands before.
    fn noun_right_after(&mut self, index: usize, bound: &Bound) -> Option<Subject> {
        let next = index + 1;
        let rows = matches!(self.sense(next), Some(Sense::Rows(_) | Sense::Entity(_)));
        let ends_there = (next + 1..self.items.len())
            .find(|place| !self.is_light(*place))
            .is_none_or(|place| !matches!(self.items[place].kind, Kind::Sense { .. }));
        let compares = bound.op != Operator::Equal && bound.unit.is_none();
        if rows && ends_there && compares && self.items[next].plural {
            self.subject_after(next)
        } else {
            None
        }
    }

    /// "more than 5 outages": rows that meet the condition.
    fn times_it_happened(&mut self, index: usize) -> Option<Subject> {
        let table = self
            .check(index)
            .filter(|_| !self.items[index].used)?
            .column
            .table;
        let holder = (0..index).any(|before| {
            matches!(
                self.sense(before),
                Some(Sense::Key(_) | Sense::Dimension(_) | Sense::Entity(_))
            )
        });
        (holder || !self.reading.groups.is_empty()).then(|| {
            let place = self
                .reading
                .metrics
                .iter()
                .position(|metric| *metric == Metric::Rows(table));
            Subject::Metric(place.unwrap_or_else(|| {
                self.reading.metrics.push(Metric::Rows(table));
                self.reading.metrics.len() - 1
            }))
        })
    }

    /// "3 returned orders": the noun, past its conditions.
    fn counted_after(&self, first: usize) -> Option<usize> {
        let noun =
            (first..self.items.len()).find(|index| self.check(*index).is_none() && !self.is_light(*index))?;
        self.count_metric(noun).is_some().then_some(noun)
    }

    fn column_with_unit(&self, unit: &str) -> Option<ColumnId> {
        let matches_unit = |id: ColumnId| {
            let column = self.catalogue.column(id);
            let is_unit = |word: &str| word.eq_ignore_ascii_case(unit) || UNITS.contains(&(word, unit));
            let named = readable(&column.name).to_lowercase().split(' ').any(is_unit);
            let spoken = column
                .synonyms
                .iter()
                .any(|synonym| synonym.split(' ').any(|word| crate::stem::lemma(word) == unit));
            column.unit.as_deref() == Some(unit) || named || spoken
        };
        self.numbers()
            .into_iter()
            .find(|id| matches_unit(*id))
            .or_else(|| self.only_duration(unit))
            .or_else(|| (unit == "USD").then(|| self.money_column()).flatten())
    }

    /// Where no column declares a currency: one whose name speaks of money.
    fn money_column(&self) -> Option<ColumnId> {
        const MONEY: [&str; 8] = [
            "total", "amount", "price", "cost", "revenue", "value", "salary", "fee",
        ];
        let named = |id: &ColumnId, word: &str| {
            readable(&self.catalogue.column(*id).name)
                .to_lowercase()
                .split(' ')
                .any(|part| part == word)
        };
        MONEY
            .iter()
            .find_map(|word| self.numbers().into_iter().find(|id| named(id, word)))
    }

    fn only_number(&self, bound: &Bound) -> Option<ColumnId> {
        let measures = self.numbers();
        match measures.as_slice() {
            [only] if self.unit_agrees(*only, bound) && bound.unit.is_none() => Some(*only),
            _ => None,
        }
    }

    /// The base table's numbers, those worth aggregating first.
    fn numbers(&self) -> Vec<ColumnId> {
        let table = self.reading.base;
        let ids = (0..self.catalogue.table(table).columns.len()).map(|column| ColumnId { table, column });
        let is_number = |id: &ColumnId| {
            matches!(
                self.catalogue.sense(crate::link::Target::Column(*id)),
                Sense::Number(_)
            )
        };
        let mut numbers: Vec<ColumnId> = ids.filter(is_number).collect();
        numbers.sort_by_key(|id| self.catalogue.column(*id).role != ColumnRole::Measure);
        numbers
    }

    /// A number that the question spells out replaces what a word such as "low" stands for.
    fn add_bound(&mut self, index: usize, column: ColumnId, bound: &Bound) {
        for other in 0..self.items.len() {
            let same = matches!(self.sense(other), Some(Sense::Condition(check)) if check.column == column);
            if same {
                self.consume(other);
            }
        }
        self.consume(index);
        let factor = self.unit_factor(column, bound.unit);
        let bound = &Bound {
            values: bound.values.iter().map(|value| value * factor).collect(),
            ..bound.clone()
        };
        let value = match bound.values.as_slice() {
            [single] => json_number(*single),
            several => Some(Value::Array(
                several.iter().copied().filter_map(json_number).collect(),
            )),
        };
        let check = ColumnCheck {
            column,
            op: bound.op,
            value: value.unwrap_or(Value::Null),
        };
        let check = self.with_polarity(index, check);
        if std::mem::take(&mut self.rate_of_bound) {
            let name = self.words(index);
            self.reading.metrics.push(Metric::Rate { check, name });
        } else {
            self.reading.conditions.push(Condition { check, or: false });
        }
    }

    /// "more than a week", where one number is a time that something takes.
    fn only_duration(&self, unit: &str) -> Option<ColumnId> {
        seconds(unit)?;
        let takes_time = |id: &ColumnId| {
            self.catalogue
                .column(*id)
                .unit
                .as_deref()
                .is_some_and(|own| seconds(own).is_some())
        };
        let durations: Vec<ColumnId> = self.numbers().into_iter().filter(takes_time).collect();
        match durations[..] {
            [only] => Some(only),
            _ => None,
        }
    }

    /// "more than 2 days", of a column in hours.
    fn unit_factor(&self, column: ColumnId, asked: Option<&str>) -> f64 {
        let own = self.catalogue.column(column).unit.as_deref().and_then(seconds);
        match own.zip(asked.and_then(seconds)) {
            Some((own, asked)) => asked / own,
            None => 1.0,
        }
    }

    /// "older than 30 days", where rows have a date and no age.
    fn read_age(&mut self, index: usize, bound: &Bound) -> bool {
        let words = self.words(index).to_lowercase();
        let old_after = self
            .next(index)
            .filter(|next| self.words(*next).eq_ignore_ascii_case("old"));
        let unit = match bound.unit {
            Some("day") => TimeUnit::Day,
            Some("h") => TimeUnit::Hour,
            Some("week") => TimeUnit::Week,
            Some("month") => TimeUnit::Month,
            Some("year") => TimeUnit::Year,
            _ => return false,
        };
        let speaks_of_age = words.starts_with("older") || words.starts_with("younger") || old_after.is_some();
        let before = match bound.op {
            Operator::Greater => Operator::Less,
            Operator::GreaterOrEqual => Operator::LessOrEqual,
            Operator::Less => Operator::Greater,
            Operator::LessOrEqual => Operator::GreaterOrEqual,
            _ => return false,
        };
        if !speaks_of_age || self.column_named(&["age"]).is_some() {
            return false;
        }
        let moment = || {
            let column = self.catalogue.time_column(self.reading.base)?;
            let now = Moment::parse(self.catalogue.dataset.now.as_deref()?)?;
            let [amount] = bound.values[..] else { return None };
            let past = now.plus(-(amount as i32), unit);
            let by_day = self.catalogue.column(column).kind == ColumnType::Date;
            Some((column, if by_day { past.date.iso() } else { past.iso() }))
        };
        let Some((column, value)) = moment() else {
            return false;
        };
        self.consume(index);
        if let Some(old) = old_after {
            self.consume(old);
        }
        let check = ColumnCheck {
            column,
            op: before,
            value: value.into(),
        };
        self.reading.conditions.push(Condition { check, or: false });
        true
    }
}
