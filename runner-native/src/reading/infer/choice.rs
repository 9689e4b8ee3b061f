//! The type of a column, how its texts become values, and what of that was assumed.

use super::column::{Column, Numbers};
use super::moment::{DAY_FIRST, MONTH_FIRST, YEAR_FIRST};
use super::number::{COMMA_STYLES, POINT_STYLES, STYLES, Style};
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::reading::{DateOrder, NoteKind, Reading};

/// How a text becomes a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    Text,
    Boolean,
    /// In the first of these styles that fits.
    Number {
        styles: u8,
    },
    Date {
        orders: u8,
    },
    Timestamp {
        orders: u8,
    },
    Time,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    pub kind: ColumnType,
    pub reader: Reader,
    pub unit: Option<String>,
    /// Other spellings of "no value" are NULL, too.
    pub nullish_is_null: bool,
    pub remarks: Vec<Remark>,
}

/// Becomes a note of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Remark {
    pub kind: NoteKind,
    pub line: Option<u64>,
    pub message: String,
    pub instead: Option<String>,
}

/// DECIMAL(18) is the widest that is stored in 64 bits.
pub const MAX_PRECISION: u8 = 18;
/// The widest that there is: for numbers that would lose digits in any other type.
const LONGEST_PRECISION: u8 = 38;

/// What the columns that leave no doubt say about those that do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    pub decimal_comma: Option<bool>,
    /// Semicolons delimit where the comma is a decimal mark: a weak word, for what no value tells.
    pub has_semicolons: bool,
    pub day_first: Option<bool>,
}

impl Evidence {
    /// What somebody said comes first.
    pub fn gather(columns: &[Column], reading: &Reading, delimiter: Option<u8>) -> Self {
        let said = reading.decimal_mark.as_deref().map(|mark| mark == ",");
        let shown = majority(columns.iter().filter_map(|column| shown_mark(&column.numbers)));
        let order = reading.date_format.as_deref().and_then(DateOrder::parse);
        // Year first says nothing of the other two.
        let said_order = match order {
            Some(DateOrder::DayMonthYear) => Some(true),
            Some(DateOrder::MonthDayYear) => Some(false),
            Some(DateOrder::YearMonthDay) | None => None,
        };
        let shown_order = majority(columns.iter().filter_map(|column| match column.moments.orders {
            DAY_FIRST => Some(true),
            MONTH_FIRST => Some(false),
            _ => None,
        }));
        Self {
            decimal_comma: said.or(shown),
            has_semicolons: delimiter == Some(b';'),
            day_first: said_order.or(shown_order),
        }
    }
}

/// `None` without votes, or when they contradict each other.
fn majority(votes: impl Iterator<Item = bool>) -> Option<bool> {
    let mut all = votes.collect::<Vec<_>>();
    all.dedup();
    match all[..] {
        [only] => Some(only),
        _ => None,
    }
}

/// True: the column can only be read with a decimal comma.
fn shown_mark(numbers: &Numbers) -> Option<bool> {
    let (comma, point) = (
        numbers.styles & COMMA_STYLES != 0,
        numbers.styles & POINT_STYLES != 0,
    );
    match (numbers.has_separator, comma, point) {
        (true, true, false) if is_sloppy(numbers) => None,
        (true, true, false) => Some(true),
        (true, false, true) => Some(false),
        _ => None,
    }
}

/// For a column that nobody declared.
pub fn infer(column: &Column, evidence: Evidence, reading: &Reading) -> Choice {
    let mut choice = typed(column, evidence, reading).unwrap_or_else(|| text(column));
    if choice.kind != ColumnType::Text && column.nullish.count > 0 {
        choice.nullish_is_null = true;
        choice.remarks.push(Remark {
            kind: NoteKind::Nulls,
            line: Some(column.nullish.first_line),
            message: format!(
                "{} spelled like `N/A` or `-` {} read as \"no value\".",
                count(column.nullish.count, "value"),
                if column.nullish.count == 1 { "is" } else { "are" },
            ),
            instead: Some("null_values = []".into()),
        });
    }
    choice
}

fn typed(column: &Column, evidence: Evidence, reading: &Reading) -> Option<Choice> {
    if column.values == 0 {
        return None;
    }
    if column.booleans {
        return Some(plain(ColumnType::Boolean, Reader::Boolean));
    }
    if column.numbers.styles != 0 {
        return number(column, evidence, reading);
    }
    if column.moments.orders != 0 {
        return dates(column, evidence);
    }
    column.times.then(|| plain(ColumnType::Time, Reader::Time))
}

pub(super) fn plain(kind: ColumnType, reader: Reader) -> Choice {
    Choice {
        kind,
        reader,
        unit: None,
        nullish_is_null: false,
        remarks: Vec::new(),
    }
}

fn number(column: &Column, evidence: Evidence, reading: &Reading) -> Option<Choice> {
    let numbers = &column.numbers;
    let allowed = numbers.allowed(reading.decimal_mark.as_deref());
    let style = style_of(allowed, numbers, evidence)?;
    let settled =
        reading.decimal_mark.is_some() || evidence.decimal_comma == Some(true) || evidence.has_semicolons;
    if !settled && is_sloppy(numbers) {
        return None;
    }
    let mut choice = plain(
        number_type(numbers, style)?,
        Reader::Number { styles: style.bit() },
    );
    choice.unit = numbers.affix.and_then(|affix| affix.unit()).map(Into::into);
    if let Some(unit) = &choice.unit {
        choice.remarks.push(Remark {
            kind: NoteKind::Numbers,
            line: None,
            message: format!("Read as numbers without their `{unit}`, which is kept as the unit."),
            instead: Some("types.COLUMN = \"text\"".into()),
        });
    }
    choice
        .remarks
        .extend(style_remark(style, allowed, numbers, reading));
    Some(choice)
}

/// Where a point and a comma are possible, the file's other numbers decide.
pub(super) fn style_of(allowed: u8, numbers: &Numbers, evidence: Evidence) -> Option<Style> {
    let preferred = match evidence.decimal_comma {
        Some(true) if numbers.has_separator && allowed & COMMA_STYLES != 0 => allowed & COMMA_STYLES,
        Some(false) if allowed & POINT_STYLES != 0 => allowed & POINT_STYLES,
        // Not where a plain 1.234 is possible: that is a number of three decimals as often.
        None if evidence.has_semicolons
            && allowed & Style::Plain.bit() == 0
            && allowed & COMMA_STYLES != 0 =>
        {
            allowed & COMMA_STYLES
        }
        _ => allowed,
    };
    let ambiguous = Style::CommaDecimal.bit() | Style::CommaThousands.bit();
    // 1,234 in every row and nothing else to go by: few people write three decimals.
    if preferred & ambiguous == ambiguous && preferred & Style::Plain.bit() == 0 {
        return Some(Style::CommaThousands);
    }
    STYLES.into_iter().find(|style| preferred & style.bit() != 0)
}

/// 1000 beside 3,000: thousands set apart carelessly, or three decimals.
fn is_sloppy(numbers: &Numbers) -> bool {
    numbers.styles == Style::CommaDecimal.bit() && !numbers.has_short_group
}

fn style_remark(style: Style, allowed: u8, numbers: &Numbers, reading: &Reading) -> Option<Remark> {
    let as_written = match style {
        Style::Plain => "1234.5",
        Style::CommaDecimal => "1234,5",
        Style::CommaThousands => "1,234.5",
        Style::DotThousands => "1.234,5",
        Style::BlankThousands => "1 234.5",
        Style::BlankThousandsComma => "1 234,5",
    };
    let is_open = reading.decimal_mark.is_none() && is_ambiguous(style, allowed, numbers);
    if style == Style::Plain && !is_open {
        return None;
    }
    let doubt = match is_open {
        false => "",
        true => " The values alone do not tell whether thousands or decimals are set apart.",
    };
    let other = if style.has_comma_decimal() { "." } else { "," };
    Some(Remark {
        kind: NoteKind::Numbers,
        line: None,
        message: format!("Read as numbers written like {as_written}.{doubt}"),
        instead: Some(format!("decimal_mark = \"{other}\"")),
    })
}

/// With the other decimal mark the values would be other numbers.
fn is_ambiguous(style: Style, allowed: u8, numbers: &Numbers) -> bool {
    let differs = |other: Style| {
        other.has_comma_decimal() != style.has_comma_decimal()
            && numbers.scale[other as usize] != numbers.scale[style as usize]
    };
    numbers.has_separator
        && STYLES
            .into_iter()
            .any(|other| allowed & other.bit() != 0 && differs(other))
}

fn number_type(numbers: &Numbers, style: Style) -> Option<ColumnType> {
    let (whole, scale) = (numbers.whole[style as usize], numbers.scale[style as usize]);
    if numbers.has_exponent {
        return Some(ColumnType::Double);
    }
    let within = |low: i128, high: i128| low <= numbers.smallest && numbers.largest <= high;
    if scale == 0 && whole <= 19 {
        if within(i32::MIN.into(), i32::MAX.into()) {
            return Some(ColumnType::Integer);
        }
        if within(i64::MIN.into(), i64::MAX.into()) {
            return Some(ColumnType::Bigint);
        }
    }
    // More decimals are a measurement's noise, not money.
    const MOST_DECIMALS: u32 = 9;
    let precision = match whole + scale {
        0..=18 => MAX_PRECISION,
        19..=38 => LONGEST_PRECISION,
        _ => return Some(ColumnType::Double),
    };
    Some(match scale <= MOST_DECIMALS {
        true => ColumnType::Decimal {
            precision,
            scale: scale as u8,
        },
        false => ColumnType::Double,
    })
}

fn dates(column: &Column, evidence: Evidence) -> Option<Choice> {
    let moments = &column.moments;
    let orders = match (moments.orders, evidence.day_first) {
        _ if moments.are_named() => YEAR_FIRST,
        (orders, Some(true)) if orders & DAY_FIRST != 0 => DAY_FIRST,
        (orders, Some(false)) if orders & MONTH_FIRST != 0 => MONTH_FIRST,
        (orders, _) => orders,
    };
    if orders.count_ones() != 1 {
        return None;
    }
    let mut choice = match moments.with_time {
        0 => plain(ColumnType::Date, Reader::Date { orders }),
        _ => plain(ColumnType::Timestamp, Reader::Timestamp { orders }),
    };
    if orders != YEAR_FIRST {
        choice.remarks.push(order_remark(column, orders));
    } else if moments.has_two_digit_year {
        choice.remarks.push(Remark {
            kind: NoteKind::Dates,
            line: None,
            message: CENTURY.into(),
            instead: None,
        });
    }
    if moments.has_offset {
        choice.remarks.push(Remark {
            kind: NoteKind::Dates,
            line: None,
            message: "Times with an offset from UTC are kept as UTC.".into(),
            instead: None,
        });
    }
    Some(choice)
}

const CENTURY: &str = "Years of two digits are of 1969 to 2068.";

fn order_remark(column: &Column, orders: u8) -> Remark {
    let moments = &column.moments;
    let (order, other) = match orders {
        MONTH_FIRST => ("month, day, year", "dmy"),
        _ => ("day, month, year", "mdy"),
    };
    let why = match (moments.orders.count_ones(), moments.decided_on) {
        (1, Some(line)) => format!(", as line {line} can't be read otherwise"),
        (1, None) => String::new(),
        _ => ", as the file's other dates; the values alone do not tell".into(),
    };
    let century = match moments.has_two_digit_year {
        true => format!(" {CENTURY}"),
        false => String::new(),
    };
    Remark {
        kind: NoteKind::Dates,
        line: moments.decided_on,
        message: format!("Read as dates in the order {order}{why}.{century}"),
        instead: Some(format!("date_format = \"{other}\"")),
    }
}

/// What a column that stays text nearly was.
fn text(column: &Column) -> Choice {
    let mut choice = plain(ColumnType::Text, Reader::Text);
    if column.values == 0 {
        return choice;
    }
    let (numbers, moments) = (&column.numbers, &column.moments);
    let nearly = |fitting: u64| fitting * 10 >= column.values * 9 && fitting > 1;
    if numbers.styles != 0 {
        choice.remarks.push(Remark {
            kind: NoteKind::Numbers,
            line: None,
            message: "Kept as text: 3,000 could be three or three thousand here.".into(),
            instead: Some(
                "decimal_mark = \",\"; or decimal_mark = \".\" and types.COLUMN = \"integer\"".into(),
            ),
        });
    } else if moments.orders.count_ones() > 1 {
        choice.remarks.push(Remark {
            kind: NoteKind::Dates,
            line: None,
            message: match moments.with_month_name {
                0 => "Kept as text: every value could be day/month or month/day.".into(),
                _ => "Kept as text: dates without a month's name could be day/month or month/day.".into(),
            },
            instead: Some("date_format = \"dmy\" or \"mdy\"".into()),
        });
    } else if let Some(line) = numbers.differs_on.filter(|_| numbers.misfits.count == 0) {
        choice.remarks.push(mixed(
            Some(line),
            "Kept as text: its numbers are not all written alike.".into(),
            None,
        ));
    } else if numbers.misfits.count > 0 && nearly(numbers.fitting) {
        choice.remarks.push(mixed(
            Some(numbers.misfits.first_line),
            of_all(numbers.misfits.count, column.values, "a number", "numbers"),
            Some("types.COLUMN = \"decimal\", with max_bad_rows or null_values".into()),
        ));
    } else if moments.misfits.count > 0 && nearly(moments.fitting) {
        choice.remarks.push(mixed(
            Some(moments.misfits.first_line),
            of_all(moments.misfits.count, column.values, "a date", "dates"),
            Some("types.COLUMN = \"date\", with max_bad_rows or null_values".into()),
        ));
    }
    choice
}

fn mixed(line: Option<u64>, message: String, instead: Option<String>) -> Remark {
    Remark {
        kind: NoteKind::MixedTypes,
        line,
        message,
        instead,
    }
}

fn of_all(misfits: u64, all: u64, one: &str, many: &str) -> String {
    match misfits {
        1 => format!("Kept as text: 1 of {} is not {one}.", count(all, "value")),
        _ => format!(
            "Kept as text: {misfits} of {} are not {many}.",
            count(all, "value")
        ),
    }
}

pub fn count(number: u64, noun: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::record::Cell;

    fn chosen(values: &[&str], other: &[&str], delimiter: u8) -> ColumnType {
        chosen_as(values, other, delimiter, &Reading::default()).kind
    }

    fn chosen_as(values: &[&str], other: &[&str], delimiter: u8, reading: &Reading) -> Choice {
        let column = |values: &[&str]| {
            let mut column = Column::default();
            for (line, value) in (2..).zip(values) {
                column.see(Cell::text(value.as_bytes()), line, true);
            }
            column
        };
        let columns = [column(values), column(other)];
        let evidence = Evidence::gather(&columns, reading, Some(delimiter));
        infer(&columns[0], evidence, reading)
    }

    const DECIMAL_3: ColumnType = ColumnType::Decimal {
        precision: MAX_PRECISION,
        scale: 3,
    };

    #[test]
    fn what_the_values_leave_open_the_other_columns_settle_and_then_the_delimiter() {
        assert_eq!(chosen(&["1,234"], &[], b','), ColumnType::Integer);
        assert_eq!(chosen(&["1,234"], &["0,5"], b','), DECIMAL_3);
        assert_eq!(chosen(&["1,234"], &[], b';'), DECIMAL_3);
        assert_eq!(chosen(&["52.123"], &[], b';'), DECIMAL_3, "a place on the map");
        assert_eq!(chosen(&["52.123"], &["0,5"], b';'), ColumnType::Integer);
        assert_eq!(chosen(&["1.234.567"], &[], b','), ColumnType::Integer);
    }

    #[test]
    fn dates_that_could_be_two_are_text_unless_another_column_tells() {
        assert_eq!(chosen(&["01/02/2025"], &[], b','), ColumnType::Text);
        assert_eq!(chosen(&["01/02/2025"], &["31/12/2025"], b','), ColumnType::Date);
        assert_eq!(chosen(&["01/02/2025", "13/02/2025"], &[], b','), ColumnType::Date);
        assert_eq!(chosen(&["13/02/2025", "02/13/2025"], &[], b','), ColumnType::Text);
    }

    #[test]
    fn a_months_name_says_nothing_of_the_order_of_numbers() {
        let named = ["Dec 31, 2025", "2 Jan 2026"];
        assert_eq!(chosen(&["01/02/2025"], &named, b','), ColumnType::Text);
        assert_eq!(
            chosen(&["01/02/2025", "Dec 31, 2025"], &[], b','),
            ColumnType::Text
        );
        assert_eq!(
            chosen(&["13/02/2025", "Dec 31, 2025"], &[], b','),
            ColumnType::Date
        );
        for format in [None, Some("dmy"), Some("mdy"), Some("ymd")] {
            let reading = Reading {
                date_format: format.map(Into::into),
                ..Reading::default()
            };
            let choice = chosen_as(&named, &[], b',', &reading);
            assert_eq!(
                (choice.kind, choice.remarks),
                (ColumnType::Date, vec![]),
                "{format:?}"
            );
        }
    }

    #[test]
    fn year_first_says_nothing_of_day_and_month() {
        let reading = Reading {
            date_format: Some("ymd".into()),
            ..Reading::default()
        };
        let kind = |other: &[&str]| chosen_as(&["01/02/2025"], other, b',', &reading).kind;
        assert_eq!(kind(&["2025-01-02"]), ColumnType::Text);
        assert_eq!(kind(&["31/12/2025"]), ColumnType::Date);
    }

    #[test]
    fn what_only_looks_like_a_number_stays_text() {
        for values in [
            &["00123", "04567"][..],
            &["1,20", "3,000.5"],
            &["$5", "€6"],
            &["$5", "6"],
            &["1", "a"],
        ] {
            assert_eq!(chosen(values, &[], b','), ColumnType::Text, "{values:?}");
        }
        assert_eq!(chosen(&["1000", "3,000"], &[], b','), ColumnType::Text);
        assert_eq!(chosen(&["1000", "3,000"], &[], b';'), DECIMAL_3);
        assert_eq!(chosen(&["1000", "3,000", "2,5"], &[], b','), DECIMAL_3);
        assert_eq!(chosen(&["1e3", "2.5"], &[], b','), ColumnType::Double);
        assert_eq!(chosen(&["1", "N/A", "-"], &[], b','), ColumnType::Integer);
        assert_eq!(chosen(&["N/A", "-"], &[], b','), ColumnType::Text);
    }
}
