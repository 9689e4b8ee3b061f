//! Whether a call has the form that its function has in DuckDB's grammar: how many arguments, and which
//! clauses. What the engine can't even read is refused here, with its place, and not there.

use super::call::not_allowed;
use super::functions::{Function, Kind};
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{Call, OrderItem};
use crate::syntax::ast::Place;

const ORDERED_SETS: &[&str] = &["percentile_cont", "percentile_disc", "mode"];
/// May pass over rows without a value.
const SKIPS_NULLS: &[&str] = &["fill", "first_value", "lag", "last_value", "lead", "nth_value"];

/// The clauses of a call fit the function's kind.
pub fn fits(call: &Call, function: Function, place: Place) -> Checked<()> {
    if function.name == "age" && call.arguments.len() < 2 {
        return Err(not_allowed("current_date", place).hint("Use age(later, earlier)."));
    }
    let wrong = clauses(call, function)
        .or_else(|| arguments(call))
        .or_else(|| window_form(call, function));
    match wrong {
        None => Ok(()),
        Some(what) => Err(invalid("call-form", format!("`{}` {what}.", function.name)).at(place)),
    }
}

fn clauses(call: &Call, function: Function) -> Option<&'static str> {
    let windowed = call.over.is_some();
    let aggregate = function.kind == Kind::Aggregate;
    if function.kind == Kind::Window && !windowed {
        return Some("needs OVER (..)");
    }
    if function.kind == Kind::Scalar && windowed {
        return Some("can't be used with OVER");
    }
    let decorated = call.distinct || call.filter.is_some() || !call.order_by.is_empty();
    if function.kind == Kind::Scalar && decorated {
        return Some("takes no DISTINCT, FILTER or ORDER BY");
    }
    let ordered: &[OrderItem] = &call.within_group;
    if !ordered.is_empty() && !ORDERED_SETS.contains(&function.name) {
        return Some("takes no WITHIN GROUP");
    }
    if ordered.len() > 1 {
        return Some("takes one value in WITHIN GROUP");
    }
    if call.ignore_nulls && !SKIPS_NULLS.contains(&function.name) {
        return Some("takes no IGNORE NULLS");
    }
    if call.star && !(aggregate && function.name == "count") {
        return Some("takes no `*`");
    }
    None
}

/// Functions that the grammar knows by name.
fn arguments(call: &Call) -> Option<&'static str> {
    let ordered = !call.order_by.is_empty();
    let within = !call.within_group.is_empty();
    match (call.name, call.arguments.len()) {
        ("if", 3) | ("ifnull" | "nullif", 2) | ("try", 1) => None,
        ("if", _) => Some("takes three arguments"),
        ("ifnull" | "nullif", _) => Some("takes two arguments"),
        ("try", _) => Some("takes one argument"),
        ("coalesce" | "grouping" | "grouping_id" | "trim", 0) => Some("takes an argument"),
        ("list" | "array_agg", arguments) if ordered && arguments != 1 => Some("takes one argument"),
        ("mode", arguments) if within && arguments > 0 => Some("takes no argument before WITHIN GROUP"),
        ("percentile_cont" | "percentile_disc", arguments) if within && arguments != 1 => {
            Some("takes one argument")
        }
        _ => None,
    }
}

/// Functions of a window's rows; `first` and `last` are two of them with OVER.
fn window_form(call: &Call, function: Function) -> Option<&'static str> {
    let own = function.kind == Kind::Window || matches!(call.name, "first" | "last");
    if call.over.is_none() || !own {
        return None;
    }
    if call.distinct || call.filter.is_some() {
        return Some("takes no DISTINCT or FILTER");
    }
    if matches!(call.name, "dense_rank" | "rank_dense") && !call.order_by.is_empty() {
        return Some("takes no ORDER BY");
    }
    let most = match call.name {
        "lag" | "lead" => 3,
        "nth_value" => 2,
        _ => 1,
    };
    (call.arguments.len() > most).then_some("takes fewer arguments")
}
