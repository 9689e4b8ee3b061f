//! Small functions of one value: rounding, bins, lengths, parts of dates.

use super::expressions::Computed;
use super::values::Kind;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::{ChainOperator, Expr};
use csv_analyst_protocol::plan::DatePart;

/// Decimal places of rounding.
const MAX_DIGITS: u8 = 10;
/// As many digits before and after the point as a double can tell apart.
const BIN_WIDTHS: std::ops::RangeInclusive<f64> = 1e-9..=1e15;

pub fn rounded(of: Computed, digits: u8, pointer: &str) -> Checked<Computed> {
    if digits > MAX_DIGITS {
        return Err(invalid(
            "value-type",
            format!("Values are rounded to 0 to {MAX_DIGITS} places."),
        )
        .at_pointer(pointer));
    }
    Ok(of.map(|value| Expr::call("round", vec![value, Expr::number(digits)])))
}

/// `floor(x / width) * width`, without the noise of binary fractions behind the width's own decimals.
pub fn bin(of: Computed, width: f64, pointer: &str) -> Checked<Computed> {
    if !BIN_WIDTHS.contains(&width) {
        return Err(invalid(
            "bin",
            "A bin is wider than 0, and not wider than a number can tell.",
        )
        .at_pointer(pointer));
    }
    let written = width.to_string();
    let decimals = written.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let width = Expr::number(written);
    Ok(of.map(|value| {
        let place = Expr::call(
            "floor",
            vec![Expr::chain(value, ChainOperator::Divide, width.clone())],
        );
        let edge = Expr::chain(place, ChainOperator::Multiply, width);
        match decimals {
            0 => edge,
            _ => Expr::call("round", vec![edge, Expr::number(decimals)]),
        }
    }))
}

pub fn length(of: Computed, pointer: &str) -> Checked<Computed> {
    if !matches!(of.kind, Kind::Text | Kind::Null) {
        return Err(invalid("value-type", "Only texts have a length.").at_pointer(pointer));
    }
    Ok(of.map(|value| Expr::call("length", vec![value])))
}

pub fn date_part(part: DatePart, of: Computed, pointer: &str) -> Checked<Computed> {
    let has_it = match of.kind {
        Kind::Timestamp | Kind::Null => true,
        Kind::Date => part != DatePart::Hour,
        Kind::Time => part == DatePart::Hour,
        Kind::Text => {
            return Err(invalid("value-type", "A text has no parts of a date.")
                .at_pointer(&format!("{pointer}/of"))
                .hint("Use `date` for the date that is written in it."));
        }
        Kind::Number | Kind::Boolean => false,
    };
    if !has_it {
        return Err(invalid(
            "value-type",
            format!("{} has no such part.", capitalised(of.kind.name())),
        )
        .at_pointer(&format!("{pointer}/part")));
    }
    let name = match part {
        DatePart::Year => "year",
        DatePart::Quarter => "quarter",
        DatePart::Month => "month",
        DatePart::Day => "day",
        DatePart::Weekday => "isodow",
        DatePart::Hour => "hour",
    };
    Ok(of.map(|value| Expr::call("date_part", vec![Expr::text(name), value])))
}

fn capitalised(words: &str) -> String {
    let mut characters = words.chars();
    let first = characters.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(characters).collect()
}
