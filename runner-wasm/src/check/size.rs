//! Functions whose result can be far larger than their arguments: one `format('{:1000000000d}', 1)`
//! takes gigabytes. What is written out is bounded here, and refused where it can't be read; what depends
//! on the data is left to the sandbox's memory limit, knowingly.

use crate::rejection::{Checked, Explain, policy};
use crate::sql::tree::{Call, ChainOperator, Expr, Literal};
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
            bounded(call.name, count, MAX_REPEAT)?;
            not_multiplied(call)
        }
        ("to_base", [_, _, length]) => bounded(call.name, length, 64.0),
        ("bar", [_, _, _, width, ..]) | ("equi_width_bins", [_, _, width, ..]) => {
            bounded(call.name, width, 1_000.0)
        }
        ("format" | "printf", [template, ..]) => {
            not_nested(call)?;
            format_template(call.name, template)?;
            not_multiplied(call)
        }
        ("replace" | "regexp_replace" | "translate", [_, _, replacement, ..]) => {
            short(call.name, replacement)?;
            not_multiplied(call)
        }
        ("range" | "generate_series", arguments) => series(call.name, arguments),
        ("list_reduce" | "array_reduce" | "reduce", [_, Expr::Lambda { parameters, body }, ..]) => {
            not_doubled(call.name, parameters, body)
        }
        (_, [list, Expr::Lambda { body, .. }, ..]) => elements_not_grown(call.name, list, body),
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

/// Each step of a reduction may add to what came before, not multiply it.
fn not_doubled(name: &str, parameters: &[String], body: &Expr) -> Checked<()> {
    let Some(result) = parameters.first() else {
        return Ok(());
    };
    let grows = body.any(&|inner| {
        let joins = match inner {
            Expr::Chain { rest, .. } => rest
                .iter()
                .any(|(operator, _)| *operator == ChainOperator::Concatenate),
            Expr::Call(call) => JOINING.contains(&call.name),
            Expr::List(_) | Expr::Struct(_) | Expr::Row(_) | Expr::Map(_) => true,
            _ => false,
        };
        let multiplies = matches!(inner, Expr::Call(call)
            if GROWING.contains(&call.name) || REPLACING.contains(&call.name));
        (joins && uses(inner, result) > 1) || (multiplies && uses(inner, result) > 0)
    });
    if grows {
        return Err(policy(
            "size-limit",
            format!("`{name}` would multiply its result at each step."),
        )
        .hint("Use the result so far once at each step: (a, b) -> a || b."));
    }
    Ok(())
}

fn uses(value: &Expr, name: &str) -> usize {
    let own = matches!(value, Expr::Column { qualifier: None, name: own } if own.eq_ignore_ascii_case(name));
    let inside = value.children().into_iter().map(|child| uses(child, name));
    usize::from(own) + inside.sum::<usize>()
}

/// A lambda grows no elements that were grown outside of it.
fn elements_not_grown(name: &str, list: &Expr, body: &Expr) -> Checked<()> {
    const GROWING_CELLS: &[&str] = &[
        "repeat",
        "lpad",
        "rpad",
        "format",
        "printf",
        "list_resize",
        "array_resize",
    ];
    if calls(list, GROWING_CELLS) && calls(body, GROWING) {
        return Err(policy(
            "size-limit",
            format!("`{name}` would grow elements that were grown before."),
        )
        .hint("Use one of the functions repeat, lpad, rpad, format at a time."));
    }
    Ok(())
}

/// Their result is all of their arguments.
const JOINING: &[&str] = &[
    "array_cat",
    "array_concat",
    "concat",
    "concat_ws",
    "list_cat",
    "list_concat",
    "list_pack",
    "list_value",
    "map",
    "row",
    "struct_pack",
];
const REPLACING: &[&str] = &["regexp_replace", "replace", "translate"];
const GROWING: &[&str] = &[
    "repeat",
    "lpad",
    "rpad",
    "format",
    "printf",
    "list_resize",
    "array_resize",
    "range",
    "generate_series",
];

/// Growing what was grown multiplies.
fn not_nested(call: &Call) -> Checked<()> {
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

/// Replacing what was replaced multiplies, too: together the calls round one text may make it at most as
/// much longer as one `repeat` could.
fn not_multiplied(call: &Call) -> Checked<()> {
    if growth_of_call(call) <= MAX_REPEAT {
        return Ok(());
    }
    Err(policy(
        "size-limit",
        format!(
            "`{}` would multiply what another function has multiplied.",
            call.name
        ),
    )
    .hint("Use shorter replacements, or fewer of these calls inside one another."))
}

/// How many times longer than the data an expression's text can be.
fn growth(value: &Expr) -> f64 {
    match value {
        Expr::Call(call) => growth_of_call(call),
        other => other.children().into_iter().map(growth).fold(1.0, f64::max),
    }
}

fn growth_of_call(call: &Call) -> f64 {
    let argument = |index: usize| call.arguments.get(index).map(|argument| &argument.value);
    // Of a text that is not written out, as much as the longest that may be.
    let length = |index: usize| match argument(index) {
        Some(Expr::Literal(Literal::Text(text))) => text.len() as f64,
        _ => MAX_REPLACEMENT as f64,
    };
    let own = match call.name {
        "replace" => match argument(1) {
            Some(Expr::Literal(Literal::Text(search))) => length(2) / (search.len().max(1) as f64),
            _ => length(2),
        },
        // Between all characters, and each `\0` the whole match.
        "regexp_replace" if length(2) > 0.0 => 1.0 + 2.0 * length(2),
        // One character for another: at most four bytes for one.
        "translate" => 4.0,
        "repeat" | "lpad" | "rpad" => argument(1).and_then(number).unwrap_or(MAX_REPEAT),
        "format" | "printf" => 1_000.0,
        _ => 1.0,
    };
    let inner = call.arguments.iter().map(|argument| growth(&argument.value));
    own.max(1.0) * inner.fold(1.0, f64::max)
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
    let zero = Expr::number(0);
    let (start, stop, step) = match arguments {
        [stop] => (&zero, *stop, None),
        [start, stop] => (*start, *stop, None),
        [start, stop, step] => (*start, *stop, Some(*step)),
        _ => return Ok(()),
    };
    let step_read = step.map_or(Some(1.0), step_size);
    let unread = |value: &Expr, read: Option<f64>| read.is_none() && is_written(value);
    let bounds = [start, stop].map(|bound| (bound, position(bound)));
    if bounds.iter().any(|(bound, read)| unread(bound, *read))
        || step.is_some_and(|step| unread(step, step_read))
    {
        return Err(policy(
            "size-limit",
            format!("The bounds and the step of `{name}` must be plainly written or come from the data."),
        )
        .hint("Write whole numbers, or dates with a step such as INTERVAL 1 DAY."));
    }
    let ([(_, Some(start)), (_, Some(stop))], Some(step)) = (bounds, step_read) else {
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
        Expr::Literal(Literal::Number(digits)) => finite(digits),
        Expr::Negate(inner) => number(inner).map(|number| -number),
        Expr::Plus(inner) => number(inner),
        Expr::Cast { value, .. } => number(value),
        _ => None,
    }
}

fn finite(digits: &str) -> Option<f64> {
    digits.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number, or a date as seconds; so much later or earlier.
fn position(value: &Expr) -> Option<f64> {
    match value {
        Expr::Typed { text, .. } => moment(text),
        Expr::Literal(Literal::Text(text)) => moment(text).or_else(|| finite(text.trim())),
        Expr::Negate(inner) => position(inner).map(|position| -position),
        Expr::Plus(inner) => position(inner),
        Expr::Cast { value, .. } => position(value),
        Expr::Chain { first, rest } => {
            rest.iter()
                .try_fold(position(first)?, |sum, (operator, value)| match operator {
                    ChainOperator::Add => Some(sum + step_size(value)?),
                    ChainOperator::Subtract => Some(sum - step_size(value)?),
                    _ => None,
                })
        }
        other => number(other),
    }
}

fn moment(text: &str) -> Option<f64> {
    crate::calendar::Moment::parse(text).map(|moment| moment.seconds() as f64)
}

fn step_size(step: &Expr) -> Option<f64> {
    match step {
        Expr::Interval { value, unit } => Some(number(value)? * unit_seconds(unit)?),
        Expr::IntervalText(text) | Expr::Literal(Literal::Text(text)) => interval_seconds(text),
        Expr::Negate(inner) => step_size(inner).map(|size| -size),
        Expr::Plus(inner) => step_size(inner),
        Expr::Cast { value, .. } => step_size(value),
        other => number(other),
    }
}

/// `1 day 2 hours`, `00:30:00`, `5`.
fn interval_seconds(text: &str) -> Option<f64> {
    let mut words = text.split_ascii_whitespace().peekable();
    words.peek()?;
    let mut seconds = 0.0;
    while let Some(word) = words.next() {
        seconds += match (clock_seconds(word), words.peek()) {
            (Some(clock), _) => clock,
            (None, None) => finite(word)?,
            (None, Some(_)) => finite(word)? * unit_seconds(words.next()?)?,
        };
    }
    Some(seconds)
}

/// `[-]HH:MM[:SS[.ffffff]]`.
fn clock_seconds(word: &str) -> Option<f64> {
    let (sign, digits) = word
        .strip_prefix('-')
        .map_or((1.0, word), |digits| (-1.0, digits));
    let parts: Option<Vec<f64>> = digits.split(':').map(finite).collect();
    match parts?.as_slice() {
        [hours, minutes] => Some(sign * (hours * 3_600.0 + minutes * 60.0)),
        [hours, minutes, seconds] => Some(sign * (hours * 3_600.0 + minutes * 60.0 + seconds)),
        _ => None,
    }
}

fn unit_seconds(unit: &str) -> Option<f64> {
    const YEAR: f64 = 31_536_000.0;
    let unit = unit.to_ascii_uppercase();
    Some(match unit.strip_suffix('S').unwrap_or(&unit) {
        "MILLENNIUM" | "MILLENNIA" => 1_000.0 * YEAR,
        "CENTURY" | "CENTURIE" => 100.0 * YEAR,
        "DECADE" => 10.0 * YEAR,
        "YEAR" => YEAR,
        "QUARTER" => 7_776_000.0,
        "MONTH" => 2_419_200.0,
        "WEEK" => 604_800.0,
        "DAY" => 86_400.0,
        "HOUR" => 3_600.0,
        "MINUTE" => 60.0,
        "SECOND" => 1.0,
        "MILLISECOND" => 0.001,
        "MICROSECOND" => 0.000_001,
        _ => return None,
    })
}

/// Made of nothing from the data: `10000 * 10000`.
fn is_written(value: &Expr) -> bool {
    let from_data = |inner: &Expr| {
        matches!(
            inner,
            Expr::Column { .. }
                | Expr::Subquery(_)
                | Expr::ArrayQuery(_)
                | Expr::Exists { .. }
                | Expr::InQuery { .. }
                | Expr::Quantified { .. }
        )
    };
    !value.any(&from_data)
}
