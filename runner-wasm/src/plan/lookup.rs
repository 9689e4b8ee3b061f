//! One value out of the plan's own table, by a subquery of its own.

use super::Compiler;
use super::expressions::Computed;
use crate::rejection::Checked;
use crate::sql::tree::Expr;
use csv_analyst_protocol::gate::{Place, Rejection};
use csv_analyst_protocol::plan::{Aggregate, Expression, Filter, QueryPlan, SelectItem};

impl Compiler<'_> {
    /// A plan of one aggregate, over the same table (its newest rows, if the plan says so), without the
    /// outer filters.
    pub fn lookup(
        &mut self,
        agg: Aggregate,
        of: &Expression,
        filters: &[Filter],
        pointer: &str,
    ) -> Checked<Computed> {
        let value = SelectItem {
            expression: Some(of.clone()),
            agg: Some(agg),
            ..SelectItem::default()
        };
        let plan = QueryPlan {
            table: self.plan.table.clone(),
            select: vec![value],
            filters: filters.to_vec(),
            latest: self.plan.latest.clone(),
            earliest: self.plan.earliest.clone(),
            ..QueryPlan::default()
        };
        let mut inner = Compiler::new(&plan, self.base, self.dataset, self.limits);
        let (query, kind) = inner
            .single_value()
            .map_err(|rejection| outside(rejection, pointer))?;
        for note in inner.notes {
            self.note(note);
        }
        Ok(Computed::constant(Expr::Subquery(Box::new(query)), kind))
    }
}

/// The inner plan's pointers as those of the lookup.
fn outside(mut rejection: Box<Rejection>, pointer: &str) -> Box<Rejection> {
    let Some(Place::Pointer(inner)) = &rejection.place else {
        return rejection;
    };
    let place = if let Some(rest) = inner.strip_prefix("/filters") {
        format!("{pointer}/where{rest}")
    } else if let Some(rest) = inner.strip_prefix("/select/0/expression") {
        format!("{pointer}/of{rest}")
    } else if inner.starts_with("/select") {
        pointer.into()
    } else {
        inner.clone()
    };
    rejection.place = Some(Place::Pointer(place));
    rejection
}
