//! Time in a question: "last 7 days", "in January 2026", "since 5 Jan", "yesterday".
//!
//! Relative times look back from the dataset's newest timestamp. Which column is meant is decided later.

use crate::calendar::{Date, month_number};
use crate::lexicon::time_unit;
use crate::text::Token;
use csv_analyst_protocol::plan::TimeUnit;

/// A stretch of time, still without its column.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TimeRange {
    /// `(now - last units, now]`.
    Rolling { last: u32, unit: TimeUnit },
    /// As long as that, and before it: `(now - 2 last units, now - last units]`.
    Before { last: u32, unit: TimeUnit },
    /// From the start of `from` to before `until`; either may be open.
    Calendar {
        from: Option<Date>,
        until: Option<Date>,
        words: String,
    },
}

/// A range and the tokens that said it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct TimePhrase {
    pub start: usize,
    pub end: usize,
    pub range: TimeRange,
}

const PREPOSITIONS: [&str; 10] = [
    "in", "over", "during", "within", "from", "for", "of", "the", "on", "past",
];

/// The time phrase of the question, and a second one that it is compared with.
pub(crate) fn find_two(tokens: &[Token], now: Option<Date>) -> (Option<TimePhrase>, Option<TimePhrase>) {
    let Some(mut first) = find(tokens, now, 0) else {
        return (None, None);
    };
    let mut second = find(tokens, now, first.end);
    if let Some(other) = &mut second {
        settle_pair(&mut first.range, &mut other.range, now);
    }
    (Some(first), second)
}

/// Beside "this week", "last week" is the one before it in the calendar; beside "last week", "the week
/// before" is as long and lies before it.
fn settle_pair(first: &mut TimeRange, second: &mut TimeRange, now: Option<Date>) {
    let (one, two) = (first.clone(), second.clone());
    for (one, other) in [(one, second), (two, first)] {
        if let (
            TimeRange::Calendar {
                from: Some(from),
                until: None,
                words,
            },
            TimeRange::Rolling { last: 1, unit },
        ) = (&one, &*other)
            && now.is_some_and(|now| now.start_of(*unit) == *from)
            && words.starts_with("this ")
        {
            let start = from.plus(-1, *unit);
            let words = format!("last {}", words.trim_start_matches("this "));
            *other = calendar(Some(start), Some(*from), words);
        }
    }
}

/// The first time phrase from there on.
pub(crate) fn find(tokens: &[Token], now: Option<Date>, from: usize) -> Option<TimePhrase> {
    (from..tokens.len()).find_map(|start| {
        let (length, range) = Reader {
            tokens: &tokens[start..],
            now,
        }
        .read()?;
        let mut first = start;
        while first > from && PREPOSITIONS.contains(&tokens[first - 1].word.as_str()) {
            first -= 1;
        }
        Some(TimePhrase {
            start: first,
            end: start + length,
            range,
        })
    })
}

struct Reader<'t> {
    tokens: &'t [Token],
    now: Option<Date>,
}

impl Reader<'_> {
    fn word(&self, index: usize) -> &str {
        self.tokens.get(index).map_or("", |token| token.word.as_str())
    }

    fn whole_number(&self, index: usize) -> Option<u32> {
        let value = self.tokens.get(index)?.number()?.value;
        (value.fract() == 0.0 && (1.0..=10_000.0).contains(&value)).then_some(value as u32)
    }

    fn read(&self) -> Option<(usize, TimeRange)> {
        self.before_that()
            .or_else(|| self.rolling())
            .or_else(|| self.this_unit())
            .or_else(|| self.day_word())
            .or_else(|| self.days_of_one_month())
            .or_else(|| self.bounded())
            .or_else(|| self.in_year())
            .or_else(|| self.named(0))
    }

    /// "the week before", "the 7 days before that": only after another stretch of time.
    fn before_that(&self) -> Option<(usize, TimeRange)> {
        let (last, at) = match self.whole_number(0) {
            Some(count) => (count, 1),
            None => (1, 0),
        };
        let unit = time_unit(self.word(at)).filter(|_| self.word(at) != "h")?;
        let ends = matches!(self.word(at + 1), "before" | "earlier" | "prior") && self.number_free(at + 2);
        let that = usize::from(self.word(at + 2) == "that");
        ends.then_some((at + 2 + that, TimeRange::Before { last, unit }))
    }

    /// Nothing follows that a "before" could speak of.
    fn number_free(&self, at: usize) -> bool {
        matches!(self.word(at), "" | "that" | "," | "by" | "per")
    }

    /// "last 24 hours", "past week", "previous two months".
    fn rolling(&self) -> Option<(usize, TimeRange)> {
        if !matches!(
            self.word(0),
            "last" | "past" | "previous" | "prior" | "trailing" | "latest"
        ) {
            return None;
        }
        let (count, next) = match self.whole_number(1) {
            Some(count) => (count, 2),
            None => (
                1,
                if matches!(self.word(1), "couple" | "few") {
                    return None;
                } else {
                    1
                },
            ),
        };
        let unit = time_unit(self.word(next))?;
        Some((next + 1, TimeRange::Rolling { last: count, unit }))
    }

    /// "this month": from the unit's start to the data's end.
    fn this_unit(&self) -> Option<(usize, TimeRange)> {
        let unit = time_unit(self.word(1)).filter(|_| self.word(0) == "this")?;
        let from = self.now?.start_of(unit);
        Some((2, calendar(Some(from), None, format!("this {}", self.word(1)))))
    }

    fn day_word(&self) -> Option<(usize, TimeRange)> {
        let today = self.now?;
        let day = match self.word(0) {
            "today" => today,
            "yesterday" => today.plus_days(-1),
            _ => return None,
        };
        Some((
            1,
            calendar(Some(day), Some(day.plus_days(1)), self.word(0).to_owned()),
        ))
    }

    /// "between 10 and 20 January", "January 10 to 20".
    fn days_of_one_month(&self) -> Option<(usize, TimeRange)> {
        let at = usize::from(matches!(self.word(0), "between" | "from"));
        let day = |place: usize| self.whole_number(place).filter(|day| *day <= 31);
        let joined = |place: usize| matches!(self.word(place), "and" | "to" | "until" | "through" | "-");
        let month_first = month_number(self.word(at)).filter(|_| self.word(at) != "may");
        let (low, high, month, next) = match month_first {
            Some(month) if joined(at + 2) => (day(at + 1)?, day(at + 3)?, month, at + 4),
            Some(_) => return None,
            None if joined(at + 1) => (day(at)?, day(at + 2)?, month_number(self.word(at + 3))?, at + 4),
            None => return None,
        };
        let (length, year) = self.year_or_recent(next, month)?;
        let (from, last) = (Date::new(year, month, low)?, Date::new(year, month, high)?);
        let words = format!("{} to {}", from.words(), last.words());
        (from <= last).then(|| {
            let range = calendar(Some(from), Some(last.plus_days(1)), words);
            (next + length, range)
        })
    }

    /// "since ..", "before ..", "after ..", "between .. and ..".
    fn bounded(&self) -> Option<(usize, TimeRange)> {
        let (length, from, until) = self.named_range(1)?;
        let words = |head: &str| format!("{head} {}", from.words());
        match self.word(0) {
            "since" => Some((1 + length, calendar(Some(from), None, words("since")))),
            "after" => Some((
                1 + length,
                calendar(
                    Some(until),
                    None,
                    format!("after {}", until.plus_days(-1).words()),
                ),
            )),
            "before" | "until" => Some((1 + length, calendar(None, Some(from), words("before")))),
            "between" | "from" => self.between(1 + length, from),
            _ => None,
        }
    }

    fn between(&self, next: usize, from: Date) -> Option<(usize, TimeRange)> {
        if !matches!(self.word(next), "and" | "to" | "until" | "through") {
            return None;
        }
        let (length, _, until) = self.named_range(next + 1)?;
        let words = format!("{} to {}", from.words(), until.plus_days(-1).words());
        Some((next + 1 + length, calendar(Some(from), Some(until), words)))
    }

    fn named(&self, at: usize) -> Option<(usize, TimeRange)> {
        let (length, from, until) = self.named_range(at)?;
        let words = format!("{} to {}", from.words(), until.plus_days(-1).words());
        Some((at + length, calendar(Some(from), Some(until), words)))
    }

    /// A date, month, quarter or year: its length in tokens, its first day, and the day after its last.
    fn named_range(&self, at: usize) -> Option<(usize, Date, Date)> {
        if let Some(date) = self.tokens.get(at)?.date() {
            return Some((1, date, date.plus_days(1)));
        }
        self.month_range(at)
            .or_else(|| self.quarter_range(at))
            .or_else(|| self.year_range(at))
    }

    fn month_range(&self, at: usize) -> Option<(usize, Date, Date)> {
        if let Some(day) = self.whole_number(at).filter(|day| *day <= 31)
            && let Some(month) = month_number(self.word(at + 1))
        {
            let (length, year) = self.year_or_recent(at + 2, month)?;
            let date = Date::new(year, month, day)?;
            return Some((2 + length, date, date.plus_days(1)));
        }
        // "may" is a verb far more often than a month: it needs a number after it.
        let month = month_number(self.word(at))
            .filter(|_| self.word(at) != "may" || self.whole_number(at + 1).is_some())?;
        if let Some(day) = self.whole_number(at + 1).filter(|day| *day <= 31) {
            let (length, year) = self.year_or_recent(at + 2, month)?;
            let date = Date::new(year, month, day)?;
            return Some((2 + length, date, date.plus_days(1)));
        }
        let (length, year) = self.year_or_recent(at + 1, month)?;
        let first = Date::new(year, month, 1)?;
        Some((1 + length, first, first.plus_months(1)))
    }

    fn quarter_range(&self, at: usize) -> Option<(usize, Date, Date)> {
        let quarter = match self.word(at) {
            "q1" => 0,
            "q2" => 1,
            "q3" => 2,
            "q4" => 3,
            _ => return None,
        };
        let (length, year) = self.year_or_recent(at + 1, quarter * 3 + 1)?;
        let first = Date::new(year, quarter * 3 + 1, 1)?;
        Some((1 + length, first, first.plus_months(3)))
    }

    /// A bare year needs "in", "since" or the like before it: 2,000 is also a number.
    fn year_range(&self, at: usize) -> Option<(usize, Date, Date)> {
        let first = Date::new(self.year(at).filter(|_| at > 0)?, 1, 1)?;
        Some((1, first, first.plus_months(12)))
    }

    fn in_year(&self) -> Option<(usize, TimeRange)> {
        if !matches!(self.word(0), "in" | "during") {
            return None;
        }
        let (_, from, until) = self.year_range(1)?;
        Some((2, calendar(Some(from), Some(until), from.year.to_string())))
    }

    fn year(&self, at: usize) -> Option<i32> {
        let token = self.tokens.get(at)?;
        let year = self
            .whole_number(at)
            .filter(|year| (1900..=2100).contains(year) && token.text.len() == 4)?;
        i32::try_from(year).ok()
    }

    /// The year that follows, or the newest one in which the month has begun.
    fn year_or_recent(&self, at: usize, month: u32) -> Option<(usize, i32)> {
        let comma = usize::from(self.word(at) == ",");
        if let Some(year) = self.year(at + comma) {
            return Some((comma + 1, year));
        }
        let now = self.now?;
        Some((
            0,
            if month <= now.month {
                now.year
            } else {
                now.year - 1
            },
        ))
    }
}

fn calendar(from: Option<Date>, until: Option<Date>, words: String) -> TimeRange {
    TimeRange::Calendar { from, until, words }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tokenise;

    fn range(text: &str) -> Option<TimeRange> {
        find(&tokenise(text), Date::parse("2026-01-31"), 0).map(|phrase| phrase.range)
    }

    fn dates(text: &str) -> (Option<String>, Option<String>) {
        match range(text) {
            Some(TimeRange::Calendar { from, until, .. }) => (from.map(Date::iso), until.map(Date::iso)),
            other => panic!("{text}: {other:?}"),
        }
    }

    fn pair(from: &str, until: &str) -> (Option<String>, Option<String>) {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        (some(from), some(until))
    }

    #[test]
    fn rolling_windows_are_read() {
        assert_eq!(
            range("in the last 24 hours"),
            Some(TimeRange::Rolling {
                last: 24,
                unit: TimeUnit::Hour
            })
        );
        assert_eq!(
            range("over the past week"),
            Some(TimeRange::Rolling {
                last: 1,
                unit: TimeUnit::Week
            })
        );
        assert_eq!(
            range("previous two months"),
            Some(TimeRange::Rolling {
                last: 2,
                unit: TimeUnit::Month
            })
        );
        assert_eq!(range("the last 10 orders"), None);
    }

    #[test]
    fn calendar_ranges_are_half_open() {
        assert_eq!(dates("in January 2026"), pair("2026-01-01", "2026-02-01"));
        assert_eq!(dates("in March"), pair("2025-03-01", "2025-04-01"));
        assert_eq!(dates("in 2025"), pair("2025-01-01", "2026-01-01"));
        assert_eq!(dates("since 2026-01-05"), pair("2026-01-05", ""));
        assert_eq!(dates("before February 2025"), pair("", "2025-02-01"));
        assert_eq!(dates("in Q4 2025"), pair("2025-10-01", "2026-01-01"));
        assert_eq!(dates("on 5 January 2026"), pair("2026-01-05", "2026-01-06"));
        assert_eq!(
            dates("between 2026-01-01 and 2026-01-10"),
            pair("2026-01-01", "2026-01-11")
        );
        assert_eq!(dates("yesterday"), pair("2026-01-30", "2026-01-31"));
        assert_eq!(dates("this month"), pair("2026-01-01", ""));
    }
}
