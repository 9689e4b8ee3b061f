//! A whole plan to a whole query: which tables, then each clause.

use super::Compiler;
use super::graph::Graph;
use super::grouping::group_by;
use super::outputs::Output;
use super::values::Kind;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Body, Expr, GroupBy, Item, Query, Select};

impl<'a> Compiler<'a> {
    pub fn query(&mut self) -> Checked<Query> {
        self.check_kept_rows()?;
        let shown = self.tables_shown()?;
        let filtered = self.tables_filtered()?;
        self.joins = Graph(self.dataset).joins(self.base, &shown)?;
        self.qualify = !self.joins.edges.is_empty() || filtered.iter().any(|table| *table != self.base.name);
        let outputs = self.outputs()?;
        if is_without_rows(&outputs) {
            return self.constants(&outputs);
        }
        let grouped = self.plan.distinct
            || !self.plan.group_by.is_empty()
            || outputs.iter().any(|o| o.computed.aggregated);
        let filter = self.where_clause()?;
        self.named.clone_from(&outputs);
        if grouped {
            self.all_must_be_grouped()?;
        }
        let having = self.having(grouped)?;
        let order_by = self.order(&outputs, grouped)?;
        let qualify = self.kept(&outputs, grouped)?;
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
            qualify,
            ..Select::default()
        };
        let limit = self.limit()?;
        Ok(Query {
            body: Body::Select(Box::new(select)),
            order_by,
            limit: limit.filter(|_| !self.plan.ties),
            offset: self.plan.offset.filter(|offset| *offset > 0),
            ..Query::default()
        })
    }

    /// For a lookup: the query, which has one row and one column, and what that is.
    pub fn single_value(&mut self) -> Checked<(Query, Kind)> {
        let query = self.query()?;
        let kind = self
            .named
            .first()
            .map_or(Kind::Null, |output| output.computed.kind);
        Ok((query, kind))
    }

    /// Literals and lookups alone: one row, of no table.
    fn constants(&mut self, outputs: &[Output<'a>]) -> Checked<Query> {
        let plan = self.plan;
        self.named = outputs.to_vec();
        let about_rows = [
            (!plan.filters.is_empty(), "/filters"),
            (plan.window.is_some(), "/window"),
            (!plan.having.is_empty(), "/having"),
            (!plan.order_by.is_empty(), "/order_by"),
            (plan.ties, "/ties"),
            (plan.top.is_some(), "/top"),
        ];
        if let Some((_, pointer)) = about_rows.into_iter().find(|(given, _)| *given) {
            return Err(invalid(
                "no-rows",
                "Nothing that is selected is of the table's rows: there is one row to answer.",
            )
            .at_pointer(pointer)
            .hint("Filters of a lookup stand in its `where`."));
        }
        Ok(Query {
            body: Body::Select(Box::new(Select {
                items: outputs.iter().map(item).collect(),
                ..Select::default()
            })),
            ..Query::default()
        })
    }

    /// A plan without one gets the limit that any query gets: [`crate::check`] decides which.
    fn limit(&mut self) -> Checked<Option<u64>> {
        let cap = self.limits.row_cap.max(1);
        match self.plan.limit {
            Some(0) => Err(invalid("limit", "A limit is at least 1.").at_pointer("/limit")),
            Some(limit) if limit > cap => {
                self.note(format!("Limited to {cap} rows: no query returns more."));
                Ok(Some(cap))
            }
            limit => Ok(limit),
        }
    }
}

/// Nothing in it changes from row to row.
fn is_without_rows(outputs: &[Output<'_>]) -> bool {
    let constant = |output: &Output<'_>| output.computed.tables.is_empty() && !output.computed.aggregated;
    let looks_up = |output: &Output<'_>| {
        output
            .computed
            .value
            .any(&|part| matches!(part, Expr::Subquery(_)))
    };
    outputs.iter().all(constant) && outputs.iter().any(looks_up)
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
