//! Which parts of an expression need parentheses round them.

use super::tree::*;

/// How tightly a printed expression holds together.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Loose,
    Or,
    And,
    Not,
    Comparison,
    Concatenation,
    Additive,
    Multiplicative,
    Unary,
    Atom,
}

pub fn level(value: &Expr) -> Level {
    match value {
        Expr::Lambda { .. } => Level::Loose,
        Expr::Chain { rest, .. } => match rest.first().map(|(operator, _)| operator.class()) {
            None | Some(ChainClass::Or) => Level::Or,
            Some(ChainClass::And) => Level::And,
            // Ranked like `||` by DuckDB and otherwise by others: always in parentheses.
            Some(ChainClass::BitAnd | ChainClass::BitOr | ChainClass::ShiftLeft | ChainClass::ShiftRight) => {
                Level::Comparison
            }
            Some(ChainClass::Concatenate) => Level::Concatenation,
            Some(ChainClass::Additive) => Level::Additive,
            Some(ChainClass::Multiplicative) => Level::Multiplicative,
        },
        Expr::Not(_) | Expr::Exists { negated: true, .. } => Level::Not,
        Expr::Compare { .. }
        | Expr::Quantified { .. }
        | Expr::Is { .. }
        | Expr::Between { .. }
        | Expr::InList { .. }
        | Expr::InQuery { .. }
        | Expr::Like { .. }
        // Binds more loosely than `*` to DuckDB.
        | Expr::BitNot(_)
        | Expr::Collate { .. } => Level::Comparison,
        Expr::Negate(_)
        | Expr::Plus(_)
        | Expr::Interval { .. }
        | Expr::IntervalText(_)
        | Expr::Typed { .. } => Level::Unary,
        Expr::Column { .. }
        | Expr::Field { .. }
        | Expr::Index { .. }
        | Expr::Slice { .. }
        | Expr::Literal(_)
        | Expr::Case { .. }
        | Expr::Cast { .. }
        | Expr::Call(_)
        | Expr::Exists { negated: false, .. }
        | Expr::Subquery(_)
        | Expr::ArrayQuery(_)
        | Expr::Row(_)
        | Expr::List(_)
        | Expr::Struct(_)
        | Expr::Map(_) => Level::Atom,
    }
}

/// What an operand of a chain needs. Concatenation asks for atoms: parsers disagree on its rank.
pub fn inside(class: ChainClass) -> Level {
    match class {
        ChainClass::Or => Level::And,
        ChainClass::And => Level::Not,
        ChainClass::Concatenate
        | ChainClass::BitAnd
        | ChainClass::BitOr
        | ChainClass::ShiftLeft
        | ChainClass::ShiftRight => Level::Atom,
        ChainClass::Additive => Level::Multiplicative,
        ChainClass::Multiplicative => Level::Unary,
    }
}
