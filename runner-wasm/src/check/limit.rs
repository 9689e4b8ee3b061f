//! LIMIT and OFFSET, written out: a computed limit bounds nothing.

use super::Checker;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Body, Item, Joined, OrderBy, Query, Select, Source, Star};
use crate::syntax::ast::{self, Expr, ExprKind, Literal};

/// What is written behind a query.
#[derive(Default)]
pub struct Bounds {
    pub rows: Option<u64>,
    /// Digits.
    pub percent: Option<String>,
    pub offset: Option<u64>,
}

pub fn bounds(limit: Option<&ast::Limit>, offset: Option<&Expr>) -> Checked<Bounds> {
    let mut bounds = Bounds {
        offset: offset.map(whole_number).transpose()?,
        ..Bounds::default()
    };
    match limit {
        None => {}
        Some(ast::Limit::Rows(rows)) => bounds.rows = Some(whole_number(rows)?),
        Some(ast::Limit::Percent(share)) => bounds.percent = Some(percentage(share)?),
    }
    Ok(bounds)
}

fn digits(value: &Expr) -> Option<&str> {
    match &value.kind {
        ExprKind::Literal(Literal::Number(digits)) => Some(digits),
        _ => None,
    }
}

fn whole_number(value: &Expr) -> Checked<u64> {
    digits(value)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| {
            invalid(
                "limit-not-a-number",
                "LIMIT and OFFSET must be whole numbers, written out.",
            )
            .at(value.place)
            .hint("Write LIMIT 100.")
        })
}

/// A share of at most a hundred, without an exponent.
pub fn percentage(value: &Expr) -> Checked<String> {
    digits(value)
        .filter(|digits| {
            let plain = digits.len() <= 16 && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let share: Option<f64> = digits.parse().ok();
            plain && share.is_some_and(|share| (0.0..=100.0).contains(&share))
        })
        .map(str::to_string)
        .ok_or_else(|| {
            invalid(
                "limit-not-a-number",
                "A share in per cent is a number from 0 to 100, written out.",
            )
            .at(value.place)
            .hint("Write LIMIT 10%.")
        })
}

impl Checker<'_> {
    /// The LIMIT that every query gets, and why where that is not plain.
    pub fn bounded(&mut self, mut query: Query, reduced: bool, width: usize) -> Query {
        const DUMP_COLUMNS: usize = 3;
        let cap = self.limits.row_cap.max(1);
        if query.percent.is_some() {
            query = selected_from(query);
        }
        query.limit = Some(match query.limit {
            Some(limit) if limit > cap => {
                self.note(&format!("Limited to {cap} rows: no query returns more."));
                cap
            }
            Some(limit) => limit,
            // More output columns than that, and nothing that makes rows fewer, look like a copy of the
            // data rather than an answer.
            None if !reduced && width > DUMP_COLUMNS => {
                let cut = cap.min(self.limits.max_rows.max(1));
                self.note(&format!(
                    "Cut to the first {cut} rows: the query lists many columns without a filter, an aggregate or a limit."
                ));
                cut
            }
            None => cap,
        });
        query
    }
}

/// `SELECT * FROM (query)`.
pub fn selected_from(query: Query) -> Query {
    Query {
        body: Body::Select(Box::new(all_of(query))),
        ..Query::default()
    }
}

fn all_of(query: Query) -> Select {
    let source = Source::Derived {
        query: Box::new(query),
        lateral: false,
        alias: None,
        sample: None,
    };
    Select {
        items: vec![Item::Star(Star::default())],
        from: vec![Joined {
            first: source,
            joins: Vec::new(),
        }],
        ..Select::default()
    }
}

/// Parentheses without clauses of their own are only parentheses.
pub fn unwrapped(query: Query) -> Body {
    let bare = query.ctes.is_empty()
        && query.order_by == OrderBy::None
        && query.limit.is_none()
        && query.percent.is_none()
        && query.offset.is_none();
    if bare {
        query.body
    } else {
        Body::Query(Box::new(query))
    }
}
