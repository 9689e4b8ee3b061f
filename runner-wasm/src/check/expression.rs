//! Expressions: each kind in the syntax tree is rebuilt, or refused by name.

use super::Checker;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain, policy};
use crate::sql::tree::Expr;
use crate::syntax::ast::{Expr as Sql, ExprKind, IsTest, Place};

impl Checker<'_> {
    pub fn expressions(&mut self, items: &[Sql]) -> Checked<Vec<Expr>> {
        items.iter().map(|item| self.expression(item)).collect()
    }

    pub(super) fn boxed(&mut self, value: &Sql) -> Checked<Box<Expr>> {
        Ok(Box::new(self.expression(value)?))
    }

    pub(super) fn optional(&mut self, value: Option<&Sql>) -> Checked<Option<Box<Expr>>> {
        value.map(|value| self.boxed(value)).transpose()
    }

    pub fn expression(&mut self, value: &Sql) -> Checked<Expr> {
        self.count(1, value.place)?;
        self.deeper(value.place, |checker| checker.dispatch(&value.kind, value.place))
    }

    fn dispatch(&mut self, kind: &ExprKind, place: Place) -> Checked<Expr> {
        match kind {
            ExprKind::Column(names) => self.column(names, place),
            ExprKind::Literal(literal) => self.literal(literal, place),
            ExprKind::Typed { kind, text } => self.typed(kind, text, place),
            ExprKind::Interval { value, unit } => self.interval(value, *unit),
            ExprKind::Chain { first, rest } => self.chain(first, rest),
            ExprKind::Unary { operator, value } => self.unary(*operator, value),
            ExprKind::Is { value, negated, test } => Ok(Expr::Is {
                value: self.boxed(value)?,
                test: is_test(*test, *negated),
            }),
            ExprKind::Between {
                value,
                negated,
                low,
                high,
            } => Ok(Expr::Between {
                value: self.boxed(value)?,
                negated: *negated,
                low: self.boxed(low)?,
                high: self.boxed(high)?,
            }),
            ExprKind::InList { value, negated, list } => Ok(Expr::InList {
                value: self.boxed(value)?,
                negated: *negated,
                list: self.expressions(list)?,
            }),
            ExprKind::InQuery {
                value,
                negated,
                query,
            } => Ok(Expr::InQuery {
                value: self.boxed(value)?,
                negated: *negated,
                query: Box::new(self.subquery(query)?.0),
            }),
            ExprKind::InValue { value, negated, list } => self.in_value(value, *negated, list),
            ExprKind::Like {
                value,
                operator,
                negated,
                pattern,
                escape,
            } => self.like(value, *operator, *negated, pattern, escape.as_deref()),
            ExprKind::Call(call) => self.function(call),
            ExprKind::Case {
                operand,
                branches,
                otherwise,
            } => self.case(operand.as_deref(), branches, otherwise.as_deref()),
            _ => self.dispatch_rare(kind, place),
        }
    }

    fn dispatch_rare(&mut self, kind: &ExprKind, place: Place) -> Checked<Expr> {
        match kind {
            ExprKind::Postfix { base, steps } => self.postfix(base, steps),
            ExprKind::Cast { value, attempt, kind } => {
                let value = self.expression(value)?;
                self.cast(value, *attempt, kind)
            }
            ExprKind::Collate { value, collation } => self.collate(value, collation, place),
            ExprKind::Exists(query) => Ok(Expr::Exists {
                query: Box::new(self.subquery(query)?.0),
                negated: false,
            }),
            ExprKind::Subquery(query) => Ok(Expr::Subquery(Box::new(self.subquery(query)?.0))),
            ExprKind::ArrayQuery(query) => self.array_query(query, place),
            ExprKind::Quantified {
                left,
                operator,
                all,
                right,
            } => self.quantified(left, *operator, *all, right),
            ExprKind::Row(items) => self.row(items, place),
            ExprKind::List(items) => self.list(items),
            ExprKind::Comprehension(comprehension) => self.comprehension(comprehension, place),
            ExprKind::Struct(fields) => self.structure(fields, place),
            ExprKind::Map(entries) => self.map(entries),
            ExprKind::Columns(columns) => self.columns_expression(columns, place),
            ExprKind::Position(position) => self.position(*position, place),
            ExprKind::Arrow { left, right } => {
                let arguments = vec![self.expression(left)?, self.expression(right)?];
                self.known_call("json_extract", arguments)
            }
            ExprKind::Lambda { .. } => Err(refuse("A lambda outside a list function", place)
                .hint("Lambdas belong into list_transform, list_filter or list_reduce.")),
            ExprKind::Star(_) => Err(refuse("`*` in this place", place).hint("Name the columns.")),
            ExprKind::Parameter => Err(policy(
                "unbound-parameter",
                "A query here has no parameters to fill in.",
            )
            .at(place)
            .hint("Write the value itself.")),
            ExprKind::Column(_)
            | ExprKind::Literal(_)
            | ExprKind::Typed { .. }
            | ExprKind::Interval { .. }
            | ExprKind::Chain { .. }
            | ExprKind::Unary { .. }
            | ExprKind::Is { .. }
            | ExprKind::Between { .. }
            | ExprKind::InList { .. }
            | ExprKind::InQuery { .. }
            | ExprKind::InValue { .. }
            | ExprKind::Like { .. }
            | ExprKind::Call(_)
            | ExprKind::Case { .. } => Err(refuse("This expression", place)),
        }
    }

    /// `#2` of one table in FROM: the column's name is printed.
    fn position(&mut self, position: u64, place: Place) -> Checked<Expr> {
        let single = self
            .scopes
            .selects
            .last()
            .is_some_and(|scope| scope.relations.len() == 1);
        let index = usize::try_from(position)
            .ok()
            .and_then(|position| position.checked_sub(1));
        if self.expansion.is_some()
            && single
            && let Some(column) = index.and_then(|index| self.listed(&[], place).ok()?.get(index).cloned())
        {
            return self.listed_column(&column, place);
        }
        Err(refuse("A column by its position", place).hint("Name the column."))
    }
}

fn is_test(test: IsTest, negated: bool) -> &'static str {
    match (test, negated) {
        (IsTest::Null | IsTest::Unknown, false) => "NULL",
        (IsTest::Null | IsTest::Unknown, true) => "NOT NULL",
        (IsTest::True, false) => "TRUE",
        (IsTest::True, true) => "NOT TRUE",
        (IsTest::False, false) => "FALSE",
        (IsTest::False, true) => "NOT FALSE",
    }
}
