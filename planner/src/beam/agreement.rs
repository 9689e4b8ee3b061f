//! Whether the interpreter, which reads questions by rules, means the same as the best candidate. Two
//! readers who err in different ways are rarely wrong together.

use super::model::{Bag, Features};
use csv_analyst_protocol::plan::{QueryPlan, SelectItem};

pub(crate) fn describe(plan: &QueryPlan, other: Option<&QueryPlan>) -> Features {
    let mut bag = Bag::default();
    let Some(other) = other else {
        bag.add(&["agreement", "alone"], 1.0);
        return bag.features;
    };
    let filters = same_filters(plan, other);
    let shown = shows(plan, other);
    let limited = plan.limit == other.limit;
    bag.flag(&["agreement", "filters"], filters);
    bag.flag(&["agreement", "columns"], shown);
    bag.flag(&["agreement", "limit"], limited);
    bag.flag(&["agreement", "filters and columns"], filters && shown);
    bag.flag(&["agreement", "all"], filters && shown && limited);
    bag.flag(&["agreement", "nothing"], !filters && !shown);
    bag.features
}

fn same_filters(plan: &QueryPlan, other: &QueryPlan) -> bool {
    plan.filters.len() == other.filters.len()
        && plan.filters.iter().all(|filter| other.filters.contains(filter))
}

/// All that the one shows is shown by the other, whatever it is called and however it is rounded.
fn shows(plan: &QueryPlan, other: &QueryPlan) -> bool {
    let same = |left: &SelectItem, right: &SelectItem| {
        left.column == right.column && left.expression == right.expression && left.agg == right.agg
    };
    !plan.select.is_empty()
        && plan
            .select
            .iter()
            .all(|item| other.select.iter().any(|known| same(item, known)))
}
