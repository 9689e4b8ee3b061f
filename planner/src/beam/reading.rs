//! Numbers and dates as people write them into cells: "$1,234.50", "2,864 km²", "July 1, 1867".
//!
//! The plan's `number` and `date` expressions read cells by the same rules inside the engine.

use super::words::fold;
use crate::calendar::MONTHS;

/// The first number written in a text.
pub(crate) fn number_of(text: &str) -> Option<f64> {
    let characters: Vec<char> = text.chars().collect();
    let start = characters.iter().position(char::is_ascii_digit)?;
    let pointed = start > 0 && characters[start - 1] == '.';
    let sign = start
        .checked_sub(1 + usize::from(pointed))
        .map(|place| characters[place]);
    let before_sign = start
        .checked_sub(2 + usize::from(pointed))
        .map(|place| characters[place]);
    let negative = matches!(sign, Some('-' | '\u{2212}'))
        && !before_sign.is_some_and(|character| character.is_alphanumeric());
    let mut digits = String::from(if pointed { "0." } else { "" });
    let mut point = pointed;
    let mut at = start;
    while let Some(character) = characters.get(at) {
        let next_is_digit = characters.get(at + 1).is_some_and(char::is_ascii_digit);
        match character {
            digit if digit.is_ascii_digit() => digits.push(*digit),
            ',' if !point && next_is_digit => {}
            '.' if !point && next_is_digit => {
                point = true;
                digits.push('.');
            }
            _ => break,
        }
        at += 1;
    }
    let value: f64 = digits.parse().ok()?;
    Some(if negative { -value } else { value })
}

/// Whether a text is a number with at most a sign, a currency or a unit around it.
pub(crate) fn is_mostly_number(text: &str) -> bool {
    let trimmed = text.trim_start_matches(|character: char| !character.is_alphanumeric() && character != '.');
    trimmed.starts_with(|character: char| character.is_ascii_digit() || character == '.')
        && number_of(text).is_some()
}

/// A date of which parts may be unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub(crate) struct WrittenDate {
    pub year: Option<i32>,
    pub month: Option<u32>,
    pub day: Option<u32>,
}

/// "jul", "july", "sept".
pub(crate) fn month_of(word: &str) -> Option<u32> {
    let place = MONTHS.iter().position(|month| {
        word == *month || (word.len() >= 3 && word.len() <= 4 && month.starts_with(word))
    })?;
    u32::try_from(place + 1).ok()
}

pub(crate) fn is_year(value: f64) -> bool {
    value.fract() == 0.0 && (1000.0..=2100.0).contains(&value)
}

/// The first date written in a text; nothing without a year or a month.
pub(crate) fn date_of(text: &str) -> Option<WrittenDate> {
    let folded = fold(text);
    let mut date = WrittenDate::default();
    for part in folded.split(|character: char| !character.is_ascii_alphanumeric()) {
        let number = part
            .trim_end_matches(|character: char| character.is_ascii_lowercase())
            .parse::<u32>()
            .ok();
        match number {
            _ if date.month.is_none() && month_of(part).is_some() => date.month = month_of(part),
            Some(year) if part.len() == 4 && is_year(f64::from(year)) => {
                date.year = i32::try_from(year).ok();
                break;
            }
            Some(day) if date.day.is_none() && (1..=31).contains(&day) => date.day = Some(day),
            _ => {}
        }
    }
    (date.month.is_some() || date.year.is_some()).then_some(date)
}

/// A date or a range of dates rather than a text with a year in it.
pub(crate) fn is_mostly_date(text: &str) -> bool {
    let folded = fold(text);
    let mut known = 0;
    let mut other = 0;
    for part in folded
        .split(|character: char| !character.is_alphanumeric())
        .filter(|part| !part.is_empty())
    {
        let dated = month_of(part).is_some()
            || part
                .parse::<f64>()
                .is_ok_and(|value| is_year(value) || (1.0..=31.0).contains(&value));
        if dated { known += 1 } else { other += 1 }
    }
    known > other && date_of(text).is_some_and(|date| date.month.is_some() || date.year.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_of_a_cell_counts() {
        for (text, number) in [
            ("$163,214,286", 163_214_286.0),
            ("2,864 km²", 2864.0),
            ("−8.5 (16.7)", -8.5),
            ("3-1", 3.0),
            (".5", 0.5),
            ("15 (3rd)", 15.0),
        ] {
            assert_eq!(number_of(text), Some(number), "{text}");
        }
        assert_eq!(number_of("none"), None);
    }

    #[test]
    fn dates_are_read_in_their_written_forms() {
        let full = |year, month, day| {
            Some(WrittenDate {
                year: Some(year),
                month: Some(month),
                day: Some(day),
            })
        };
        assert_eq!(date_of("July 1, 1867 – December 7, 1869"), full(1867, 7, 1));
        assert_eq!(date_of("1 jul 1867"), full(1867, 7, 1));
        assert_eq!(date_of("saturday, april 14").and_then(|date| date.month), Some(4));
        assert_eq!(date_of("no date"), None);
        assert!(is_mostly_date("12 March 1998"));
        assert!(!is_mostly_date("The Sound of Music 1965"));
    }
}
