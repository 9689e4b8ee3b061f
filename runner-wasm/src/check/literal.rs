//! Literals: numbers, text, booleans, dates. Forms that lexers read differently (escape strings,
//! hexadecimal, national, unbound parameters) are refused; the rest is printed in one form.

use super::Checker;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::tree::{Expr, Literal, TypedKind};
use sqlparser::ast::Spanned;
use sqlparser::ast::{DataType, DateTimeField, Interval, TimezoneInfo, TypedString, Value, ValueWithSpan};
use sqlparser::tokenizer::Span;

/// More digits than a HUGEINT or a DECIMAL(38) has add nothing but work.
const MAX_NUMBER_LENGTH: usize = 80;
const MAX_TYPED_LENGTH: usize = 64;

impl Checker<'_> {
    pub fn value(&mut self, value: &ValueWithSpan) -> Checked<Expr> {
        let ValueWithSpan { value, span } = value;
        let span = *span;
        Ok(Expr::Literal(match value {
            Value::Number(digits, long) => Literal::Number(number(digits, *long, span)?),
            Value::SingleQuotedString(text) => Literal::Text(text.clone()),
            Value::DollarQuotedString(dollar) => Literal::Text(dollar.value.clone()),
            Value::Boolean(boolean) => Literal::Boolean(*boolean),
            Value::Null => Literal::Null,
            Value::Placeholder(_) => {
                return Err(
                    policy("unbound-parameter", "A query here has no parameters to fill in.")
                        .at(span)
                        .hint("Write the value itself."),
                );
            }
            Value::TripleSingleQuotedString(_)
            | Value::TripleDoubleQuotedString(_)
            | Value::EscapedStringLiteral(_)
            | Value::UnicodeStringLiteral(_)
            | Value::SingleQuotedByteStringLiteral(_)
            | Value::DoubleQuotedByteStringLiteral(_)
            | Value::TripleSingleQuotedByteStringLiteral(_)
            | Value::TripleDoubleQuotedByteStringLiteral(_)
            | Value::SingleQuotedRawStringLiteral(_)
            | Value::DoubleQuotedRawStringLiteral(_)
            | Value::TripleSingleQuotedRawStringLiteral(_)
            | Value::TripleDoubleQuotedRawStringLiteral(_)
            | Value::NationalStringLiteral(_)
            | Value::QuoteDelimitedStringLiteral(_)
            | Value::NationalQuoteDelimitedStringLiteral(_)
            | Value::HexStringLiteral(_)
            | Value::DoubleQuotedString(_) => return Err(literal_form(span)),
        }))
    }

    /// `DATE '2026-01-31'` and its kin.
    pub fn typed_string(&mut self, typed: &TypedString) -> Checked<Expr> {
        let TypedString {
            data_type,
            value,
            uses_odbc_syntax,
        } = typed;
        let kind = match data_type {
            DataType::Date => TypedKind::Date,
            DataType::Time(None, TimezoneInfo::None) => TypedKind::Time,
            DataType::Timestamp(None, TimezoneInfo::None) | DataType::Datetime(None) => TypedKind::Timestamp,
            DataType::Timestamp(None, TimezoneInfo::Tz | TimezoneInfo::WithTimeZone) => {
                TypedKind::TimestampWithZone
            }
            _ => return Err(refuse("A literal of this type", value.span).hint("Use CAST('..' AS type).")),
        };
        let Value::SingleQuotedString(text) = &value.value else {
            return Err(literal_form(value.span));
        };
        if *uses_odbc_syntax || !is_moment(text) {
            return Err(invalid(
                "date-literal",
                format!("`{}` is not a date or time.", excerpt(text)),
            )
            .at(value.span)
            .hint("Write DATE '2026-01-31' or TIMESTAMP '2026-01-31 12:00:00'."));
        }
        Ok(Expr::Typed {
            kind,
            text: text.clone(),
        })
    }

    pub fn interval(&mut self, interval: &Interval) -> Checked<Expr> {
        let Interval {
            value,
            leading_field,
            leading_precision,
            last_field,
            fractional_seconds_precision,
        } = interval;
        let precise =
            leading_precision.is_some() || last_field.is_some() || fractional_seconds_precision.is_some();
        if precise {
            return Err(refuse("An interval with a precision or a range", value.span()));
        }
        let Some(field) = leading_field else {
            return self.interval_text(value);
        };
        let (unit, function) = interval_unit(field).ok_or_else(|| {
            refuse("This unit of an interval", value.span())
                .hint("Use YEAR, MONTH, WEEK, DAY, HOUR, MINUTE or SECOND.")
        })?;
        self.claims.function(function);
        self.claims.function("trunc");
        let value = whole_number(self.expression(value)?, value)?;
        Ok(Expr::Interval {
            value: Box::new(value),
            unit,
        })
    }

    /// `INTERVAL '1 day 2 hours'`.
    fn interval_text(&mut self, value: &sqlparser::ast::Expr) -> Checked<Expr> {
        let span = value.span();
        let safe = |c: char| c.is_ascii_alphanumeric() || " :.+-".contains(c);
        match self.expression(value)? {
            Expr::Literal(Literal::Text(text))
                if text.len() <= MAX_TYPED_LENGTH && text.chars().all(safe) && has_unit(&text) =>
            {
                Ok(Expr::IntervalText(text))
            }
            _ => Err(invalid("interval", "An interval needs a unit.")
                .at(span)
                .hint("Write INTERVAL 7 DAY or INTERVAL '7 days'.")),
        }
    }
}

fn literal_form(span: Span) -> Box<csv_analyst_protocol::gate::Rejection> {
    policy(
        "literal-form",
        "This form of literal is not allowed: it is read differently by different parsers.",
    )
    .at(span)
    .hint("Write text as 'plain text', doubling a quote inside.")
}

/// Digits with at most one point and an exponent, underscores removed.
fn number(digits: &str, long: bool, span: Span) -> Checked<String> {
    let plain: String = digits.chars().filter(|c| *c != '_').collect();
    let (mantissa, exponent) = match plain.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.trim_start_matches(['+', '-'])),
        None => (plain.as_str(), "0"),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let points = mantissa.matches('.').count();
    let whole = all_digits(&mantissa.replace('.', "")) && mantissa.bytes().any(|b| b.is_ascii_digit());
    if long
        || points > 1
        || !whole
        || !all_digits(exponent)
        || exponent.is_empty()
        || plain.len() > MAX_NUMBER_LENGTH
    {
        return Err(policy(
            "number-form",
            format!("`{}` is not a plain decimal number.", excerpt(digits)),
        )
        .at(span));
    }
    Ok(plain)
}

/// A date or time begins with a digit (or a year's sign): words such as `now` read the clock.
fn is_moment(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || " :.+-/_".contains(c);
    text.len() <= MAX_TYPED_LENGTH && text.chars().all(safe) && text.starts_with(|c: char| c.is_ascii_digit())
}

/// `INTERVAL '7' DAY` and `INTERVAL 7 DAY` are one thing. A unit counts whole numbers: DuckDB would cut a
/// fraction off without a word.
fn whole_number(value: Expr, place: &sqlparser::ast::Expr) -> Checked<Expr> {
    let is_whole = |text: &str| (1..10).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    let number = |digits: &str| Expr::Literal(Literal::Number(digits.into()));
    match value {
        Expr::Literal(Literal::Text(text)) => match text.strip_prefix('-') {
            None if is_whole(&text) => Ok(number(&text)),
            Some(digits) if is_whole(digits) => Ok(Expr::Negate(Box::new(number(digits)))),
            _ => Err(no_whole_number(place)),
        },
        Expr::Literal(Literal::Number(digits)) if !is_whole(&digits) => Err(no_whole_number(place)),
        Expr::Negate(inner) => Ok(Expr::Negate(Box::new(whole_number(*inner, place)?))),
        other => Ok(other),
    }
}

fn no_whole_number(place: &sqlparser::ast::Expr) -> Box<csv_analyst_protocol::gate::Rejection> {
    invalid("interval", "An interval has a whole number of its unit.")
        .at(place.span())
        .hint("Use a smaller unit: INTERVAL 36 HOUR for a day and a half.")
}

/// A text without one is seconds to DuckDB, whatever word follows it.
fn has_unit(text: &str) -> bool {
    text.contains(|c: char| c == ':' || c.is_ascii_alphabetic())
}

/// The printed unit and the function that DuckDB's parser makes of it.
fn interval_unit(field: &DateTimeField) -> Option<(&'static str, &'static str)> {
    Some(match field {
        DateTimeField::Year | DateTimeField::Years => ("YEAR", "to_years"),
        DateTimeField::Quarter => ("QUARTER", "to_quarters"),
        DateTimeField::Month | DateTimeField::Months => ("MONTH", "to_months"),
        DateTimeField::Week(None) | DateTimeField::Weeks => ("WEEK", "to_weeks"),
        DateTimeField::Day | DateTimeField::Days => ("DAY", "to_days"),
        DateTimeField::Hour | DateTimeField::Hours => ("HOUR", "to_hours"),
        DateTimeField::Minute | DateTimeField::Minutes => ("MINUTE", "to_minutes"),
        DateTimeField::Second | DateTimeField::Seconds => ("SECOND", "to_seconds"),
        DateTimeField::Millisecond | DateTimeField::Milliseconds => ("MILLISECOND", "to_milliseconds"),
        DateTimeField::Microsecond | DateTimeField::Microseconds => ("MICROSECOND", "to_microseconds"),
        DateTimeField::Decade => ("DECADE", "to_decades"),
        DateTimeField::Century => ("CENTURY", "to_centuries"),
        DateTimeField::Millennium | DateTimeField::Millenium => ("MILLENNIUM", "to_millennia"),
        _ => return None,
    })
}

/// The part's name as `date_part` takes it.
pub fn date_part(field: &DateTimeField) -> Option<&'static str> {
    Some(match field {
        DateTimeField::Year | DateTimeField::Years => "year",
        DateTimeField::Quarter => "quarter",
        DateTimeField::Month | DateTimeField::Months => "month",
        DateTimeField::Week(None) | DateTimeField::Weeks | DateTimeField::IsoWeek => "week",
        DateTimeField::Day | DateTimeField::Days => "day",
        DateTimeField::Hour | DateTimeField::Hours => "hour",
        DateTimeField::Minute | DateTimeField::Minutes => "minute",
        DateTimeField::Second | DateTimeField::Seconds => "second",
        DateTimeField::Millisecond | DateTimeField::Milliseconds => "millisecond",
        DateTimeField::Microsecond | DateTimeField::Microseconds => "microsecond",
        DateTimeField::Dow | DateTimeField::DayOfWeek => "dow",
        DateTimeField::Isodow => "isodow",
        DateTimeField::Doy | DateTimeField::DayOfYear => "doy",
        DateTimeField::Isoyear => "isoyear",
        DateTimeField::Epoch => "epoch",
        DateTimeField::Decade => "decade",
        DateTimeField::Century => "century",
        DateTimeField::Millennium | DateTimeField::Millenium => "millennium",
        DateTimeField::Julian => "julian",
        DateTimeField::Custom(name) => return custom_part(&name.value),
        _ => return None,
    })
}

fn custom_part(name: &str) -> Option<&'static str> {
    const PARTS: &[&str] = &[
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "hour",
        "minute",
        "second",
        "dow",
        "isodow",
        "doy",
        "isoyear",
        "epoch",
        "weekday",
        "dayofweek",
        "dayofyear",
        "weekofyear",
        "yearweek",
        "decade",
        "century",
    ];
    PARTS.iter().find(|part| part.eq_ignore_ascii_case(name)).copied()
}
