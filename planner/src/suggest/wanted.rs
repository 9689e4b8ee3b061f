//! What a suggested question must come to, in the plan's own terms.

use csv_analyst_protocol::plan::{Aggregate, Filter, QueryPlan, SelectItem};

/// A plan in outline; what is not said must not be there.
#[derive(Clone, Debug)]
pub(super) struct Wanted<'d> {
    table: &'d str,
    group: Option<&'d str>,
    metric: Option<Metric<'d>>,
    filter: Option<&'d str>,
    order: Option<&'d str>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Metric<'d> {
    /// Any, where the question leaves it open.
    aggregate: Option<Aggregate>,
    /// None: whole rows.
    column: Option<&'d str>,
}

impl<'d> Wanted<'d> {
    pub fn rows_of(table: &'d str) -> Self {
        Self {
            table,
            group: None,
            metric: None,
            filter: None,
            order: None,
        }
    }

    pub fn rows_counted(self) -> Self {
        self.metric(Some(Aggregate::Count), None)
    }

    pub fn number(self, aggregate: Aggregate, column: &'d str) -> Self {
        self.metric(Some(aggregate), Some(column))
    }

    pub fn any_number_of(self, column: &'d str) -> Self {
        self.metric(None, Some(column))
    }

    fn metric(mut self, aggregate: Option<Aggregate>, column: Option<&'d str>) -> Self {
        self.metric = Some(Metric { aggregate, column });
        self
    }

    pub fn per(mut self, group: &'d str) -> Self {
        self.group = Some(group);
        self
    }

    pub fn filtered(mut self, column: &'d str) -> Self {
        self.filter = Some(column);
        self
    }

    pub fn ordered_by(mut self, column: &'d str) -> Self {
        self.order = Some(column);
        self
    }

    pub fn is_met_by(&self, plan: &QueryPlan) -> bool {
        let group = match &plan.group_by[..] {
            [] => self.group.is_none(),
            [only] => self.group == Some(only.as_str()),
            _ => false,
        };
        let filter = match (&plan.filters[..], self.filter) {
            ([], None) => true,
            ([only], Some(column)) => is_about(only, column),
            _ => false,
        };
        let order = self.order.is_none_or(|column| {
            plan.order_by
                .first()
                .is_some_and(|order| order.expr.as_deref() == Some(column))
        });
        let whole = plan.window.is_none() && plan.having.is_empty() && !plan.distinct;
        plan.table == self.table && group && filter && order && whole && self.has_metric(plan)
    }

    fn has_metric(&self, plan: &QueryPlan) -> bool {
        let mut metrics = plan
            .select
            .iter()
            .filter(|item| item.agg.is_some() || item.measure.is_some());
        match (metrics.next(), metrics.next(), self.metric) {
            (None, None, None) => true,
            (Some(item), None, Some(metric)) => {
                let aggregate =
                    item.agg.is_some() && (metric.aggregate.is_none() || metric.aggregate == item.agg);
                aggregate && column_of(item) == metric.column
            }
            _ => false,
        }
    }
}

/// The column that is calculated with; of a rate, the one that it is a rate of.
fn column_of(item: &SelectItem) -> Option<&str> {
    match &item.condition {
        Some(Filter::Condition(condition)) => condition.column.as_deref(),
        _ => item.column.as_deref(),
    }
}

pub(super) fn is_about(filter: &Filter, column: &str) -> bool {
    matches!(filter, Filter::Condition(condition) if condition.column.as_deref() == Some(column))
}
