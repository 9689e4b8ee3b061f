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
}
