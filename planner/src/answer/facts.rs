//! What a result shows: a number, a ranking of groups, or a list.

use super::Answered;
use super::format::{amount, grouped, name, number};
use super::periods::Periods;
use crate::build::plural;
use crate::link::ColumnId;
use crate::sense::Catalogue;
use csv_analyst_protocol::dataset::{ColumnRole, Dataset};
use csv_analyst_protocol::plan::{Aggregate, Direction, QueryPlan, SelectItem};
use csv_analyst_protocol::run::Cell;
use std::cmp::Ordering;

pub(super) struct Facts<'a> {
    pub plan: &'a QueryPlan,
    pub dataset: &'a Dataset,
    pub answered: Answered<'a>,
}

impl Facts<'_> {
    pub fn window_words(&self) -> String {
        match &self.plan.window {
            Some(window) if window.last == 1 => format!("last {}", window.unit.name()),
            Some(window) => format!("last {} {}s", window.last, window.unit.name()),
            None => String::new(),
        }
    }

    pub fn sentence(&self) -> String {
        if self.answered.row_count == 0 || self.answered.rows.is_empty() {
            return format!("no {} match", plural(&self.noun()));
        }
        let metrics = self.metrics();
        match metrics.as_slice() {
            [] => self.list(),
            _ if self.plan.group_by.is_empty() => self.numbers(&metrics),
            [first, ..] => self.ranking(*first),
        }
    }

    /// Places of the aggregated columns; none where the table does not look like its plan.
    fn metrics(&self) -> Vec<usize> {
        let fits = self.plan.select.len() == self.answered.columns.len()
            && self
                .answered
                .rows
                .iter()
                .all(|row| row.len() == self.answered.columns.len());
        let is_metric = |place: &usize| {
            self.plan.select[*place].agg.is_some() || self.plan.select[*place].measure.is_some()
        };
        if fits {
            (0..self.answered.columns.len()).filter(is_metric).collect()
        } else {
            Vec::new()
        }
    }

    fn noun(&self) -> String {
        let Some(table) = self
            .dataset
            .tables
            .iter()
            .position(|table| table.name == self.plan.table)
        else {
            return "row".to_owned();
        };
        let entity = self.dataset.tables[table].entity.as_ref();
        let by_entity = entity
            .is_some_and(|entity| self.plan.latest.is_some() || self.plan.group_by.starts_with(&entity.key));
        match entity.filter(|_| by_entity) {
            Some(entity) => entity.noun.clone(),
            None => Catalogue {
                dataset: self.dataset,
            }
            .noun(table),
        }
    }

    /// "The number of orders is 5,012".
    fn numbers(&self, metrics: &[usize]) -> String {
        let row = &self.answered.rows[0];
        let parts: Vec<String> = metrics
            .iter()
            .map(|place| match &row[*place] {
                Cell::Null => format!("there is no {}", self.label(*place)),
                cell => format!(
                    "the {} is {}",
                    self.label(*place),
                    amount(cell, self.unit(*place).as_deref())
                ),
            })
            .collect();
        parts.join(", ")
    }

    /// "Clothing has the highest return rate (18.02 %), Books the lowest (5.11 %)".
    fn ranking(&self, metric: usize) -> String {
        let order = self.compared(metric);
        let (Some(high), Some(low)) = (order.first(), order.last()) else {
            return self.counted();
        };
        let label = self.label(metric);
        let said = |row: &[Cell]| amount(&row[metric], self.unit(metric).as_deref());
        let of = |row: &[Cell]| format!("{} ({})", self.group_name(row), said(row));
        if order.len() == 1 {
            return format!("{}: {label} {}", self.group_name(high), said(high));
        }
        if number(&high[metric]) == number(&low[metric]) {
            return format!("all have the same {label}: {}", said(high));
        }
        match (self.is_complete(), self.direction_of(metric)) {
            (true, _) => format!("{label} is highest for {} and lowest for {}", of(high), of(low)),
            (false, Some(Direction::Asc)) => format!("{label} is lowest for {}", of(low)),
            (false, Some(Direction::Desc)) => format!("{label} is highest for {}", of(high)),
            (false, None) => format!(
                "among the rows shown, {label} is highest for {} and lowest for {}",
                of(high),
                of(low)
            ),
        }
    }

    /// Time spans that the data covers only in part, and what that means for the comparison.
    pub fn remark(&self) -> Option<String> {
        let metric = *self.metrics().first()?;
        let names = self.partial_periods(metric);
        let (last, others) = names.split_last()?;
        let (said, verb, pronoun) = match others {
            [] => (last.clone(), "is", "it is"),
            others => (format!("{} and {last}", others.join(", ")), "are", "they are"),
        };
        let said = crate::build::capitalised(&said);
        Some(match self.leaves_out_partial(metric) {
            true => format!("{said} {verb} left out of this comparison, because {pronoun} not complete"),
            false => format!("{said} {verb} not complete"),
        })
    }

    /// In the order of time, each once.
    fn partial_periods(&self, metric: usize) -> Vec<String> {
        let Some(periods) = self.periods(metric) else {
            return Vec::new();
        };
        let mut cells: Vec<&str> = (self.answered.rows.iter())
            .filter(|row| periods.is_partial(row))
            .filter_map(|row| row[periods.place].as_str())
            .collect();
        cells.sort_unstable();
        cells.dedup();
        cells
            .into_iter()
            .map(|cell| super::periods::name(cell, periods.unit))
            .collect()
    }

    /// The groups' time spans, where a shorter one makes the metric smaller.
    fn periods(&self, metric: usize) -> Option<Periods> {
        let item = &self.plan.select[metric];
        let grows = item.measure.is_some()
            || matches!(
                item.agg,
                Some(Aggregate::Count | Aggregate::CountDistinct | Aggregate::Sum)
            );
        let place = self.plan.select.iter().position(|item| item.bucket.is_some())?;
        let column = self.plan.select[place].column.as_deref()?;
        let id = self.column(column).filter(|_| grows)?;
        let described = &self.dataset.tables[id.table].columns[id.column];
        Periods::new(self.plan, self.dataset, place, described)
    }

    fn leaves_out_partial(&self, metric: usize) -> bool {
        let Some(periods) = self.periods(metric) else {
            return false;
        };
        let whole = |row: &&&Vec<Cell>| !periods.is_partial(row);
        self.highest_first(metric).iter().filter(whole).count() > 1
    }

    /// Highest first, without what is not complete, as long as two are left to compare.
    fn compared(&self, metric: usize) -> Vec<&Vec<Cell>> {
        let mut order = self.highest_first(metric);
        if let Some(periods) = self.periods(metric).filter(|_| self.leaves_out_partial(metric)) {
            order.retain(|row| !periods.is_partial(row));
        }
        order
    }

    fn highest_first(&self, metric: usize) -> Vec<&Vec<Cell>> {
        let value = |row: &Vec<Cell>| number(&row[metric]);
        let mut order: Vec<&Vec<Cell>> = self
            .answered
            .rows
            .iter()
            .filter(|row| value(row).is_some())
            .collect();
        order.sort_by(|left, right| value(right).partial_cmp(&value(left)).unwrap_or(Ordering::Equal));
        order
    }

    /// Every group is in the table.
    fn is_complete(&self) -> bool {
        self.plan.limit.is_none()
            && !self.answered.capped
            && self.answered.rows.len() as u64 == self.answered.row_count
    }

    /// How the rows are sorted by this number, if they are.
    fn direction_of(&self, metric: usize) -> Option<Direction> {
        let first = self.plan.order_by.first()?;
        let alias = &self.plan.select[metric].alias;
        let by_metric = alias.is_some() && *alias == first.expr;
        by_metric.then_some(first.dir)
    }

    /// The group's own columns, at most two.
    fn group_name(&self, row: &[Cell]) -> String {
        let is_group = |place: &usize| {
            self.plan.select[*place].agg.is_none() && self.plan.select[*place].measure.is_none()
        };
        let several = self.plan.group_by.len() > 1 && !self.is_identity();
        let names: Vec<String> = (0..row.len())
            .filter(is_group)
            .take(if several { 2 } else { 1 })
            .map(|place| self.group_cell(place, &row[place]))
            .collect();
        names.join(", ")
    }

    /// The groups are one thing by name and key, not several dimensions.
    fn is_identity(&self) -> bool {
        self.plan.group_by.iter().any(|group| {
            self.column(group).is_some_and(|id| {
                let table = &self.dataset.tables[id.table];
                let name = &table.columns[id.column].name;
                table.primary_key.contains(name)
                    || table
                        .entity
                        .as_ref()
                        .is_some_and(|entity| entity.key.contains(name))
            })
        })
    }

    fn group_cell(&self, place: usize, cell: &Cell) -> String {
        match self.plan.select[place].bucket {
            Some(unit) => super::periods::name(&name(cell), unit),
            None => name(cell),
        }
    }

    fn list(&self) -> String {
        let plural_noun = plural(&self.noun());
        if let ([column], [_]) = (self.answered.columns, self.plan.select.as_slice()) {
            return self.values(&crate::link::readable(&column.name));
        }
        if self.plan.limit == Some(self.answered.row_count) {
            return format!(
                "the first {} {plural_noun}{}",
                self.row_count(),
                self.order_words()
            );
        }
        self.counted()
    }

    /// One column: its values are the answer. "Country: Italy".
    fn values(&self, label: &str) -> String {
        const MOST: usize = 8;
        let shown = self.answered.rows.iter().take(MOST).filter_map(|row| row.first());
        let values: Vec<String> = shown.map(name).collect();
        let more = if self.answered.rows.len() > MOST {
            " and others"
        } else {
            ""
        };
        let values = format!("{}{more}", values.join(", "));
        match (self.plan.distinct, self.answered.rows) {
            (true, _) => format!("{} different values of {label}: {values}", self.row_count()),
            (false, [row]) if row.first() == Some(&Cell::Null) => format!("there is no {label}"),
            (false, _) => format!("{label}: {values}"),
        }
    }

    fn counted(&self) -> String {
        let noun = self.noun();
        let (noun, verb) = if self.answered.row_count == 1 {
            (noun, "matches")
        } else {
            (plural(&noun), "match")
        };
        format!("{} {noun} {verb}", self.row_count())
    }

    fn row_count(&self) -> String {
        let number = grouped(&self.answered.row_count.to_string());
        match self.answered.capped {
            true => format!("{number} or more"),
            false => number,
        }
    }

    fn order_words(&self) -> String {
        let Some(order) = self.plan.order_by.first() else {
            return String::new();
        };
        let Some(id) = order.expr.as_ref().and_then(|name| self.column(name)) else {
            return String::new();
        };
        let catalogue = Catalogue {
            dataset: self.dataset,
        };
        let words = match (catalogue.column(id).kind.is_temporal(), order.dir) {
            (true, Direction::Asc) => "oldest first",
            (true, Direction::Desc) => "newest first",
            (false, Direction::Asc) => "lowest first",
            (false, Direction::Desc) => "highest first",
        };
        format!(" by {}, {words}", catalogue.label(id))
    }

    fn column(&self, name: &str) -> Option<ColumnId> {
        let (table, column) = name.split_once('.').unwrap_or((&self.plan.table, name));
        let table = self.dataset.tables.iter().position(|known| known.name == table)?;
        Catalogue {
            dataset: self.dataset,
        }
        .find(table, column)
    }

    fn unit(&self, place: usize) -> Option<String> {
        let item: &SelectItem = &self.plan.select[place];
        if item.agg == Some(Aggregate::Rate) {
            return Some("%".to_owned());
        }
        if matches!(item.agg, Some(Aggregate::Count | Aggregate::CountDistinct)) {
            return None;
        }
        let measure = item
            .measure
            .as_ref()
            .and_then(|name| self.dataset.measures.iter().find(|measure| measure.name == *name));
        let column = item.column.as_deref().and_then(|name| self.column(name));
        measure.and_then(|measure| measure.unit.clone()).or_else(|| {
            Catalogue {
                dataset: self.dataset,
            }
            .column(column?)
            .unit
            .clone()
        })
    }

    fn label(&self, place: usize) -> String {
        super::acronyms::restore(&self.plain_label(place), self.dataset)
    }

    fn plain_label(&self, place: usize) -> String {
        let item = &self.plan.select[place];
        let alias = crate::link::readable(
            item.alias
                .as_deref()
                .unwrap_or(&self.answered.columns[place].name),
        );
        let column = item
            .column
            .as_deref()
            .and_then(|name| self.column(name))
            .map(|id| {
                Catalogue {
                    dataset: self.dataset,
                }
                .label(id)
            });
        let counts_numbers = item.agg == Some(Aggregate::CountDistinct)
            && item
                .column
                .as_deref()
                .and_then(|name| self.column(name))
                .is_some_and(|id| {
                    let column = &self.dataset.tables[id.table].columns[id.column];
                    column.role != ColumnRole::Key && (column.kind.is_number() || column.kind.is_temporal())
                });
        match (item.agg, column) {
            // "number of heights" would name no one thing that is counted.
            (Some(Aggregate::CountDistinct), Some(column)) if counts_numbers => {
                format!("number of different values of {column}")
            }
            (Some(Aggregate::Count | Aggregate::CountDistinct), _) => match alias.strip_suffix(" count") {
                Some(noun) => format!("number of {}", plural(noun)),
                None => alias,
            },
            (Some(Aggregate::Avg), Some(column)) => format!("average {column}"),
            (Some(Aggregate::Sum), Some(column)) if !column.starts_with("total") => format!("total {column}"),
            (Some(Aggregate::Sum), Some(column)) => column,
            (Some(Aggregate::Max), Some(column)) => format!("highest {column}"),
            (Some(Aggregate::Min), Some(column)) => format!("lowest {column}"),
            (Some(Aggregate::Median), Some(column)) => format!("median {column}"),
            (None, None) if item.measure.is_some() => item.measure.clone().unwrap_or(alias),
            _ => alias,
        }
    }
}
