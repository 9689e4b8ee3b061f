//! Columns and rows that look at other rows of the answer: shares, running totals, the best of each group.

use super::Builder;
use crate::reading::{Group, Metric};
use csv_analyst_protocol::plan::{Direction, Expression, OrderBy, SelectItem, TopPer};

/// How many a group keeps when the question names no number.
const DEFAULT_TOP: u64 = 3;

impl Builder<'_> {
    /// After the metrics: the share of the first, or its running total.
    pub(super) fn write_series(&mut self) -> Result<(), String> {
        let Some(first) = self.reading.metrics.first().cloned() else {
            return Ok(());
        };
        if self.reading.share.is_some() {
            let of = Box::new(self.computed(&first, None).ok_or("what the share is of")?);
            self.push_series("share", Expression::Share { of, within: None });
        }
        if self.reading.running.is_some() {
            let along = self
                .plan
                .select
                .iter()
                .find(|item| item.bucket.is_some())
                .and_then(|item| item.alias.clone())
                .ok_or("along which time the total runs")?;
            let of = Box::new(self.computed(&first, None).ok_or("what is to be added up")?);
            let within = None;
            let name = format!("running_{}", self.alias(&first));
            self.push_series(&name, Expression::Running { of, along, within });
        }
        Ok(())
    }

    fn push_series(&mut self, name: &str, expression: Expression) {
        let counted = matches!(
            self.reading.metrics.first(),
            Some(Metric::Rows(_) | Metric::Entities(_))
        );
        let whole = counted && matches!(expression, Expression::Running { .. });
        self.plan.select.push(SelectItem {
            expression: Some(expression),
            round: (!whole).then_some(2),
            alias: Some(name.to_owned()),
            ..SelectItem::default()
        });
    }

    /// "the three best of each category".
    pub(super) fn write_top_per_group(&mut self, metric: &str, direction: Direction) -> Result<bool, String> {
        let per = self.reading.top_per;
        if per == 0 {
            return Ok(false);
        }
        if self.reading.offset.is_some() {
            return Err("which place in each group is meant".to_owned());
        }
        let singular = self.reading.focus.as_ref().is_some_and(|focus| !focus.plural);
        let fallback = if singular { 1 } else { DEFAULT_TOP };
        let names: Vec<String> = self.reading.groups[..per]
            .iter()
            .filter_map(|group| self.group_name(group))
            .collect();
        let order = OrderBy::by(metric, direction);
        let by_group = names.iter().map(|name| OrderBy::by(name, Direction::Asc));
        self.plan.order_by = by_group.chain([order.clone()]).collect();
        self.plan.top = Some(TopPer {
            n: self.reading.limit.unwrap_or(fallback),
            per: names,
            order_by: vec![order],
            ties: false,
        });
        self.plan.limit = None;
        Ok(true)
    }

    fn group_name(&self, group: &Group) -> Option<String> {
        match group {
            Group::Column(id) => Some(self.name(*id)),
            Group::Bucket(..) => {
                let bucket = self.plan.select.iter().find(|item| item.bucket.is_some());
                bucket.and_then(|item| item.alias.clone())
            }
            Group::Part(part) => Some(super::names::part_name(*part).to_owned()),
            Group::Rows(table) => self.row_identity(*table).last().map(|id| self.name(*id)),
            Group::Entity(_) => self.plan.group_by.first().cloned(),
        }
    }
}
