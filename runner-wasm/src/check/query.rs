//! Queries, common table expressions, set operations, limits: everything round a SELECT.

use super::Checker;
use super::scope::{CteEntry, Relation, Scope, same};
use super::unsupported::{never, refuse};
use super::window::direction;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::quote::is_plain;
use crate::sql::tree::{Body, Constraint, Cte, Item, Joined, OrderBy, Query, Select, SetOperation, Source};
use sqlparser::ast::{self, Spanned};
use sqlparser::tokenizer::Span;

/// More output columns than this in a query without filter, aggregate and limit look like a copy of
/// the data rather than an answer.
const DUMP_COLUMNS: usize = 3;
/// Wider than any dataset; stops `*` repeated thousands of times.
const MAX_OUTPUT_COLUMNS: usize = 2_000;

/// What a query gives: output names (if any), and whether something reduced its rows.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    pub columns: Vec<Option<String>>,
    pub reduced: bool,
}

impl Shape {
    /// Names that an enclosing query can use.
    pub fn names(&self) -> Vec<String> {
        self.columns.iter().flatten().cloned().collect()
    }
}

impl Checker<'_> {
    /// The whole text's query, with the LIMIT that every query gets.
    pub fn outermost(&mut self, query: &ast::Query) -> Checked<Query> {
        let (mut query, shape) = self.query(query)?;
        let cap = self.limits.row_cap.max(1);
        query.limit = Some(match query.limit {
            Some(limit) if limit > cap => {
                self.notes
                    .push(format!("Limited to {cap} rows: no query returns more."));
                cap
            }
            Some(limit) => limit,
            None if !shape.reduced && shape.columns.len() > DUMP_COLUMNS => {
                let cut = cap.min(self.limits.max_rows.max(1));
                self.notes.push(format!(
                    "Cut to the first {cut} rows: the query lists many columns without a filter, an aggregate or a limit."
                ));
                cut
            }
            None => cap,
        });
        Ok(query)
    }

    pub fn subquery(&mut self, query: &ast::Query) -> Checked<(Query, Shape)> {
        self.deeper(|| query.span(), |checker| checker.query(query))
    }

    fn query(&mut self, query: &ast::Query) -> Checked<(Query, Shape)> {
        let ast::Query {
            with,
            body,
            order_by,
            limit_clause,
            fetch,
            locks,
            for_clause,
            settings,
            format_clause,
            pipe_operators,
        } = query;
        let place = body.as_ref();
        never(!locks.is_empty() || for_clause.is_some(), "FOR ..", place)?;
        never(
            settings.is_some() || format_clause.is_some(),
            "SETTINGS or FORMAT",
            place,
        )?;
        never(!pipe_operators.is_empty(), "A pipe operator (|>)", place)?;
        let outer_ctes = self.scopes.ctes.len();
        let (recursive, ctes) = match with {
            Some(with) => self.with(with)?,
            None => (false, Vec::new()),
        };
        let (body, mut shape, scope) = self.body(body)?;
        self.scopes.selects.push(scope);
        let order_by = self.order_by(order_by.as_ref(), place)?;
        self.scopes.selects.pop();
        self.scopes.ctes.truncate(outer_ctes);
        let (limit, offset) = limits(limit_clause.as_ref(), fetch.as_ref(), place)?;
        shape.reduced |= limit.is_some_and(|limit| limit <= self.limits.row_cap);
        let query = Query {
            recursive,
            ctes,
            body,
            order_by,
            limit,
            offset,
        };
        Ok((without_inner(query), shape))
    }

    fn with(&mut self, with: &ast::With) -> Checked<(bool, Vec<Cte>)> {
        let ast::With {
            with_token: _,
            recursive,
            cte_tables,
        } = with;
        let ctes = cte_tables
            .iter()
            .map(|cte| self.cte(cte, *recursive))
            .collect::<Checked<_>>()?;
        Ok((*recursive, ctes))
    }

    /// In force from here on, and (if recursive) inside its own second half.
    fn cte(&mut self, cte: &ast::Cte, recursive: bool) -> Checked<Cte> {
        let ast::Cte {
            alias,
            query,
            from,
            // A hint for the engine, which decides by itself.
            materialized: _,
            closing_paren_token: _,
        } = cte;
        let ast::TableAlias {
            explicit: _,
            name,
            columns,
            at,
        } = alias;
        never(from.is_some() || at.is_some(), "This form of WITH", name.span)?;
        if !is_plain(&name.value) {
            return Err(policy(
                "cte-name",
                format!("`{}` can't name a common table expression.", excerpt(&name.value)),
            )
            .at(name.span)
            .hint("Use letters, digits and underscores."));
        }
        let columns = super::from::alias_columns(columns)?;
        let (query, shape) = match query.body.as_ref() {
            ast::SetExpr::SetOperation {
                op: ast::SetOperator::Union,
                left,
                ..
            } if recursive && query.with.is_none() => {
                self.recursive_cte(&name.value, &columns, left, query, name.span)?
            }
            _ => self.subquery(query)?,
        };
        let entry = CteEntry {
            name: name.value.clone(),
            columns: super::from::renamed(shape.columns, &columns, name.span)?,
            reduced: shape.reduced,
        };
        self.scopes.ctes.push(entry);
        Ok(Cte {
            name: name.value.clone(),
            columns,
            query,
        })
    }

    /// The first half is read once for its columns, then the whole with the name in force. The second
    /// half must have a condition: without one it never ends.
    fn recursive_cte(
        &mut self,
        name: &str,
        columns: &[String],
        first: &ast::SetExpr,
        query: &ast::Query,
        span: Span,
    ) -> Checked<(Query, Shape)> {
        let (_, seed, _) = self.deeper(|| span, |checker| checker.body(first))?;
        let columns = super::from::renamed(seed.columns, columns, span)?;
        self.scopes.ctes.push(CteEntry {
            name: name.into(),
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
                    excerpt(name)
                ),
            )
            .at(span)
            .hint("Add a WHERE to the second SELECT, such as `WHERE n < 100`."));
        }
        Ok((query, shape))
    }

    /// A body, its shape, and the scope that an ORDER BY after it sees.
    fn body(&mut self, body: &ast::SetExpr) -> Checked<(Body, Shape, Scope)> {
        match body {
            ast::SetExpr::Select(select) => {
                let (select, shape, scope) = self.select(select)?;
                Ok((Body::Select(Box::new(select)), shape, scope))
            }
            ast::SetExpr::Query(query) => {
                let (query, shape) = self.subquery(query)?;
                let scope = output_scope(&shape);
                Ok((unwrapped(query), shape, scope))
            }
            ast::SetExpr::Values(values) => self.values(values),
            ast::SetExpr::Table(table) => self.table_statement(table, body),
            ast::SetExpr::SetOperation { .. } => self.operations(body),
            ast::SetExpr::Insert(_)
            | ast::SetExpr::Update(_)
            | ast::SetExpr::Delete(_)
            | ast::SetExpr::Merge(_) => Err(policy(
                "read-only",
                "A query can only read: INSERT, UPDATE, DELETE and MERGE are not allowed.",
            )
            .at(body.span())),
        }
    }

    /// `a UNION b UNION c`: walks down the left side without recursion.
    fn operations(&mut self, body: &ast::SetExpr) -> Checked<(Body, Shape, Scope)> {
        let mut pending = Vec::new();
        let mut current = body;
        while let ast::SetExpr::SetOperation {
            left,
            op,
            set_quantifier,
            right,
        } = current
        {
            pending.push((set_operation(*op, *set_quantifier, body)?, right));
            current = left;
        }
        let (mut result, mut shape, _) = self.deeper(|| current.span(), |checker| checker.body(current))?;
        while let Some((operation, right)) = pending.pop() {
            let (right, right_shape, _) = self.deeper(|| right.span(), |checker| checker.body(right))?;
            shape.reduced &= right_shape.reduced;
            result = Body::Operation {
                operation,
                left: Box::new(result),
                right: Box::new(right),
            };
        }
        let scope = output_scope(&shape);
        Ok((result, shape, scope))
    }

    fn values(&mut self, values: &ast::Values) -> Checked<(Body, Shape, Scope)> {
        let ast::Values {
            explicit_row,
            value_keyword,
            rows,
        } = values;
        let span = rows
            .first()
            .map_or_else(Span::empty, |row| row.opening_token.0.span);
        never(*explicit_row || *value_keyword, "This form of VALUES", span)?;
        let rows: Vec<Vec<_>> = rows
            .iter()
            .map(|row| self.expressions(&row.content))
            .collect::<Checked<_>>()?;
        let width = rows.first().map_or(0, Vec::len);
        let columns = (0..width).map(|index| Some(format!("col{index}"))).collect();
        let shape = Shape {
            columns,
            reduced: true,
        };
        let scope = output_scope(&shape);
        Ok((Body::Values(rows), shape, scope))
    }

    /// `TABLE orders` is `SELECT * FROM orders`.
    fn table_statement(&mut self, table: &ast::Table, place: &ast::SetExpr) -> Checked<(Body, Shape, Scope)> {
        let ast::Table {
            table_name,
            schema_name,
        } = table;
        never(schema_name.is_some(), "A schema's name", place)?;
        let Some(name) = table_name else {
            return Err(refuse("TABLE without a name", place));
        };
        let (source, relation) = self.named_table(name, None)?;
        self.scopes.selects.push(Scope {
            relations: vec![relation],
            ..Scope::default()
        });
        let (select, shape, scope) = self.star_of(source)?;
        Ok((Body::Select(Box::new(select)), shape, scope))
    }

    fn order_by(&mut self, order_by: Option<&ast::OrderBy>, place: &ast::SetExpr) -> Checked<OrderBy> {
        let Some(ast::OrderBy { kind, interpolate }) = order_by else {
            return Ok(OrderBy::None);
        };
        never(interpolate.is_some(), "INTERPOLATE", place)?;
        Ok(match kind {
            ast::OrderByKind::All(options) => OrderBy::All(direction(options, place)?),
            ast::OrderByKind::Expressions(items) => OrderBy::Items(self.output_order_items(items)?),
        })
    }
}

/// Parentheses without clauses of their own are only parentheses.
fn unwrapped(query: Query) -> Body {
    let bare = query.ctes.is_empty()
        && query.order_by == OrderBy::None
        && query.limit.is_none()
        && query.offset.is_none();
    if bare {
        query.body
    } else {
        Body::Query(Box::new(query))
    }
}

/// Clauses inside and outside of parentheses are one query's to DuckDB, each of them once: it can't
/// serialise the same clause twice. Of two limits the lower one holds; a query that has another clause
/// twice selects from the inner one.
fn without_inner(mut query: Query) -> Query {
    let Body::Query(mut inner) = query.body else {
        return query;
    };
    let ordered_twice = query.order_by != OrderBy::None && inner.order_by != OrderBy::None;
    let limited_twice = inner.limit.is_some() && query.limit.is_some();
    let skipping = query.order_by != OrderBy::None || query.offset.is_some();
    let skipped_twice = inner.offset.is_some() && query.offset.is_some();
    let two_withs = !query.ctes.is_empty() && !inner.ctes.is_empty();
    if !(ordered_twice || skipped_twice || two_withs || (limited_twice && skipping)) {
        if inner.ctes.is_empty() {
            (inner.recursive, inner.ctes) = (query.recursive, query.ctes);
        }
        if query.order_by != OrderBy::None {
            inner.order_by = query.order_by;
        }
        inner.limit = inner.limit.into_iter().chain(query.limit).min();
        inner.offset = inner.offset.or(query.offset);
        return *inner;
    }
    let star = Item::Star {
        qualifier: None,
        exclude: Vec::new(),
        replace: Vec::new(),
    };
    let source = Source::Derived {
        query: inner,
        lateral: false,
        alias: None,
    };
    query.body = Body::Select(Box::new(Select {
        items: vec![star],
        from: vec![Joined {
            first: source,
            joins: Vec::new(),
        }],
        ..Select::default()
    }));
    query
}

/// After a set operation only the output's names are known.
fn output_scope(shape: &Shape) -> Scope {
    let relation = Relation {
        columns: shape.names(),
        reduced: shape.reduced,
        ..Relation::default()
    };
    Scope {
        relations: vec![relation],
        ..Scope::default()
    }
}

pub fn check_width(columns: usize, span: Span) -> Checked<()> {
    if columns <= MAX_OUTPUT_COLUMNS {
        return Ok(());
    }
    Err(policy(
        "too-many-columns",
        format!("A query can give at most {MAX_OUTPUT_COLUMNS} columns."),
    )
    .at(span)
    .hint("Name the columns that you need."))
}

fn set_operation(
    op: ast::SetOperator,
    quantifier: ast::SetQuantifier,
    place: &ast::SetExpr,
) -> Checked<SetOperation> {
    use ast::{SetOperator as O, SetQuantifier as Q};
    Ok(match (op, quantifier) {
        (O::Union, Q::None | Q::Distinct) => SetOperation::Union,
        (O::Union, Q::All) => SetOperation::UnionAll,
        (O::Union, Q::ByName | Q::DistinctByName) => SetOperation::UnionByName,
        (O::Union, Q::AllByName) => SetOperation::UnionAllByName,
        (O::Except, Q::None | Q::Distinct) => SetOperation::Except,
        (O::Except, Q::All) => SetOperation::ExceptAll,
        (O::Intersect, Q::None | Q::Distinct) => SetOperation::Intersect,
        (O::Intersect, Q::All) => SetOperation::IntersectAll,
        (O::Minus, _) | (O::Except | O::Intersect, Q::ByName | Q::AllByName | Q::DistinctByName) => {
            return Err(refuse("This set operation", place).hint("Use UNION, EXCEPT or INTERSECT."));
        }
    })
}

fn limits(
    limit: Option<&ast::LimitClause>,
    fetch: Option<&ast::Fetch>,
    place: &ast::SetExpr,
) -> Checked<(Option<u64>, Option<u64>)> {
    let (mut limit, offset) = match limit {
        None => (None, None),
        Some(ast::LimitClause::OffsetCommaLimit { .. }) => {
            return Err(refuse("LIMIT a, b", place).hint("Write LIMIT b OFFSET a."));
        }
        Some(ast::LimitClause::LimitOffset {
            limit,
            offset,
            limit_by,
        }) => {
            never(!limit_by.is_empty(), "LIMIT .. BY", place)?;
            let offset = offset.as_ref().map(|ast::Offset { value, rows: _ }| value);
            (
                limit.as_ref().map(written_number).transpose()?,
                offset.map(written_number).transpose()?,
            )
        }
    };
    if let Some(ast::Fetch {
        with_ties,
        percent,
        quantity,
    }) = fetch
    {
        never(
            *with_ties || *percent || limit.is_some(),
            "This form of FETCH",
            place,
        )?;
        limit = Some(quantity.as_ref().map_or(Ok(1), written_number)?);
    }
    Ok((limit, offset))
}

/// LIMIT and OFFSET are written out: a computed limit bounds nothing.
fn written_number(value: &ast::Expr) -> Checked<u64> {
    let written = match value {
        ast::Expr::Value(ast::ValueWithSpan {
            value: ast::Value::Number(digits, false),
            ..
        }) => digits.parse().ok(),
        _ => None,
    };
    written.ok_or_else(|| {
        invalid(
            "limit-not-a-number",
            "LIMIT and OFFSET must be whole numbers, written out.",
        )
        .at(value.span())
        .hint("Write LIMIT 100.")
    })
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

impl Checker<'_> {
    /// A CTE in scope, by any case.
    pub fn cte_named(&self, name: &str) -> Option<CteEntry> {
        self.scopes.cte(name).filter(|cte| same(&cte.name, name)).cloned()
    }
}
