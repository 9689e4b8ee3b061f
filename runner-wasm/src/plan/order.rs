//! ORDER BY: what the plan says, then everything else, so that the same question gives the same rows
//! in the same order every time.

use super::Compiler;
use super::filters::rank_of;
use super::outputs::Output;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Direction, Expr, OrderBy, OrderItem};
use csv_analyst_protocol::plan;

impl<'a> Compiler<'a> {
    pub fn order(&mut self, outputs: &[Output<'a>], grouped: bool) -> Checked<OrderBy> {
        let plan = self.plan;
        let mut items = Vec::new();
        let mut used = Vec::new();
        for (index, order) in plan.order_by.iter().enumerate() {
            let pointer = format!("/order_by/{index}/expr");
            let descending = order.dir == plan::Direction::Desc;
            let direction = Direction {
                descending,
                nulls_first: Some(false),
            };
            let value = match find(outputs, &order.expr) {
                Some(output) => {
                    used.push(output.name.clone());
                    by_output(output)
                }
                None => self.by_column(&order.expr, outputs, grouped, &pointer, &mut used)?,
            };
            items.push(OrderItem { value, direction });
        }
        let rest = outputs.iter().filter(|output| !used.contains(&output.name));
        items.extend(keys_first(rest).into_iter().map(|output| OrderItem {
            value: by_output(output),
            direction: Direction::default(),
        }));
        Ok(OrderBy::Items(items))
    }

    /// A column that is not selected, or is under another name.
    fn by_column(
        &self,
        name: &str,
        outputs: &[Output<'a>],
        grouped: bool,
        pointer: &str,
        used: &mut Vec<String>,
    ) -> Checked<Expr> {
        let column = self.resolve(name, pointer)?;
        let selected = outputs
            .iter()
            .find(|output| output.column.is_some_and(|own| own.is(&column)));
        if let Some(output) = selected {
            used.push(output.name.clone());
            return Ok(by_output(output));
        }
        if grouped {
            return Err(invalid(
                "order-by-ungrouped",
                format!("Rows are grouped: they can't be ordered by `{}`.", excerpt(name)),
            )
            .at_pointer(pointer)
            .hint("Order by a selected column, or select an aggregate of it."));
        }
        Ok(ranked(self.column(column), &column.column.ordered_values))
    }
}

fn find<'o, 'a>(outputs: &'o [Output<'a>], name: &str) -> Option<&'o Output<'a>> {
    outputs.iter().find(|output| output.name == name)
}

/// Without an order in the plan, groups are sorted by their keys before their values.
fn keys_first<'o, 'a>(outputs: impl Iterator<Item = &'o Output<'a>>) -> Vec<&'o Output<'a>>
where
    'a: 'o,
{
    let (values, keys): (Vec<_>, Vec<_>) = outputs.partition(|output| output.computed.aggregated);
    keys.into_iter().chain(values).collect()
}

/// Plain columns by themselves (an ordered category by its meaning), anything computed by its name.
fn by_output(output: &Output<'_>) -> Expr {
    match output.column {
        Some(column) => ranked(output.computed.value.clone(), &column.column.ordered_values),
        None => Expr::name(&output.name),
    }
}

fn ranked(value: Expr, ordered: &[String]) -> Expr {
    if ordered.is_empty() {
        value
    } else {
        rank_of(value, ordered)
    }
}
