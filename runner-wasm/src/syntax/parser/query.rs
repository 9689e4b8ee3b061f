//! A whole query: WITH, set operations, ORDER BY, LIMIT.

use super::Parser;
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::syntax::ast::{
    Body, Cte, Direction, Expr, ExprKind, Limit, Literal, Name, OrderBy, OrderItem, Place, Query, SetKind,
    SetOperation, With,
};
use crate::syntax::token::Kind;
use csv_analyst_protocol::gate::Rejection;

/// What stands behind a body.
#[derive(Default)]
struct Clauses {
    order_by: Option<OrderBy>,
    limit: Option<Limit>,
    offset: Option<Expr>,
}

impl Parser<'_> {
    pub(super) fn query(&mut self) -> Checked<Query> {
        self.deeper(|parser| {
            let place = parser.place();
            let with = parser.with()?;
            let body = parser.body()?;
            parser.query_behind(place, with, body)
        })
    }

    /// `(query)`, with any number of brackets.
    pub(super) fn query_in_brackets(&mut self) -> Checked<Query> {
        self.expect_sign("(")?;
        let query = self.query()?;
        self.expect_sign(")")?;
        Ok(query)
    }

    /// Goes on behind a query in brackets that turned out to be a part of a larger one.
    pub(super) fn query_from(&mut self, first: Query) -> Checked<Query> {
        let place = first.place;
        let body = self.operations(bare(first), 1)?;
        self.query_behind(place, None, body)
    }

    /// Whether what stands here makes a larger query of a query in brackets before it.
    pub(super) fn at_query_continuation(&self) -> bool {
        self.at_any_word(&[
            "union",
            "except",
            "intersect",
            "order",
            "limit",
            "offset",
            "fetch",
            "for",
        ])
    }

    fn query_behind(&mut self, place: Place, with: Option<With>, body: Body) -> Checked<Query> {
        let clauses = self.clauses()?;
        match body {
            Body::Query(inner) => merged(*inner, with, clauses, place),
            body => Ok(Query {
                with,
                body,
                order_by: clauses.order_by,
                limit: clauses.limit,
                offset: clauses.offset,
                place,
            }),
        }
    }

    fn clauses(&mut self) -> Checked<Clauses> {
        let mut clauses = Clauses {
            order_by: self.order_by()?,
            ..Clauses::default()
        };
        while self.at_any_word(&["limit", "offset", "fetch"]) {
            let place = self.place();
            let twice = if self.at_word("offset") {
                clauses.offset.replace(self.offset()?).is_some()
            } else {
                match self.limit()? {
                    Some(limit) => clauses.limit.replace(limit).is_some(),
                    None => false,
                }
            };
            if twice {
                return Err(invalid("syntax", "LIMIT and OFFSET stand once in a query.").at(place));
            }
        }
        if self.at_word("for") {
            return Err(policy("construct-not-allowed", "Rows can't be locked here.").at(self.place()));
        }
        Ok(clauses)
    }

    fn with(&mut self) -> Checked<Option<With>> {
        if !self.eat_word("with") {
            return Ok(None);
        }
        // RECURSIVE may also be a table's name.
        let recursive = self.at_word("recursive") && !self.ahead(1).is_word("as");
        if recursive {
            self.advance();
        }
        let ctes = self.strict_list(Self::cte)?;
        Ok(Some(With { recursive, ctes }))
    }

    fn cte(&mut self) -> Checked<Cte> {
        let name = self.name_or_text()?;
        let columns = if self.at_sign("(") {
            self.names_in_brackets()?
        } else {
            Vec::new()
        };
        let mut using_key = Vec::new();
        if self.eat_words(&["using", "key"]) {
            self.expect_sign("(")?;
            using_key = self.list(|parser| parser.at_sign(")"), Self::expression)?;
            self.expect_sign(")")?;
        }
        self.expect_word("as")?;
        let materialized = if self.eat_words(&["not", "materialized"]) {
            Some(false)
        } else {
            self.eat_word("materialized").then_some(true)
        };
        let query = self.query_in_brackets()?;
        Ok(Cte {
            name,
            columns,
            using_key,
            materialized,
            query,
        })
    }

    fn body(&mut self) -> Checked<Body> {
        let first = self.operand()?;
        self.operations(first, 1)
    }

    /// Set operations of a rank and above, left to right. INTERSECT has rank 2, the others rank 1.
    fn operations(&mut self, first: Body, rank: u8) -> Checked<Body> {
        let mut left = first;
        let mut open = false;
        while let Some((kind, found)) = self.at_operation().filter(|(_, found)| *found >= rank) {
            let operation = self.set_operation(kind)?;
            let operand = self.operand()?;
            let right = if found == 1 {
                self.operations(operand, 2)?
            } else {
                operand
            };
            left = match left {
                Body::Operations { first, mut rest } if open && found == 1 => {
                    rest.push((operation, right));
                    Body::Operations { first, rest }
                }
                other => Body::Operations {
                    first: Box::new(other),
                    rest: vec![(operation, right)],
                },
            };
            open = found == 1;
        }
        Ok(left)
    }

    fn at_operation(&self) -> Option<(SetKind, u8)> {
        if self.at_word("union") {
            Some((SetKind::Union, 1))
        } else if self.at_word("except") {
            Some((SetKind::Except, 1))
        } else if self.at_word("intersect") {
            Some((SetKind::Intersect, 2))
        } else {
            None
        }
    }

    fn set_operation(&mut self, kind: SetKind) -> Checked<SetOperation> {
        let place = self.advance().place;
        let all = self.eat_word("all");
        if !all {
            self.eat_word("distinct");
        }
        let by_name = kind == SetKind::Union && self.eat_words(&["by", "name"]);
        if self.at_word("by") {
            return Err(self.unexpected("a query"));
        }
        Ok(SetOperation {
            kind,
            all,
            by_name,
            place,
        })
    }

    /// What a set operation stands between.
    fn operand(&mut self) -> Checked<Body> {
        if self.at_sign("(") {
            return Ok(bare(self.query_in_brackets()?));
        }
        if self.at_word("values") {
            return Ok(Body::Values(self.values()?));
        }
        if self.at_any_word(&["pivot", "pivot_wider"]) {
            return Ok(Body::Pivot(Box::new(self.pivot_statement()?)));
        }
        if self.at_any_word(&["unpivot", "pivot_longer"]) {
            return Ok(Body::Unpivot(Box::new(self.unpivot_statement()?)));
        }
        if self.at_any_word(&["select", "from", "table"]) {
            return Ok(Body::Select(Box::new(self.select()?)));
        }
        if self.at_any_word(&["describe", "desc", "show", "summarize"]) {
            return Err(self
                .unexpected("a query")
                .hint("Tables and columns are in the dataset's schema: GET /datasets/{id}/schema."));
        }
        Err(self.unexpected("a query"))
    }

    /// `VALUES (1, 2), (3, 4)`.
    pub(super) fn values(&mut self) -> Checked<Vec<Vec<Expr>>> {
        self.expect_word("values")?;
        self.list(
            |parser| !parser.at_sign("("),
            |parser| {
                parser.expect_sign("(")?;
                let row = parser.list(|parser| parser.at_sign(")"), Self::expression)?;
                parser.expect_sign(")")?;
                Ok(row)
            },
        )
    }

    fn order_by(&mut self) -> Checked<Option<OrderBy>> {
        if !self.at_word("order") {
            return Ok(None);
        }
        let place = self.advance().place;
        self.expect_word("by")?;
        if self.eat_word("all") {
            let direction = self.direction()?;
            return Ok(Some(OrderBy::All { direction, place }));
        }
        Ok(Some(OrderBy::Items(self.strict_list(Self::order_item)?)))
    }

    /// `ORDER BY ..` inside a call or a window, where ALL has no meaning.
    pub(super) fn inner_order_by(&mut self) -> Checked<Vec<OrderItem>> {
        if !self.at_word("order") {
            return Ok(Vec::new());
        }
        let place = self.place();
        match self.order_by()? {
            Some(OrderBy::Items(items)) => Ok(items),
            _ => Err(
                invalid("syntax", "ORDER BY ALL stands at the end of a query only.")
                    .at(place)
                    .hint("Name the columns to order by."),
            ),
        }
    }

    fn order_item(&mut self) -> Checked<OrderItem> {
        let value = self.expression()?;
        let direction = self.direction()?;
        Ok(OrderItem { value, direction })
    }

    fn direction(&mut self) -> Checked<Direction> {
        let descending = if self.eat_word("desc") {
            Some(true)
        } else {
            self.eat_word("asc").then_some(false)
        };
        let mut nulls_first = None;
        if self.eat_word("nulls") {
            nulls_first = Some(self.eat_word("first"));
            if nulls_first == Some(false) {
                self.expect_word("last")?;
            }
        }
        Ok(Direction {
            descending,
            nulls_first,
        })
    }

    /// `LIMIT ALL` is no limit.
    fn limit(&mut self) -> Checked<Option<Limit>> {
        if self.at_word("fetch") {
            return self.fetch().map(|rows| Some(Limit::Rows(rows)));
        }
        self.advance();
        if self.eat_word("all") {
            return Ok(None);
        }
        let number = self.peek().kind == Kind::Number;
        if number && self.ahead(1).is_word("percent") {
            let value = self.expression_of_number()?;
            self.advance();
            return Ok(Some(Limit::Percent(value)));
        }
        let value = self.expression()?;
        if self.eat_sign("%") {
            Ok(Some(Limit::Percent(value)))
        } else {
            Ok(Some(Limit::Rows(value)))
        }
    }

    fn offset(&mut self) -> Checked<Expr> {
        self.advance();
        let value = self.expression()?;
        self.eat_any_word(&["row", "rows"]);
        Ok(value)
    }

    /// `FETCH FIRST 3 ROWS ONLY`.
    fn fetch(&mut self) -> Checked<Expr> {
        let place = self.advance().place;
        if !self.eat_any_word(&["first", "next"]) {
            return Err(self.unexpected("FIRST"));
        }
        let value = if self.at_any_word(&["row", "rows"]) {
            Expr {
                kind: ExprKind::Literal(Literal::Number("1".to_string())),
                place,
            }
        } else {
            self.expression_of_number()?
        };
        if !self.eat_any_word(&["row", "rows"]) {
            return Err(self.unexpected("ROWS"));
        }
        self.expect_word("only")?;
        Ok(value)
    }

    fn expression_of_number(&mut self) -> Checked<Expr> {
        if self.peek().kind != Kind::Number {
            return Err(self.unexpected("a number"));
        }
        let token = self.advance();
        Ok(Expr {
            kind: ExprKind::Literal(Literal::Number(token.text.to_string())),
            place: token.place,
        })
    }

    pub(super) fn alias_name(&mut self) -> Checked<Name> {
        self.name_or_text()
    }
}

/// A query without clauses of its own is its body.
fn bare(query: Query) -> Body {
    if query.with.is_none() && query.order_by.is_none() && query.limit.is_none() && query.offset.is_none() {
        query.body
    } else {
        Body::Query(Box::new(query))
    }
}

/// DuckDB gives clauses behind a query in brackets to that query: `(SELECT .. LIMIT 1) ORDER BY x` would
/// order before it limits. Only what reads the same either way is let through.
fn merged(inner: Query, with: Option<With>, clauses: Clauses, place: Place) -> Checked<Query> {
    let Clauses {
        order_by,
        limit,
        offset,
    } = clauses;
    let inner_bounds = inner.limit.is_some() || inner.offset.is_some();
    let outer_bounds = limit.is_some() || offset.is_some();
    let unclear = (with.is_some() && inner.with.is_some())
        || (order_by.is_some() && (inner.order_by.is_some() || inner_bounds))
        || (outer_bounds && inner_bounds);
    if unclear {
        return Err(unclear_merge(place));
    }
    Ok(Query {
        with: with.or(inner.with),
        body: inner.body,
        order_by: order_by.or(inner.order_by),
        limit: limit.or(inner.limit),
        offset: offset.or(inner.offset),
        place,
    })
}

fn unclear_merge(place: Place) -> Box<Rejection> {
    policy(
        "unclear-precedence",
        "The clauses behind this query in brackets would become its own: that is easily misread.",
    )
    .at(place)
    .hint("Write SELECT * FROM (..) with the outer clauses behind.")
}
