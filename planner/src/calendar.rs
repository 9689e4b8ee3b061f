//! Dates and times without a clock: parsing, arithmetic, and how they are written for people.
//!
//! The only "now" is the dataset's. Proleptic Gregorian; the day count follows Howard Hinnant's
//! `days_from_civil`.

use csv_analyst_protocol::plan::TimeUnit;

pub(crate) const MONTHS: [&str; 12] = [
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    pub year: i32,
    pub month: u32,
    pub day: u32,
}

/// A moment, to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment {
    pub date: Date,
    pub second: i64,
}

impl Date {
    pub fn new(year: i32, month: u32, day: u32) -> Option<Self> {
        let valid = (1..=9999).contains(&year)
            && (1..=12).contains(&month)
            && day >= 1
            && day <= days_in(year, month);
        valid.then_some(Self { year, month, day })
    }

    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let part = |range: std::ops::Range<usize>| text.get(range).and_then(|digits| digits.parse().ok());
        Self::new(i32::try_from(part(0..4)?).ok()?, part(5..7)?, part(8..10)?)
    }

    pub fn plus_days(self, days: i64) -> Self {
        from_day_number(self.day_number() + days)
    }

    /// Clamped to the month's end, as DuckDB does.
    pub fn plus_months(self, months: i32) -> Self {
        let index = self.year * 12 + self.month as i32 - 1 + months;
        let (year, month) = (index.div_euclid(12), index.rem_euclid(12) as u32 + 1);
        Self {
            year,
            month,
            day: self.day.min(days_in(year, month)),
        }
    }

    /// The first day of the unit that this date is in; weeks begin on Monday.
    pub fn start_of(self, unit: TimeUnit) -> Self {
        match unit {
            TimeUnit::Hour | TimeUnit::Day => self,
            TimeUnit::Week => self.plus_days(-(self.day_number() + 3).rem_euclid(7)),
            TimeUnit::Month => Self { day: 1, ..self },
            TimeUnit::Quarter => Self {
                month: (self.month - 1) / 3 * 3 + 1,
                day: 1,
                ..self
            },
            TimeUnit::Year => Self {
                month: 1,
                day: 1,
                ..self
            },
        }
    }

    pub fn plus(self, amount: i32, unit: TimeUnit) -> Self {
        match unit {
            TimeUnit::Hour | TimeUnit::Day => self.plus_days(amount.into()),
            TimeUnit::Week => self.plus_days(i64::from(amount) * 7),
            TimeUnit::Month => self.plus_months(amount),
            TimeUnit::Quarter => self.plus_months(amount.saturating_mul(3)),
            TimeUnit::Year => self.plus_months(amount.saturating_mul(12)),
        }
    }

    pub fn iso(self) -> String {
        format!("{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }

    /// `26 Jan 2026`.
    pub fn words(self) -> String {
        format!("{} {} {}", self.day, &self.month_name()[..3], self.year)
    }

    /// `January`.
    pub fn month_name(self) -> String {
        let name = MONTHS[self.month as usize - 1];
        format!("{}{}", name[..1].to_uppercase(), &name[1..])
    }

    fn day_number(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = i64::from((self.month + 9) % 12);
        let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(self.day) - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }
}

impl Moment {
    /// `YYYY-MM-DD`, optionally followed by `HH:MM[:SS[.f]]`.
    pub fn parse(text: &str) -> Option<Self> {
        let date = Date::parse(text.get(..10)?)?;
        let mut second = 0;
        for (part, weight) in text.get(11..).unwrap_or("").split(':').zip([3_600.0, 60.0, 1.0]) {
            second += (part.parse::<f64>().unwrap_or(0.0) * weight) as i64;
        }
        Some(Self { date, second })
    }

    pub fn plus(self, amount: i32, unit: TimeUnit) -> Self {
        match unit {
            TimeUnit::Hour => self.plus_seconds(i64::from(amount) * 3_600),
            _ => Self {
                date: self.date.plus(amount, unit),
                ..self
            },
        }
    }

    /// `2026-01-26 14:05:00`.
    pub fn iso(self) -> String {
        let (hour, minute, second) = (self.second / 3_600, self.second / 60 % 60, self.second % 60);
        format!("{} {hour:02}:{minute:02}:{second:02}", self.date.iso())
    }

    /// Since the calendar's own zero; only differences mean something.
    pub fn seconds(self) -> i64 {
        self.date.day_number() * 86_400 + self.second
    }

    fn plus_seconds(self, seconds: i64) -> Self {
        let total = self.second + seconds;
        Self {
            date: self.date.plus_days(total.div_euclid(86_400)),
            second: total.rem_euclid(86_400),
        }
    }

    /// `26 Jan 2026 14:05`.
    pub fn words(self) -> String {
        format!(
            "{} {:02}:{:02}",
            self.date.words(),
            self.second / 3_600,
            self.second / 60 % 60
        )
    }
}

/// `january`, `jan` -> 1.
pub(crate) fn month_number(word: &str) -> Option<u32> {
    let is_match = |name: &&str| {
        **name == *word
            || (word.len() == 3 && name.starts_with(word))
            || (word == "sept" && name.starts_with(word))
    };
    MONTHS.iter().position(is_match).map(|index| index as u32 + 1)
}

fn days_in(year: i32, month: u32) -> u32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn from_day_number(number: i64) -> Date {
    let shifted = number.clamp(-719_162, 2_932_896) + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    } as u32;
    let year = (year_of_era + era * 400) as i32 + i32::from(month <= 2);
    Date { year, month, day }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).expect("a date")
    }

    #[test]
    fn days_and_months_cross_their_borders() {
        assert_eq!(date("2026-01-31").plus_days(1), date("2026-02-01"));
        assert_eq!(date("2024-02-28").plus_days(2), date("2024-03-01"));
        assert_eq!(date("2026-03-31").plus_months(-1), date("2026-02-28"));
        assert_eq!(date("2026-01-31").plus_months(-1), date("2025-12-31"));
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(date("2026-02-01").start_of(TimeUnit::Week), date("2026-01-26"));
        assert_eq!(date("2026-01-26").start_of(TimeUnit::Week), date("2026-01-26"));
    }

    #[test]
    fn impossible_dates_are_refused() {
        assert_eq!(Date::parse("2026-02-30"), None);
        assert_eq!(Date::parse("2026-13-01"), None);
        assert_eq!(Date::parse("not-a-date"), None);
    }

    #[test]
    fn hours_cross_midnight() {
        let moment = Moment::parse("2026-02-01 03:00:00").expect("a moment");
        assert_eq!(moment.plus(-6, TimeUnit::Hour).words(), "31 Jan 2026 21:00");
    }
}
