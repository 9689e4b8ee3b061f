//! Refusing what the grammar can read and the gate can't vouch for. Every part of a syntax tree node
//! that the gate does not rebuild ends here, so that dropping it silently is not possible.

use crate::rejection::{Checked, Explain, policy};
use crate::syntax::ast::Place;
use csv_analyst_protocol::gate::Rejection;

pub const RULE: &str = "construct-not-allowed";

/// A construct that the gate does not let through.
pub fn refuse(what: &str, place: Place) -> Box<Rejection> {
    policy(RULE, format!("{what} is not allowed in a query here.")).at(place)
}

/// `present` must be false.
pub fn never(present: bool, what: &str, place: Place) -> Checked<()> {
    if present { Err(refuse(what, place)) } else { Ok(()) }
}
