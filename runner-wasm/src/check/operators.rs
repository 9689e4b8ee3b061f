//! Operators: each becomes one of the tree's own, or the function that DuckDB makes of it.

use super::Checker;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Body, ChainOperator, Comparison, Expr, Item, LikeOperator, Literal, Query, Select};
use crate::syntax::ast::{self, BinaryOperator, Expr as Sql, ExprKind, Place, UnaryOperator};

impl Checker<'_> {
    pub(super) fn unary(&mut self, operator: UnaryOperator, value: &Sql) -> Checked<Expr> {
        Ok(match operator {
            UnaryOperator::Not => match self.expression(value)? {
                Expr::Exists { query, negated } => Expr::Exists {
                    query,
                    negated: !negated,
                },
                inner => inner.not(),
            },
            UnaryOperator::Minus => Expr::Negate(self.boxed(value)?),
            UnaryOperator::Plus => Expr::Plus(self.boxed(value)?),
            UnaryOperator::BitNot => Expr::BitNot(self.boxed(value)?),
        })
    }

    /// Left to right: a sum of 500 terms is a list, not a tree.
    pub(super) fn chain(&mut self, first: &Sql, rest: &[ast::Link]) -> Checked<Expr> {
        let mut result = self.expression(first)?;
        for ast::Link {
            operator,
            place,
            right,
        } in rest
        {
            result = self.operation(result, *operator, *place, right)?;
        }
        Ok(result)
    }

    fn operation(
        &mut self,
        left: Expr,
        operator: BinaryOperator,
        place: Place,
        right: &Sql,
    ) -> Checked<Expr> {
        let right = self.expression(right)?;
        let call = match meaning(operator) {
            Meaning::Chain(operator) => return Ok(Expr::chain(left, operator, right)),
            Meaning::Comparison(comparison) => return Ok(Expr::compare(left, comparison, right)),
            Meaning::Like(operator, negated) => {
                return Ok(Expr::Like {
                    value: Box::new(left),
                    operator,
                    negated,
                    pattern: Box::new(right),
                    escape: None,
                });
            }
            Meaning::Call(function) => self.known_call(function, vec![left, right]),
            Meaning::Negated(function) => self.known_call(function, vec![left, right]).map(Expr::not),
            Meaning::Swapped(function) => self.known_call(function, vec![right, left]),
        };
        call.map_err(|rejection| rejection.at(place))
    }

    pub(super) fn quantified(
        &mut self,
        left: &Sql,
        operator: BinaryOperator,
        all: bool,
        right: &Sql,
    ) -> Checked<Expr> {
        let Meaning::Comparison(operator) = meaning(operator) else {
            return Err(refuse("This operator with ANY or ALL", left.place));
        };
        let left = self.boxed(left)?;
        let query = match &right.kind {
            ExprKind::Subquery(query) => self.subquery(query)?.0,
            _ => self.elements(right)?,
        };
        Ok(Expr::Quantified {
            left,
            operator,
            all,
            query: Box::new(query),
        })
    }

    /// `ANY (list)` asks the list's elements: `SELECT unnest(list)`.
    fn elements(&mut self, list: &Sql) -> Checked<Query> {
        self.scopes.selects.push(super::scope::Scope::default());
        let list = self.expression(list);
        self.scopes.selects.pop();
        let item = Item::Expression {
            value: self.known_call("unnest", vec![list?])?,
            alias: None,
        };
        let select = Select {
            items: vec![item],
            ..Select::default()
        };
        Ok(Query {
            body: Body::Select(Box::new(select)),
            ..Query::default()
        })
    }

    /// `x IN list` is `contains(list, x)`.
    pub(super) fn in_value(&mut self, value: &Sql, negated: bool, list: &Sql) -> Checked<Expr> {
        let arguments = vec![self.expression(list)?, self.expression(value)?];
        let found = self.known_call("contains", arguments)?;
        Ok(if negated { found.not() } else { found })
    }

    pub(super) fn like(
        &mut self,
        value: &Sql,
        operator: ast::LikeOperator,
        negated: bool,
        pattern: &Sql,
        escape: Option<&Sql>,
    ) -> Checked<Expr> {
        let operator = match operator {
            ast::LikeOperator::Like => LikeOperator::Like,
            ast::LikeOperator::ILike => LikeOperator::ILike,
            ast::LikeOperator::SimilarTo => LikeOperator::SimilarTo,
            ast::LikeOperator::Glob => LikeOperator::Glob,
        };
        if operator == LikeOperator::SimilarTo {
            self.claims.function("regexp_full_match");
        }
        let escape = escape
            .map(|escape| self.escape_character(escape, operator, negated))
            .transpose()?;
        if negated && operator == LikeOperator::Glob {
            return Err(refuse("NOT GLOB", value.place).hint("Write NOT (x GLOB 'pattern')."));
        }
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
            (LikeOperator::Like, false) => "like_escape",
            (LikeOperator::Like, true) => "not_like_escape",
            (LikeOperator::SimilarTo | LikeOperator::Glob, _) => {
                return Err(refuse("ESCAPE without LIKE", escape.place));
            }
        });
        let written = self.expression(escape)?;
        if let Expr::Literal(Literal::Text(text)) = &written {
            let mut characters = text.chars();
            if let (Some(only), None) = (characters.next(), characters.next()) {
                return Ok(only);
            }
        }
        Err(invalid("escape-character", "ESCAPE takes one character.").at(escape.place))
    }
}

/// What the tree has for an operator.
enum Meaning {
    Chain(ChainOperator),
    Comparison(Comparison),
    Like(LikeOperator, bool),
    Call(&'static str),
    /// The call's opposite.
    Negated(&'static str),
    /// The call with its arguments the other way round.
    Swapped(&'static str),
}

fn meaning(operator: BinaryOperator) -> Meaning {
    use BinaryOperator as Operator;
    match operator {
        Operator::Or => Meaning::Chain(ChainOperator::Or),
        Operator::And => Meaning::Chain(ChainOperator::And),
        Operator::Add => Meaning::Chain(ChainOperator::Add),
        Operator::Subtract => Meaning::Chain(ChainOperator::Subtract),
        Operator::Multiply => Meaning::Chain(ChainOperator::Multiply),
        Operator::Divide => Meaning::Chain(ChainOperator::Divide),
        Operator::IntegerDivide => Meaning::Chain(ChainOperator::IntegerDivide),
        Operator::Modulo => Meaning::Chain(ChainOperator::Modulo),
        Operator::Concatenate => Meaning::Chain(ChainOperator::Concatenate),
        Operator::BitAnd => Meaning::Chain(ChainOperator::BitAnd),
        Operator::BitOr => Meaning::Chain(ChainOperator::BitOr),
        Operator::ShiftLeft => Meaning::Chain(ChainOperator::ShiftLeft),
        Operator::ShiftRight => Meaning::Chain(ChainOperator::ShiftRight),
        Operator::Equal => Meaning::Comparison(Comparison::Equal),
        Operator::NotEqual => Meaning::Comparison(Comparison::NotEqual),
        Operator::Less => Meaning::Comparison(Comparison::Less),
        Operator::LessOrEqual => Meaning::Comparison(Comparison::LessOrEqual),
        Operator::Greater => Meaning::Comparison(Comparison::Greater),
        Operator::GreaterOrEqual => Meaning::Comparison(Comparison::GreaterOrEqual),
        Operator::DistinctFrom => Meaning::Comparison(Comparison::DistinctFrom),
        Operator::NotDistinctFrom => Meaning::Comparison(Comparison::NotDistinctFrom),
        Operator::Power => Meaning::Call("pow"),
        Operator::LongArrow => Meaning::Call("json_extract_string"),
        Operator::StartsWith => Meaning::Call("starts_with"),
        Operator::Regex => Meaning::Call("regexp_full_match"),
        Operator::NotRegex => Meaning::Negated("regexp_full_match"),
        Operator::Like => Meaning::Like(LikeOperator::Like, false),
        Operator::NotLike => Meaning::Like(LikeOperator::Like, true),
        Operator::ILike => Meaning::Like(LikeOperator::ILike, false),
        Operator::NotILike => Meaning::Like(LikeOperator::ILike, true),
        Operator::Contains => Meaning::Call("list_has_all"),
        Operator::ContainedBy => Meaning::Swapped("list_has_all"),
        Operator::Overlaps => Meaning::Call("list_has_any"),
    }
}
