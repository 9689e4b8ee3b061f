//! In a grouped query every value is of a group: an aggregate, a key, or computed from such.

use super::Compiler;
use super::outputs::Output;
use crate::check::functions;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Expr, GroupBy, GroupItem, Over};

impl Compiler<'_> {
    /// The outputs themselves.
    pub fn all_must_be_grouped(&self) -> Checked<()> {
        self.named
            .iter()
            .filter(|output| output.computed.aggregated || output.computed.windowed)
            .try_for_each(|output| self.must_be_grouped(&output.computed.value, &output.place))
    }

    /// Refuses a column that is neither a key nor inside an aggregate.
    pub fn must_be_grouped(&self, value: &Expr, pointer: &str) -> Checked<()> {
        let keys: Vec<&Expr> = keys(&self.named).map(|output| &output.computed.value).collect();
        match stray(value, &keys) {
            None => Ok(()),
            Some(name) => Err(invalid(
                "ungrouped-column",
                format!(
                    "Rows are grouped: `{}` has many values in one group.",
                    excerpt(name)
                ),
            )
            .at_pointer(pointer)
            .hint("Aggregate it, or group by it.")),
        }
    }
}

/// Outputs by which rows are grouped.
fn keys<'o, 'a>(outputs: &'o [Output<'a>]) -> impl Iterator<Item = &'o Output<'a>> {
    outputs.iter().filter(|output| {
        !output.computed.aggregated && !output.computed.windowed && is_key(&output.computed.value)
    })
}

/// All that is not aggregated; with nothing left, the whole answer is one group.
pub fn group_by(outputs: &[Output<'_>]) -> GroupBy {
    let keys: Vec<GroupItem> = keys(outputs)
        .map(|output| GroupItem::Expression(output.computed.value.clone()))
        .collect();
    if keys.is_empty() {
        GroupBy::None
    } else {
        GroupBy::Items(keys)
    }
}

/// A written number in GROUP BY would be a column's position, and what has no column is the same for all.
fn is_key(value: &Expr) -> bool {
    value.any(&|part| matches!(part, Expr::Column { .. }))
}

/// The first column that is neither inside a key nor inside an aggregate.
fn stray<'e>(value: &'e Expr, keys: &[&Expr]) -> Option<&'e str> {
    if keys.contains(&value) {
        return None;
    }
    match value {
        Expr::Column { name, .. } => Some(name),
        // Its parameters are not columns, and what it goes through is an aggregate already.
        Expr::Lambda { .. } => None,
        Expr::Call(call) => match &call.over {
            None if is_aggregate(call.name) => None,
            Some(Over::Window(window)) => {
                let orders = window.order_by.iter().map(|item| &item.value);
                let parts = value
                    .children()
                    .into_iter()
                    .chain(&window.partition_by)
                    .chain(orders);
                parts.into_iter().find_map(|part| stray(part, keys))
            }
            _ => value.children().into_iter().find_map(|child| stray(child, keys)),
        },
        other => other.children().into_iter().find_map(|child| stray(child, keys)),
    }
}

fn is_aggregate(name: &str) -> bool {
    functions::find(name).is_some_and(|function| function.kind == functions::Kind::Aggregate)
}
