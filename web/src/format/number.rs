//! Numbers as text with grouped thousands. Digits are never lost: numbers arrive as JSON numbers or,
//! where a double could not hold them, as strings, and are handled as text throughout.

use serde_json::Number;

/// `1234567.50` becomes `1,234,567.50`. Anything that is not a plain decimal stays as it is.
pub fn group(text: &str) -> String {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty()
        || !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
    {
        return text.to_string();
    }
    let mut grouped = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if !fraction.is_empty() {
        grouped.push('.');
        grouped.push_str(fraction);
    }
    grouped
}

/// A whole number with grouped thousands.
pub fn count(value: u64) -> String {
    group(&value.to_string())
}

/// A JSON number in plain decimal notation (no exponent, no `.0`).
pub fn plain(number: &Number) -> String {
    let text = number.to_string();
    if !text.contains(['e', 'E', '.']) {
        return text;
    }
    number.as_f64().map(|value| format!("{value}")).unwrap_or(text)
}

/// Digits after the point of a plain decimal.
pub fn scale_of(text: &str) -> usize {
    text.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// A plain decimal with exactly `scale` digits after the point, padded but never cut.
pub fn pad_scale(text: &str, scale: usize) -> String {
    let missing = scale.saturating_sub(scale_of(text));
    if missing == 0 || !text.ends_with(|last: char| last.is_ascii_digit()) {
        return text.to_string();
    }
    let point = if text.contains('.') { "" } else { "." };
    format!("{text}{point}{}", "0".repeat(missing))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_from_the_right() {
        for (plain, grouped) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1234567.50", "-1,234,567.50"),
            ("12.5", "12.5"),
        ] {
            assert_eq!(group(plain), grouped);
        }
    }

    #[test]
    fn what_is_not_a_plain_decimal_stays_as_it_is() {
        for text in ["NaN", "-Infinity", "", "-", "1e9", "12:30"] {
            assert_eq!(group(text), text);
        }
    }

    #[test]
    fn more_digits_than_a_double_holds_survive() {
        assert_eq!(
            group("12345678901234567890.123456789"),
            "12,345,678,901,234,567,890.123456789"
        );
    }

    #[test]
    fn a_decimal_keeps_its_scale() {
        assert_eq!(pad_scale("12.5", 2), "12.50");
        assert_eq!(pad_scale("12", 2), "12.00");
        assert_eq!(pad_scale("12.345", 2), "12.345");
        assert_eq!(pad_scale("NaN", 2), "NaN");
    }

    #[test]
    fn json_numbers_become_plain_decimals() {
        let read = |text: &str| plain(&serde_json::from_str::<Number>(text).unwrap());
        assert_eq!(read("12.0"), "12");
        assert_eq!(read("1e3"), "1000");
        assert_eq!(read("0.00001"), "0.00001");
        assert_eq!(read("9007199254740993"), "9007199254740993");
    }
}
