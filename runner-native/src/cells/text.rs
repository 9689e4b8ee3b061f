//! Dates, times, intervals, decimals and bytes as text. No clock, no time zone, no locale.

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Days since 1970-01-01; DuckDB's infinities are the two extremes.
pub fn date(days: i32) -> String {
    match days {
        i32::MAX => return "infinity".into(),
        days if days == -i32::MAX => return "-infinity".into(),
        _ => {}
    }
    let (year, month, day) = civil(days.into());
    if year > 0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{:04}-{month:02}-{day:02} (BC)", 1 - year)
    }
}

/// Microseconds since 1970-01-01 00:00:00.
pub fn timestamp(micros: i64) -> String {
    match micros {
        i64::MAX => return "infinity".into(),
        micros if micros == -i64::MAX => return "-infinity".into(),
        _ => {}
    }
    let days = micros.div_euclid(MICROS_PER_DAY) as i32;
    format!("{} {}", date(days), time(micros.rem_euclid(MICROS_PER_DAY)))
}

/// Microseconds since midnight.
pub fn time(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(1_000_000), micros.rem_euclid(1_000_000));
    let clock = format!(
        "{:02}:{:02}:{:02}",
        seconds / 3_600,
        seconds / 60 % 60,
        seconds % 60
    );
    if fraction == 0 {
        clock
    } else {
        format!("{clock}.{fraction:06}")
    }
}

/// As DuckDB writes it: `1 year 2 months 3 days 04:05:06`.
pub fn interval(months: i32, days: i32, micros: i64) -> String {
    let mut parts = Vec::new();
    for (count, noun) in [(months / 12, "year"), (months % 12, "month"), (days, "day")] {
        if count != 0 {
            parts.push(format!(
                "{count} {noun}{}",
                if count.abs() == 1 { "" } else { "s" }
            ));
        }
    }
    if micros != 0 || parts.is_empty() {
        parts.push(format!(
            "{}{}",
            if micros < 0 { "-" } else { "" },
            time(micros.saturating_abs())
        ));
    }
    parts.join(" ")
}

/// `digits / 10^scale` with exactly `scale` places.
pub fn decimal(digits: i128, scale: i8) -> String {
    let places = usize::try_from(scale).unwrap_or(0);
    let sign = if digits < 0 { "-" } else { "" };
    let magnitude = format!("{:0>width$}", digits.unsigned_abs(), width = places + 1);
    let (whole, fraction) = magnitude.split_at(magnitude.len() - places);
    if places == 0 {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    }
}

/// Printable ASCII as it is, every other byte as `\xNN`.
pub fn blob(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            b' '..=b'~' if *byte != b'\\' => char::from(*byte).to_string(),
            _ => format!("\\x{byte:02X}"),
        })
        .collect()
}

/// Howard Hinnant's `civil_from_days`: year, month, day of the proleptic Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}
