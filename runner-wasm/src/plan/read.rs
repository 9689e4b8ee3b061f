//! JSON to a QueryPlan: bounded before it is parsed, and unknown fields are named with their place.

use super::read_expression::expression;
use crate::rejection::{Checked, Explain, did_you_mean, excerpt, invalid};
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::limits::MAX_QUERY_BYTES;
use csv_analyst_protocol::plan::QueryPlan;
use serde_json::Value;

/// Brackets inside one another; the JSON parser's own limit is 128.
const MAX_DEPTH: usize = 64;
const MAX_ITEMS: usize = 200;

pub fn plan(json: &str) -> Checked<QueryPlan> {
    if json.len() > MAX_QUERY_BYTES {
        return Err(invalid(
            "query-size",
            format!(
                "The plan has {} bytes; at most {MAX_QUERY_BYTES} are read.",
                json.len()
            ),
        ));
    }
    if depth(json) > MAX_DEPTH {
        return Err(invalid(
            "nesting",
            format!("The plan nests deeper than {MAX_DEPTH} levels."),
        ));
    }
    let value: Value = serde_json::from_str(json).map_err(|error| {
        invalid(
            "plan-json",
            format!(
                "The plan is not JSON: line {}, column {}.",
                error.line(),
                error.column()
            ),
        )
    })?;
    fields(&value, "", PLAN)?;
    serde_path_to_error::deserialize(&value).map_err(|error| {
        let pointer = pointer(error.path());
        let message = format!(
            "The plan does not fit its form: {}.",
            excerpt_error(&error.inner().to_string())
        );
        invalid("plan-form", message).at_pointer(&pointer)
    })
}

/// The deepest nesting, strings left out.
fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

fn excerpt_error(message: &str) -> String {
    message
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect::<String>()
        .trim_end_matches('.')
        .into()
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let step = |segment: &Segment| match segment {
        Segment::Seq { index } => format!("/{index}"),
        Segment::Map { key } => format!("/{}", escape(key)),
        Segment::Enum { variant } => format!("/{}", escape(variant)),
        Segment::Unknown => String::new(),
    };
    path.iter().map(step).collect()
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// What may stand in an object, and what its members are.
#[derive(Clone, Copy)]
pub enum Form {
    Any,
    /// An object of exactly these members.
    Object(&'static [(&'static str, Form)]),
    List(&'static Form),
    Filter,
    Expression,
}

const PLAN: Form = Form::Object(&[
    ("version", Form::Any),
    ("dataset_id", Form::Any),
    ("table", Form::Any),
    ("select", Form::List(&SELECT_ITEM)),
    ("filters", Form::List(&Form::Filter)),
    (
        "window",
        Form::Object(&[("column", Form::Any), ("last", Form::Any), ("unit", Form::Any)]),
    ),
    ("compare", Form::Any),
    ("latest", KEPT_ROW),
    ("earliest", KEPT_ROW),
    ("group_by", Form::List(&Form::Any)),
    ("having", Form::List(&Form::Filter)),
    ("order_by", Form::List(&ORDER)),
    (
        "top",
        Form::Object(&[
            ("n", Form::Any),
            ("per", Form::List(&Form::Any)),
            ("order_by", Form::List(&ORDER)),
            ("ties", Form::Any),
        ]),
    ),
    ("distinct", Form::Any),
    ("limit", Form::Any),
    ("offset", Form::Any),
    ("ties", Form::Any),
    ("notes", Form::Any),
]);

const ORDER: Form = Form::Object(&[
    ("expr", Form::Any),
    ("expression", Form::Expression),
    ("dir", Form::Any),
]);

const KEPT_ROW: Form = Form::Object(&[("key", Form::List(&Form::Any)), ("by", Form::Any)]);

const SELECT_ITEM: Form = Form::Object(&[
    ("column", Form::Any),
    ("expression", Form::Expression),
    ("measure", Form::Any),
    ("agg", Form::Any),
    ("where", Form::Filter),
    ("per", Form::Any),
    ("bucket", Form::Any),
    ("round", Form::Any),
    ("as", Form::Any),
]);

const CONDITION: &[(&str, Form)] = &[
    ("column", Form::Any),
    ("expression", Form::Expression),
    ("op", Form::Any),
    ("value", Form::Any),
    ("value_of", Form::Expression),
];

/// Looks at names only; types are left to the typed reader.
pub fn fields(value: &Value, pointer: &str, form: Form) -> Checked<()> {
    match (form, value) {
        (Form::List(inner), Value::Array(items)) => list(items, pointer, *inner),
        (Form::Object(members), Value::Object(object)) => object_fields(object, pointer, members),
        (Form::Object(_), Value::Null) if !pointer.is_empty() => Ok(()),
        (Form::Object(_), _) => Err(wrong_shape(pointer, "an object")),
        (Form::Filter, Value::Object(object)) => filter(object, pointer),
        (Form::Expression, Value::Object(object)) => object
            .iter()
            .try_for_each(|(name, value)| expression(name, value, &format!("{pointer}/{}", escape(name)))),
        _ => Ok(()),
    }
}

pub fn list(items: &[Value], pointer: &str, form: Form) -> Checked<()> {
    if items.len() > MAX_ITEMS {
        return Err(invalid(
            "plan-form",
            format!("A list here has at most {MAX_ITEMS} members."),
        )
        .at_pointer(pointer));
    }
    items
        .iter()
        .enumerate()
        .try_for_each(|(index, item)| fields(item, &format!("{pointer}/{index}"), form))
}

fn object_fields(
    object: &serde_json::Map<String, Value>,
    pointer: &str,
    members: &'static [(&str, Form)],
) -> Checked<()> {
    for (name, value) in object {
        let place = format!("{pointer}/{}", escape(name));
        match members.iter().find(|(known, _)| known == name) {
            Some((_, form)) => fields(value, &place, *form)?,
            None => {
                return Err(unknown_field(
                    name,
                    &place,
                    members.iter().map(|(known, _)| *known),
                ));
            }
        }
    }
    Ok(())
}

fn filter(object: &serde_json::Map<String, Value>, pointer: &str) -> Checked<()> {
    let tree = [("and", "list"), ("or", "list"), ("not", "one")]
        .into_iter()
        .find(|(name, _)| object.contains_key(*name));
    let Some((name, shape)) = tree else {
        object_fields(object, pointer, CONDITION)?;
        return condition_is_whole(object, pointer);
    };
    if let Some(other) = object.keys().find(|key| *key != name) {
        return Err(unknown_field(
            other,
            &format!("{pointer}/{}", escape(other)),
            std::iter::once(name),
        ));
    }
    let place = format!("{pointer}/{name}");
    match &object[name] {
        Value::Array(items) if shape == "list" => list(items, &place, Form::Filter),
        Value::Object(_) if shape == "one" => fields(&object[name], &place, Form::Filter),
        _ => Err(wrong_shape(
            &place,
            if shape == "list" {
                "a list of filters"
            } else {
                "a filter"
            },
        )),
    }
}

fn condition_is_whole(object: &serde_json::Map<String, Value>, pointer: &str) -> Checked<()> {
    let has = |member: &str| object.contains_key(member);
    let missing = match () {
        () if !has("column") && !has("expression") => "column",
        () if !has("op") => "op",
        () => return Ok(()),
    };
    Err(invalid("plan-form", format!("A filter needs `{missing}`.")).at_pointer(pointer))
}

pub fn unknown_field<'n>(
    name: &str,
    pointer: &str,
    known: impl Iterator<Item = &'n str> + Clone,
) -> Box<Rejection> {
    let hint = did_you_mean(name, known.clone())
        .unwrap_or_else(|| format!("Fields here: {}.", known.collect::<Vec<_>>().join(", ")));
    invalid(
        "plan-unknown-field",
        format!("There is no field `{}` here.", excerpt(name)),
    )
    .at_pointer(pointer)
    .hint(hint)
}

pub fn wrong_shape(pointer: &str, expected: &str) -> Box<Rejection> {
    invalid("plan-form", format!("This must be {expected}.")).at_pointer(pointer)
}
