//! Recursive common table expressions: the first half gives the columns, the second half must have a
//! condition that can end it. How long it runs in the end is the runner's deadline.

use super::Checker;
use super::query::Shape;
use super::scope::CteEntry;
use crate::rejection::{Checked, Explain, excerpt, policy};
use crate::sql::tree::{Body, Constraint, Query};
use crate::syntax::ast::{self, Name};

/// The first half of what may be recursive: a UNION whose last step stands alone.
pub fn seed(query: &ast::Query) -> Option<ast::Body> {
    let ast::Body::Operations { first, rest } = &query.body else {
        return None;
    };
    let (last, before) = rest.split_last()?;
    let union = last.0.kind == ast::SetKind::Union && query.with.is_none();
    union.then(|| match before {
        [] => first.as_ref().clone(),
        several => ast::Body::Operations {
            first: first.clone(),
            rest: several.to_vec(),
        },
    })
}

impl Checker<'_> {
    /// The first half is read once for its columns, then the whole with the name in force.
    pub fn recursive_cte(
        &mut self,
        name: &Name,
        columns: &[String],
        first: &ast::Body,
        query: &ast::Query,
    ) -> Checked<(Query, Shape)> {
        let (_, seed, _) = self.deeper(name.place, |checker| checker.body(first, query.place))?;
        let columns = super::from::renamed(seed.columns, columns, name.place)?;
        self.scopes.ctes.push(CteEntry {
            name: name.text.clone(),
            columns,
            reduced: true,
        });
        let result = self.subquery(query);
        self.scopes.ctes.pop();
        let (query, shape) = result?;
        if let Body::Operation { right, .. } = &query.body
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
        Ok((query, shape))
    }
}

/// Whether a recursive step filters or joins on something.
fn has_condition(body: &Body) -> bool {
    match body {
        Body::Select(select) => {
            let joins = select.from.iter().flat_map(|joined| joined.joins.iter());
            select.filter.is_some() || joins.into_iter().any(|join| join.constraint != Constraint::None)
        }
        Body::Query(query) => query.limit.is_some() || has_condition(&query.body),
        Body::Operation { left, right, .. } => has_condition(left) && has_condition(right),
        Body::Values(_) => true,
    }
}
