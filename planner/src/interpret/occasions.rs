//! Time as what is asked for: "which month", "the busiest day", "when was the first".

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::Cue;
use crate::link::ColumnId;
use crate::reading::{Focus, Group, Metric, RankBy};
use crate::sense::Sense;
use csv_analyst_protocol::plan::{Aggregate, Direction, Operator};

impl Interpreter<'_> {
    /// "which month", "our best day": the answer has a row for each, until a ranking cuts it.
    pub(super) fn read_time_focus(&mut self) {
        for index in 0..self.items.len() {
            let group = match self.items[index].kind {
                Kind::TimeUnit(unit) => Group::Bucket(None, Some(unit)),
                Kind::Cue(Cue::Part(part)) => Group::Part(part),
                _ => continue,
            };
            let mut before = self.previous(index);
            if let Some(number) = before.filter(|number| matches!(self.items[*number].kind, Kind::Number(_)))
            {
                before = self.previous(number);
            }
            let asked_for = match before {
                Some(before) => matches!(
                    self.cue(before),
                    Some(Cue::Which | Cue::Superlative { .. } | Cue::Ordinal(_))
                ),
                // "the day with the most ..".
                None => (index..self.items.len())
                    .any(|next| matches!(self.cue(next), Some(Cue::Superlative { .. }))),
            };
            if asked_for && !self.items[index].used {
                self.consume(index);
                self.add_group(group);
                self.reading.time_focus = Some(self.items[index].plural);
            }
        }
    }

    /// "when": a moment, or the row that shows it.
    pub(super) fn read_when(&mut self) {
        let Some(index) = (0..self.items.len())
            .find(|index| self.cue(*index) == Some(Cue::When) && !self.items[*index].used)
        else {
            return;
        };
        let Some(time) = self.time_of_base() else { return };
        match self
            .reading
            .ranking
            .map(|ranking| (ranking.by, ranking.direction))
        {
            Some((RankBy::Time | RankBy::Age, direction)) if self.reading.limit.is_none() => {
                let by_age = self
                    .reading
                    .ranking
                    .is_some_and(|ranking| ranking.by == RankBy::Age);
                let aggregate = if (direction == Direction::Asc) == by_age {
                    Aggregate::Max
                } else {
                    Aggregate::Min
                };
                let column = self.event_of_question().unwrap_or(time);
                self.reading.ranking = None;
                self.reading.metrics.push(Metric::Column(column, aggregate));
                self.consume(index);
            }
            Some((RankBy::Column(column), _)) if self.reading.metrics.is_empty() => {
                self.reading.focus = Some(Focus {
                    sense: Sense::Rows(column.table),
                    plural: false,
                    leads: true,
                });
                self.reading.columns.push(time);
                self.consume(index);
            }
            None if self.names_one_row() && self.reading.metrics.is_empty() => {
                let column = self.event_of_question().unwrap_or(time);
                self.reading.columns.push(column);
                self.consume(index);
            }
            _ => {}
        }
    }

    /// "when was it resolved", where the table has a `resolved_at`: the word is no condition then.
    fn event_of_question(&mut self) -> Option<ColumnId> {
        let index = (0..self.items.len())
            .find(|index| !self.items[*index].used && self.event_column(*index).is_some())?;
        let column = self.event_column(index)?;
        self.consume(index);
        Some(column)
    }

    /// A key was given.
    fn names_one_row(&self) -> bool {
        self.reading.conditions.iter().any(|condition| {
            condition.check.op == Operator::Equal
                && self.catalogue.key(condition.check.column.table) == Some(condition.check.column)
        })
    }

    /// The base table's time, or that of the nearest table it points to.
    pub(super) fn time_of_base(&self) -> Option<ColumnId> {
        let base = self.reading.base;
        let mut tables: Vec<(usize, usize)> = (0..self.catalogue.dataset.tables.len())
            .filter_map(|table| Some((self.catalogue.distance(base, table)?, table)))
            .collect();
        tables.sort_unstable();
        tables
            .into_iter()
            .find_map(|(_, table)| self.catalogue.time_column(table))
    }

    /// "average number of items per order": how many there are of one for each of the other.
    pub(super) fn read_means(&mut self) {
        for (index, cue) in self.open_cues() {
            if cue == Cue::Aggregate(Aggregate::Avg) {
                self.read_mean(index);
            }
        }
    }

    /// "how many tickets does each agent have on average".
    fn read_mean_before(&mut self, index: usize) -> bool {
        let count = (0..index).find(|place| self.cue(*place) == Some(Cue::Count) && !self.items[*place].used);
        let by = (0..index).rfind(|place| self.cue(*place) == Some(Cue::GroupBy) && !self.items[*place].used);
        let (Some(count), Some(by)) = (count, by) else {
            return false;
        };
        let noun = |from: usize, until: usize| {
            (from + 1..until).find_map(|place| {
                let key = self
                    .count_metric(place)
                    .and_then(|metric| self.key_of_metric(&metric))?;
                Some((place, key))
            })
        };
        let (Some((at, counted)), Some((of, per))) = (noun(count, by), noun(by, index)) else {
            return false;
        };
        if counted == per {
            return false;
        }
        for used in [index, count, by, of] {
            self.consume(used);
        }
        let rows = false;
        self.add_metric(at, Metric::Mean { counted, per, rows });
        true
    }

    fn read_mean(&mut self, index: usize) {
        if self.read_mean_before(index) {
            return;
        }
        let Some(mut at) = self.next(index) else { return };
        let count = Some(at).filter(|at| self.cue(*at) == Some(Cue::Count));
        if count.is_some() {
            match self.next(at) {
                Some(next) => at = next,
                None => return,
            }
        }
        while self.check(at).is_some() {
            match self.next(at) {
                Some(next) => at = next,
                None => return,
            }
        }
        let counted = self.count_metric(at);
        let Some(by) = self.next(at).filter(|by| self.cue(*by) == Some(Cue::GroupBy)) else {
            return;
        };
        let Some(noun) = self.next(by) else { return };
        let Some(per) = self
            .count_metric(noun)
            .and_then(|metric| self.key_of_metric(&metric))
        else {
            return;
        };
        let key = counted.as_ref().and_then(|metric| self.key_of_metric(metric));
        let rows = key.is_none() && counted == Some(Metric::Rows(per.table));
        let counted = match key {
            Some(key) => key,
            None if rows => per,
            None => return,
        };
        if (counted == per && !rows) || (count.is_none() && !self.items[at].plural) {
            return;
        }
        for used in [Some(index), count, Some(by), Some(noun)].into_iter().flatten() {
            self.consume(used);
        }
        self.add_metric(at, Metric::Mean { counted, per, rows });
    }

    /// The column whose different values are the things that a metric counts.
    fn key_of_metric(&self, metric: &Metric) -> Option<ColumnId> {
        match metric {
            Metric::Rows(table) => self.catalogue.key(*table),
            Metric::Entities(table) => {
                let entity = self.catalogue.table(*table).entity.as_ref()?;
                self.catalogue.find(*table, entity.key.first()?)
            }
            Metric::Distinct(column) => Some(*column),
            _ => None,
        }
    }
}
