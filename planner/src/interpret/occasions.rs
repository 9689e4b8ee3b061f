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
            let Kind::TimeUnit(unit) = self.items[index].kind else {
                continue;
            };
            let asked_for = self.previous(index).is_some_and(|before| {
                matches!(
                    self.cue(before),
                    Some(Cue::Which | Cue::Superlative { .. } | Cue::Ordinal(_))
                )
            });
            if asked_for && !self.items[index].used {
                self.consume(index);
                self.add_group(Group::Bucket(None, Some(unit)));
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
        match self.reading.ranking.map(|ranking| (ranking.by, ranking.direction)) {
            Some((RankBy::Time | RankBy::Age, direction)) if self.reading.limit.is_none() => {
                let aggregate = match direction {
                    Direction::Asc => Aggregate::Min,
                    Direction::Desc => Aggregate::Max,
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

    fn read_mean(&mut self, index: usize) {
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
        let Some(counted) = self.count_metric(at).and_then(|metric| self.key_of_metric(&metric)) else {
            return;
        };
        let Some(by) = self.next(at).filter(|by| self.cue(*by) == Some(Cue::GroupBy)) else {
            return;
        };
        let Some(noun) = self.next(by) else { return };
        let Some(per) = self.count_metric(noun).and_then(|metric| self.key_of_metric(&metric)) else {
            return;
        };
        if counted == per || (count.is_none() && !self.items[at].plural) {
            return;
        }
        for used in [Some(index), count, Some(by), Some(noun)].into_iter().flatten() {
            self.consume(used);
        }
        self.add_metric(at, Metric::Mean { counted, per });
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
