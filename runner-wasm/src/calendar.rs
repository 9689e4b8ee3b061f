//! Dates and times of the proleptic Gregorian calendar as numbers, without a clock: the gate anchors
//! windows to the newest timestamp in the data, and counts the rows of written date series.

use csv_analyst_protocol::plan::TimeUnit;

const SECONDS_PER_DAY: i64 = 86_400;

/// A second in time, without a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Days since 1970-01-01.
    days: i64,
    /// Within the day.
    second: i64,
}

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

impl Moment {
    /// `YYYY-MM-DD`, perhaps with ` HH:MM[:SS[.ffffff]]` (or a `T` between). A fraction is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (date, time) = match text.split_once([' ', 'T']) {
            Some((date, time)) => (date, time.trim_end_matches('Z')),
            None => (text, "00:00:00"),
        };
        let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        if !(1..=9_999).contains(&year)
            || !(1..=12).contains(&month)
            || !(1..=days_in_month(year, month)).contains(&day)
        {
            return None;
        }
        Some(Self {
            days: days_from_civil(year, month, day),
            second: second_of_day(time)?,
        })
    }

    pub fn seconds(self) -> i64 {
        self.days * SECONDS_PER_DAY + self.second
    }

    fn from_seconds(seconds: i64) -> Self {
        Self {
            days: seconds.div_euclid(SECONDS_PER_DAY),
            second: seconds.rem_euclid(SECONDS_PER_DAY),
        }
    }

    pub fn is_midnight(self) -> bool {
        self.second == 0
    }

    /// `amount` units earlier; a month before 31 March is the last day of February.
    pub fn minus(self, amount: u32, unit: TimeUnit) -> Self {
        let amount = i64::from(amount);
        match unit {
            TimeUnit::Hour => Self::from_seconds(self.seconds() - amount * 3_600),
            TimeUnit::Day => Self {
                days: self.days - amount,
                ..self
            },
            TimeUnit::Week => Self {
                days: self.days - 7 * amount,
                ..self
            },
            TimeUnit::Month => self.minus_months(amount),
            TimeUnit::Quarter => self.minus_months(3 * amount),
            TimeUnit::Year => self.minus_months(12 * amount),
        }
    }

    fn minus_months(self, amount: i64) -> Self {
        let (year, month, day) = civil_from_days(self.days);
        let months = year * 12 + (month - 1) - amount;
        let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
        let day = day.min(days_in_month(year, month));
        Self {
            days: days_from_civil(year, month, day),
            ..self
        }
    }

    pub fn next_day(self) -> Self {
        Self {
            days: self.days + 1,
            second: 0,
        }
    }

    /// `2026-02-01`.
    pub fn date(self) -> String {
        let (year, month, day) = civil_from_days(self.days);
        format!("{year:04}-{month:02}-{day:02}")
    }

    /// `2026-02-01 10:30:00`.
    pub fn timestamp(self) -> String {
        format!("{} {}:{:02}", self.date(), self.clock(), self.second % 60)
    }

    fn clock(self) -> String {
        format!("{:02}:{:02}", self.second / 3_600, self.second / 60 % 60)
    }

    /// `1 Feb 2026`.
    fn words(self) -> String {
        let (year, month, day) = civil_from_days(self.days);
        format!("{day} {} {year}", MONTHS[(month - 1).clamp(0, 11) as usize])
    }

    /// `26 Jan to 1 Feb 2026`; the year is said twice only when it differs.
    pub fn dates_in_words(from: Self, to: Self) -> String {
        let same_year = civil_from_days(from.days).0 == civil_from_days(to.days).0;
        let mut first = from.words();
        if from.days == to.days {
            return first;
        }
        if same_year {
            first.truncate(first.len() - 5);
        }
        format!("{first} to {}", to.words())
    }

    /// `31 Jan 2026 17:55 to 1 Feb 2026 17:55`.
    pub fn times_in_words(from: Self, to: Self) -> String {
        format!(
            "{} {} to {} {}",
            from.words(),
            from.clock(),
            to.words(),
            to.clock()
        )
    }
}

fn second_of_day(time: &str) -> Option<i64> {
    let whole = time.split('.').next()?;
    let mut parts = whole.splitn(3, ':').map(|part| part.parse::<i64>().ok());
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = parts.next().unwrap_or(Some(0))?;
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..60).contains(&second);
    valid.then_some(hour * 3_600 + minute * 60 + second)
}

fn is_leap(year: i64) -> bool {
    (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 => 28 + i64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms": eras of 400 years from 1 March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_eight_centuries_comes_back() {
        for days in -146_097..146_097 {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn a_month_before_the_end_of_march_is_the_end_of_february() {
        let march = Moment::parse("2024-03-31").unwrap();
        assert_eq!(march.minus(1, TimeUnit::Month).date(), "2024-02-29");
        assert_eq!(march.minus(1, TimeUnit::Year).date(), "2023-03-31");
        assert_eq!(march.minus(3, TimeUnit::Month).date(), "2023-12-31");
    }

    #[test]
    fn windows_read_like_a_person_writes_them() {
        let to = Moment::parse("2026-02-01").unwrap();
        assert_eq!(
            Moment::dates_in_words(to.minus(6, TimeUnit::Day), to),
            "26 Jan to 1 Feb 2026"
        );
        assert_eq!(
            Moment::dates_in_words(to.minus(6, TimeUnit::Month), to),
            "1 Aug 2025 to 1 Feb 2026"
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-30",
            "2026-02-01 25:00",
            "now",
            "2026-02-01 10",
            "-1-1-1",
        ] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
