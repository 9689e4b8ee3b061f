//! ORDER BY: what the plan says, then everything else, so that the same question gives the same rows
//! in the same order every time.

use super::Compiler;
use super::conditions::rank_of;
use super::names::ColumnRef;
use super::outputs::Output;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Direction, Expr, OrderBy, OrderItem};
use csv_analyst_protocol::plan;

impl<'a> Compiler<'a> {
    pub fn order(&mut self, outputs: &[Output<'a>], grouped: bool) -> Checked<OrderBy> {
        let mut used = Vec::new();
        let mut items = self.asked_order(outputs, grouped, &mut used)?;
        let ties = self
            .ties(outputs, grouped)
            .into_iter()
            .filter(|output| !used.contains(&output.name));
        items.extend(ties.map(|output| OrderItem {
            value: by_output(output, outputs),
            direction: Direction::default(),
        }));
        Ok(if items.is_empty() {
            OrderBy::None
        } else {
            OrderBy::Items(items)
        })
    }

    /// What the plan says; the outputs that it names are told to `used`.
    fn asked_order(
        &mut self,
        outputs: &[Output<'a>],
        grouped: bool,
        used: &mut Vec<String>,
    ) -> Checked<Vec<OrderItem>> {
        let plan = self.plan;
        match plan.top.as_ref().filter(|_| plan.order_by.is_empty()) {
            Some(top) => self.order_of_top(top, outputs, grouped, used),
            None => self.in_order(&plan.order_by, "/order_by", outputs, grouped, used),
        }
    }

    /// Group by group, and in each as its first rows were chosen.
    fn order_of_top(
        &mut self,
        top: &plan::TopPer,
        outputs: &[Output<'a>],
        grouped: bool,
        used: &mut Vec<String>,
    ) -> Checked<Vec<OrderItem>> {
        let mut items = Vec::new();
        for (index, name) in top.per.iter().enumerate() {
            let value = self.by_name(name, outputs, grouped, &format!("/top/per/{index}"), used)?;
            items.push(OrderItem {
                value,
                direction: direction(plan::Direction::Asc),
            });
        }
        items.extend(self.in_order(&top.order_by, "/top/order_by", outputs, grouped, used)?);
        Ok(items)
    }

    fn in_order(
        &mut self,
        orders: &[plan::OrderBy],
        pointer: &str,
        outputs: &[Output<'a>],
        grouped: bool,
        used: &mut Vec<String>,
    ) -> Checked<Vec<OrderItem>> {
        let mut items = Vec::with_capacity(orders.len());
        for (index, order) in orders.iter().enumerate() {
            let value = self.ordered_by(order, outputs, grouped, &format!("{pointer}/{index}"), used)?;
            items.push(OrderItem {
                value,
                direction: direction(order.dir),
            });
        }
        Ok(items)
    }

    pub fn ordered_by(
        &mut self,
        order: &plan::OrderBy,
        outputs: &[Output<'a>],
        grouped: bool,
        pointer: &str,
        used: &mut Vec<String>,
    ) -> Checked<Expr> {
        match (&order.expr, &order.expression) {
            (Some(name), None) => self.by_name(name, outputs, grouped, &format!("{pointer}/expr"), used),
            (None, Some(expression)) => {
                self.by_expression(expression, grouped, &format!("{pointer}/expression"))
            }
            _ => {
                Err(invalid("order-form", "An order has either `expr` or `expression`.").at_pointer(pointer))
            }
        }
    }

    fn by_name(
        &self,
        name: &str,
        outputs: &[Output<'a>],
        grouped: bool,
        pointer: &str,
        used: &mut Vec<String>,
    ) -> Checked<Expr> {
        match find(outputs, name) {
            Some(output) => {
                used.push(output.name.clone());
                Ok(by_output(output, outputs))
            }
            None => self.by_column(name, outputs, grouped, pointer, used),
        }
    }

    fn by_expression(
        &mut self,
        expression: &plan::Expression,
        grouped: bool,
        pointer: &str,
    ) -> Checked<Expr> {
        let computed = self.expression(expression, self.base, pointer)?;
        if grouped {
            self.must_be_grouped(&computed.value, pointer)?;
        } else if computed.aggregated {
            return Err(invalid(
                "order-by-aggregate",
                "The rows are not grouped: there is nothing to aggregate.",
            )
            .at_pointer(pointer));
        }
        if matches!(
            computed.value,
            Expr::Literal(_) | Expr::Negate(_) | Expr::Typed { .. }
        ) {
            return Err(invalid("order-by-constant", "This is the same for all rows.").at_pointer(pointer));
        }
        Ok(computed.value)
    }

    /// The outputs that tell rows of the answer apart: the groups, or the primary key if it is shown, or
    /// everything.
    pub fn ties<'o>(&self, outputs: &'o [Output<'a>], grouped: bool) -> Vec<&'o Output<'a>> {
        if grouped {
            return outputs
                .iter()
                .filter(|output| !output.computed.aggregated)
                .collect();
        }
        let root = self.joins.root;
        let shown = |key: &String| {
            outputs.iter().find(|o| {
                o.column
                    .is_some_and(|c| c.table.name == root.name && c.column.name == *key)
            })
        };
        let keys: Option<Vec<&Output<'a>>> = root.primary_key.iter().map(shown).collect();
        keys.filter(|keys| !keys.is_empty())
            .unwrap_or_else(|| outputs.iter().collect())
    }

    /// A column that is not selected, or is under another name.
    pub fn by_column(
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
            return Ok(by_output(output, outputs));
        }
        if grouped {
            return Err(invalid(
                "order-by-ungrouped",
                format!("Rows are grouped: they can't be ordered by `{}`.", excerpt(name)),
            )
            .at_pointer(pointer)
            .hint("Order by a selected column, or select an aggregate of it."));
        }
        let value = own_column(self.column(column), column, outputs);
        Ok(ranked(value, &column.column.ordered_values))
    }
}

/// NULL comes last either way.
pub fn direction(dir: plan::Direction) -> Direction {
    Direction {
        descending: dir == plan::Direction::Desc,
        nulls_first: Some(false),
    }
}

/// By its name, whose case does not matter to the engine either.
pub fn find<'o, 'a>(outputs: &'o [Output<'a>], name: &str) -> Option<&'o Output<'a>> {
    outputs
        .iter()
        .find(|output| output.name.eq_ignore_ascii_case(name))
}

/// Plain columns by themselves (an ordered category by its meaning), anything computed by its name.
fn by_output(output: &Output<'_>, outputs: &[Output<'_>]) -> Expr {
    match output.column {
        Some(column) => {
            let value = own_column(output.computed.value.clone(), column, outputs);
            ranked(value, &column.column.ordered_values)
        }
        None => Expr::name(&output.name),
    }
}

/// In ORDER BY a bare name means an output of that name first: a column that shares its name with another
/// output is written with its table.
fn own_column(value: Expr, column: ColumnRef<'_>, outputs: &[Output<'_>]) -> Expr {
    let another = |output: &Output<'_>| {
        output.name.eq_ignore_ascii_case(&column.column.name)
            && !output.column.is_some_and(|own| own.is(&column))
    };
    if outputs.iter().any(another) {
        Expr::column(&column.table.name, &column.column.name)
    } else {
        value
    }
}

fn ranked(value: Expr, ordered: &[String]) -> Expr {
    if ordered.is_empty() {
        value
    } else {
        rank_of(value, ordered)
    }
}
