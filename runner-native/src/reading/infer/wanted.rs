//! Columns whose types somebody gave: only how their texts are written is still found out.

use super::choice::{Choice, Evidence, MAX_PRECISION, Reader, plain, style_of};
use super::column::Column;
use super::moment::{DAY_FIRST, MONTH_FIRST, YEAR_FIRST};
use super::number::{STYLES, Style};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::reading::{DateOrder, Reading, WantedType};

/// For a column whose type somebody gave; `Err` says why its texts leave that open.
pub fn wanted(
    column: &Column,
    wanted: WantedType,
    evidence: Evidence,
    reading: &Reading,
) -> Result<Choice, &'static str> {
    let kind = match wanted {
        WantedType::Exactly(kind) => kind,
        WantedType::Decimal => {
            let styles = number_styles(column, evidence, reading);
            let style = STYLES.into_iter().find(|style| styles & style.bit() != 0);
            ColumnType::Decimal {
                precision: MAX_PRECISION,
                scale: style.map_or(0, |style| column.numbers.decimals(style)),
            }
        }
    };
    let mut choice = declared(kind, reading);
    match &mut choice.reader {
        Reader::Number { styles } => *styles = number_styles(column, evidence, reading),
        Reader::Date { orders } | Reader::Timestamp { orders } if reading.date_format.is_none() => {
            let possible = column.moments.orders;
            *orders = match evidence.day_first {
                _ if column.moments.are_named() => YEAR_FIRST,
                Some(true) if possible & DAY_FIRST != 0 => YEAR_FIRST | DAY_FIRST,
                Some(false) if possible & MONTH_FIRST != 0 => YEAR_FIRST | MONTH_FIRST,
                _ if possible.count_ones() > 1 => return Err("every value could be day/month or month/day"),
                _ if possible == 0 => YEAR_FIRST | DAY_FIRST,
                _ => possible,
            };
        }
        _ => {}
    }
    choice.unit = match (choice.reader, column.numbers.affix) {
        (Reader::Number { .. }, Some(affix)) => affix.unit().map(Into::into),
        _ => None,
    };
    choice.nullish_is_null = kind != ColumnType::Text && reading.null_values.is_none();
    Ok(choice)
}

fn number_styles(column: &Column, evidence: Evidence, reading: &Reading) -> u8 {
    let allowed = column.numbers.allowed(reading.decimal_mark.as_deref());
    match style_of(allowed, &column.numbers, evidence) {
        Some(style) => style.bit() | Style::Plain.bit() & !comma_only(style),
        None => declared_styles(reading, evidence.decimal_comma),
    }
}

/// A plain 1.234 is a thousand where the comma is the decimal mark.
fn comma_only(style: Style) -> u8 {
    if style.has_comma_decimal() {
        Style::Plain.bit()
    } else {
        0
    }
}

fn declared_styles(reading: &Reading, decimal_comma: Option<bool>) -> u8 {
    let comma = reading.decimal_mark.as_deref().map(|mark| mark == ",");
    match comma.or(decimal_comma) {
        Some(true) => Style::CommaDecimal.bit() | Style::DotThousands.bit(),
        _ => Style::Plain.bit() | Style::CommaThousands.bit(),
    }
}

/// For a column of a described dataset: nothing is guessed.
pub fn declared(kind: ColumnType, reading: &Reading) -> Choice {
    let order = reading.date_format.as_deref().and_then(DateOrder::parse);
    let orders = YEAR_FIRST | order.map_or(0, super::moment::bit);
    let number = Reader::Number {
        styles: match reading.decimal_mark.as_deref() {
            Some(",") => Style::CommaDecimal.bit() | Style::DotThousands.bit(),
            Some(_) => Style::Plain.bit() | Style::CommaThousands.bit(),
            None => Style::Plain.bit(),
        },
    };
    let reader = match kind {
        ColumnType::Text => Reader::Text,
        ColumnType::Boolean => Reader::Boolean,
        ColumnType::Integer | ColumnType::Bigint | ColumnType::Double => number,
        ColumnType::Decimal { .. } => number,
        ColumnType::Date => Reader::Date { orders },
        ColumnType::Timestamp => Reader::Timestamp { orders },
        ColumnType::Time => Reader::Time,
    };
    plain(kind, reader)
}
