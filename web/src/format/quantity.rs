//! Times, sizes and counts in words.

use super::number::count;
use csv_analyst_protocol::run::Run;

/// `0.4 ms`, `18 ms`, `1.24 s`.
pub fn milliseconds(value: f64) -> String {
    if value >= 1_000.0 {
        format!("{:.2} s", value / 1_000.0)
    } else if value >= 10.0 {
        format!("{value:.0} ms")
    } else if value >= 0.1 {
        format!("{value:.1} ms")
    } else {
        format!("{value:.2} ms")
    }
}

/// `512 MiB`, `64 KiB`, `900 bytes`.
pub fn bytes(value: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    for (size, unit) in UNITS {
        if value >= size {
            let tenths = (value as u128 * 10 / size as u128) as u64;
            return match tenths % 10 {
                0 => format!("{} {unit}", count(tenths / 10)),
                rest => format!("{}.{rest} {unit}", count(tenths / 10)),
            };
        }
    }
    count_of(value, "byte", "bytes")
}

/// `1 row`, `1,416 rows`.
pub fn count_of(value: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(value), if value == 1 { one } else { many })
}

/// `no rows`, `1 row`, `1,416 rows`; `10,000 or more rows` where counting ended early.
pub fn rows_counted(all: u64, capped: bool) -> String {
    match (all, capped) {
        (0, _) => "no rows".to_string(),
        (_, true) => format!("{} or more rows", count(all)),
        (_, false) => count_of(all, "row", "rows"),
    }
}

/// `Showing 200 of 1,416 rows`, or how many rows there are, or that there are none.
pub fn rows_shown(run: &Run) -> String {
    let (shown, all) = (run.rows.len() as u64, run.row_count);
    match all {
        0 => "No rows".to_string(),
        _ if shown < all || run.row_count_capped => {
            let all = rows_counted(all, run.row_count_capped);
            format!("Showing {} of {all}", count(shown))
        }
        _ if run.truncated => format!("Showing the first {}", count_of(all, "row", "rows")),
        _ => count_of(all, "row", "rows"),
    }
}

/// The first characters of a hash, enough to recognise it.
pub fn short_hash(hash: &str) -> String {
    hash.chars().take(12).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::steps::tests::finished_run;

    #[test]
    fn durations_show_no_more_digits_than_matter() {
        for (value, text) in [
            (0.04, "0.04 ms"),
            (0.42, "0.4 ms"),
            (18.3, "18 ms"),
            (1_240.0, "1.24 s"),
        ] {
            assert_eq!(milliseconds(value), text);
        }
    }

    #[test]
    fn sizes_use_binary_units() {
        for (value, text) in [
            (512 << 20, "512 MiB"),
            (64 << 10, "64 KiB"),
            (1536, "1.5 KiB"),
            (1, "1 byte"),
            (900, "900 bytes"),
        ] {
            assert_eq!(bytes(value), text);
        }
    }

    #[test]
    fn truncation_is_always_said() {
        let said = |shown: usize, row_count, truncated| {
            rows_shown(&Run {
                rows: vec![Vec::new(); shown],
                row_count,
                truncated,
                ..finished_run()
            })
        };
        assert_eq!(said(200, 1_416, true), "Showing 200 of 1,416 rows");
        assert_eq!(said(12, 12, false), "12 rows");
        assert_eq!(said(1, 1, false), "1 row");
        assert_eq!(said(0, 0, false), "No rows");
        assert_eq!(said(200, 200, true), "Showing the first 200 rows");
    }

    #[test]
    fn a_count_that_ended_early_is_not_given_as_the_whole() {
        let run = Run {
            rows: vec![Vec::new(); 200],
            row_count: 10_000,
            row_count_capped: true,
            truncated: true,
            ..finished_run()
        };
        assert_eq!(rows_shown(&run), "Showing 200 of 10,000 or more rows");
        assert_eq!(rows_counted(10_000, true), "10,000 or more rows");
    }
}
