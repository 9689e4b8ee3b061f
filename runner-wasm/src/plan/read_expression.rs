//! The members of expressions, by name: read before their types are.

use super::read::{Form, fields, list, unknown_field, wrong_shape};
use crate::rejection::Checked;
use serde_json::Value;

/// What an expression's one member holds.
enum Inside {
    /// A name, a value, or nothing.
    Leaf,
    One,
    Pair,
    Members(&'static [(&'static str, Form)]),
}

const EXPRESSIONS: &[(&str, Inside)] = &[
    ("column", Inside::Leaf),
    ("literal", Inside::Leaf),
    ("add", Inside::Pair),
    ("subtract", Inside::Pair),
    ("multiply", Inside::Pair),
    ("divide", Inside::Pair),
    (
        "aggregate",
        Inside::Members(&[
            ("agg", Form::Any),
            ("of", Form::Expression),
            ("where", Form::Filter),
        ]),
    ),
    (
        "elapsed",
        Inside::Members(&[
            ("unit", Form::Any),
            ("from", Form::Expression),
            ("to", Form::Expression),
        ]),
    ),
    ("now", Inside::Leaf),
    ("number", Inside::One),
    ("date", Inside::One),
    ("position", Inside::Leaf),
    (
        "part",
        Inside::Members(&[("part", Form::Any), ("of", Form::Expression)]),
    ),
    (
        "lookup",
        Inside::Members(&[
            ("agg", Form::Any),
            ("of", Form::Expression),
            ("where", Form::List(&Form::Filter)),
        ]),
    ),
    ("abs", Inside::One),
    (
        "round",
        Inside::Members(&[("of", Form::Expression), ("digits", Form::Any)]),
    ),
    (
        "bin",
        Inside::Members(&[("of", Form::Expression), ("width", Form::Any)]),
    ),
    ("length", Inside::One),
    (
        "percentile",
        Inside::Members(&[("of", Form::Expression), ("percent", Form::Any)]),
    ),
    (
        "share",
        Inside::Members(&[("of", Form::Expression), ("within", NAMES)]),
    ),
    (
        "running",
        Inside::Members(&[("of", Form::Expression), ("along", Form::Any), ("within", NAMES)]),
    ),
    (
        "moving",
        Inside::Members(&[
            ("agg", Form::Any),
            ("of", Form::Expression),
            ("last", Form::Any),
            ("along", Form::Any),
            ("within", NAMES),
        ]),
    ),
    (
        "previous",
        Inside::Members(&[("of", Form::Expression), ("along", Form::Any), ("within", NAMES)]),
    ),
    (
        "change",
        Inside::Members(&[
            ("of", Form::Expression),
            ("percent", Form::Any),
            ("along", Form::Any),
            ("within", NAMES),
        ]),
    ),
    (
        "rank",
        Inside::Members(&[("by", Form::Expression), ("dir", Form::Any), ("within", NAMES)]),
    ),
];

const NAMES: Form = Form::List(&Form::Any);

pub fn expression(name: &str, value: &Value, pointer: &str) -> Checked<()> {
    let names = EXPRESSIONS.iter().map(|(known, _)| *known);
    let Some((_, inside)) = EXPRESSIONS.iter().find(|(known, _)| *known == name) else {
        return Err(unknown_field(name, pointer, names));
    };
    match (inside, value) {
        (Inside::Leaf, _) => Ok(()),
        (Inside::One, value) => fields(value, pointer, Form::Expression),
        (Inside::Pair, Value::Array(pair)) if pair.len() == 2 => list(pair, pointer, Form::Expression),
        (Inside::Pair, _) => Err(wrong_shape(pointer, "a list of two expressions")),
        (Inside::Members(members), value) => fields(value, pointer, Form::Object(members)),
    }
}
