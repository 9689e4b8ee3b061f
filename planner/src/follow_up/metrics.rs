//! Other numbers about what was shown: the median beside the average, counts, shares, bounds on groups.

use super::{Changed, Conversation, unclear};
use crate::build::{aggregate_name, aggregate_words, identifier, metric_items, plural, share_of};
use crate::reading::{Bound, Metric};
use crate::sense::json_number;
use csv_analyst_protocol::dataset::{ColumnType, Measure};
use csv_analyst_protocol::plan::{Aggregate, ColumnCondition, Expression, Filter, QueryPlan, SelectItem};
use serde_json::Value;

/// As the planner's own averages and shares.
const DECIMALS: u8 = 2;

impl Conversation<'_> {
    pub(super) fn shows_groups(&self) -> bool {
        !self.plan.group_by.is_empty() && self.metrics().next().is_some()
    }

    pub(super) fn count_item(&self) -> SelectItem {
        let noun = self.catalogue.noun(self.base);
        SelectItem {
            agg: Some(Aggregate::Count),
            alias: Some(identifier(&format!("{noun} count"))),
            ..SelectItem::default()
        }
    }

    /// Beside the numbers that are there; its name.
    pub(super) fn add_metric(&mut self, item: SelectItem) -> String {
        let wanted = item.alias.clone().unwrap_or_default();
        let taken = |name: &str| {
            self.plan
                .select
                .iter()
                .any(|known| known.alias.as_deref() == Some(name))
        };
        let name = match taken(&wanted) {
            true => format!("{wanted}_{}", self.plan.select.len()),
            false => wanted,
        };
        self.plan.select.push(SelectItem {
            alias: Some(name.clone()),
            ..item
        });
        name
    }

    /// Numbers of the same rows and groups, with every condition that was there.
    pub(super) fn take_metrics(&mut self, metrics: &[Metric], instead: bool) -> Changed {
        let items = metric_items(self.catalogue, self.base, metrics);
        let Some(items) = items.filter(|_| !instead && self.plan.top.is_none()) else {
            return unclear("how that number goes with what was shown before");
        };
        for item in items {
            let known = |shown: &SelectItem| shown.alias == item.alias;
            if !self.plan.select.iter().any(known) {
                self.add_metric(item);
            }
        }
        Ok(())
    }

    /// "and the median?" of the first number that can be summed up so, "instead" in its place.
    pub(super) fn summarise(&mut self, aggregate: Aggregate, instead: bool) -> Changed {
        let place = (0..self.plan.select.len()).find(|place| self.sums_up(&self.plan.select[*place]));
        let Some(place) = place else {
            return unclear(format!(
                "which number the {} is taken of",
                aggregate_words(aggregate)
            ));
        };
        let known = self.plan.select[place].clone();
        let of = known
            .column
            .as_deref()
            .or(known.measure.as_deref())
            .unwrap_or_default();
        let own = of.rsplit('.').next().unwrap_or(of);
        let rounded = known.measure.is_some()
            || matches!(aggregate, Aggregate::Avg | Aggregate::Median | Aggregate::Stddev);
        let item = SelectItem {
            agg: Some(aggregate),
            round: rounded.then_some(DECIMALS),
            alias: Some(identifier(&format!("{} {own}", aggregate_name(aggregate)))),
            ..known.clone()
        };
        let there = |shown: &SelectItem| {
            (&shown.column, &shown.measure, shown.agg) == (&item.column, &item.measure, item.agg)
        };
        if self.plan.select.iter().any(there) {
            return Ok(());
        }
        let name = self.add_metric(item);
        if instead && self.plan.having.is_empty() && self.plan.top.is_none() {
            self.plan.select.swap_remove(place);
            let orders = self.plan.order_by.iter_mut();
            orders
                .filter(|order| order.expr == known.alias)
                .for_each(|order| order.expr = Some(name.clone()));
        }
        Ok(())
    }

    fn sums_up(&self, item: &SelectItem) -> bool {
        use Aggregate::{Avg, Max, Median, Min, Stddev, Sum};
        let added_up = matches!(item.agg, Some(Avg | Max | Median | Min | Stddev | Sum));
        match (&item.column, self.measure(item)) {
            (Some(column), _) => added_up && item.bucket.is_none() && self.is_number(column),
            (None, Some(measure)) => !measure.expression.any(&is_aggregate),
            (None, None) => false,
        }
    }

    fn measure(&self, item: &SelectItem) -> Option<&Measure> {
        let name = item.measure.as_ref()?;
        self.catalogue
            .dataset
            .measures
            .iter()
            .find(|measure| measure.name == *name)
    }

    fn column_of(&self, name: &str) -> Option<&csv_analyst_protocol::dataset::Column> {
        let (table, own) = match name.split_once('.') {
            Some((table, own)) => (
                self.catalogue
                    .dataset
                    .tables
                    .iter()
                    .position(|known| known.name == table)?,
                own,
            ),
            None => (self.base, name),
        };
        Some(self.catalogue.column(self.catalogue.find(table, own)?))
    }

    fn is_number(&self, name: &str) -> bool {
        self.column_of(name)
            .is_some_and(|column| column.kind.is_number() && column.kind != ColumnType::Boolean)
    }

    /// What a number is measured in.
    pub(super) fn unit(&self, item: &SelectItem) -> Option<&str> {
        if item.agg == Some(Aggregate::Rate) {
            return Some("%");
        }
        match self.measure(item) {
            Some(measure) => measure.unit.as_deref(),
            None => self.column_of(item.column.as_deref()?)?.unit.as_deref(),
        }
    }

    /// "as a percentage": each group's part of the whole, where the parts add up.
    pub(super) fn show_shares(&mut self) -> Changed {
        let shared = |item: &SelectItem| matches!(&item.expression, Some(Expression::Share { .. }));
        if self.plan.select.iter().any(shared) {
            return Ok(());
        }
        let of = self.metrics().next().filter(|_| !self.plan.group_by.is_empty());
        let of = of.and_then(|item| share_of(self.catalogue, self.base, item));
        let Some(of) = of else {
            return unclear("what the percentage is a part of");
        };
        self.add_metric(SelectItem {
            expression: Some(Expression::Share {
                of: Box::new(of),
                within: None,
            }),
            round: Some(DECIMALS),
            alias: Some("share".to_owned()),
            ..SelectItem::default()
        });
        Ok(())
    }

    /// "those over 100", said of groups: a bound on the first number that they show.
    pub(super) fn bound_groups(&mut self, bound: &Bound) -> Changed {
        let Some(item) = self.metrics().next().cloned() else {
            return unclear("which number is meant");
        };
        if bound.unit.is_some() && bound.unit != self.unit(&item) {
            return unclear(format!(
                "which number is measured in {}",
                bound.unit.unwrap_or_default()
            ));
        }
        let numbers: Vec<Value> = bound.values.iter().copied().filter_map(json_number).collect();
        let value = match <[Value; 1]>::try_from(numbers) {
            Ok([single]) => single,
            Err(several) => several.into(),
        };
        let name = item.alias.unwrap_or_default();
        let condition = ColumnCondition::on(name, bound.op, value);
        self.plan.having.push(Filter::Condition(condition));
        Ok(())
    }

    pub(super) fn refuse_to_count_a_cut(&self) -> Changed {
        let plan = &self.plan;
        if plan.limit.is_some() || plan.offset.is_some() || plan.distinct || plan.top.is_some() {
            return unclear(format!(
                "which {} are to be counted, because only some were shown",
                plural(&self.catalogue.noun(self.base))
            ));
        }
        Ok(())
    }

    /// The rows that were listed, or the groups.
    pub(super) fn count_what_is_shown(&mut self) -> Changed {
        let aggregated = self.metrics().next().is_some();
        if aggregated && self.plan.group_by.is_empty() {
            let counted = self.metrics().any(|item| item.agg == Some(Aggregate::Count));
            return if counted {
                Ok(())
            } else {
                unclear("what is to be counted")
            };
        }
        self.refuse_to_count_a_cut()?;
        let item = match (self.plan.group_by.as_slice(), self.plan.having.is_empty()) {
            ([], _) => self.count_item(),
            ([group], true) if self.column_of(group).is_some() => SelectItem {
                column: Some(group.clone()),
                agg: Some(Aggregate::CountDistinct),
                alias: Some(identifier(&format!(
                    "{} count",
                    group.rsplit('.').next().unwrap_or(group)
                ))),
                ..SelectItem::default()
            },
            _ => return unclear("how to count what itself has to be counted first"),
        };
        let before = std::mem::take(&mut self.plan);
        self.plan = QueryPlan {
            select: vec![item],
            group_by: Vec::new(),
            order_by: Vec::new(),
            ..before
        };
        Ok(())
    }
}

fn is_aggregate(part: &Expression) -> bool {
    matches!(part, Expression::Aggregate { .. } | Expression::Percentile { .. })
}
