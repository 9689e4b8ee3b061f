//! Queries, common table expressions, set operations: everything round a SELECT.

use super::Checker;
use super::limit::{Bounds, bounds, selected_from, unwrapped};
use super::scope::{CteEntry, Relation, Scope, same};
use super::unsupported::{never, refuse};
use super::window::direction;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::quote::is_plain;
use crate::sql::tree::{Body, Cte, Item, OrderBy, Query, SetOperation, Star};
use crate::syntax::ast::{self, Place};

/// Wider than any dataset; stops `*` repeated thousands of times.
pub const MAX_OUTPUT_COLUMNS: usize = 2_000;

/// What a query gives: output names (if any), and whether something reduced its rows.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pub columns: Vec<Option<String>>,
    pub reduced: bool,
}

impl Checker<'_> {
    /// The whole text's query, with the LIMIT that every query gets.
    pub fn outermost(&mut self, query: &ast::Query) -> Checked<Query> {
        let (query, shape) = self.query(query)?;
        Ok(self.bounded(query, shape.reduced, shape.columns.len()))
    }

    /// What expands outside of it does not expand inside of it.
    pub fn subquery(&mut self, query: &ast::Query) -> Checked<(Query, Shape)> {
        let outside = self.expansion.take();
        let result = self.deeper(query.place, |checker| checker.query(query));
        self.expansion = outside;
        result
    }

    fn query(&mut self, query: &ast::Query) -> Checked<(Query, Shape)> {
        let outer_ctes = self.scopes.ctes.len();
        let with = match &query.with {
            Some(with) => self.with(with)?,
            None => (false, Vec::new()),
        };
        let body = self.body(&query.body, query.place)?;
        let result = self.with_clauses(query, with, body);
        self.scopes.ctes.truncate(outer_ctes);
        result
    }

    /// What stands before a body and behind it.
    pub fn with_clauses(
        &mut self,
        query: &ast::Query,
        (recursive, ctes): (bool, Vec<Cte>),
        (body, mut shape, scope): (Body, Shape, Scope),
    ) -> Checked<(Query, Shape)> {
        let ast::Query {
            with: _,
            body: _,
            order_by,
            limit,
            offset,
            place: _,
        } = query;
        self.scopes.selects.push(scope);
        let order_by = self.order_by(order_by.as_ref())?;
        self.scopes.selects.pop();
        let Bounds {
            rows,
            percent,
            offset,
        } = bounds(limit.as_ref(), offset.as_ref())?;
        shape.reduced |= rows.is_some_and(|limit| limit <= self.limits.row_cap);
        let query = Query {
            recursive,
            ctes,
            body,
            order_by,
            limit: rows,
            percent,
            offset,
        };
        Ok((query, shape))
    }

    fn with(&mut self, with: &ast::With) -> Checked<(bool, Vec<Cte>)> {
        let ast::With { recursive, ctes } = with;
        for (index, cte) in ctes.iter().enumerate() {
            let name = &cte.name;
            if ctes[..index]
                .iter()
                .any(|before| same(&before.name.text, &name.text))
            {
                return Err(invalid(
                    "duplicate-name",
                    format!("`{}` names two common table expressions.", excerpt(&name.text)),
                )
                .at(name.place)
                .hint("Give one of them another name."));
            }
        }
        let ctes = ctes
            .iter()
            .map(|cte| self.cte(cte, *recursive))
            .collect::<Checked<_>>()?;
        Ok((*recursive, ctes))
    }

    /// In force from here on, and (if recursive) inside its own second half.
    fn cte(&mut self, cte: &ast::Cte, recursive: bool) -> Checked<Cte> {
        let ast::Cte {
            name,
            columns,
            using_key,
            materialized,
            query,
        } = cte;
        never(
            !using_key.is_empty() && !recursive,
            "USING KEY without RECURSIVE",
            name.place,
        )?;
        if !is_plain(&name.text) {
            return Err(policy(
                "cte-name",
                format!("`{}` can't name a common table expression.", excerpt(&name.text)),
            )
            .at(name.place)
            .hint("Use letters, digits and underscores."));
        }
        let columns: Vec<String> = columns.iter().map(|column| column.text.clone()).collect();
        let halves = if recursive {
            super::recursive::halves(query)
        } else {
            None
        };
        never(
            !using_key.is_empty() && halves.is_none(),
            "USING KEY without a UNION",
            name.place,
        )?;
        let (query, shape) = match halves {
            Some(halves) => self.recursive_cte(name, &columns, halves, query)?,
            None => self.subquery(query)?,
        };
        let entry = CteEntry {
            name: name.text.clone(),
            columns: super::from::renamed(shape.columns, &columns, name.place)?,
            reduced: shape.reduced,
        };
        let using_key = using_key
            .iter()
            .map(|key| key_column(key, &entry))
            .collect::<Checked<_>>()?;
        self.scopes.ctes.push(entry);
        Ok(Cte {
            name: name.text.clone(),
            columns,
            using_key,
            materialized: *materialized,
            query,
        })
    }

    /// A body, its shape, and the scope that an ORDER BY after it sees.
    pub fn body(&mut self, body: &ast::Body, place: Place) -> Checked<(Body, Shape, Scope)> {
        match body {
            ast::Body::Select(select) => {
                let (select, shape, scope) = self.select(select)?;
                Ok((Body::Select(Box::new(select)), shape, scope))
            }
            ast::Body::Query(query) => {
                let (query, shape) = self.subquery(query)?;
                let scope = output_scope(&shape);
                Ok((unwrapped(query), shape, scope))
            }
            ast::Body::Values(rows) => self.values(rows, place),
            ast::Body::Operations { first, rest } => self.operations(first, rest, place),
            ast::Body::Pivot(pivot) => {
                let (query, shape) = self.pivot(pivot)?;
                Ok(statement(query, shape))
            }
            ast::Body::Unpivot(unpivot) => {
                let (query, shape) = self.unpivot(unpivot)?;
                Ok(statement(query, shape))
            }
        }
    }

    /// `a UNION b UNION c`, left to right.
    pub fn operations(
        &mut self,
        first: &ast::Body,
        rest: &[(ast::SetOperation, ast::Body)],
        place: Place,
    ) -> Checked<(Body, Shape, Scope)> {
        let (body, shape, _) = self.deeper(place, |checker| checker.body(first, place))?;
        let mut result = (body, shape);
        for next in rest {
            result = self.combined(result, next)?;
        }
        let (body, shape) = result;
        let scope = output_scope(&shape);
        Ok((body, shape, scope))
    }

    /// One more operand.
    pub fn combined(
        &mut self,
        (left, mut shape): (Body, Shape),
        (written, right): &(ast::SetOperation, ast::Body),
    ) -> Checked<(Body, Shape)> {
        let operation = set_operation(*written)?;
        let (right, right_shape, _) =
            self.deeper(written.place, |checker| checker.body(right, written.place))?;
        shape.reduced &= right_shape.reduced;
        if written.by_name {
            add_missing(&mut shape, &right_shape);
        }
        let body = Body::Operation {
            operation,
            left: Box::new(left),
            right: Box::new(right),
        };
        Ok((body, shape))
    }

    fn values(&mut self, rows: &[Vec<ast::Expr>], place: Place) -> Checked<(Body, Shape, Scope)> {
        let rows: Vec<Vec<_>> = rows
            .iter()
            .map(|row| self.expressions(row))
            .collect::<Checked<_>>()?;
        let width = rows.first().map_or(0, Vec::len);
        if rows.iter().any(|row| row.len() != width) {
            return Err(invalid("values", "The rows of VALUES have different lengths.").at(place));
        }
        let columns = (0..width).map(|index| Some(format!("col{index}"))).collect();
        let shape = Shape {
            columns,
            reduced: true,
        };
        let scope = output_scope(&shape);
        Ok((Body::Values(rows), shape, scope))
    }

    fn order_by(&mut self, order_by: Option<&ast::OrderBy>) -> Checked<OrderBy> {
        Ok(match order_by {
            None => OrderBy::None,
            Some(ast::OrderBy::All {
                direction: written,
                place: _,
            }) => OrderBy::All(direction(*written)),
            Some(ast::OrderBy::Items(items)) => match every_output(items)? {
                Some(written) => OrderBy::All(direction(written)),
                None => OrderBy::Items(self.output_order_items(items)?),
            },
        })
    }

    /// A CTE in scope, by any case.
    pub fn cte_named(&self, name: &str) -> Option<CteEntry> {
        self.scopes.cte(name).filter(|cte| same(&cte.name, name)).cloned()
    }
}

/// `ORDER BY COLUMNS(*)` is `ORDER BY ALL` to DuckDB: by the outputs, not by the columns of FROM.
fn every_output(items: &[ast::OrderItem]) -> Checked<Option<ast::Direction>> {
    let star = |item: &ast::OrderItem| match &item.value.kind {
        ast::ExprKind::Columns(columns) => match &columns.selection.kind {
            ast::ExprKind::Star(star) => {
                Some(!columns.unpacked && columns.qualifier.is_empty() && is_bare(star))
            }
            _ => None,
        },
        _ => None,
    };
    match items {
        [only] if star(only) == Some(true) => Ok(Some(only.direction)),
        _ => match items.iter().find(|item| star(item).is_some()) {
            Some(item) => Err(refuse("This star in ORDER BY", item.value.place)
                .hint("Write ORDER BY ALL, or name the columns.")),
            None => Ok(None),
        },
    }
}

fn is_bare(star: &ast::Star) -> bool {
    let ast::Star {
        qualifier,
        exclude,
        replace,
        rename,
        like,
    } = star;
    qualifier.is_empty() && exclude.is_empty() && replace.is_empty() && rename.is_empty() && like.is_none()
}

/// A column of the table expression, which replaces its row of the same key.
fn key_column(key: &ast::Expr, entry: &CteEntry) -> Checked<String> {
    let written = match &key.kind {
        ast::ExprKind::Column(names) => match names.as_slice() {
            [name] => Some(&name.text),
            _ => None,
        },
        _ => None,
    };
    let known = |written: &String| {
        entry
            .columns
            .iter()
            .flatten()
            .find(|column| same(column, written))
            .cloned()
    };
    written.and_then(known).ok_or_else(|| {
        refuse("Something other than a column in USING KEY", key.place)
            .hint("Name one of the columns that the first SELECT gives.")
    })
}

/// A PIVOT or UNPIVOT by itself: all of what it gives.
fn statement(query: Query, shape: Shape) -> (Body, Shape, Scope) {
    let scope = output_scope(&shape);
    let is_all = matches!(&query.body, Body::Select(select) if select.items == [Item::Star(Star::default())]);
    let query = if is_all { query } else { selected_from(query) };
    (query.body, shape, scope)
}

/// UNION BY NAME puts out the names of both sides.
fn add_missing(shape: &mut Shape, other: &Shape) {
    for name in other.columns.iter().flatten() {
        if !shape.columns.iter().flatten().any(|known| same(known, name)) {
            shape.columns.push(Some(name.clone()));
        }
    }
}

/// After a set operation only the output's names are known.
pub fn output_scope(shape: &Shape) -> Scope {
    let relation = Relation {
        columns: shape.columns.clone(),
        reduced: shape.reduced,
        ..Relation::default()
    };
    Scope {
        relations: vec![relation],
        ..Scope::default()
    }
}

pub fn check_width(columns: usize, place: Place) -> Checked<()> {
    if columns <= MAX_OUTPUT_COLUMNS {
        return Ok(());
    }
    Err(policy(
        "too-many-columns",
        format!("A query can give at most {MAX_OUTPUT_COLUMNS} columns."),
    )
    .at(place)
    .hint("Name the columns that you need."))
}

fn set_operation(operation: ast::SetOperation) -> Checked<SetOperation> {
    use ast::SetKind as Kind;
    let ast::SetOperation {
        kind,
        all,
        by_name,
        place,
    } = operation;
    Ok(match (kind, all, by_name) {
        (Kind::Union, false, false) => SetOperation::Union,
        (Kind::Union, true, false) => SetOperation::UnionAll,
        (Kind::Union, false, true) => SetOperation::UnionByName,
        (Kind::Union, true, true) => SetOperation::UnionAllByName,
        (Kind::Except, false, false) => SetOperation::Except,
        (Kind::Except, true, false) => SetOperation::ExceptAll,
        (Kind::Intersect, false, false) => SetOperation::Intersect,
        (Kind::Intersect, true, false) => SetOperation::IntersectAll,
        (Kind::Except | Kind::Intersect, _, true) => {
            return Err(refuse("This set operation BY NAME", place).hint("Use UNION BY NAME."));
        }
    })
}
