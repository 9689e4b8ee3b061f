//! A whole plan to a whole query: which tables, then each clause.

use super::Compiler;
use super::filters::{Subject, condition};
use super::graph::Graph;
use super::outputs::Output;
use crate::rejection::{Checked, Explain, did_you_mean, excerpt, invalid};
use crate::sql::tree::{Body, Expr, GroupBy, GroupItem, Item, Query, Select};
use csv_analyst_protocol::dataset::Table;
use csv_analyst_protocol::plan::{Expression, Filter};
use std::collections::BTreeSet;

impl<'a> Compiler<'a> {
    pub fn query(&mut self) -> Checked<Query> {
        self.check_latest()?;
        let shown = self.tables_shown()?;
        let filtered = self.tables_filtered()?;
        self.joins = Graph(self.dataset).joins(self.base, &shown)?;
        self.qualify = !self.joins.edges.is_empty() || filtered.iter().any(|table| *table != self.base.name);
        let outputs = self.outputs()?;
        let grouped = self.plan.distinct
            || !self.plan.group_by.is_empty()
            || outputs.iter().any(|o| o.computed.aggregated);
        let filter = self.where_clause()?;
        let having = self.having(&outputs)?;
        let order_by = self.order(&outputs, grouped)?;
        let select = Select {
            items: outputs.iter().map(item).collect(),
            from: vec![self.from(&self.joins)],
            filter,
            group_by: if grouped {
                group_by(&outputs)
            } else {
                GroupBy::None
            },
            having,
            ..Select::default()
        };
        let limit = self.limit()?;
        Ok(Query {
            body: Body::Select(Box::new(select)),
            order_by,
            limit,
            ..Query::default()
        })
    }

    /// A plan without one gets the limit that any query gets: [`crate::check`] decides which.
    fn limit(&mut self) -> Checked<Option<u64>> {
        let cap = self.limits.row_cap.max(1);
        match self.plan.limit {
            Some(0) => Err(invalid("limit", "A limit is at least 1.").at_pointer("/limit")),
            Some(limit) if limit > cap => {
                self.notes
                    .push(format!("Limited to {cap} rows: no query returns more."));
                Ok(Some(cap))
            }
            limit => Ok(limit),
        }
    }

    fn having(&mut self, outputs: &[Output<'a>]) -> Checked<Option<Expr>> {
        let mut conditions = Vec::new();
        for (index, filter) in self.plan.having.iter().enumerate() {
            let pointer = format!("/having/{index}");
            conditions.push(condition(filter, &pointer, &mut |name, pointer| {
                aggregated(outputs, name, pointer)
            })?);
        }
        Ok(Expr::all(conditions))
    }

    /// Tables that outputs, groups and order use.
    fn tables_shown(&self) -> Checked<BTreeSet<String>> {
        let mut tables = BTreeSet::new();
        let plan = self.plan;
        for (index, item) in plan.select.iter().enumerate() {
            let pointer = format!("/select/{index}");
            for (name, part) in [(&item.column, "column"), (&item.per, "per")] {
                if let Some(name) = name {
                    tables.insert(
                        self.resolve(name, &format!("{pointer}/{part}"))?
                            .table
                            .name
                            .clone(),
                    );
                }
            }
            if let Some(expression) = &item.expression {
                self.expression_tables(
                    expression,
                    self.base,
                    &format!("{pointer}/expression"),
                    &mut tables,
                )?;
            }
            if let Some(name) = &item.measure {
                let measure = self.measure(name, &format!("{pointer}/measure"))?;
                let home = super::names::table(self.dataset, &measure.table)?;
                tables.insert(home.name.clone());
                self.expression_tables(
                    &measure.expression,
                    home,
                    &format!("{pointer}/measure"),
                    &mut tables,
                )?;
            }
            if let Some(filter) = &item.condition {
                self.filter_tables(filter, &format!("{pointer}/where"), &mut tables)?;
            }
        }
        let names = plan
            .group_by
            .iter()
            .enumerate()
            .map(|(index, name)| (name, format!("/group_by/{index}")));
        let orders = plan
            .order_by
            .iter()
            .enumerate()
            .map(|(index, order)| (&order.expr, format!("/order_by/{index}/expr")));
        for (name, pointer) in names.chain(orders) {
            if !self.is_output_name(name) {
                tables.insert(self.resolve(name, &pointer)?.table.name.clone());
            }
        }
        Ok(tables)
    }

    /// Names that outputs have or may get; a name that is none of these must be a column.
    fn is_output_name(&self, name: &str) -> bool {
        let plain = |item: &csv_analyst_protocol::plan::SelectItem| {
            item.alias
                .as_ref()
                .is_some_and(|alias| alias.eq_ignore_ascii_case(name))
        };
        self.plan.select.iter().any(plain) || self.resolve(name, "").is_err() && self.has_derived_name(name)
    }

    /// Derived names are looked up again once they exist; here a column of that name does not.
    fn has_derived_name(&self, _name: &str) -> bool {
        self.plan.select.is_empty() || self.plan.select.iter().any(|item| item.alias.is_none())
    }

    fn tables_filtered(&self) -> Checked<BTreeSet<String>> {
        let mut tables = BTreeSet::new();
        for (index, filter) in self.plan.filters.iter().enumerate() {
            self.filter_tables(filter, &format!("/filters/{index}"), &mut tables)?;
        }
        if let Some(window) = &self.plan.window {
            tables.insert(self.resolve(&window.column, "/window/column")?.table.name.clone());
        }
        Ok(tables)
    }

    fn filter_tables(&self, filter: &Filter, pointer: &str, tables: &mut BTreeSet<String>) -> Checked<()> {
        tables.extend(self.filter(filter, pointer)?.tables);
        Ok(())
    }

    fn expression_tables(
        &self,
        expression: &Expression,
        home: &'a Table,
        pointer: &str,
        tables: &mut BTreeSet<String>,
    ) -> Checked<()> {
        match expression {
            Expression::Column(name) => {
                let column = self
                    .resolve_from(home, name)
                    .map_err(|rejection| rejection.at_pointer(&format!("{pointer}/column")))?;
                tables.insert(column.table.name.clone());
                Ok(())
            }
            Expression::Literal(_) | Expression::Now => Ok(()),
            Expression::Add(left, right)
            | Expression::Subtract(left, right)
            | Expression::Multiply(left, right)
            | Expression::Divide(left, right) => {
                self.expression_tables(left, home, pointer, tables)?;
                self.expression_tables(right, home, pointer, tables)
            }
            Expression::Aggregate { agg: _, of } => self.expression_tables(of, home, pointer, tables),
            Expression::Elapsed { unit: _, from, to } => {
                self.expression_tables(from, home, pointer, tables)?;
                self.expression_tables(to, home, pointer, tables)
            }
        }
    }
}

fn aggregated(outputs: &[Output<'_>], name: &str, pointer: &str) -> Checked<Subject> {
    let found = outputs
        .iter()
        .find(|output| output.name.eq_ignore_ascii_case(name) && output.computed.aggregated);
    found
        .map(|output| Subject {
            computed: output.computed.clone(),
            name: name.into(),
            ordered_values: Vec::new(),
        })
        .ok_or_else(|| {
            let names = || {
                outputs
                    .iter()
                    .filter(|output| output.computed.aggregated)
                    .map(|output| output.name.as_str())
            };
            let hint = did_you_mean(name, names())
                .unwrap_or_else(|| format!("Aggregates here: {}.", names().collect::<Vec<_>>().join(", ")));
            invalid(
                "unknown-aggregate",
                format!("`having` names no aggregate of the plan: `{}`.", excerpt(name)),
            )
            .at_pointer(pointer)
            .hint(hint)
        })
}

/// An alias is printed only where it says something new.
fn item(output: &Output<'_>) -> Item {
    let same = output
        .column
        .is_some_and(|column| column.column.name == output.name);
    let alias = (!same).then(|| output.name.clone());
    Item::Expression {
        value: output.computed.value.clone(),
        alias,
    }
}

/// All that is not aggregated; with nothing left, the whole answer is one group.
fn group_by(outputs: &[Output<'_>]) -> GroupBy {
    let keys = outputs
        .iter()
        .filter(|output| !output.computed.aggregated && is_key(&output.computed.value));
    let keys: Vec<GroupItem> = keys
        .map(|output| GroupItem::Expression(output.computed.value.clone()))
        .collect();
    if keys.is_empty() {
        GroupBy::None
    } else {
        GroupBy::Items(keys)
    }
}

/// A written number in GROUP BY would be a column's position.
fn is_key(value: &Expr) -> bool {
    !matches!(value, Expr::Literal(_) | Expr::Negate(_) | Expr::Typed { .. })
}
