//! Functions whose result can be far larger than their arguments: one `format('{:1000000000d}', 1)`
//! takes gigabytes. What is written out is bounded here; what depends on the data is left to the
//! sandbox's memory limit, knowingly.

use crate::rejection::{Checked, Explain, policy};
use crate::sql::tree::{Call, Expr, Literal};
use csv_analyst_protocol::gate::Rejection;

/// Longest text that padding or repeating may make of one cell.
const MAX_REPEAT: f64 = 10_000.0;
/// Longest list, or number of rows, that a written series may have: 100,000 is 274 years of days.
const MAX_SERIES: f64 = 100_000.0;
/// Longest replacement text: each character of a cell could become one.
const MAX_REPLACEMENT: usize = 1_000;
/// Widths and precisions inside format strings have at most this many digits.
const MAX_FORMAT_DIGITS: usize = 3;

pub fn check(call: &Call) -> Checked<()> {
    let arguments: Vec<&Expr> = call.arguments.iter().map(|argument| &argument.value).collect();
    match (call.name, arguments.as_slice()) {
        ("repeat" | "lpad" | "rpad" | "list_resize" | "array_resize", [_, count, ..]) => {
            not_nested(call)?;
            bounded(call.name, count, MAX_REPEAT)
        }
        ("bar", [_, _, _, width, ..]) => bounded(call.name, width, 1_000.0),
        ("format" | "printf", [template, ..]) => {
            not_nested(call)?;
            format_template(call.name, template)
        }
        ("replace" | "regexp_replace" | "translate", [_, _, replacement, ..]) => {
            short(call.name, replacement)
        }
        ("range" | "generate_series", arguments) => series(call.name, arguments),
        _ => Ok(()),
    }
}

fn too_large(name: &str, most: f64) -> Box<Rejection> {
    policy(
        "size-limit",
        format!("`{name}` would make more than {most} characters, rows or elements."),
    )
}

/// A written number, or `least(.., written number)`.
fn bounded(name: &str, count: &Expr, most: f64) -> Checked<()> {
    let upper = match count {
        Expr::Call(inner) if inner.name == "least" => inner
            .arguments
            .iter()
            .filter_map(|argument| number(&argument.value))
            .reduce(f64::min),
        other => number(other),
    };
    match upper {
        Some(count) if count <= most => Ok(()),
        Some(_) => Err(too_large(name, most).hint(format!("Use at most {most}."))),
        None => Err(policy(
            "size-limit",
            format!("`{name}` needs a written number as its size."),
        )
        .hint(format!(
            "Write the number, or least(.., {most}) round the expression."
        ))),
    }
}

/// Growing what was grown multiplies.
fn not_nested(call: &Call) -> Checked<()> {
    const GROWING: &[&str] = &[
        "repeat",
        "lpad",
        "rpad",
        "format",
        "printf",
        "list_resize",
        "range",
        "generate_series",
    ];
    let nested = call
        .arguments
        .iter()
        .any(|argument| calls(&argument.value, GROWING));
    if nested {
        return Err(policy(
            "size-limit",
            format!(
                "`{}` of a result that was itself grown is not allowed.",
                call.name
            ),
        )
        .hint("Use one of the functions repeat, lpad, rpad, format at a time."));
    }
    Ok(())
}

fn calls(value: &Expr, names: &[&str]) -> bool {
    value.any(&|inner| matches!(inner, Expr::Call(call) if names.contains(&call.name)))
}

/// The template is written out, and no field in it is wide or takes its width from an argument.
fn format_template(name: &str, template: &Expr) -> Checked<()> {
    let Expr::Literal(Literal::Text(text)) = template else {
        return Err(policy(
            "size-limit",
            format!("The template of `{name}` must be written as text."),
        ));
    };
    let digits = text
        .split(|c: char| !c.is_ascii_digit())
        .map(str::len)
        .max()
        .unwrap_or(0);
    let nested =
        text.contains('*') || text.matches('{').count() > text.matches('}').count() || has_nested_field(text);
    if digits > MAX_FORMAT_DIGITS || nested {
        return Err(policy(
            "size-limit",
            format!("A field in the template of `{name}` is too wide, or its width is not written out."),
        )
        .hint("Widths and precisions have at most three digits."));
    }
    Ok(())
}

fn has_nested_field(template: &str) -> bool {
    let mut open = false;
    for character in template.replace("{{", "").replace("}}", "").chars() {
        match character {
            '{' if open => return true,
            '{' => open = true,
            '}' => open = false,
            _ => {}
        }
    }
    false
}

fn short(name: &str, replacement: &Expr) -> Checked<()> {
    match replacement {
        Expr::Literal(Literal::Text(text)) if text.len() > MAX_REPLACEMENT => {
            Err(too_large(name, MAX_REPLACEMENT as f64))
        }
        _ => Ok(()),
    }
}

/// Written bounds are counted; bounds that come from the data (`min(order_date)`) are not known here.
fn series(name: &'static str, arguments: &[&Expr]) -> Checked<()> {
    let (start, stop, step) = match arguments {
        [stop] => (Some(0.0), *stop, None),
        [start, stop] => (position(start), *stop, None),
        [start, stop, step] => (position(start), *stop, Some(*step)),
        _ => return Ok(()),
    };
    if is_computed_constant(stop) || arguments.first().is_some_and(|start| is_computed_constant(start)) {
        return Err(policy(
            "size-limit",
            format!("The bounds of `{name}` must be written out or come from the data."),
        ));
    }
    let step = step.map_or(Some(1.0), step_size);
    let (Some(start), Some(stop), Some(step)) = (start, position(stop), step) else {
        return Ok(());
    };
    let length = if step == 0.0 {
        f64::INFINITY
    } else {
        (stop - start) / step
    };
    if length > MAX_SERIES {
        Err(too_large(name, MAX_SERIES))
    } else {
        Ok(())
    }
}

fn number(value: &Expr) -> Option<f64> {
    match value {
        Expr::Literal(Literal::Number(digits)) => digits.parse().ok(),
        Expr::Negate(inner) => number(inner).map(|number| -number),
        Expr::Cast { value, .. } => number(value),
        _ => None,
    }
}

/// A number, or a date as seconds.
fn position(value: &Expr) -> Option<f64> {
    match value {
        Expr::Typed { text, .. } | Expr::Literal(Literal::Text(text)) => {
            crate::calendar::Moment::parse(text).map(|m| m.seconds() as f64)
        }
        Expr::Cast { value, .. } => position(value),
        other => number(other),
    }
}

fn step_size(step: &Expr) -> Option<f64> {
    match step {
        Expr::Interval { value, unit } => Some(number(value)? * unit_seconds(unit)),
        Expr::IntervalText(text) => {
            let (count, unit) = text.trim().split_once(' ')?;
            Some(
                count.parse::<f64>().ok()?
                    * unit_seconds(&unit.trim().trim_end_matches(['s', 'S']).to_ascii_uppercase()),
            )
        }
        other => number(other),
    }
}

fn unit_seconds(unit: &str) -> f64 {
    match unit {
        "YEAR" => 31_536_000.0,
        "QUARTER" => 7_776_000.0,
        "MONTH" => 2_419_200.0,
        "WEEK" => 604_800.0,
        "DAY" => 86_400.0,
        "HOUR" => 3_600.0,
        "MINUTE" => 60.0,
        "SECOND" => 1.0,
        "MILLISECOND" => 0.001,
        _ => 0.000_001,
    }
}

/// Arithmetic or casts of nothing but numbers: `10000 * 10000`.
fn is_computed_constant(value: &Expr) -> bool {
    fn constant(value: &Expr) -> bool {
        match value {
            Expr::Literal(_) => true,
            Expr::Negate(value) | Expr::Cast { value, .. } => constant(value),
            Expr::Chain { first, rest } => constant(first) && rest.iter().all(|(_, value)| constant(value)),
            Expr::Call(call) => {
                !call.arguments.is_empty() && call.arguments.iter().all(|argument| constant(&argument.value))
            }
            _ => false,
        }
    }
    matches!(value, Expr::Chain { .. } | Expr::Call(_)) && constant(value)
}
