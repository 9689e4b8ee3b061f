//! New conditions, windows and groups for a plan that has some already.

use super::{Changed, Conversation, unclear};
use crate::build::capitalised;
use csv_analyst_protocol::plan::{
    ColumnCondition, Direction, Filter, Operator, OrderBy, SelectItem, TimeWindow,
};

impl Conversation<'_> {
    /// A condition takes the place of those on the same columns, unless it only leaves something out.
    pub(super) fn restrict(
        &mut self,
        filters: Vec<Filter>,
        window: Option<TimeWindow>,
        narrows: bool,
    ) -> Changed {
        for filter in &filters {
            self.refuse_to_leave_nothing(filter)?;
        }
        let replaced: Vec<String> = filters
            .iter()
            .filter(|filter| !(excludes(filter) || narrows && bounds(filter)))
            .flat_map(columns)
            .chain(window.iter().map(|window| window.column.clone()))
            .collect();
        let is_replaced = |known: &Filter| {
            let about = columns(known);
            !about.is_empty() && about.iter().all(|column| replaced.contains(column))
        };
        let before = std::mem::take(&mut self.plan.filters);
        // A range has two ends: both old ones go before the new ones come.
        self.plan.filters = before
            .into_iter()
            .filter(|known| !is_replaced(known) && !filters.contains(known))
            .collect();
        let moved = |known: &TimeWindow| replaced.contains(&known.column);
        if self.plan.window.as_ref().is_some_and(moved) {
            self.plan.window = None;
        }
        if window.is_some() {
            self.plan.window = window;
        }
        if self.plan.compare && self.plan.window.is_none() {
            return unclear("which stretch of time to compare that with");
        }
        self.plan.filters.extend(filters);
        Ok(())
    }

    /// "exclude Books" after "just Books".
    fn refuse_to_leave_nothing(&self, filter: &Filter) -> Changed {
        let Filter::Condition(new) = filter else {
            return Ok(());
        };
        let kept = |known: &Filter| {
            matches!(known, Filter::Condition(old) if old.op == Operator::Equal
                && old.column == new.column && old.value == new.value)
        };
        if new.op == Operator::NotEqual && self.plan.filters.iter().any(kept) {
            return unclear("what is left when everything that was asked for is left out");
        }
        Ok(())
    }

    /// The same metrics for other groups; rows that were listed are counted.
    pub(super) fn regroup(&mut self, group_by: Vec<String>, groups: Vec<SelectItem>) -> Changed {
        if self.plan.top.is_some() {
            return unclear("how the best of each group are to be grouped otherwise");
        }
        let before = self.shown_groups();
        self.plan.select.retain(crate::explain::is_metric);
        if self.plan.select.is_empty() {
            self.refuse_to_count_a_cut()?;
            self.plan.order_by.clear();
            let count = self.count_item();
            self.plan.select.push(count);
        }
        let Some(first) = self.plan.select[0].alias.clone() else {
            return unclear("what the groups are to show");
        };
        let by_metric = self.orders_by_metric();
        let by_time = groups.iter().find_map(|item| item.bucket.and(item.alias.clone()));
        if let Some(bucket) = by_time {
            self.plan.order_by = vec![OrderBy::by(bucket, Direction::Asc)];
            if self.plan.limit.take().is_some() || self.plan.offset.take().is_some() {
                self.assumptions
                    .push("All of them are shown, in the order of time.".to_owned());
            }
        } else if !by_metric {
            self.plan.order_by = vec![OrderBy::by(first, Direction::Desc)];
        }
        self.plan.group_by = group_by;
        let metrics = std::mem::take(&mut self.plan.select);
        self.plan.select = groups.into_iter().chain(metrics).collect();
        let after = self.shown_groups();
        if !before.is_empty() && before != after {
            let sentence = format!("{} in place of {}.", after.join(" and "), before.join(" and "));
            self.assumptions.push(capitalised(&sentence));
        }
        Ok(())
    }

    /// The groups' names for people.
    fn shown_groups(&self) -> Vec<String> {
        let name = |group: &String| {
            let own = group.rsplit('.').next().unwrap_or(group);
            crate::link::readable(own).to_lowercase()
        };
        self.plan.group_by.iter().map(name).collect()
    }
}

/// Every column of a condition or tree of conditions.
fn columns(filter: &Filter) -> Vec<String> {
    match filter {
        Filter::Condition(condition) => condition.column.iter().cloned().collect(),
        Filter::All(all) => all.and.iter().flat_map(columns).collect(),
        Filter::Any(any) => any.or.iter().flat_map(columns).collect(),
        Filter::Not(not) => columns(&not.not),
    }
}

fn excludes(filter: &Filter) -> bool {
    matches!(
        filter,
        Filter::Condition(ColumnCondition {
            op: Operator::NotEqual | Operator::NotIn,
            ..
        })
    )
}

fn bounds(filter: &Filter) -> bool {
    use Operator::{Between, Greater, GreaterOrEqual, Less, LessOrEqual};
    matches!(filter, Filter::Condition(condition) if condition.value.as_str().is_none()
        && matches!(condition.op, Less | LessOrEqual | Greater | GreaterOrEqual | Between))
}
