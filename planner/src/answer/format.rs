//! Cells as people read them: grouped digits, units, and nothing rounded.

use csv_analyst_protocol::run::Cell;

/// `1234567.5` -> `1,234,567.5`; text that is no plain number stays as it is.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, digits) = number
        .strip_prefix('-')
        .map_or(("", number), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || !whole.bytes().all(|byte| byte.is_ascii_digit())
        || !fraction.bytes().all(|byte| byte.is_ascii_digit())
    {
        return number.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    let mut end = whole.len();
    while end > 3 {
        parts.push(&whole[end - 3..end]);
        end -= 3;
    }
    parts.push(&whole[..end]);
    parts.reverse();
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", parts.join(","))
}

/// The value of a cell that is a number, also one that is written as a string to keep its digits.
pub(super) fn number(cell: &Cell) -> Option<f64> {
    match cell {
        Cell::Number(value) => value.as_f64(),
        Cell::String(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
        _ => None,
    }
}

pub(super) fn name(cell: &Cell) -> String {
    match cell {
        Cell::Null => "(none)".to_owned(),
        Cell::String(text) => text.chars().take(80).collect(),
        Cell::Bool(true) => "yes".to_owned(),
        Cell::Bool(false) => "no".to_owned(),
        other => other.to_string(),
    }
}

pub(super) fn amount(cell: &Cell, unit: Option<&str>) -> String {
    let text = match cell {
        Cell::String(text) => grouped(text),
        Cell::Number(value) => grouped(&value.to_string()),
        other => return name(other),
    };
    match unit {
        Some("USD") => format!("${text}"),
        Some("EUR") => format!("€{text}"),
        Some(unit) => format!("{text} {unit}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_and_never_lost() {
        assert_eq!(grouped("1234567.50"), "1,234,567.50");
        assert_eq!(grouped("-999"), "-999");
        assert_eq!(grouped("12345678901234567890"), "12,345,678,901,234,567,890");
        assert_eq!(grouped("1e10"), "1e10");
    }
}
