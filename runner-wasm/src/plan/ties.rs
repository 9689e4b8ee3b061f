//! LIMIT that keeps rows which tie with the last one: "the cheapest products", however many are cheapest.

use super::Compiler;
use super::conditions::rank_of;
use super::order::{direction, find};
use super::outputs::Output;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::*;
use csv_analyst_protocol::plan;

impl<'a> Compiler<'a> {
    /// `rank() OVER (ORDER BY ..) <= offset + limit`.
    pub fn kept_with_ties(&mut self, outputs: &[Output<'a>], grouped: bool) -> Checked<Option<Expr>> {
        let plan = self.plan;
        if !plan.ties {
            return Ok(None);
        }
        let Some(limit) = plan.limit.filter(|_| !plan.order_by.is_empty()) else {
            return Err(invalid(
                "ties",
                "`ties` needs a `limit` and an `order_by` in which rows can tie.",
            )
            .at_pointer("/ties"));
        };
        let order = self.window_order(&plan.order_by, outputs, grouped, "/order_by")?;
        let last = limit.saturating_add(plan.offset.unwrap_or_default());
        Ok(Some(Expr::compare(
            ranking("rank", Vec::new(), order),
            Comparison::LessOrEqual,
            Expr::number(last),
        )))
    }

    /// An order inside a window, where names of outputs have no meaning: their values are written out.
    pub fn window_order(
        &mut self,
        orders: &[plan::OrderBy],
        outputs: &[Output<'a>],
        grouped: bool,
        pointer: &str,
    ) -> Checked<Vec<OrderItem>> {
        let mut items = Vec::new();
        for (index, order) in orders.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            let output = order.expr.as_ref().and_then(|name| find(outputs, name));
            let value = match output {
                Some(output) => written_out(output),
                None => self.ordered_by(order, outputs, grouped, &pointer, &mut Vec::new())?,
            };
            items.push(OrderItem {
                value,
                direction: direction(order.dir),
            });
        }
        Ok(items)
    }
}

/// An output's value, by the meaning of its categories.
fn written_out(output: &Output<'_>) -> Expr {
    let value = output.computed.value.clone();
    match output.column {
        Some(column) if !column.column.ordered_values.is_empty() => {
            rank_of(value, &column.column.ordered_values)
        }
        _ => value,
    }
}

/// `row_number()` or `rank()` among the rows of one partition.
pub fn ranking(name: &'static str, partition_by: Vec<Expr>, order_by: Vec<OrderItem>) -> Expr {
    let window = Window {
        partition_by,
        order_by,
        ..Window::default()
    };
    Expr::Call(Box::new(Call {
        name,
        over: Some(Over::Window(window)),
        ..Call::default()
    }))
}
