//! Dates, times and timestamps as people write them: which orders of day, month and year a text fits,
//! and which moment it is in one of them.

use csv_analyst_protocol::reading::DateOrder;

pub const YEAR_FIRST: u8 = 1;
pub const DAY_FIRST: u8 = 2;
pub const MONTH_FIRST: u8 = 4;
pub const ANY_ORDER: u8 = YEAR_FIRST | DAY_FIRST | MONTH_FIRST;

pub fn bit(order: DateOrder) -> u8 {
    match order {
        DateOrder::YearMonthDay => YEAR_FIRST,
        DateOrder::DayMonthYear => DAY_FIRST,
        DateOrder::MonthDayYear => MONTH_FIRST,
    }
}

const DAY_MICROSECONDS: i64 = 86_400_000_000;

/// A text that is a date in at least one order, perhaps with a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    pub orders: u8,
    pub has_two_digit_year: bool,
    /// Since midnight.
    pub time: Option<i64>,
    /// East of Greenwich.
    pub offset_minutes: Option<i32>,
    /// The month is a word: the numbers are day, month and year, in whatever order they are written.
    pub has_month_name: bool,
    numbers: [i32; 3],
}

impl Moment {
    /// Days since 1970-01-01.
    pub fn days(&self, orders: u8) -> Option<i32> {
        let [first, second, third] = self.numbers;
        let (year, month, day) = match self.orders & orders {
            fits if fits != 0 && self.has_month_name => (third, second, first),
            fits if fits & YEAR_FIRST != 0 => (first, second, third),
            fits if fits & DAY_FIRST != 0 => (third, second, first),
            fits if fits & MONTH_FIRST != 0 => (third, first, second),
            _ => return None,
        };
        days_of(year, month, day)
    }

    /// Microseconds since 1970-01-01 00:00:00 UTC; a text without an offset says UTC.
    pub fn microseconds(&self, orders: u8) -> Option<i64> {
        let days = i64::from(self.days(orders)?);
        let offset = i64::from(self.offset_minutes.unwrap_or(0)) * 60_000_000;
        Some(days * DAY_MICROSECONDS + self.time.unwrap_or(0) - offset)
    }
}

/// Longer texts are no dates.
const LONGEST: usize = 48;

pub fn moment(text: &[u8]) -> Option<Moment> {
    if text.len() < 6 || text.len() > LONGEST || !text.is_ascii() {
        return None;
    }
    let (mut moment, rest) = date(text)?;
    if rest.is_empty() {
        return Some(moment);
    }
    let rest = match rest {
        [b'T' | b't' | b' ', rest @ ..] => rest,
        [b',', b' ', rest @ ..] => rest,
        _ => return None,
    };
    let (time, rest) = clock(rest)?;
    moment.time = Some(time);
    moment.offset_minutes = offset(rest)?;
    Some(moment)
}

/// A time of day alone, in microseconds since midnight.
pub fn time(text: &[u8]) -> Option<i64> {
    match clock(text)? {
        (time, []) => Some(time),
        _ => None,
    }
}

fn date(text: &[u8]) -> Option<(Moment, &[u8])> {
    if text[0].is_ascii_alphabetic() {
        return month_name_first(text);
    }
    let (first, first_length, rest) = number(text, 4)?;
    let (separator, rest) = rest.split_first()?;
    if !b"-/. ".contains(separator) {
        return None;
    }
    if rest.first()?.is_ascii_alphabetic() {
        return month_name_second(first, first_length, *separator, rest);
    }
    if *separator == b' ' {
        return None;
    }
    let (second, second_length, rest) = number(rest, 2)?;
    let rest = rest.strip_prefix(&[*separator])?;
    let (third, third_length, rest) = number(rest, 4)?;
    let lengths = (first_length, second_length, third_length);
    numeric([first, second, third], lengths, *separator).map(|moment| (moment, rest))
}

fn numeric(numbers: [i32; 3], lengths: (usize, usize, usize), separator: u8) -> Option<Moment> {
    let mut moment = Moment {
        orders: 0,
        has_two_digit_year: false,
        time: None,
        offset_minutes: None,
        has_month_name: false,
        numbers,
    };
    let candidates = match lengths {
        (4, 1..=2, 1..=2) => YEAR_FIRST,
        // A point always stands behind the day.
        (1..=2, 1..=2, 4) if separator == b'.' => DAY_FIRST,
        (1..=2, 1..=2, 4) => DAY_FIRST | MONTH_FIRST,
        // With fewer digits it could be a version or a chapter.
        (2, 2, 2) => {
            moment.has_two_digit_year = true;
            moment.numbers[2] = century(numbers[2]);
            match separator {
                b'.' => DAY_FIRST,
                _ => DAY_FIRST | MONTH_FIRST,
            }
        }
        _ => return None,
    };
    moment.orders = candidates;
    moment.orders = [YEAR_FIRST, DAY_FIRST, MONTH_FIRST]
        .into_iter()
        .filter(|order| candidates & order != 0 && moment.days(*order).is_some())
        .fold(0, |orders, order| orders | order);
    (moment.orders != 0).then_some(moment)
}

/// 31 Dec 2025, 31-Dec-25
fn month_name_second(day: i32, day_length: usize, separator: u8, rest: &[u8]) -> Option<(Moment, &[u8])> {
    let (month, rest) = month_name(rest)?;
    let rest = rest.strip_prefix(&[separator])?;
    let (year, length, rest) = number(rest, 4)?;
    let year = year_of(year, length)?;
    let fits = day_length <= 2 && days_of(year, month, day).is_some();
    fits.then_some((named([day, month, year], length == 2), rest))
}

/// Dec 31, 2025
fn month_name_first(text: &[u8]) -> Option<(Moment, &[u8])> {
    let (month, rest) = month_name(text)?;
    let (day, _, rest) = number(rest.strip_prefix(b" ")?, 2)?;
    let rest = rest.strip_prefix(b",").unwrap_or(rest);
    let (year, length, rest) = number(rest.strip_prefix(b" ")?, 4)?;
    let fits = length == 4 && days_of(year, month, day).is_some();
    fits.then_some((named([day, month, year], false), rest))
}

/// A month's name leaves no doubt: the date fits every order that a column may have, and speaks for none.
fn named(numbers: [i32; 3], has_two_digit_year: bool) -> Moment {
    Moment {
        orders: ANY_ORDER,
        has_two_digit_year,
        time: None,
        offset_minutes: None,
        has_month_name: true,
        numbers,
    }
}

fn year_of(year: i32, length: usize) -> Option<i32> {
    match length {
        2 => Some(century(year)),
        4 => Some(year),
        _ => None,
    }
}

/// As POSIX reads two digits: 69 to 99 are of the twentieth century.
fn century(year: i32) -> i32 {
    if year < 69 { 2_000 + year } else { 1_900 + year }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

fn month_name(text: &[u8]) -> Option<(i32, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = std::str::from_utf8(&text[..length]).ok()?.to_ascii_lowercase();
    let fits = |name: &str| word == name || (word.len() >= 3 && word.len() <= 4 && name.starts_with(&word));
    let month = (1..).zip(MONTHS).find(|(_, name)| fits(name))?.0;
    let rest = &text[length..];
    Some((month, rest.strip_prefix(b".").unwrap_or(rest)))
}

/// Its value, how many digits it has, and what follows.
fn number(text: &[u8], longest: usize) -> Option<(i32, usize, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || length > longest {
        return None;
    }
    let value = text[..length]
        .iter()
        .fold(0, |value, digit| value * 10 + i32::from(digit - b'0'));
    Some((value, length, &text[length..]))
}

/// 14:30, 14:30:05.250, 2:30 PM
fn clock(text: &[u8]) -> Option<(i64, &[u8])> {
    let (mut hour, _, rest) = number(text, 2)?;
    let (minute, length, mut rest) = number(rest.strip_prefix(b":")?, 2)?;
    if length != 2 {
        return None;
    }
    let (mut second, mut fraction) = (0, 0);
    if let Some(after) = rest.strip_prefix(b":") {
        let (value, length, after) = number(after, 2)?;
        if length != 2 {
            return None;
        }
        (second, rest) = (value, after);
        if let Some(after) = rest.strip_prefix(b".").or(rest.strip_prefix(b",")) {
            (fraction, rest) = microseconds(after)?;
        }
    }
    if let Some((is_afternoon, after)) = half_of_the_day(rest) {
        if !(1..=12).contains(&hour) {
            return None;
        }
        hour = hour % 12 + if is_afternoon { 12 } else { 0 };
        rest = after;
    }
    let fits = hour < 24 && minute < 60 && second < 60;
    let seconds = i64::from(hour * 3_600 + minute * 60 + second);
    fits.then_some((seconds * 1_000_000 + fraction, rest))
}

/// Digits behind the sixth say nothing that the engine could keep.
fn microseconds(text: &[u8]) -> Option<(i64, &[u8])> {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 || length > 9 {
        return None;
    }
    let digit = |place: usize| {
        text[..length]
            .get(place)
            .map_or(0, |digit| i64::from(digit - b'0'))
    };
    let value = (0..6).fold(0, |value, place| value * 10 + digit(place));
    Some((value, &text[length..]))
}

fn half_of_the_day(text: &[u8]) -> Option<(bool, &[u8])> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    match text {
        [b'A' | b'a', b'M' | b'm', rest @ ..] => Some((false, rest)),
        [b'P' | b'p', b'M' | b'm', rest @ ..] => Some((true, rest)),
        _ => None,
    }
}

/// Outer `None`: no offset can be written so.
fn offset(text: &[u8]) -> Option<Option<i32>> {
    let text = text.strip_prefix(b" ").unwrap_or(text);
    let (sign, rest) = match text {
        [] => return Some(None),
        [b'Z' | b'z'] | [b'U', b'T', b'C'] => return Some(Some(0)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest {
        [a, b] | [a, b, b':'] => (pair(*a, *b)?, 0),
        [a, b, b':', c, d] | [a, b, c, d] => (pair(*a, *b)?, pair(*c, *d)?),
        _ => return None,
    };
    (hours <= 14 && minutes < 60).then_some(Some(sign * (hours * 60 + minutes)))
}

fn pair(tens: u8, ones: u8) -> Option<i32> {
    let both = tens.is_ascii_digit() && ones.is_ascii_digit();
    both.then(|| i32::from(tens - b'0') * 10 + i32::from(ones - b'0'))
}

/// Days since 1970-01-01 (Howard Hinnant, "chrono-compatible low-level date algorithms").
pub fn days_of(year: i32, month: i32, day: i32) -> Option<i32> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=9_999).contains(&year) || !(1..=longest).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn orders(text: &str) -> u8 {
        moment(text.as_bytes()).map_or(0, |moment| moment.orders)
    }

    #[test]
    fn a_date_fits_the_orders_that_it_could_be_written_in() {
        assert_eq!(orders("2026-01-31"), YEAR_FIRST);
        assert_eq!(orders("31.12.2025"), DAY_FIRST);
        assert_eq!(orders("12/31/2025"), MONTH_FIRST);
        assert_eq!(orders("31/12/2025"), DAY_FIRST);
        assert_eq!(orders("01/02/2026"), DAY_FIRST | MONTH_FIRST);
        assert_eq!(orders("31-Dec-25"), ANY_ORDER);
        assert_eq!(orders("December 31, 2025"), ANY_ORDER);
        for text in [
            "2026-02-30",
            "1.2.10",
            "12-34-56",
            "10.10.10.10",
            "2026-01",
            "31 12 2025",
            "a/b/cdef",
            "1/2/3",
        ] {
            assert_eq!(orders(text), 0, "{text}");
        }
    }

    #[test]
    fn times_and_offsets_are_read() {
        let micros = |text: &str| moment(text.as_bytes()).and_then(|moment| moment.microseconds(ANY_ORDER));
        assert_eq!(micros("1970-01-01 00:00:01"), Some(1_000_000));
        assert_eq!(micros("1970-01-01T02:00:00+02:00"), Some(0));
        assert_eq!(micros("1970-01-01T00:00:00.25Z"), Some(250_000));
        assert_eq!(
            micros("1/13/1970 2:30 PM"),
            Some((12 * 24 + 14) * 3_600_000_000 + 1_800_000_000)
        );
        assert_eq!(micros("1970-01-01 24:00"), None);
        assert_eq!(micros("1970-01-01x"), None);
        assert_eq!(time(b"23:59:59"), Some(86_399_000_000));
        assert_eq!(time(b"7:5"), None);
        assert_eq!(time(b"12:00 am"), Some(0));
    }

    #[test]
    fn days_are_counted_from_1970() {
        assert_eq!(days_of(1970, 1, 1), Some(0));
        assert_eq!(days_of(2000, 2, 29), Some(11_016));
        assert_eq!(days_of(1900, 2, 29), None);
        assert_eq!(days_of(1969, 12, 31), Some(-1));
        assert_eq!(days_of(0, 1, 1), None);
    }
}
