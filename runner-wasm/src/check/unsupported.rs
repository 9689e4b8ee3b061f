//! Refusing what sqlparser can read and the gate can't vouch for. Every part of a syntax tree node
//! that the gate does not rebuild ends here, so that dropping it silently is not possible.

use crate::rejection::{Checked, Explain, policy};
use csv_analyst_protocol::gate::Rejection;
use sqlparser::ast::Spanned;
use sqlparser::tokenizer::Span;

pub const RULE: &str = "construct-not-allowed";

/// Where something stands. A node of the tree finds its place by walking over all of itself, so it is
/// asked only when there is something to refuse.
pub trait Located {
    fn place(&self) -> Span;
}

impl Located for Span {
    fn place(&self) -> Span {
        *self
    }
}

impl<T: Spanned> Located for &T {
    fn place(&self) -> Span {
        self.span()
    }
}

/// A construct that the gate does not let through.
pub fn refuse(what: &str, place: impl Located) -> Box<Rejection> {
    policy(RULE, format!("{what} is not allowed in a query here.")).at(place.place())
}

/// `present` must be false.
pub fn never(present: bool, what: &str, place: impl Located) -> Checked<()> {
    if present { Err(refuse(what, place)) } else { Ok(()) }
}
