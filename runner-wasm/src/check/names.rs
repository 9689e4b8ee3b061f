//! Conditions on a column's name: the lambda of `COLUMNS(c -> c LIKE 'a%')`. They are decided here, from
//! the syntax, and nothing of them is printed.

use super::functions::find;
use super::pattern::NamePattern;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain};
use crate::syntax::ast::{self, BinaryOperator, Expr, ExprKind, LikeOperator, Literal, Name, UnaryOperator};
use csv_analyst_protocol::gate::Rejection;

pub struct NameCondition<'a> {
    parameter: &'a Name,
    body: &'a Expr,
}

impl<'a> NameCondition<'a> {
    /// `c -> ..` or `lambda c: ..`.
    pub fn read(lambda: &'a Expr) -> Checked<Self> {
        match &lambda.kind {
            ExprKind::Lambda { parameters, body } => match parameters.as_slice() {
                [parameter] => Ok(Self { parameter, body }),
                _ => Err(refuse(
                    "A condition on names with several parameters",
                    lambda.place,
                )),
            },
            ExprKind::Arrow { left, right } => match &left.kind {
                ExprKind::Column(names) if names.len() == 1 => Ok(Self {
                    parameter: &names[0],
                    body: right,
                }),
                _ => Err(refuse(
                    "A condition on names with several parameters",
                    lambda.place,
                )),
            },
            _ => Err(unread(lambda)),
        }
    }

    pub fn holds(&self, name: &str) -> Checked<bool> {
        self.truth(self.body, name, 0)
    }

    fn truth(&self, value: &Expr, name: &str, depth: usize) -> Checked<bool> {
        const DEEPEST: usize = 30;
        if depth > DEEPEST {
            return Err(unread(value));
        }
        let text = |inner: &Expr| self.text(inner, name);
        match &value.kind {
            ExprKind::Literal(Literal::Boolean(truth)) => Ok(*truth),
            ExprKind::Unary {
                operator: UnaryOperator::Not,
                value,
            } => Ok(!self.truth(value, name, depth + 1)?),
            ExprKind::Chain { first, rest } => self.chain(first, rest, name, depth),
            ExprKind::Like {
                value,
                operator,
                negated,
                pattern,
                escape: None,
            } => {
                let fits = self.like(*operator, &text(value)?, &text(pattern)?, pattern)?;
                Ok(fits != *negated)
            }
            ExprKind::InList { value, negated, list } => {
                let wanted = text(value)?;
                let mut found = false;
                for item in list {
                    found |= text(item)? == wanted;
                }
                Ok(found != *negated)
            }
            ExprKind::Call(call) => self.call(call, value, name),
            _ => Err(unread(value)),
        }
    }

    fn chain(&self, first: &Expr, rest: &[ast::Link], name: &str, depth: usize) -> Checked<bool> {
        use BinaryOperator as Operator;
        if let [
            ast::Link {
                operator,
                place: _,
                right,
            },
        ] = rest
        {
            let (left, right) = (|| self.text(first, name), || self.text(right, name));
            match operator {
                Operator::Equal => return Ok(left()? == right()?),
                Operator::NotEqual => return Ok(left()? != right()?),
                Operator::StartsWith => return Ok(left()?.starts_with(&right()?)),
                _ => {}
            }
        }
        let mut truth = self.truth(first, name, depth + 1)?;
        for ast::Link {
            operator,
            place: _,
            right,
        } in rest
        {
            let right_truth = self.truth(right, name, depth + 1)?;
            truth = match operator {
                Operator::And => truth && right_truth,
                Operator::Or => truth || right_truth,
                _ => return Err(unread(right)),
            };
        }
        Ok(truth)
    }

    /// SIMILAR TO fits the whole text.
    fn like(&self, operator: LikeOperator, text: &str, pattern: &str, place: &Expr) -> Checked<bool> {
        let pattern = match operator {
            LikeOperator::SimilarTo => format!("^(?:{pattern})$"),
            LikeOperator::Like | LikeOperator::ILike | LikeOperator::Glob => pattern.to_string(),
        };
        NamePattern::of(operator, &pattern, place.place)?.fits(text, place.place)
    }

    fn call(&self, call: &ast::Call, place: &Expr, name: &str) -> Checked<bool> {
        let arguments: Vec<&Expr> = call.arguments.iter().map(|argument| &argument.value).collect();
        let ([function], [left, right]) = (call.name.as_slice(), arguments.as_slice()) else {
            return Err(unread(place));
        };
        let (left, right) = (self.text(left, name)?, self.text(right, name)?);
        match find(&function.text).map(|function| function.name) {
            Some("starts_with" | "prefix") => Ok(left.starts_with(&right)),
            Some("ends_with" | "suffix") => Ok(left.ends_with(&right)),
            Some("contains") => Ok(left.contains(&right)),
            Some("regexp_matches") => {
                NamePattern::of(LikeOperator::SimilarTo, &right, place.place)?.fits(&left, place.place)
            }
            Some("regexp_full_match") => self.like(LikeOperator::SimilarTo, &left, &right, place),
            _ => Err(unread(place)),
        }
    }

    /// The name, a written text, or either in upper or lower case.
    fn text(&self, value: &Expr, name: &str) -> Checked<String> {
        match &value.kind {
            ExprKind::Literal(Literal::Text(text)) => Ok(text.clone()),
            ExprKind::Column(names) => match names.as_slice() {
                [only] if super::scope::same(&only.text, &self.parameter.text) => Ok(name.to_string()),
                _ => Err(unread(value)),
            },
            ExprKind::Call(call) => match (call.name.as_slice(), call.arguments.as_slice()) {
                (
                    [function],
                    [
                        ast::Argument {
                            name: None,
                            value: inner,
                        },
                    ],
                ) if is_plain(inner) => {
                    let text = self.text(inner, name)?;
                    match find(&function.text).map(|function| function.name) {
                        Some("lower" | "lcase") => Ok(text.to_lowercase()),
                        Some("upper" | "ucase") => Ok(text.to_uppercase()),
                        _ => Err(unread(value)),
                    }
                }
                _ => Err(unread(value)),
            },
            _ => Err(unread(value)),
        }
    }
}

fn is_plain(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Literal(_) | ExprKind::Column(_))
}

fn unread(value: &Expr) -> Box<Rejection> {
    refuse("This condition on names of columns", value.place).hint(
        "LIKE, SIMILAR TO, =, IN, starts_with, ends_with, contains, regexp_matches, AND, OR and NOT are read.",
    )
}
