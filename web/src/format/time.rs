//! Times of the record as text. Always UTC and absolute: the server that renders and the browser
//! that hydrates must write the same characters.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// `2026-11-23T18:58:00.123Z` becomes `23 Nov 2026, 18:58 UTC`; other text stays as it is.
pub fn moment(rfc3339: &str) -> String {
    match (day(rfc3339), rfc3339.get(11..16)) {
        (Some(day), Some(time)) => format!("{day}, {time} UTC"),
        _ => rfc3339.to_string(),
    }
}

/// `23 Nov 2026`.
pub fn day(rfc3339: &str) -> Option<String> {
    let mut parts = rfc3339.get(..10)?.split('-');
    let year = parts.next()?;
    let month: usize = parts.next()?.parse().ok()?;
    let day: u32 = parts.next()?.parse().ok()?;
    Some(format!("{day} {} {year}", MONTHS.get(month.checked_sub(1)?)?))
}

/// Seconds since 1970 of a cell's `YYYY-MM-DD` or `YYYY-MM-DD HH:MM:SS[.ffffff]`, for placing it in
/// time. A zone's offset behind it is left aside.
pub fn seconds_of(text: &str) -> Option<f64> {
    let (date, time) = text.split_once([' ', 'T']).unwrap_or((text, "00:00:00"));
    let mut parts = date.split('-');
    let year: i64 = parts.next()?.parse().ok()?;
    let month: i64 = parts
        .next()?
        .parse()
        .ok()
        .filter(|month| (1..=12).contains(month))?;
    let day: i64 = parts.next()?.parse().ok().filter(|day| (1..=31).contains(day))?;
    let rest = parts.next();
    let days = days_from_civil(year, month, day) as f64;
    rest.is_none().then_some(days * 86_400.0 + seconds_of_day(time)?)
}

fn seconds_of_day(time: &str) -> Option<f64> {
    let clock = time.split(['+', '-', 'Z']).next()?.trim();
    let mut parts = clock.split(':');
    let hours: f64 = parts.next()?.parse().ok()?;
    let minutes: f64 = parts.next()?.parse().ok()?;
    let seconds: f64 = parts.next().map_or(Some(0.0), |seconds| seconds.parse().ok())?;
    Some(hours * 3_600.0 + minutes * 60.0 + seconds)
}

/// Days since 1970-01-01 in the Gregorian calendar: Howard Hinnant, "chrono-Compatible Low-Level
/// Date Algorithms". The year begins in March, so that the leap day is its last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_absolute_and_names_its_zone() {
        assert_eq!(moment("2026-11-23T18:58:00.123Z"), "23 Nov 2026, 18:58 UTC");
    }

    #[test]
    fn text_that_is_no_moment_stays_as_it_is() {
        for text in ["", "yesterday", "2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z"] {
            assert_eq!(moment(text), text);
        }
    }

    #[test]
    fn a_cell_has_its_place_in_time() {
        for (text, seconds) in [
            ("1970-01-01", 0.0),
            ("2026-01-31", 1_769_817_600.0),
            ("2024-03-01", 1_709_251_200.0),
            ("2026-01-31 12:30:01.5", 1_769_862_601.5),
            ("2026-01-31 12:30:01+00", 1_769_862_601.0),
            ("1969-12-31T23:59:59Z", -1.0),
        ] {
            assert_eq!(seconds_of(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_has_no_place_in_time() {
        for text in [
            "",
            "infinity",
            "2026-13-01",
            "2026-01",
            "-0044-03-15",
            "2026-01-31 noon",
        ] {
            assert_eq!(seconds_of(text), None, "{text}");
        }
    }
}
