//! Plans with metrics: groups first, then numbers, sorted so that the answer is on top.

use super::Builder;
use crate::calendar::Moment;
use crate::link::ColumnId;
use crate::reading::{Group, Metric, RankBy, Ranking};
use crate::sense::{Sense, json_number};
use csv_analyst_protocol::dataset::{Column, ColumnRole, ColumnType};
use csv_analyst_protocol::plan::{
    ColumnCondition, DatePart, Direction, Expression, Filter, Operator, OrderBy, SelectItem, TimeUnit,
};
use serde_json::Value;

/// How many groups a superlative keeps when the question names no number.
const DEFAULT_TOP: u64 = 10;

impl Builder<'_> {
    pub(super) fn write_aggregate(&mut self) -> Result<(), String> {
        self.settle_latest();
        for group in self.reading.groups.clone() {
            self.write_group(group)?;
        }
        for metric in self.reading.metrics.clone() {
            let item = self.metric_item(&metric);
            if matches!(metric, Metric::Contrast { .. } | Metric::Part { .. }) && item.expression.is_none() {
                return Err("how the two sides are compared".to_owned());
            }
            self.plan.select.push(item);
            self.explain_metric(&metric);
        }
        self.write_series()?;
        self.leave_out_missing_groups();
        self.write_having();
        self.write_group_order()
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
            && (self.reading.current
                || (counts_entities && changing && !self.reading.ever)
                || rate_of_entities)
            && !entity.key.is_empty()
        {
            self.keep_latest(base);
        }
    }

    /// "the most common kind" is one of those that there are.
    fn leave_out_missing_groups(&mut self) {
        let cuts = self.reading.ranking.is_some_and(|ranking| ranking.cuts) || self.reading.share.is_some();
        let counts = matches!(
            self.reading.metrics.first(),
            Some(Metric::Rows(_) | Metric::Entities(_))
        );
        let groups: Vec<ColumnId> = self
            .reading
            .groups
            .iter()
            .filter_map(|group| match group {
                Group::Column(id) if self.catalogue.column(*id).nullable => Some(*id),
                _ => None,
            })
            .collect();
        for id in groups.into_iter().filter(|_| cuts && counts) {
            let name = self.name(id);
            let condition = ColumnCondition::on(name, Operator::IsNotNull, Value::Null);
            self.plan.filters.push(Filter::Condition(condition));
            let noun = super::plural(&self.catalogue.noun(id.table));
            let label = self.catalogue.label(id);
            self.assumptions.push(format!(
                "{} without {label} are left out.",
                super::capitalised(&noun)
            ));
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
            Group::Part(part) => self.write_part(part)?,
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

    fn write_part(&mut self, part: DatePart) -> Result<(), String> {
        let column = self
            .time()
            .ok_or("which date is meant, because this data has no date or timestamp there")?;
        if part == DatePart::Hour && self.catalogue.column(column).kind == ColumnType::Date {
            return Err("which hour is meant, because this data has days only".to_owned());
        }
        let alias = super::names::part_name(part);
        self.plan.select.push(SelectItem {
            expression: Some(Expression::Part {
                part,
                of: Box::new(Expression::Column(self.name(column))),
            }),
            alias: Some(alias.to_owned()),
            ..SelectItem::default()
        });
        self.plan.group_by.push(alias.to_owned());
        if part == DatePart::Weekday {
            self.assumptions
                .push("Days of the week count from 1, Monday.".to_owned());
        }
        Ok(())
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
        let alias = unit.name().to_owned();
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

    fn write_group_order(&mut self) -> Result<(), String> {
        let result = |metric: &&Metric| matches!(metric, Metric::Contrast { .. });
        let metrics = &self.reading.metrics;
        let leading = metrics.iter().find(result).or(metrics.first());
        let Some(first) = leading.map(|metric| self.alias(metric)) else {
            return Ok(());
        };
        if self.plan.group_by.is_empty() {
            return Ok(());
        }
        let ranking = self.reading.ranking;
        if let Some(ranking) = ranking.filter(|ranking| ranking.cuts)
            && self.write_top_per_group(&first, ranking.direction)?
        {
            return Ok(());
        }
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
        self.plan.offset = self.reading.offset;
        Ok(())
    }

    /// Ordered categories and time in their order; other groups by the number, highest first.
    fn natural_order(&self, metric: String) -> Vec<(String, Direction)> {
        let ordered = |group: &Group| match group {
            Group::Column(id) => {
                !self.catalogue.column(*id).ordered_values.is_empty()
                    || matches!(self.catalogue.column(*id), column if column.kind.is_number() && column.role != ColumnRole::Key)
            }
            Group::Bucket(..) | Group::Part(_) => true,
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
