//! Whether a condition can leave out a row at all. `WHERE true OR price > 5` reads like a filter and is
//! none, so a listing with it is a listing of everything. Simple forms are seen through; a condition that
//! hides better still meets the LIMIT that every query gets.

use crate::sql::tree::{ChainClass, Comparison, Expr, LikeOperator, Literal, Over};
use std::cmp::Ordering;

/// It looks at the data, and is not true of every row whatever the data.
pub fn narrows(condition: &Expr) -> bool {
    looks_at_data(condition) && truth(condition) != Some(true)
}

/// `WHERE true` filters nothing.
pub fn looks_at_data(condition: &Expr) -> bool {
    condition.any(&|inner| match inner {
        Expr::Column { .. } | Expr::Subquery(_) | Expr::Exists { .. } => true,
        // `QUALIFY row_number() OVER (PARTITION BY key ORDER BY time DESC) = 1`: one row per key.
        Expr::Call(call) => {
            matches!(&call.over, Some(Over::Window(window)) if !window.partition_by.is_empty())
        }
        _ => false,
    })
}

/// What it is for every row, where that can be told. NULL is false: both leave the row out. A value that
/// is missing may make a comparison with itself NULL: that is counted as true here, since it leaves out
/// less than a filter would.
fn truth(value: &Expr) -> Option<bool> {
    match value {
        Expr::Literal(Literal::Boolean(truth)) => Some(*truth),
        Expr::Literal(Literal::Null) => Some(false),
        Expr::Literal(Literal::Number(digits)) => Some(digits.parse::<f64>().ok()? != 0.0),
        Expr::Not(inner) => truth(inner).map(|truth| !truth),
        Expr::Cast { value, .. } => truth(value),
        Expr::Chain { first, rest } => {
            let parts: Vec<&Expr> = std::iter::once(first.as_ref())
                .chain(rest.iter().map(|(_, value)| value))
                .collect();
            match rest.first().map(|(operator, _)| operator.class()) {
                Some(ChainClass::Or) => one_of(&parts),
                Some(ChainClass::And) => all_of(&parts),
                _ => None,
            }
        }
        Expr::Compare {
            left,
            operator,
            right,
        } => compared(left, *operator, right),
        Expr::Is { value, test } => match (value.as_ref(), *test) {
            (Expr::Literal(Literal::Null), "NULL") => Some(true),
            (Expr::Literal(Literal::Null), "NOT NULL") => Some(false),
            (Expr::Literal(_), "NOT NULL") => Some(true),
            (Expr::Literal(_), "NULL") => Some(false),
            _ => None,
        },
        Expr::Between {
            value,
            negated,
            low,
            high,
        } => (value == low && value == high).then_some(!negated),
        Expr::InList { value, negated, list } => list.contains(value).then_some(!negated),
        Expr::Like {
            operator: LikeOperator::Like | LikeOperator::ILike,
            negated,
            pattern,
            ..
        } => match pattern.as_ref() {
            Expr::Literal(Literal::Text(pattern)) if !pattern.is_empty() => {
                pattern.bytes().all(|b| b == b'%').then_some(!negated)
            }
            _ => None,
        },
        _ => None,
    }
}

/// Also `a OR NOT a` and `a IS NULL OR a IS NOT NULL`.
fn one_of(parts: &[&Expr]) -> Option<bool> {
    let opposites = parts
        .iter()
        .enumerate()
        .any(|(index, part)| parts.iter().skip(index + 1).any(|other| opposite(part, other)));
    if opposites || parts.iter().any(|part| truth(part) == Some(true)) {
        return Some(true);
    }
    parts
        .iter()
        .all(|part| truth(part) == Some(false))
        .then_some(false)
}

fn all_of(parts: &[&Expr]) -> Option<bool> {
    if parts.iter().any(|part| truth(part) == Some(false)) {
        return Some(false);
    }
    parts.iter().all(|part| truth(part) == Some(true)).then_some(true)
}

fn opposite(left: &Expr, right: &Expr) -> bool {
    match (left, right) {
        (Expr::Not(inner), other) | (other, Expr::Not(inner)) => inner.as_ref() == other,
        (
            Expr::Is { value, test },
            Expr::Is {
                value: other,
                test: opposite,
            },
        ) => {
            value == other
                && (test.strip_prefix("NOT ") == Some(opposite)
                    || opposite.strip_prefix("NOT ") == Some(test))
        }
        (
            Expr::Compare {
                left,
                operator,
                right,
            },
            Expr::Compare {
                left: other_left,
                operator: other,
                right: other_right,
            },
        ) => left == other_left && right == other_right && negation(*operator) == *other,
        _ => false,
    }
}

fn negation(operator: Comparison) -> Comparison {
    match operator {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::DistinctFrom => Comparison::NotDistinctFrom,
        Comparison::NotDistinctFrom => Comparison::DistinctFrom,
    }
}

/// Of two equal expressions, or of two written values.
fn compared(left: &Expr, operator: Comparison, right: &Expr) -> Option<bool> {
    let order = if left == right {
        Ordering::Equal
    } else {
        match (left, right) {
            (Expr::Literal(Literal::Number(left)), Expr::Literal(Literal::Number(right))) => {
                left.parse::<f64>().ok()?.partial_cmp(&right.parse().ok()?)?
            }
            (Expr::Literal(Literal::Text(left)), Expr::Literal(Literal::Text(right))) => left.cmp(right),
            (Expr::Literal(Literal::Boolean(left)), Expr::Literal(Literal::Boolean(right))) => {
                left.cmp(right)
            }
            _ => return None,
        }
    };
    Some(match operator {
        Comparison::Equal | Comparison::NotDistinctFrom => order.is_eq(),
        Comparison::NotEqual | Comparison::DistinctFrom => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    })
}
