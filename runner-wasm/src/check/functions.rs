//! The functions that a query may call: an allow-list by family, each with its argument why. What is
//! not named here does not exist, whatever the engine knows (files, settings, catalogs, clocks,
//! randomness, sleeping, SQL inside strings). No function is ever refused by name.

use super::families::{FAMILIES, Family};
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

/// No function's name is longer.
const MOST_BYTES: usize = 32;

/// The function of that name in any case, or nothing.
pub fn find(written: &str) -> Option<Function> {
    // `position(a IN b)` is printed as what it is: its own name has a syntax of its own.
    let written = if written.eq_ignore_ascii_case("position") {
        "strpos"
    } else {
        written
    };
    let mut buffer = [0; MOST_BYTES];
    let lower = buffer.get_mut(..written.len())?;
    lower.copy_from_slice(written.as_bytes());
    lower.make_ascii_lowercase();
    let lower = std::str::from_utf8(lower).ok()?;
    families().find_map(|family| {
        let index = family.names.binary_search(&lower).ok()?;
        let name = family.names.get(index)?;
        let kind = family.kind;
        Some(Function { name, kind })
    })
}

fn families() -> impl Iterator<Item = &'static Family> {
    FAMILIES.iter().chain(NESTED).chain(OF_ROWS)
}

/// All that may be called, for suggestions and for the documentation.
pub fn all() -> impl Iterator<Item = Function> {
    families().flat_map(|family| {
        let kind = family.kind;
        family.names.iter().map(move |name| Function { name, kind })
    })
}

/// The allow-list as the documentation publishes it, in Markdown.
pub fn table() -> String {
    let mut text = String::from(TABLE_HEAD);
    let in_from: Vec<String> = super::from::TABLE_FUNCTIONS
        .iter()
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    text.push_str(&format!(
        "{} functions; in FROM also {}.\n",
        all().count(),
        in_from.join(", ")
    ));
    for family in families() {
        let kind = match family.kind {
            Kind::Scalar => "of one row",
            Kind::Aggregate => "of several rows, also with FILTER, DISTINCT and OVER",
            Kind::Window => "with OVER only",
        };
        let names: Vec<String> = family.names.iter().map(|name| format!("`{name}`")).collect();
        text.push_str(&format!(
            "\n## {} ({})\n\nCalled: {kind}. {}\n\n{}\n",
            family.title,
            family.names.len(),
            family.why,
            names.join(" ")
        ));
    }
    text
}

const TABLE_HEAD: &str = "# Functions that a query may call

The gate's allow-list, by family, each with the argument why it is harmless. What is not listed does not exist,
whatever the engine knows: files, settings, catalogs, clocks, randomness, sleeping, SQL inside strings. The list is
`runner-wasm/src/check/families*.rs`; this page is written from it (`cargo run -p csv-analyst-gate --example
function_table > docs/functions.md`), and a test fails when the two differ.

";

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
    fn each_family_is_sorted_and_found() {
        for family in families() {
            assert!(family.names.is_sorted(), "{}", family.title);
            assert!(!family.why.is_empty());
        }
        for function in all() {
            assert_eq!(find(&function.name.to_uppercase()), Some(function));
            assert!(function.name.len() <= MOST_BYTES);
        }
        assert_eq!(find(&"x".repeat(MOST_BYTES + 1)), None);
        assert_eq!(find("ſum"), None);
    }

    #[test]
    fn the_published_table_is_this_table() {
        let published = include_str!("../../../docs/functions.md");
        assert!(
            published == table(),
            "run: cargo run -p csv-analyst-gate --example function_table > docs/functions.md"
        );
        assert!(all().count() >= 400);
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
