//! DuckDB's parser takes no window function inside the definition of another, not even in a subquery of it:
//! `rank() OVER (ORDER BY (SELECT .. row_number() OVER () ..))`.

use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Body, Expr, Item, Joined, Over, Query, Select, Source};

/// Refuses a value in which windows are ordered or parted by such.
pub fn check(value: &Expr, pointer: &str) -> Checked<()> {
    if !value.any(&is_nested) {
        return Ok(());
    }
    Err(invalid(
        "series-place",
        "Rows can't be ordered here by a lookup that looks at positions, or at the newest row per key.",
    )
    .at_pointer(pointer)
    .hint("Order by a column or an aggregate."))
}

fn is_nested(value: &Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    let Some(Over::Window(window)) = &call.over else {
        return false;
    };
    let orders = window.order_by.iter().map(|item| &item.value);
    window.partition_by.iter().chain(orders).any(has_window)
}

fn has_window(value: &Expr) -> bool {
    value.any(&|part| match part {
        Expr::Call(call) => call.over.is_some(),
        Expr::Subquery(query) | Expr::InQuery { query, .. } => in_query(query),
        _ => false,
    })
}

fn in_query(query: &Query) -> bool {
    match &query.body {
        Body::Select(select) => in_select(select),
        Body::Query(query) => in_query(query),
        Body::Values(_) | Body::Operation { .. } => false,
    }
}

fn in_select(select: &Select) -> bool {
    let items = select.items.iter().any(|item| match item {
        Item::Expression { value, .. } => has_window(value),
        Item::Star(_) => false,
    });
    items
        || select.qualify.is_some()
        || select.filter.as_ref().is_some_and(has_window)
        || select.from.iter().any(in_joined)
}

fn in_joined(joined: &Joined) -> bool {
    let joins = joined.joins.iter().map(|join| &join.source);
    std::iter::once(&joined.first)
        .chain(joins)
        .any(|source| matches!(source, Source::Derived { query, .. } if in_query(query)))
}
