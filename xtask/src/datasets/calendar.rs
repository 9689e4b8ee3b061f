//! Dates and times as plain integers: days and seconds since 1970-01-01, without time zones.
//!
//! It refuses the wall clock: every "now" of a dataset is a constant.

pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;

/// Days since 1970-01-01 of a Gregorian date (Hinnant's `days_from_civil`).
pub const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month, day (Hinnant's `civil_from_days`).
pub fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day_of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// 0 is Monday, 6 is Sunday.
pub fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

/// 0 on the last day of a month.
pub fn days_to_month_end(day: i64) -> i64 {
    let (year, month, _) = civil(day);
    let next_month = if month == 12 {
        days(year + 1, 1, 1)
    } else {
        days(year, month + 1, 1)
    };
    next_month - 1 - day
}

/// `2026-01-31`.
pub fn date(days: i64) -> String {
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `2026-01-31 18:00:00`.
pub fn timestamp(seconds: i64) -> String {
    let of_day = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (of_day / HOUR, of_day / 60 % 60, of_day % 60);
    format!(
        "{} {hour:02}:{minute:02}:{second:02}",
        date(seconds.div_euclid(DAY))
    )
}
