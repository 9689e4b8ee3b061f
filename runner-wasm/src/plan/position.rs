//! A row's place in its file: the rows of a snapshot are kept in the order of the file, and numbered as
//! they are read, before anything else looks at them.

use super::Compiler;
use super::expressions::Computed;
use super::values::Kind;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::*;
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::plan::{ColumnCondition, Expression, Filter, QueryPlan};
use std::collections::BTreeSet;

/// A name that is none of the table's, if the plan asks for positions outside of its lookups.
pub fn column_name(plan: &QueryPlan, table: &Table) -> Option<String> {
    let items = plan
        .select
        .iter()
        .any(|item| asks(item.expression.as_ref()) || item.condition.as_ref().is_some_and(filter_asks));
    let orders = plan.order_by.iter().any(|order| asks(order.expression.as_ref()));
    let filters = plan.filters.iter().chain(&plan.having).any(filter_asks);
    (items || orders || filters).then(|| free_name(table))
}

fn asks(expression: Option<&Expression>) -> bool {
    expression.is_some_and(|expression| expression.any(&|part| *part == Expression::Position))
}

fn filter_asks(filter: &Filter) -> bool {
    match filter {
        Filter::All(all) => all.and.iter().any(filter_asks),
        Filter::Any(any) => any.or.iter().any(filter_asks),
        Filter::Not(not) => filter_asks(&not.not),
        Filter::Condition(ColumnCondition {
            expression, value_of, ..
        }) => asks(expression.as_ref()) || asks(value_of.as_ref()),
    }
}

fn free_name(table: &Table) -> String {
    let taken = |name: &str| {
        table
            .columns
            .iter()
            .any(|column| column.name.eq_ignore_ascii_case(name))
    };
    let mut name = String::from("row_position");
    while taken(&name) {
        name.push('_');
    }
    name
}

/// `(SELECT *, row_number() OVER () AS row_position FROM t) AS t`.
pub fn numbered_rows(table: &Table, name: &str) -> Source {
    let place = Expr::Call(Box::new(Call {
        name: "row_number",
        over: Some(Over::Window(Window::default())),
        ..Call::default()
    }));
    let select = Select {
        items: vec![
            Item::Star(Star::default()),
            Item::Expression {
                value: place,
                alias: Some(name.into()),
            },
        ],
        from: vec![Joined {
            first: Source::Table {
                name: table.name.clone(),
                alias: None,
                sample: None,
            },
            joins: Vec::new(),
        }],
        ..Select::default()
    };
    super::latest::derived(select, &table.name)
}

impl<'a> Compiler<'a> {
    pub fn position(&self, home: &'a Table, pointer: &str) -> Checked<Computed> {
        let Some(name) = self.position.as_ref().filter(|_| home.name == self.base.name) else {
            return Err(invalid(
                "position",
                "A position is a place among the rows of the plan's own table.",
            )
            .at_pointer(pointer));
        };
        let value = if self.qualify {
            Expr::column(&self.base.name, name)
        } else {
            Expr::name(name)
        };
        Ok(Computed {
            value,
            kind: Kind::Number,
            tables: BTreeSet::from([self.base.name.clone()]),
            missing: BTreeSet::new(),
            aggregated: false,
            windowed: false,
        })
    }
}
