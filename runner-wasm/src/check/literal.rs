//! Literals: numbers, text, booleans, dates, intervals; each is printed in one form.

use super::Checker;
use super::types::data_type;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::tree::{Expr, Literal, Type, TypedKind};
use crate::syntax::ast::{self, Expr as Sql, IntervalUnit, Place};

/// More digits than a HUGEINT or a DECIMAL(38) has add nothing but work.
const MAX_NUMBER_LENGTH: usize = 80;
const MAX_TYPED_LENGTH: usize = 64;

impl Checker<'_> {
    pub fn literal(&mut self, literal: &ast::Literal, place: Place) -> Checked<Expr> {
        Ok(Expr::Literal(match literal {
            ast::Literal::Null => Literal::Null,
            ast::Literal::Boolean(truth) => Literal::Boolean(*truth),
            ast::Literal::Number(digits) => Literal::Number(number(digits, place)?),
            ast::Literal::Text(text) => Literal::Text(text.clone()),
        }))
    }

    /// `DATE '2026-01-31'` and its kin; of other types a cast.
    pub fn typed(&mut self, kind: &ast::Type, text: &str, place: Place) -> Checked<Expr> {
        let target = data_type(kind)?;
        let kind = match &target {
            Type::Plain("DATE") => TypedKind::Date,
            Type::Plain("TIME") => TypedKind::Time,
            Type::Plain("TIMESTAMP") => TypedKind::Timestamp,
            Type::Plain("TIMESTAMPTZ") => TypedKind::TimestampWithZone,
            _ => {
                return Ok(Expr::Cast {
                    value: Box::new(Expr::text(text)),
                    attempt: false,
                    kind: target,
                });
            }
        };
        if !is_moment(text) {
            return Err(invalid(
                "date-literal",
                format!("`{}` is not a date or time.", excerpt(text)),
            )
            .at(place)
            .hint("Write DATE '2026-01-31' or TIMESTAMP '2026-01-31 12:00:00'."));
        }
        Ok(Expr::Typed {
            kind,
            text: text.into(),
        })
    }

    pub fn interval(&mut self, value: &Sql, unit: Option<IntervalUnit>) -> Checked<Expr> {
        let Some(unit) = unit else {
            return self.interval_text(value);
        };
        let (unit, function) = interval_unit(unit);
        self.claims.function(function);
        self.claims.function("trunc");
        let amount = whole_number(self.expression(value)?, value.place)?;
        Ok(Expr::Interval {
            value: Box::new(amount),
            unit,
        })
    }

    /// `INTERVAL '1 day 2 hours'`.
    fn interval_text(&mut self, value: &Sql) -> Checked<Expr> {
        let safe = |c: char| c.is_ascii_alphanumeric() || " :.+-".contains(c);
        match self.expression(value)? {
            Expr::Literal(Literal::Text(text))
                if text.len() <= MAX_TYPED_LENGTH && text.chars().all(safe) && has_unit(&text) =>
            {
                Ok(Expr::IntervalText(text))
            }
            _ => Err(invalid("interval", "An interval needs a unit.")
                .at(value.place)
                .hint("Write INTERVAL 7 DAY or INTERVAL '7 days'.")),
        }
    }
}

/// Digits with at most one point and an exponent.
fn number(digits: &str, place: Place) -> Checked<String> {
    let (mantissa, exponent) = match digits.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.trim_start_matches(['+', '-'])),
        None => (digits, "0"),
    };
    let all_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let points = mantissa.matches('.').count();
    let whole = all_digits(&mantissa.replace('.', "")) && mantissa.bytes().any(|b| b.is_ascii_digit());
    let plain = points <= 1 && whole && all_digits(exponent) && !exponent.is_empty();
    if !plain || digits.len() > MAX_NUMBER_LENGTH {
        return Err(policy(
            "number-form",
            format!("`{}` is not a plain decimal number.", excerpt(digits)),
        )
        .at(place));
    }
    Ok(digits.into())
}

/// A date or time begins with a digit (or a year's sign): words such as `now` read the clock.
fn is_moment(text: &str) -> bool {
    let safe = |c: char| c.is_ascii_alphanumeric() || " :.+-/_".contains(c);
    text.len() <= MAX_TYPED_LENGTH && text.chars().all(safe) && text.starts_with(|c: char| c.is_ascii_digit())
}

/// `INTERVAL '7' DAY` and `INTERVAL 7 DAY` are one thing. A unit counts whole numbers: DuckDB would cut a
/// fraction off without a word.
fn whole_number(value: Expr, place: Place) -> Checked<Expr> {
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

fn no_whole_number(place: Place) -> Box<csv_analyst_protocol::gate::Rejection> {
    invalid("interval", "An interval has a whole number of its unit.")
        .at(place)
        .hint("Use a smaller unit: INTERVAL 36 HOUR for a day and a half.")
}

/// A text without one is seconds to DuckDB, whatever word follows it.
fn has_unit(text: &str) -> bool {
    text.contains(|c: char| c == ':' || c.is_ascii_alphabetic())
}

/// The printed unit and the function that DuckDB's parser makes of it.
fn interval_unit(unit: IntervalUnit) -> (&'static str, &'static str) {
    match unit {
        IntervalUnit::Millennium => ("MILLENNIUM", "to_millennia"),
        IntervalUnit::Century => ("CENTURY", "to_centuries"),
        IntervalUnit::Decade => ("DECADE", "to_decades"),
        IntervalUnit::Year => ("YEAR", "to_years"),
        IntervalUnit::Quarter => ("QUARTER", "to_quarters"),
        IntervalUnit::Month => ("MONTH", "to_months"),
        IntervalUnit::Week => ("WEEK", "to_weeks"),
        IntervalUnit::Day => ("DAY", "to_days"),
        IntervalUnit::Hour => ("HOUR", "to_hours"),
        IntervalUnit::Minute => ("MINUTE", "to_minutes"),
        IntervalUnit::Second => ("SECOND", "to_seconds"),
        IntervalUnit::Millisecond => ("MILLISECOND", "to_milliseconds"),
        IntervalUnit::Microsecond => ("MICROSECOND", "to_microseconds"),
    }
}
