//! WHERE: filters and windows. A filter over a table that has many rows per row of the answer asks
//! whether one of them meets it (`IN (SELECT ..)`), so that it never multiplies rows.

use super::Compiler;
use super::expressions::Computed;
use super::graph::{Graph, Joins};
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Body, Expr, Item, Query, Select};
use csv_analyst_protocol::dataset::Relationship;
use csv_analyst_protocol::gate::Rejection;

/// Conditions that one subquery answers: about the same rows of the many side.
struct Inner<'a> {
    entry: &'a Relationship,
    joins: Joins<'a>,
    conditions: Vec<Expr>,
}

impl<'a> Compiler<'a> {
    /// All filters and the window, as one condition.
    pub fn where_clause(&mut self) -> Checked<Option<Expr>> {
        let plan = self.plan;
        let mut conditions = Vec::new();
        let mut inner: Vec<Inner<'a>> = Vec::new();
        for (index, filter) in plan.filters.iter().enumerate() {
            let pointer = format!("/filters/{index}");
            let condition = self.filter(filter, &pointer)?;
            self.place(condition, &pointer, &mut conditions, &mut inner)?;
        }
        if let Some(window) = &plan.window {
            let condition = self.window(window)?;
            self.place(condition, "/window/column", &mut conditions, &mut inner)?;
        }
        let subqueries: Vec<Expr> = inner.into_iter().map(|inner| self.subquery(inner)).collect();
        Ok(Expr::all(conditions.into_iter().chain(subqueries)))
    }

    fn place(
        &mut self,
        condition: Computed,
        pointer: &str,
        conditions: &mut Vec<Expr>,
        inner: &mut Vec<Inner<'a>>,
    ) -> Checked<()> {
        let graph = Graph(self.dataset);
        let beyond: Vec<&String> = condition
            .tables
            .iter()
            .filter(|table| !self.joins.add(graph, table))
            .collect();
        let Some(first) = beyond.first() else {
            conditions.push(condition.value);
            return Ok(());
        };
        let entry = self.entry(first, pointer)?;
        if !inner.iter().any(|known| known.entry == entry) {
            let root = super::names::table(self.dataset, &entry.from_table)?;
            inner.push(Inner {
                entry,
                joins: Joins::single(root),
                conditions: Vec::new(),
            });
        }
        let Some(place) = inner.iter_mut().find(|known| known.entry == entry) else {
            return Ok(());
        };
        if let Some(stranger) = beyond.iter().find(|table| !place.joins.add(graph, table)) {
            return Err(too_far(stranger, pointer));
        }
        place.conditions.push(condition.value);
        Ok(())
    }

    /// The first relationship on the way to `table` that goes from one to many.
    fn entry(&mut self, table: &str, pointer: &str) -> Checked<&'a Relationship> {
        let graph = Graph(self.dataset);
        let path = graph.path(&self.joins.root.name, table).unwrap_or_default();
        let entry = path
            .iter()
            .find(|step| !step.forward)
            .map(|step| step.relationship);
        match entry {
            Some(entry) if self.joins.add(graph, &entry.to_table) => Ok(entry),
            _ => Err(too_far(table, pointer)),
        }
    }

    fn subquery(&mut self, inner: Inner<'a>) -> Expr {
        let Inner {
            entry,
            joins,
            conditions,
        } = inner;
        let select = Select {
            items: vec![Item::Expression {
                value: Expr::column(&entry.from_table, &entry.from_column),
                alias: None,
            }],
            from: vec![self.from(&joins)],
            filter: Expr::all(conditions),
            ..Select::default()
        };
        let query = Query {
            body: Body::Select(Box::new(select)),
            ..Query::default()
        };
        Expr::InQuery {
            value: Box::new(Expr::column(&entry.to_table, &entry.to_column)),
            negated: false,
            query: Box::new(query),
        }
    }
}

fn too_far(table: &str, pointer: &str) -> Box<Rejection> {
    invalid(
        "chasm-trap",
        format!("A filter over `{table}` can't be tied to single rows of the answer."),
    )
    .at_pointer(pointer)
    .hint("Ask about one of the tables at a time.")
}
