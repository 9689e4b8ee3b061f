//! Expressions: each variant of the parser's tree is rebuilt, or refused by name.

use super::Checker;
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::sql::tree::{ChainOperator, Comparison, Expr, LikeOperator, Literal};
use csv_analyst_protocol::gate::Rejection;
use sqlparser::ast::{self, BinaryOperator, Expr as Sql, Spanned, UnaryOperator};

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
        self.deeper(|| value.span(), |checker| checker.dispatch(value))
    }

    /// Variants that a query may use; the rest goes on to [`Self::dispatch_rare`].
    fn dispatch(&mut self, value: &Sql) -> Checked<Expr> {
        match value {
            Sql::Identifier(ident) => self.bare_column(ident),
            Sql::CompoundIdentifier(parts) => self.compound_column(parts),
            Sql::Value(literal) => self.value(literal),
            Sql::Nested(inner) => self.expression(inner),
            Sql::BinaryOp { .. } => self.binary(value),
            Sql::UnaryOp { op, expr } => self.unary(*op, expr),
            Sql::Function(function) => self.function(function),
            Sql::Cast {
                kind,
                expr,
                data_type,
                format,
            } => self.cast(kind, expr, data_type, format.is_some()),
            Sql::Case {
                case_token: _,
                end_token: _,
                operand,
                conditions,
                else_result,
            } => self.case(operand.as_deref(), conditions, else_result.as_deref()),
            Sql::IsNull(inner) | Sql::IsUnknown(inner) => self.is(inner, "NULL"),
            Sql::IsNotNull(inner) | Sql::IsNotUnknown(inner) => self.is(inner, "NOT NULL"),
            Sql::IsTrue(inner) => self.is(inner, "TRUE"),
            Sql::IsNotTrue(inner) => self.is(inner, "NOT TRUE"),
            Sql::IsFalse(inner) => self.is(inner, "FALSE"),
            Sql::IsNotFalse(inner) => self.is(inner, "NOT FALSE"),
            Sql::IsDistinctFrom(left, right) => self.compare(left, Comparison::DistinctFrom, right),
            Sql::IsNotDistinctFrom(left, right) => self.compare(left, Comparison::NotDistinctFrom, right),
            Sql::In {
                expr,
                target,
                negated,
                global,
            } => self.in_target(expr, target, *negated, *global),
            Sql::Between {
                expr,
                negated,
                low,
                high,
            } => self.between(expr, *negated, low, high),
            Sql::Like {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => {
                never(*any, "LIKE ANY", expr.as_ref())?;
                self.like(
                    LikeOperator::Like,
                    *negated,
                    expr,
                    pattern,
                    escape_char.as_deref(),
                )
            }
            Sql::ILike {
                negated,
                any,
                expr,
                pattern,
                escape_char,
            } => {
                never(*any, "ILIKE ANY", expr.as_ref())?;
                self.like(
                    LikeOperator::ILike,
                    *negated,
                    expr,
                    pattern,
                    escape_char.as_deref(),
                )
            }
            Sql::SimilarTo {
                negated,
                expr,
                pattern,
                escape_char,
            } => {
                never(escape_char.is_some(), "SIMILAR TO .. ESCAPE", expr.as_ref())?;
                self.claims.function("regexp_full_match");
                self.like(LikeOperator::SimilarTo, *negated, expr, pattern, None)
            }
            Sql::Exists { subquery, negated } => Ok(Expr::Exists {
                query: Box::new(self.subquery(subquery)?.0),
                negated: *negated,
            }),
            Sql::Subquery(query) => Ok(Expr::Subquery(Box::new(self.subquery(query)?.0))),
            _ => self.dispatch_rare(value),
        }
    }

    fn dispatch_rare(&mut self, value: &Sql) -> Checked<Expr> {
        match value {
            Sql::TypedString(typed) => self.typed_string(typed),
            Sql::Interval(interval) => self.interval(interval),
            Sql::AnyOp {
                left,
                compare_op,
                right,
                is_some: _,
            } => self.quantified(left, compare_op, right, false),
            Sql::AllOp {
                left,
                compare_op,
                right,
            } => self.quantified(left, compare_op, right, true),
            Sql::Extract {
                field,
                syntax: _,
                expr,
            } => self.extract(field, expr),
            Sql::AtTimeZone { timestamp, time_zone } => {
                let arguments = vec![self.expression(time_zone)?, self.expression(timestamp)?];
                self.known_call("timezone", arguments)
            }
            Sql::Ceil { expr, field } => self.rounding("ceil", expr, field),
            Sql::Floor { expr, field } => self.rounding("floor", expr, field),
            Sql::Position { expr, r#in } => {
                let arguments = vec![self.expression(r#in)?, self.expression(expr)?];
                self.known_call("strpos", arguments)
            }
            Sql::Substring {
                expr,
                substring_from,
                substring_for,
                special: _,
                shorthand: _,
            } => self.substring(expr, substring_from.as_deref(), substring_for.as_deref()),
            Sql::Trim {
                trim_where,
                trim_what,
                expr,
                trim_characters,
            } => {
                let characters = match (trim_what, trim_characters.as_deref()) {
                    (Some(what), None) => Some(what.as_ref()),
                    (None, Some([only])) => Some(only),
                    (None, None) => None,
                    _ => return Err(refuse("This form of TRIM", expr.span())),
                };
                self.trim(trim_where.as_ref(), expr, characters)
            }
            Sql::Tuple(items) => {
                self.claims.function("row");
                Ok(Expr::Row(self.expressions(items)?))
            }
            Sql::Array(ast::Array { elem, named: _ }) => {
                self.claims.function("list_value");
                Ok(Expr::List(self.expressions(elem)?))
            }
            Sql::Dictionary(fields) => self.structure(fields),
            Sql::Map(ast::Map { entries }) => self.map(entries),
            Sql::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            Sql::Lambda(lambda) => Err(refuse("`->` outside a list function", lambda.body.span())
                .hint("For JSON use json_extract_string(column, 'path').")),
            _ => Err(unknown_expression(value)),
        }
    }

    fn is(&mut self, value: &Sql, test: &'static str) -> Checked<Expr> {
        Ok(Expr::Is {
            value: self.boxed(value)?,
            test,
        })
    }

    fn compare(&mut self, left: &Sql, operator: Comparison, right: &Sql) -> Checked<Expr> {
        Ok(Expr::Compare {
            left: self.boxed(left)?,
            operator,
            right: self.boxed(right)?,
        })
    }

    fn unary(&mut self, operator: UnaryOperator, value: &Sql) -> Checked<Expr> {
        match operator {
            UnaryOperator::Not => Ok(match self.expression(value)? {
                Expr::Exists { query, negated } => Expr::Exists {
                    query,
                    negated: !negated,
                },
                inner => Expr::Not(Box::new(inner)),
            }),
            UnaryOperator::Minus => Ok(Expr::Negate(self.boxed(value)?)),
            UnaryOperator::Plus => self.expression(value),
            _ => Err(refuse("This operator", value.span())),
        }
    }

    /// Walks down the left side without recursion: a sum of 500 terms is 500 levels deep there.
    fn binary(&mut self, value: &Sql) -> Checked<Expr> {
        let mut pending = Vec::new();
        let mut current = value;
        while let Sql::BinaryOp { left, op, right } = current {
            refuse_unclear(left, op, right)?;
            pending.push((op, right));
            current = left;
        }
        let mut result = self.expression(current)?;
        while let Some((operator, right)) = pending.pop() {
            result = self.operation(result, operator, right)?;
        }
        Ok(result)
    }

    fn operation(&mut self, left: Expr, operator: &BinaryOperator, right: &Sql) -> Checked<Expr> {
        if let Some(operator) = chain_operator(operator) {
            return Ok(Expr::chain(left, operator, self.expression(right)?));
        }
        if let Some(comparison) = comparison(operator) {
            return Ok(Expr::compare(left, comparison, self.expression(right)?));
        }
        let function = match operator {
            BinaryOperator::PGExp | BinaryOperator::BitwiseXor => "pow",
            BinaryOperator::LongArrow => "json_extract_string",
            BinaryOperator::PGStartsWith => "starts_with",
            BinaryOperator::Arrow => "json_extract",
            _ => {
                return Err(refuse("This operator", right.span())
                    .hint("Use a function: pow, regexp_matches, list_contains, .."));
            }
        };
        let right = self.expression(right)?;
        self.known_call(function, vec![left, right])
    }

    fn quantified(&mut self, left: &Sql, operator: &BinaryOperator, right: &Sql, all: bool) -> Checked<Expr> {
        let Some(operator) = comparison(operator) else {
            return Err(refuse("This operator with ANY or ALL", left.span()));
        };
        let inner = if let Sql::Nested(inner) = right {
            inner.as_ref()
        } else {
            right
        };
        let query = match inner {
            Sql::Subquery(query) => query,
            _ => {
                return Err(refuse("ANY or ALL of a list", right.span())
                    .hint("Use IN (..) or list_contains(list, value)."));
            }
        };
        let left = self.boxed(left)?;
        Ok(Expr::Quantified {
            left,
            operator,
            all,
            query: Box::new(self.subquery(query)?.0),
        })
    }

    fn in_target(
        &mut self,
        value: &Sql,
        target: &ast::InTarget,
        negated: bool,
        global: bool,
    ) -> Checked<Expr> {
        never(global, "GLOBAL IN", value)?;
        refuse_loose(value)?;
        let inner = self.boxed(value)?;
        match target {
            ast::InTarget::List(list) => Ok(Expr::InList {
                value: inner,
                negated,
                list: self.expressions(list)?,
            }),
            ast::InTarget::Subquery(query) => Ok(Expr::InQuery {
                value: inner,
                negated,
                query: Box::new(self.subquery(query)?.0),
            }),
            ast::InTarget::Unnest(_) | ast::InTarget::Table { .. } => {
                Err(refuse("IN without a list in parentheses", value.span())
                    .hint("Write IN ('a', 'b') or IN (SELECT ..)."))
            }
        }
    }

    fn between(&mut self, value: &Sql, negated: bool, low: &Sql, high: &Sql) -> Checked<Expr> {
        for part in [value, low, high] {
            refuse_loose(part)?;
        }
        Ok(Expr::Between {
            value: self.boxed(value)?,
            negated,
            low: self.boxed(low)?,
            high: self.boxed(high)?,
        })
    }

    fn like(
        &mut self,
        operator: LikeOperator,
        negated: bool,
        value: &Sql,
        pattern: &Sql,
        escape: Option<&Sql>,
    ) -> Checked<Expr> {
        refuse_loose(value)?;
        refuse_loose(pattern)?;
        let escape = escape
            .map(|escape| self.escape_character(escape, operator, negated))
            .transpose()?;
        Ok(Expr::Like {
            value: self.boxed(value)?,
            operator,
            negated,
            pattern: self.boxed(pattern)?,
            escape,
        })
    }

    fn escape_character(&mut self, escape: &Sql, operator: LikeOperator, negated: bool) -> Checked<char> {
        self.claims.function(match (operator, negated) {
            (LikeOperator::ILike, false) => "ilike_escape",
            (LikeOperator::ILike, true) => "not_ilike_escape",
            (_, false) => "like_escape",
            (_, true) => "not_like_escape",
        });
        let written = self.expression(escape)?;
        if let Expr::Literal(Literal::Text(text)) = &written {
            let mut characters = text.chars();
            if let (Some(only), None) = (characters.next(), characters.next()) {
                return Ok(only);
            }
        }
        Err(invalid("escape-character", "ESCAPE takes one character.").at(escape.span()))
    }
}

/// Dropped from the text, a `+` before a whole key would make `+1` a column's position and `+total` an
/// output's name.
pub fn refuse_plus(key: &Sql) -> Checked<()> {
    match key {
        Sql::Nested(inner) => refuse_plus(inner),
        Sql::UnaryOp {
            op: UnaryOperator::Plus,
            ..
        } => Err(
            refuse("A `+` before a key of ORDER BY, GROUP BY or DISTINCT ON", key)
                .hint("Leave the `+` out, or write the expression in another way."),
        ),
        _ => Ok(()),
    }
}

fn unknown_expression(value: &Sql) -> Box<Rejection> {
    refuse("This expression", value.span()).hint("Write it with functions, CASE, casts and comparisons.")
}

fn chain_operator(operator: &BinaryOperator) -> Option<ChainOperator> {
    Some(match operator {
        BinaryOperator::Or => ChainOperator::Or,
        BinaryOperator::And => ChainOperator::And,
        BinaryOperator::Plus => ChainOperator::Add,
        BinaryOperator::Minus => ChainOperator::Subtract,
        BinaryOperator::Multiply => ChainOperator::Multiply,
        BinaryOperator::Divide => ChainOperator::Divide,
        BinaryOperator::DuckIntegerDivide => ChainOperator::IntegerDivide,
        BinaryOperator::Modulo => ChainOperator::Modulo,
        BinaryOperator::StringConcat => ChainOperator::Concatenate,
        _ => return None,
    })
}

fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
    Some(match operator {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::NotEqual,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::LessOrEqual,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

/// Operators whose rank sqlparser and DuckDB see differently: beside other arithmetic they need
/// parentheses, or the canonical text would mean something else than what was written.
fn refuse_unclear(left: &Sql, operator: &BinaryOperator, right: &Sql) -> Checked<()> {
    let own = rank(operator);
    for side in [left, right] {
        let other = match side {
            Sql::BinaryOp { op, .. } => rank(op),
            Sql::UnaryOp {
                op: UnaryOperator::Minus,
                ..
            } if own == Rank::Special => Rank::Arithmetic,
            _ => continue,
        };
        let both = [own, other];
        let unclear = own != other && both.contains(&Rank::Special) && !both.contains(&Rank::Loose)
            || own == Rank::Special
                && other == Rank::Special
                && !matches!(operator, BinaryOperator::StringConcat);
        if unclear {
            return Err(policy(
                "unclear-precedence",
                "Parsers disagree on which of these operators comes first.",
            )
            .at(side.span())
            .hint("Put parentheses round the part that belongs together."));
        }
    }
    Ok(())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rank {
    /// OR, AND, comparisons: ranked alike everywhere, below everything else.
    Loose,
    Arithmetic,
    Special,
}

fn rank(operator: &BinaryOperator) -> Rank {
    match chain_operator(operator) {
        Some(ChainOperator::Or | ChainOperator::And) => Rank::Loose,
        Some(ChainOperator::Concatenate) => Rank::Special,
        Some(_) => Rank::Arithmetic,
        None if comparison(operator).is_some() => Rank::Loose,
        None => Rank::Special,
    }
}

/// LIKE, IN and BETWEEN rank above comparisons in DuckDB and not in sqlparser.
fn refuse_loose(part: &Sql) -> Checked<()> {
    match part {
        Sql::BinaryOp { op, .. } if rank(op) == Rank::Loose => Err(policy(
            "unclear-precedence",
            "Parsers disagree on what belongs together here.",
        )
        .at(part.span())
        .hint("Put parentheses round the comparison.")),
        _ => Ok(()),
    }
}
