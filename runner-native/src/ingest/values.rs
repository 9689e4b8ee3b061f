//! A text of a file as the value that is stored, or not at all.

use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_runner::reading::infer::column::is_nullish;
use csv_analyst_runner::reading::infer::number::Style;
use csv_analyst_runner::reading::infer::{Choice, Reader, moment, number, trim};
use csv_analyst_runner::reading::record::Cell;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Text(&'a str),
    Boolean(bool),
    Integer(i32),
    Bigint(i64),
    Decimal(i128),
    Double(f64),
    /// Since 1970-01-01.
    Days(i32),
    /// Since midnight, or since 1970-01-01 00:00.
    Microseconds(i64),
}

/// `None`: the text is not what the column holds. `nulls`: texts that somebody said mean "no value".
pub fn value<'a>(cell: Cell<'a>, choice: &Choice, nulls: &[String]) -> Option<Value<'a>> {
    let trimmed = trim(cell.text);
    if cell.text.is_empty() || nulls.iter().any(|null| null.as_bytes() == trimmed) {
        return Some(Value::Null);
    }
    if choice.reader == Reader::Text {
        return std::str::from_utf8(cell.text).ok().map(Value::Text);
    }
    if trimmed.is_empty() || (choice.nullish_is_null && is_nullish(trimmed)) {
        return Some(Value::Null);
    }
    match choice.reader {
        Reader::Text => None,
        Reader::Boolean => boolean(trimmed).map(Value::Boolean),
        Reader::Number { .. } if cell.is_number => numeric(trimmed, Style::Plain.bit(), choice.kind),
        Reader::Number { styles } => numeric(trimmed, styles, choice.kind),
        Reader::Date { orders } => {
            let moment = moment::moment(trimmed).filter(|moment| moment.time.unwrap_or(0) == 0)?;
            moment.days(orders).map(Value::Days)
        }
        Reader::Timestamp { orders } => {
            let moment = moment::moment(trimmed)?;
            moment.microseconds(orders).map(Value::Microseconds)
        }
        Reader::Time => moment::time(trimmed).map(Value::Microseconds),
    }
}

fn boolean(text: &[u8]) -> Option<bool> {
    const TRUE: [&[u8]; 5] = [b"true", b"t", b"yes", b"y", b"1"];
    const FALSE: [&[u8]; 5] = [b"false", b"f", b"no", b"n", b"0"];
    let is = |words: &[&[u8]]| words.iter().any(|word| word.eq_ignore_ascii_case(text));
    match (is(&TRUE), is(&FALSE)) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    }
}

fn numeric(text: &[u8], styles: u8, kind: ColumnType) -> Option<Value<'static>> {
    match kind {
        ColumnType::Double => number::parse_double(text, styles)
            .filter(|value| value.is_finite())
            .map(Value::Double),
        ColumnType::Decimal { precision, scale } => {
            let value = number::parse(text, styles)?.at_scale(scale.into())?;
            let fits = value.unsigned_abs() < 10u128.checked_pow(precision.into())?;
            fits.then_some(Value::Decimal(value))
        }
        ColumnType::Integer => {
            let value = number::parse(text, styles)?.at_scale(0)?;
            value.try_into().ok().map(Value::Integer)
        }
        _ => {
            let value = number::parse(text, styles)?.at_scale(0)?;
            value.try_into().ok().map(Value::Bigint)
        }
    }
}

/// For people: "The value is not …".
pub fn what(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Boolean => "true or false",
        ColumnType::Integer => "a whole number of at most 32 bits",
        ColumnType::Bigint => "a whole number of at most 64 bits",
        ColumnType::Decimal { .. } => "a decimal number that fits the column",
        ColumnType::Double => "a number",
        ColumnType::Date => "a date (YYYY-MM-DD, or in the order that `date_format` says)",
        ColumnType::Time => "a time (HH:MM:SS)",
        ColumnType::Timestamp => "a timestamp (YYYY-MM-DD HH:MM:SS)",
        ColumnType::Text => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::reading::Reading;
    use csv_analyst_runner::reading::infer::wanted::declared;

    fn read(text: &str, kind: ColumnType) -> Option<Value<'_>> {
        value(
            Cell::text(text.as_bytes()),
            &declared(kind, &Reading::default()),
            &["void".into()],
        )
    }

    #[test]
    fn texts_become_values_or_are_refused() {
        let money = ColumnType::Decimal {
            precision: 5,
            scale: 2,
        };
        assert_eq!(read("12.5", money), Some(Value::Decimal(1_250)));
        assert_eq!(read("1234.5", money), None, "too many digits");
        assert_eq!(read("1.234", money), None, "a digit would be lost");
        assert_eq!(read("1.5e-1", money), Some(Value::Decimal(15)));
        assert_eq!(read("1.5e-3", money), None, "a digit would be lost");
        assert_eq!(read("0e50", money), Some(Value::Decimal(0)));
        assert_eq!(read("1e50", money), None);
        assert_eq!(read(" 7 ", ColumnType::Integer), Some(Value::Integer(7)));
        assert_eq!(read("3000000000", ColumnType::Integer), None);
        assert_eq!(
            read("-9223372036854775808", ColumnType::Bigint),
            Some(Value::Bigint(i64::MIN))
        );
        assert_eq!(read("1970-01-02", ColumnType::Date), Some(Value::Days(1)));
        assert_eq!(
            read("01/02/2026", ColumnType::Date),
            None,
            "nobody said which is the day"
        );
        assert_eq!(read("1e400", ColumnType::Double), None);
        assert_eq!(read("Yes", ColumnType::Boolean), Some(Value::Boolean(true)));
        assert_eq!(read("void", ColumnType::Text), Some(Value::Null));
        assert_eq!(read(" a ", ColumnType::Text), Some(Value::Text(" a ")));
        assert_eq!(read("", ColumnType::Text), Some(Value::Null));
    }
}
