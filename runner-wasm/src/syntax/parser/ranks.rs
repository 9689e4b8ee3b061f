//! The ranks of operators in DuckDB's grammar, from loosest to tightest. `->>` ranks like `->` on its
//! left and like the operators without a rank of their own on its right.

use super::Parser;
use crate::syntax::ast::{BinaryOperator, LikeOperator};
use crate::syntax::token::Kind;

pub(super) const ARROW: u8 = 1;
pub(super) const OR: u8 = 2;
pub(super) const AND: u8 = 3;
pub(super) const NOT: u8 = 4;
pub(super) const IS: u8 = 5;
pub(super) const COMPARISON: u8 = 6;
pub(super) const RANGE: u8 = 7;
pub(super) const OTHER: u8 = 9;
pub(super) const SUM: u8 = 10;
pub(super) const PRODUCT: u8 = 11;
pub(super) const POWER: u8 = 12;
pub(super) const ZONE: u8 = 13;
pub(super) const COLLATE: u8 = 14;
pub(super) const SIGN: u8 = 15;
pub(super) const CAST: u8 = 18;

/// What stands behind a value.
#[derive(Clone, Copy)]
pub(super) enum Infix {
    Link(BinaryOperator),
    Arrow,
    Is,
    IsNull,
    NotNull,
    Between,
    In,
    Like(LikeOperator),
    TimeZone,
    Collate,
    Cast,
}

impl Parser<'_> {
    /// The operator that stands here and its rank.
    pub(super) fn infix(&self, restricted: bool) -> Option<(u8, Infix)> {
        let token = self.peek();
        if token.kind == Kind::Sign {
            return self.infix_sign(&token.text, restricted);
        }
        let next = self.ahead(1);
        if token.is_word("is") {
            let distinct =
                next.is_word("distinct") || (next.is_word("not") && self.ahead(2).is_word("distinct"));
            return (distinct || !restricted).then_some((IS, Infix::Is));
        }
        if restricted {
            return None;
        }
        let word: String = match token.kind {
            Kind::Word(_) if token.text.len() <= 7 => token.text.to_ascii_lowercase(),
            _ => return None,
        };
        Some(match word.as_str() {
            "and" => (AND, Infix::Link(BinaryOperator::And)),
            "or" => (OR, Infix::Link(BinaryOperator::Or)),
            "isnull" => (IS, Infix::IsNull),
            "notnull" => (IS, Infix::NotNull),
            "not" if next.is_word("null") => (NOT, Infix::NotNull),
            "not" => return self.negated_range(),
            "at" if next.is_word("time") => (ZONE, Infix::TimeZone),
            "collate" => (COLLATE, Infix::Collate),
            "glob" => (RANGE, Infix::Like(LikeOperator::Glob)),
            word => (RANGE, range(word)?),
        })
    }

    /// `NOT LIKE` and its kin rank like LIKE. There is no NOT GLOB.
    fn negated_range(&self) -> Option<(u8, Infix)> {
        let next = self.ahead(1).text.to_ascii_lowercase();
        Some((RANGE, range(&next)?))
    }

    fn infix_sign(&self, sign: &str, restricted: bool) -> Option<(u8, Infix)> {
        use BinaryOperator as Operator;
        let (rank, operator) = match sign {
            "=" => (COMPARISON, Operator::Equal),
            "<>" | "!=" => (COMPARISON, Operator::NotEqual),
            "<" => (COMPARISON, Operator::Less),
            "<=" => (COMPARISON, Operator::LessOrEqual),
            ">" => (COMPARISON, Operator::Greater),
            ">=" => (COMPARISON, Operator::GreaterOrEqual),
            "+" => (SUM, Operator::Add),
            "-" => (SUM, Operator::Subtract),
            "*" => (PRODUCT, Operator::Multiply),
            "/" => (PRODUCT, Operator::Divide),
            "//" => (PRODUCT, Operator::IntegerDivide),
            "%" if !self.percent_ends() => (PRODUCT, Operator::Modulo),
            "^" | "**" => (POWER, Operator::Power),
            // To DuckDB this is one of the operators without a rank of their own.
            "==" => (OTHER, Operator::Equal),
            "||" => (OTHER, Operator::Concatenate),
            "^@" => (OTHER, Operator::StartsWith),
            "~" => (OTHER, Operator::Regex),
            "!~" => (OTHER, Operator::NotRegex),
            "~~" => (OTHER, Operator::Like),
            "!~~" => (OTHER, Operator::NotLike),
            "~~*" => (OTHER, Operator::ILike),
            "!~~*" => (OTHER, Operator::NotILike),
            "&" => (OTHER, Operator::BitAnd),
            "|" => (OTHER, Operator::BitOr),
            "<<" => (OTHER, Operator::ShiftLeft),
            ">>" => (OTHER, Operator::ShiftRight),
            "@>" => (OTHER, Operator::Contains),
            "<@" => (OTHER, Operator::ContainedBy),
            "&&" => (OTHER, Operator::Overlaps),
            "::" => return Some((CAST, Infix::Cast)),
            "->" if !restricted => return Some((ARROW, Infix::Arrow)),
            "->>" if !restricted => (ARROW, Operator::LongArrow),
            _ => return None,
        };
        Some((rank, Infix::Link(operator)))
    }

    /// `LIMIT 10%`: nothing that could be divided by follows.
    fn percent_ends(&self) -> bool {
        let token = self.ahead(1);
        token.kind == Kind::End
            || [")", ";"].iter().any(|sign| token.is_sign(sign))
            || ["offset", "limit", "fetch", "for"]
                .iter()
                .any(|word| token.is_word(word))
    }
}

fn range(word: &str) -> Option<Infix> {
    Some(match word {
        "between" => Infix::Between,
        "in" => Infix::In,
        "like" => Infix::Like(LikeOperator::Like),
        "ilike" => Infix::Like(LikeOperator::ILike),
        "similar" => Infix::Like(LikeOperator::SimilarTo),
        _ => return None,
    })
}
