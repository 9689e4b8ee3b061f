//! Plans with metrics: groups first, then numbers, sorted so that the answer is on top.

use super::Builder;
use crate::calendar::Moment;
use crate::link::ColumnId;
use crate::reading::{Group, Metric, RankBy, Ranking};
use crate::sense::{Sense, json_number};
use csv_analyst_protocol::dataset::{Column, ColumnRole, ColumnType};
use csv_analyst_protocol::plan::{
    Aggregate, ColumnCondition, Direction, Expression, Filter, Operator, OrderBy, SelectItem, TimeUnit,
};
use serde_json::Value;

/// How many groups a superlative keeps when the question names no number.
const DEFAULT_TOP: u64 = 10;
/// An average of prices or hours says nothing beyond hundredths.
const AVERAGE_DECIMALS: u8 = 2;

impl Builder<'_> {
    pub(super) fn write_aggregate(&mut self) -> Result<(), String> {
        self.settle_latest();
        for group in self.reading.groups.clone() {
            self.write_group(group)?;
        }
        for metric in self.reading.metrics.clone() {
            let item = self.metric_item(&metric);
            self.plan.select.push(item);
            self.explain_metric(&metric);
        }
        self.write_having();
        self.write_group_order();
        Ok(())
    }

    /// Entities are counted once: by their latest row where what decides can change over time.
    fn settle_latest(&mut self) {
        let base = self.reading.base;
        let Some(entity) = self.catalogue.table(base).entity.as_ref() else {
            return;
        };
        let changing = self
            .deciding_columns()
            .iter()
            .any(|column| !self.is_attribute(*column));
        let counts_entities = self.reading.metrics.contains(&Metric::Entities(base));
        let rate_of_entities = self.entity_focus().is_some()
            && matches!(self.reading.metrics.first(), Some(Metric::Rate { .. }));
        let timeless = self.plan.window.is_none() && self.reading.range.is_none();
        let by_time = self
            .reading
            .groups
            .iter()
            .any(|group| matches!(group, Group::Bucket(..)));
        if timeless
            && !by_time
            && (self.reading.current || (counts_entities && changing) || rate_of_entities)
            && !entity.key.is_empty()
        {
            self.keep_latest(base);
        }
    }

    pub(super) fn write_group(&mut self, group: Group) -> Result<(), String> {
        match group {
            Group::Column(id) => self.write_group_columns(&[id]),
            Group::Entity(table) => {
                let entity = self.catalogue.table(table).entity.as_ref();
                let names = entity.map_or(Vec::new(), |entity| {
                    [entity.key.clone(), entity.attributes.clone()].concat()
                });
                let ids = self.find_all(table, &names);
                self.write_group_columns(&ids);
            }
            Group::Rows(table) => {
                let ids = self.row_identity(table);
                if ids.is_empty() {
                    return Err(format!("what identifies one {}", self.catalogue.noun(table)));
                }
                self.write_group_columns(&ids);
            }
            Group::Bucket(column, unit) => self.write_bucket(column, unit)?,
        }
        Ok(())
    }

    fn write_group_columns(&mut self, ids: &[ColumnId]) {
        for id in ids {
            let name = self.name(*id);
            if !self.plan.group_by.contains(&name) {
                self.plan.group_by.push(name);
                let item = self.column_item(*id);
                self.plan.select.push(item);
            }
        }
    }

    /// A row's display columns with its key.
    pub(super) fn row_identity(&self, table: usize) -> Vec<ColumnId> {
        let described = self.catalogue.table(table);
        let key = self.find_all(table, &described.primary_key);
        let names = self.find_all(table, &described.display_columns);
        let naming = |id: &ColumnId| self.catalogue.column(*id).kind == ColumnType::Text;
        let names = if names.is_empty() {
            self.naming_column(table).into_iter().collect()
        } else {
            names
        };
        let mut identity: Vec<ColumnId> = names
            .into_iter()
            .filter(|id| naming(id) || key.contains(id))
            .take(2)
            .collect();
        identity.extend(
            key.into_iter()
                .filter(|id| !identity.contains(id))
                .collect::<Vec<_>>(),
        );
        if identity.is_empty() {
            let text = described
                .columns
                .iter()
                .position(|column| column.kind == ColumnType::Text);
            identity.extend(text.map(|column| ColumnId { table, column }));
        }
        identity
    }

    /// Where nobody said what identifies a row to a reader: a text called "name" or "title", or one that never repeats.
    fn naming_column(&self, table: usize) -> Option<ColumnId> {
        let described = self.catalogue.table(table);
        let is_text = |column: &&Column| column.kind == ColumnType::Text;
        let called = |column: &Column| {
            ["name", "title"]
                .iter()
                .any(|word| column.name.to_lowercase().split('_').any(|part| part == *word))
        };
        let unique =
            |column: &Column| column.distinct_count.is_some() && column.distinct_count == described.row_count;
        let named = described
            .columns
            .iter()
            .find(|column| is_text(column) && called(column));
        let found = named.or_else(|| {
            described
                .columns
                .iter()
                .find(|column| is_text(column) && unique(column))
        })?;
        self.catalogue.find(table, &found.name)
    }

    fn write_bucket(&mut self, column: Option<ColumnId>, unit: Option<TimeUnit>) -> Result<(), String> {
        let column = column
            .or_else(|| self.time())
            .ok_or("which date is meant, because this data has no date or timestamp there")?;
        let unit = unit.unwrap_or_else(|| self.fitting_unit(column));
        let unit = if unit == TimeUnit::Hour && self.catalogue.column(column).kind == ColumnType::Date {
            TimeUnit::Day
        } else {
            unit
        };
        let alias = crate::lexicon::unit_name(unit).to_owned();
        let item = SelectItem {
            bucket: Some(unit),
            alias: Some(alias.clone()),
            ..self.column_item(column)
        };
        self.plan.select.push(item);
        self.plan.group_by.push(alias);
        Ok(())
    }

    /// A unit that gives neither three points nor three thousand.
    fn fitting_unit(&self, column: ColumnId) -> TimeUnit {
        let days_since = |earlier: &str, later: &str| {
            let (from, to) = (Moment::parse(earlier)?, Moment::parse(later)?);
            let months = (to.date.year - from.date.year) * 12 + to.date.month as i32 - from.date.month as i32;
            Some(months * 30 + to.date.day as i32 - from.date.day as i32)
        };
        let described = self.catalogue.column(column);
        let window = self.plan.window.as_ref().map(|window| match window.unit {
            TimeUnit::Hour => window.last as i32 / 24,
            TimeUnit::Day => window.last as i32,
            TimeUnit::Week => window.last as i32 * 7,
            TimeUnit::Month => window.last as i32 * 30,
            TimeUnit::Quarter => window.last as i32 * 90,
            TimeUnit::Year => window.last as i32 * 365,
        });
        let span = window.or_else(|| days_since(described.min.as_deref()?, described.max.as_deref()?));
        match span {
            Some(..3) if described.kind == ColumnType::Timestamp => TimeUnit::Hour,
            Some(..70) => TimeUnit::Day,
            Some(..1_500) | None => TimeUnit::Month,
            Some(_) => TimeUnit::Year,
        }
    }

    fn metric_item(&self, metric: &Metric) -> SelectItem {
        let item = match metric {
            Metric::Rows(table) => SelectItem {
                agg: Some(Aggregate::Count),
                per: self.per(*table),
                ..SelectItem::default()
            },
            Metric::Entities(table) => self.entity_count(*table),
            Metric::Distinct(id) => SelectItem {
                agg: Some(Aggregate::CountDistinct),
                ..self.column_item(*id)
            },
            Metric::Column(id, aggregate) => SelectItem {
                agg: Some(*aggregate),
                ..self.column_item(*id)
            },
            Metric::Measure(measure, aggregate) => {
                let name = self.catalogue.dataset.measures[*measure].name.clone();
                SelectItem {
                    measure: Some(name),
                    agg: *aggregate,
                    ..SelectItem::default()
                }
            }
            Metric::Mean { counted, per } => SelectItem {
                expression: Some(self.mean(*counted, *per)),
                ..SelectItem::default()
            },
            Metric::Rate { check, .. } => SelectItem {
                agg: Some(Aggregate::Rate),
                condition: Some(self.filter(check)),
                per: self.per(check.column.table),
                ..SelectItem::default()
            },
        };
        let rounded = item.measure.is_some()
            || item.expression.is_some()
            || matches!(
                item.agg,
                Some(Aggregate::Avg | Aggregate::Median | Aggregate::Stddev | Aggregate::Rate)
            );
        SelectItem {
            alias: Some(self.alias(metric)),
            round: rounded.then_some(AVERAGE_DECIMALS),
            ..item
        }
    }

    /// How many different ones of the first there are for each of the second.
    fn mean(&self, counted: ColumnId, per: ColumnId) -> Expression {
        let different = |id| {
            Box::new(Expression::Aggregate {
                agg: Aggregate::CountDistinct,
                of: Box::new(Expression::Column(self.name(id))),
            })
        };
        Expression::Divide(different(counted), different(per))
    }

    /// What to count by when the plan's table is finer than the table that is counted.
    fn per(&self, table: usize) -> Option<String> {
        if table == self.reading.base {
            return None;
        }
        let (base, target) = (
            &self.catalogue.table(self.reading.base).name,
            &self.catalogue.table(table).name,
        );
        let link = self
            .catalogue
            .dataset
            .relationships
            .iter()
            .find(|link| link.from_table == *base && link.to_table == *target);
        match link {
            Some(link) => Some(format!("{target}.{}", link.to_column)),
            None => self.catalogue.key(table).map(|key| self.name(key)),
        }
    }

    fn entity_count(&self, table: usize) -> SelectItem {
        let key = self
            .catalogue
            .table(table)
            .entity
            .as_ref()
            .and_then(|entity| entity.key.first());
        match key
            .and_then(|key| self.catalogue.find(table, key))
            .filter(|_| self.plan.latest.is_none())
        {
            Some(id) => SelectItem {
                agg: Some(Aggregate::CountDistinct),
                ..self.column_item(id)
            },
            None => SelectItem {
                agg: Some(Aggregate::Count),
                ..SelectItem::default()
            },
        }
    }

    /// What a reader should know about a metric: an agreed calculation, rows left out.
    fn explain_metric(&mut self, metric: &Metric) {
        match metric {
            Metric::Measure(measure, _) => {
                let measure = &self.catalogue.dataset.measures[*measure];
                if !measure.description.is_empty() {
                    let name = super::names::capitalised(&measure.name);
                    self.assumptions.push(format!("{name}: {}", measure.description));
                }
            }
            Metric::Column(id, Aggregate::Avg | Aggregate::Median) if self.catalogue.column(*id).nullable => {
                let label = self.catalogue.label(*id);
                let noun = super::plural(&self.catalogue.noun(id.table));
                let sentence = format!(
                    "{} without {label} are left out.",
                    super::names::capitalised(&noun)
                );
                if !self.assumptions.contains(&sentence) {
                    self.assumptions.push(sentence);
                }
            }
            _ => {}
        }
    }

    fn write_having(&mut self) {
        for (metric, bound) in self.reading.having.clone() {
            let column = self.alias(&self.reading.metrics[metric]);
            let value = match bound.values.as_slice() {
                [single] => json_number(*single).unwrap_or(Value::Null),
                several => several.iter().copied().filter_map(json_number).collect(),
            };
            self.plan
                .having
                .push(Filter::Condition(ColumnCondition::on(column, bound.op, value)));
        }
    }

    fn write_group_order(&mut self) {
        let Some(first) = self.reading.metrics.first().map(|metric| self.alias(metric)) else {
            return;
        };
        if self.plan.group_by.is_empty() {
            return;
        }
        let ranking = self.reading.ranking;
        let cuts = ranking.is_some_and(|ranking| ranking.cuts);
        let order = match ranking {
            Some(Ranking {
                by: RankBy::Metric | RankBy::Unstated,
                direction,
                ..
            }) => vec![(first, direction)],
            _ => self.natural_order(first),
        };
        self.plan.order_by = order
            .into_iter()
            .map(|(expr, dir)| OrderBy::by(expr, dir))
            .collect();
        self.plan.limit = self
            .reading
            .limit
            .or_else(|| cuts.then(|| self.default_limit()).flatten());
    }

    /// Ordered categories and time in their order; other groups by the number, highest first.
    fn natural_order(&self, metric: String) -> Vec<(String, Direction)> {
        let ordered = |group: &Group| match group {
            Group::Column(id) => {
                !self.catalogue.column(*id).ordered_values.is_empty()
                    || matches!(self.catalogue.column(*id), column if column.kind.is_number() && column.role != ColumnRole::Key)
            }
            Group::Bucket(..) => true,
            Group::Rows(_) | Group::Entity(_) => false,
        };
        let several = self.reading.groups.len() > 1;
        if several || self.reading.groups.iter().any(ordered) {
            return self
                .plan
                .group_by
                .iter()
                .map(|name| (name.clone(), Direction::Asc))
                .collect();
        }
        vec![(metric, Direction::Desc)]
    }

    /// One for "which category", ten for "top products", all where the groups were only to be sorted.
    fn default_limit(&self) -> Option<u64> {
        if let Some(plural) = self.reading.time_focus {
            return Some(if plural { DEFAULT_TOP } else { 1 });
        }
        let focus = self.reading.focus.as_ref()?;
        if matches!(focus.sense, Sense::Flag(_)) {
            return None;
        }
        Some(if focus.plural { DEFAULT_TOP } else { 1 })
    }

    pub(super) fn having_operator_is_low(op: Operator) -> bool {
        matches!(op, Operator::Less | Operator::LessOrEqual)
    }
}
