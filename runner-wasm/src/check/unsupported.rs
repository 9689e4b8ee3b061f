//! Refusing what sqlparser can read and the gate can't vouch for. Every part of a syntax tree node
//! that the gate does not rebuild ends here, so that dropping it silently is not possible.

use crate::rejection::{Checked, Explain, policy};
use csv_analyst_protocol::gate::Rejection;
use sqlparser::tokenizer::Span;

pub const RULE: &str = "construct-not-allowed";

/// A construct that the gate does not let through.
pub fn refuse(what: &str, span: Span) -> Box<Rejection> {
    policy(RULE, format!("{what} is not allowed in a query here.")).at(span)
}

/// `present` must be false.
pub fn never(present: bool, what: &str, span: Span) -> Checked<()> {
    if present { Err(refuse(what, span)) } else { Ok(()) }
}
