//! LIMIT that keeps rows which tie with the last one: "the cheapest products", however many are cheapest.

use super::Compiler;
use super::conditions::rank_of;
use super::order::{direction, find};
use super::outputs::Output;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::*;
use csv_analyst_protocol::plan;

impl<'a> Compiler<'a> {
    /// Of the rows that the answer could have, those that `ties` and `top` keep.
    pub fn kept(&mut self, outputs: &[Output<'a>], grouped: bool) -> Checked<Option<Expr>> {
        if self.plan.ties && self.plan.top.is_some() {
            return Err(invalid("ties", "`top` has a `ties` of its own.").at_pointer("/ties"));
        }
        let (kept, pointer) = match &self.plan.top {
            Some(top) => (Some(self.top_per(top, outputs, grouped)?), "/top"),
            None => (self.kept_with_ties(outputs, grouped)?, "/ties"),
        };
        if let Some(kept) = &kept {
            super::nesting::check(kept, pointer)?;
        }
        Ok(kept)
    }

    /// `row_number() OVER (PARTITION BY per ORDER BY ..) <= n`.
    fn top_per(&mut self, top: &plan::TopPer, outputs: &[Output<'a>], grouped: bool) -> Checked<Expr> {
        let needed = [
            (top.n == 0, "n", "at least one row"),
            (top.per.is_empty(), "per", "a group of which to keep rows"),
            (
                top.order_by.is_empty(),
                "order_by",
                "an order that says which rows come first",
            ),
        ];
        if let Some((_, field, what)) = needed.into_iter().find(|(missing, ..)| *missing) {
            return Err(invalid("top", format!("`top` needs {what}.")).at_pointer(&format!("/top/{field}")));
        }
        let mut partition_by = Vec::new();
        for (index, name) in top.per.iter().enumerate() {
            let pointer = format!("/top/per/{index}");
            let value = match find(outputs, name) {
                Some(output) => not_windowed(output, &pointer)?.computed.value.clone(),
                None => self.by_column(name, outputs, grouped, &pointer, &mut Vec::new())?,
            };
            partition_by.push(value);
        }
        let mut order = self.window_order(&top.order_by, outputs, grouped, "/top/order_by")?;
        let name = if top.ties { "rank" } else { "row_number" };
        if !top.ties {
            let rest = self
                .ties(outputs, grouped)
                .into_iter()
                .filter(|output| !output.computed.windowed);
            order.extend(rest.map(|output| OrderItem {
                value: written_out(output),
                direction: Direction::default(),
            }));
        }
        Ok(Expr::compare(
            ranking(name, partition_by, order),
            Comparison::LessOrEqual,
            Expr::number(top.n),
        ))
    }

    /// `rank() OVER (ORDER BY ..) <= offset + limit`.
    fn kept_with_ties(&mut self, outputs: &[Output<'a>], grouped: bool) -> Checked<Option<Expr>> {
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
                Some(output) => written_out(not_windowed(output, &format!("{pointer}/expr"))?),
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

fn not_windowed<'o, 'a>(output: &'o Output<'a>, pointer: &str) -> Checked<&'o Output<'a>> {
    if output.computed.windowed {
        return Err(invalid(
            "series-place",
            "Rows can't be kept by what compares them with one another.",
        )
        .at_pointer(pointer)
        .hint("Keep them by the value that is compared."));
    }
    Ok(output)
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
