//! Expressions of operators: one is taken when its rank is at least what the expression around it
//! allows.

use super::Parser;
use super::primary::Bracketed;
use super::ranks::{ARROW, COMPARISON, IS, Infix, NOT, OTHER, RANGE, SIGN, ZONE};
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::syntax::ast::{
    Argument, BinaryOperator, Call, Expr, ExprKind, IsTest, LikeOperator, Link, Name, Place, Star, StarLike,
    Step, StepKind, UnaryOperator,
};
use crate::syntax::token::Kind;

/// Operations that wrap what is left of them, one round the other.
const MAX_WRAPS: usize = 100;

impl Parser<'_> {
    /// DuckDB's `a_expr`.
    pub(super) fn expression(&mut self) -> Checked<Expr> {
        self.climb(0, false)
    }

    /// Goes on behind a value that was read already.
    pub(super) fn expression_from(&mut self, left: Expr) -> Checked<Expr> {
        self.climb_from(left, 0, false)
    }

    /// DuckDB's `b_expr`: without the operators that are words, where AND or IN follows.
    pub(super) fn restricted_expression(&mut self) -> Checked<Expr> {
        self.climb(0, true)
    }

    fn climb(&mut self, least: u8, restricted: bool) -> Checked<Expr> {
        self.deeper(|parser| {
            let left = parser.operand_of_operator(restricted)?;
            parser.climb_from(left, least, restricted)
        })
    }

    fn climb_from(&mut self, left: Expr, least: u8, restricted: bool) -> Checked<Expr> {
        let mut left = left;
        // The rank of the chain that `left` is, when it was begun here.
        let mut chain = None;
        let mut wraps = 0;
        while let Some((rank, infix)) = self.infix(restricted).filter(|(rank, _)| *rank >= least) {
            if let Infix::Link(operator) = infix
                && chain == Some(rank)
            {
                let link = self.link(operator, rank, restricted)?;
                if let ExprKind::Chain { rest, .. } = &mut left.kind {
                    rest.push(link);
                }
                continue;
            }
            wraps += 1;
            if wraps > MAX_WRAPS {
                return Err(
                    invalid("query-too-deep", "Too many operations in one expression.")
                        .at(self.place())
                        .hint("Use a common table expression (WITH) for the inner parts."),
                );
            }
            let quantified = self.ahead(2).is_sign("(")
                && ["any", "some", "all"]
                    .iter()
                    .any(|word| self.ahead(1).is_word(word));
            (left, chain) = match infix {
                Infix::Link(operator) if quantified && !restricted => {
                    (self.quantified(left, operator)?, None)
                }
                Infix::Link(operator) => {
                    let place = left.place;
                    let link = self.link(operator, rank, restricted)?;
                    let kind = ExprKind::Chain {
                        first: Box::new(left),
                        rest: vec![link],
                    };
                    (Expr { kind, place }, Some(rank))
                }
                other => (self.wrap(left, other, restricted)?, None),
            };
        }
        Ok(left)
    }

    /// An operator and its right side. Operators of one rank stand side by side only where they go from
    /// left to right.
    fn link(&mut self, operator: BinaryOperator, rank: u8, restricted: bool) -> Checked<Link> {
        let place = self.advance().place;
        if rank == OTHER && self.at_any_word(&["not", "lambda", "set", "escape", "between"]) {
            // DuckDB takes the operator for one behind its value, and stops.
            return Err(self
                .unexpected("a value")
                .hint("Put what stands right of the operator into parentheses."));
        }
        let least = if operator == BinaryOperator::LongArrow {
            OTHER + 1
        } else {
            rank + 1
        };
        let right = self.climb(least, restricted)?;
        if rank == COMPARISON {
            self.refuse_neighbour(rank, restricted)?;
        }
        Ok(Link {
            operator,
            place,
            right,
        })
    }

    /// Some operators have no order among themselves: `a = b = c` has no meaning.
    fn refuse_neighbour(&self, rank: u8, restricted: bool) -> Checked<()> {
        match self.infix(restricted) {
            Some((next, _)) if next == rank => Err(self.unexpected("AND, OR or parentheses")),
            _ => Ok(()),
        }
    }

    /// `= ANY (..)`.
    fn quantified(&mut self, left: Expr, operator: BinaryOperator) -> Checked<Expr> {
        use BinaryOperator as Operator;
        let place = self.advance().place;
        let comparison = matches!(
            operator,
            Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual
        );
        if !comparison {
            return Err(invalid("syntax", "ANY and ALL need a comparison before them.")
                .at(place)
                .hint("One of = <> < <= > >=."));
        }
        let all = self.advance().is_word("all");
        let right = match self.bracketed()? {
            Bracketed::Query(query) => Expr {
                place: query.place,
                kind: ExprKind::Subquery(query),
            },
            Bracketed::Expression(expression) => expression,
            Bracketed::Row(_, place) => {
                return Err(invalid("syntax", "ANY and ALL take a query or one list.")
                    .at(place)
                    .hint("Write ANY ([1, 2]) or IN (1, 2)."));
            }
        };
        Ok(Expr {
            kind: ExprKind::Quantified {
                left: Box::new(left),
                operator,
                all,
                right: Box::new(right),
            },
            place,
        })
    }

    fn wrap(&mut self, left: Expr, infix: Infix, restricted: bool) -> Checked<Expr> {
        let place = self.place();
        match infix {
            Infix::Link(_) => Err(self.unexpected("an operator")),
            Infix::Arrow => {
                self.advance();
                let right = Box::new(self.climb(ARROW + 1, false)?);
                let left = Box::new(left);
                Ok(Expr {
                    kind: ExprKind::Arrow { left, right },
                    place,
                })
            }
            Infix::Is => self.is(left, restricted),
            Infix::IsNull => {
                self.advance();
                Ok(is(left, false, IsTest::Null, place))
            }
            Infix::NotNull => {
                if self.advance().is_word("not") {
                    self.advance();
                }
                Ok(is(left, true, IsTest::Null, place))
            }
            Infix::Between => self.between(left),
            Infix::In => self.contained(left),
            Infix::Like(operator) => self.like(left, operator),
            Infix::TimeZone => self.time_zone(left),
            Infix::Collate => {
                self.advance();
                let first = self.name()?;
                Ok(Expr {
                    kind: ExprKind::Collate {
                        value: Box::new(left),
                        collation: self.dotted(first)?,
                    },
                    place,
                })
            }
            Infix::Cast => {
                self.advance();
                let kind = StepKind::Cast(self.data_type()?);
                Ok(with_step(left, Step { kind, place }))
            }
        }
    }

    fn is(&mut self, left: Expr, restricted: bool) -> Checked<Expr> {
        let place = self.advance().place;
        let negated = self.eat_word("not");
        if self.eat_words(&["distinct", "from"]) {
            let operator = if negated {
                BinaryOperator::NotDistinctFrom
            } else {
                BinaryOperator::DistinctFrom
            };
            let right = self.climb(IS + 1, restricted)?;
            self.refuse_neighbour(IS, restricted)?;
            let kind = ExprKind::Chain {
                rest: vec![Link {
                    operator,
                    place,
                    right,
                }],
                first: Box::new(left),
            };
            return Ok(Expr { kind, place });
        }
        let test = if self.eat_word("null") {
            IsTest::Null
        } else if self.eat_word("true") {
            IsTest::True
        } else if self.eat_word("false") {
            IsTest::False
        } else if self.eat_word("unknown") {
            IsTest::Unknown
        } else {
            return Err(self
                .unexpected("NULL, TRUE, FALSE or DISTINCT FROM")
                .hint("For other values write =."));
        };
        Ok(is(left, negated, test, place))
    }

    fn between(&mut self, left: Expr) -> Checked<Expr> {
        let negated = self.eat_word("not");
        let place = self.advance().place;
        if self.at_word("symmetric") {
            return Err(invalid("syntax", "BETWEEN SYMMETRIC is not supported.")
                .at(place)
                .hint("Write BETWEEN least(a, b) AND greatest(a, b)."));
        }
        self.eat_word("asymmetric");
        let low = Box::new(self.restricted_expression()?);
        self.expect_word("and")?;
        let high = Box::new(self.climb(RANGE + 1, false)?);
        self.refuse_neighbour(RANGE, false)?;
        Ok(Expr {
            kind: ExprKind::Between {
                value: Box::new(left),
                negated,
                low,
                high,
            },
            place,
        })
    }

    /// `x IN (..)`, `x IN list`.
    fn contained(&mut self, left: Expr) -> Checked<Expr> {
        let negated = self.eat_word("not");
        let place = self.advance().place;
        let value = Box::new(left);
        if !self.at_sign("(") {
            let list = Box::new(self.in_value()?);
            let kind = ExprKind::InValue { value, negated, list };
            return Ok(Expr { kind, place });
        }
        let kind = if self.query_in_front() {
            match self.bracketed()? {
                Bracketed::Query(query) => ExprKind::InQuery {
                    value,
                    negated,
                    query,
                },
                Bracketed::Expression(expression) => ExprKind::InList {
                    value,
                    negated,
                    list: vec![expression],
                },
                Bracketed::Row(list, _) => ExprKind::InList { value, negated, list },
            }
        } else {
            self.advance();
            let list = self.list(|parser| parser.at_sign(")"), Self::expression)?;
            self.expect_sign(")")?;
            ExprKind::InList { value, negated, list }
        };
        Ok(Expr { kind, place })
    }

    fn like(&mut self, left: Expr, operator: LikeOperator) -> Checked<Expr> {
        let negated = self.eat_word("not");
        let place = self.advance().place;
        if operator == LikeOperator::SimilarTo {
            self.expect_word("to")?;
        }
        if self.at_any_word(&["any", "some", "all"]) {
            return Err(policy("construct-not-allowed", "LIKE ANY is not allowed here.")
                .at(place)
                .hint("Join several LIKE by OR, or write regexp_matches(text, 'a|b')."));
        }
        let pattern = self.climb(RANGE + 1, false)?;
        let escape =
            if matches!(operator, LikeOperator::Like | LikeOperator::ILike) && self.eat_word("escape") {
                Some(Box::new(self.climb(RANGE + 1, false)?))
            } else {
                None
            };
        self.refuse_neighbour(RANGE, false)?;
        Ok(like(left, operator, negated, pattern, escape, place))
    }

    /// `x AT TIME ZONE z` is `timezone(z, x)`.
    fn time_zone(&mut self, left: Expr) -> Checked<Expr> {
        let place = self.advance().place;
        self.expect_word("time")?;
        self.expect_word("zone")?;
        let zone = self.climb(ZONE + 1, false)?;
        Ok(known_call("timezone", vec![zone, left], place))
    }

    /// A value with what stands before it: signs, NOT, stars.
    fn operand_of_operator(&mut self, restricted: bool) -> Checked<Expr> {
        let token = self.peek();
        let place = token.place;
        if token.kind == Kind::Sign {
            let (operator, least) = match &*token.text {
                "-" => (UnaryOperator::Minus, SIGN),
                "+" => (UnaryOperator::Plus, SIGN),
                "~" => (UnaryOperator::BitNot, OTHER + 1),
                _ => return self.value(restricted),
            };
            self.advance();
            let value = Box::new(self.climb(least, restricted)?);
            let kind = ExprKind::Unary { operator, value };
            return Ok(Expr { kind, place });
        }
        if !restricted && self.eat_word("not") {
            let value = Box::new(self.climb(NOT, false)?);
            let kind = ExprKind::Unary {
                operator: UnaryOperator::Not,
                value,
            };
            return Ok(Expr { kind, place });
        }
        self.value(restricted)
    }

    fn value(&mut self, restricted: bool) -> Checked<Expr> {
        if !restricted && let Some(special) = self.star_or_lambda()? {
            return Ok(special);
        }
        self.operand_expression()
    }
}

fn is(value: Expr, negated: bool, test: IsTest, place: Place) -> Expr {
    Expr {
        kind: ExprKind::Is {
            value: Box::new(value),
            negated,
            test,
        },
        place,
    }
}

/// `* LIKE 'a%'` picks columns: it is a part of the star.
fn like(
    value: Expr,
    operator: LikeOperator,
    negated: bool,
    pattern: Expr,
    escape: Option<Box<Expr>>,
    place: Place,
) -> Expr {
    let Expr { kind, place: begin } = value;
    match kind {
        ExprKind::Star(star) if star.like.is_none() && escape.is_none() => {
            let like = Some(StarLike {
                operator,
                negated,
                pattern,
            });
            Expr {
                kind: ExprKind::Star(Box::new(Star { like, ..*star })),
                place: begin,
            }
        }
        kind => Expr {
            kind: ExprKind::Like {
                value: Box::new(Expr { kind, place: begin }),
                operator,
                negated,
                pattern: Box::new(pattern),
                escape,
            },
            place,
        },
    }
}

/// Puts a step behind a value.
pub(super) fn with_step(value: Expr, step: Step) -> Expr {
    let Expr { kind, place } = value;
    let kind = match kind {
        ExprKind::Postfix { base, mut steps } => {
            steps.push(step);
            ExprKind::Postfix { base, steps }
        }
        kind => ExprKind::Postfix {
            base: Box::new(Expr { kind, place }),
            steps: vec![step],
        },
    };
    Expr { kind, place }
}

/// A call that keyword syntax stands for.
pub(super) fn known_call(name: &str, arguments: Vec<Expr>, place: Place) -> Expr {
    let name = Name {
        text: name.to_string(),
        quoted: false,
        place,
    };
    let arguments = arguments
        .into_iter()
        .map(|value| Argument { name: None, value })
        .collect();
    Expr {
        kind: ExprKind::Call(Box::new(Call::plain(vec![name], arguments, place))),
        place,
    }
}
