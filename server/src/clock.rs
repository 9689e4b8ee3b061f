//! Wall-clock time as the record writes it: RFC 3339, UTC, milliseconds.
//!
//! It knows no time zones and reads no dates back: the data's own "now" comes from the dataset, never
//! from here.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The present as `2026-02-01T12:34:56.789Z`.
pub fn now() -> String {
    format(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}

fn format(since_epoch: Duration) -> String {
    let seconds = since_epoch.as_secs();
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let millis = since_epoch.subsec_millis();
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Days since 1970-01-01 to a date of the proleptic Gregorian calendar; the algorithm is Howard
/// Hinnant's `civil_from_days`, for days that are not negative.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    (year, month, day)
}

/// Milliseconds with three decimals: enough to compare, short enough to read.
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_moments_are_written_in_rfc_3339() {
        assert_eq!(format(Duration::ZERO), "1970-01-01T00:00:00.000Z");
        assert_eq!(
            format(Duration::from_millis(951_782_400_000)),
            "2000-02-29T00:00:00.000Z"
        );
        assert_eq!(
            format(Duration::from_millis(1_769_949_296_789)),
            "2026-02-01T12:34:56.789Z"
        );
    }

    #[test]
    fn milliseconds_keep_three_decimals() {
        assert_eq!(milliseconds(Duration::from_nanos(1_234_567)), 1.235);
    }
}
