//! The functions that a query may call: an allow-list by family, each with its argument why. What is
//! not named here does not exist, whatever the engine knows (files, settings, catalogs, clocks,
//! randomness, sleeping, SQL inside strings). No function is ever refused by name.

use super::families::FAMILIES;
use super::families_nested::NESTED;
use super::families_of_rows::OF_ROWS;

/// How a function may be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Scalar,
    /// Also as a window function, with FILTER and DISTINCT.
    Aggregate,
    /// Only with OVER.
    Window,
}

/// A name from the table: lower case, and never the text that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Function {
    pub name: &'static str,
    pub kind: Kind,
}

/// The function of that name in any case, or nothing.
pub fn find(written: &str) -> Option<Function> {
    // `position(a IN b)` is printed as what it is: its own name has a syntax of its own.
    let written = if written.eq_ignore_ascii_case("position") {
        "strpos"
    } else {
        written
    };
    all().find(|function| function.name.eq_ignore_ascii_case(written))
}

/// All that may be called, for suggestions and for the documentation.
pub fn all() -> impl Iterator<Item = Function> {
    FAMILIES.iter().chain(NESTED).chain(OF_ROWS).flat_map(|family| {
        family.names.iter().map(|name| Function {
            name,
            kind: family.kind,
        })
    })
}

/// Functions that read the clock: not allowed like any other, but with a hint of their own.
pub fn reads_clock(lower: &str) -> bool {
    matches!(
        lower,
        "now"
            | "today"
            | "ago"
            | "current_date"
            | "current_time"
            | "current_timestamp"
            | "localtime"
            | "localtimestamp"
            | "current_localtime"
            | "current_localtimestamp"
            | "get_current_time"
            | "get_current_timestamp"
            | "transaction_timestamp"
            | "getdate"
            | "sysdate"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_and_listed_once() {
        let mut names: Vec<_> = all().map(|function| function.name).collect();
        assert!(names.iter().all(|name| {
            name.bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        }));
        let listed = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), listed);
    }

    #[test]
    fn nothing_that_reaches_out_is_listed() {
        let doors = [
            "read_",
            "_scan",
            "glob",
            "query",
            "sniff",
            "getenv",
            "setting",
            "getvariable",
            "duckdb_",
            "pragma",
            "pg_",
            "serialize",
            "execute",
            "parse_",
            "nextval",
            "setval",
            "currval",
            "invoke",
            "error",
            "sleep",
            "log_",
            "logging",
            "random",
            "uuid",
            "setseed",
            "current_",
            "version",
            "schema",
            "create_",
            "stats",
            "txid",
        ];
        for function in all() {
            let open = doors.iter().find(|door| function.name.contains(**door));
            assert_eq!(open, None, "{}", function.name);
        }
    }
}
