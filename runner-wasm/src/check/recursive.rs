//! Recursive common table expressions: the first half gives the columns, the second half must have a
//! condition that can end it. How long it runs in the end is the runner's deadline.

use super::Checker;
use super::query::{Shape, output_scope};
use super::scope::CteEntry;
use super::truth::narrows;
use crate::rejection::{Checked, Explain, excerpt, policy};
use crate::sql::tree::{Body, Constraint, Query};
use crate::syntax::ast::{self, Name};

/// What may be recursive: a UNION, whose last step stands alone.
#[derive(Clone, Copy)]
pub struct Halves<'q> {
    first: &'q ast::Body,
    rest: &'q [(ast::SetOperation, ast::Body)],
    last: &'q (ast::SetOperation, ast::Body),
}

pub fn halves(query: &ast::Query) -> Option<Halves<'_>> {
    let ast::Body::Operations { first, rest } = &query.body else {
        return None;
    };
    let (last, rest) = rest.split_last()?;
    let union = last.0.kind == ast::SetKind::Union && query.with.is_none();
    union.then_some(Halves { first, rest, last })
}

impl Checker<'_> {
    /// The first half is read for its columns, then the second with the name in force: each once, however
    /// deep such queries stand in one another.
    pub fn recursive_cte(
        &mut self,
        name: &Name,
        columns: &[String],
        halves: Halves<'_>,
        query: &ast::Query,
    ) -> Checked<(Query, Shape)> {
        let outside = self.expansion.take();
        let result = self.deeper(query.place, |checker| {
            checker.both_halves(name, columns, halves, query)
        });
        self.expansion = outside;
        result
    }

    fn both_halves(
        &mut self,
        name: &Name,
        columns: &[String],
        halves: Halves<'_>,
        query: &ast::Query,
    ) -> Checked<(Query, Shape)> {
        let Halves { first, rest, last } = halves;
        let (left, shape, _) = self.operations(first, rest, query.place)?;
        self.scopes.ctes.push(CteEntry {
            name: name.text.clone(),
            columns: super::from::renamed(shape.columns.clone(), columns, name.place)?,
            reduced: true,
        });
        let combined = self.combined((left, shape), last);
        self.scopes.ctes.pop();
        let (body, shape) = combined?;
        if let Body::Operation { right, .. } = &body
            && !has_condition(right)
        {
            return Err(policy(
                "unbounded-recursion",
                format!(
                    "The recursive part of `{}` has no condition that ends it.",
                    excerpt(&name.text)
                ),
            )
            .at(name.place)
            .hint("Add a WHERE to the second SELECT, such as `WHERE n < 100`."));
        }
        let scope = output_scope(&shape);
        self.with_clauses(query, (false, Vec::new()), (body, shape, scope))
    }
}

/// Whether a recursive step filters or joins on something.
fn has_condition(body: &Body) -> bool {
    match body {
        Body::Select(select) => {
            let joins = select.from.iter().flat_map(|joined| joined.joins.iter());
            let filtered = select.filter.as_ref().is_some_and(narrows);
            filtered || joins.into_iter().any(|join| is_condition(&join.constraint))
        }
        Body::Query(query) => query.limit.is_some() || has_condition(&query.body),
        Body::Operation { left, right, .. } => has_condition(left) && has_condition(right),
        Body::Values(_) => true,
    }
}

fn is_condition(constraint: &Constraint) -> bool {
    match constraint {
        Constraint::None => false,
        Constraint::On(condition) => narrows(condition),
        Constraint::Using(_) | Constraint::Natural => true,
    }
}
