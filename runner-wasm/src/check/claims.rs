//! What a checked query touches, collected while it is rebuilt.
//!
//! **Function names are those of DuckDB's own parser** (`json_serialize_sql`), which the runner
//! compares with. They differ from what is printed where that parser rewrites syntax:
//!
//! | printed | claimed |
//! |---|---|
//! | `count(*)`, `count()` | `count_star` |
//! | `count(*) OVER (..)` | `count` |
//! | `list(x ORDER BY ..)`, `array_agg(x ORDER BY ..)` | the name, and `list_sort` |
//! | `coalesce(..)`, `ifnull`, `if`, `grouping(..)`, `CASE`, `CAST`, `IN`, `BETWEEN`, `IS ..`, `x[1]`, `x.f`, `TRY(..)`, `COLLATE` | nothing |
//! | `percentile_cont / percentile_disc .. WITHIN GROUP` | `quantile_cont / quantile_disc` |
//! | `INTERVAL (x) DAY` | `to_days`, `trunc` (the function of the unit, and `trunc`) |
//! | `[a, b]` | `list_value` |
//! | `(a, b)`, and a lambda of several parameters | `row` |
//! | `{'a': x}` | `struct_pack` |
//! | `MAP {k: v}` | `map`, `list_value` |
//! | `x LIKE y ESCAPE 'c'` | `like_escape`, `ilike_escape`, `not_like_escape`, `not_ilike_escape` |
//! | `x SIMILAR TO y` | `regexp_full_match` |
//! | `list_aggregate(x, 'name')` and its other names | `list_aggregate`, and the name |
//! | `ARRAY(SELECT ..)` | `array_agg`, `list_value` |
//!
//! Operators are **not** claimed. The gate prints only these, under these names of the parser:
//! `+ - * / // % || & | << >> ~ ~~ !~~ ~~* !~~* ~~~`. A runner can therefore ignore exactly the names that hold
//! no letter.
//!
//! Tables are the dataset's, without CTEs, whose names the runner finds in the same tree.

use crate::sql::tree::Call;
use csv_analyst_protocol::gate::Claims;
use std::collections::BTreeSet;

#[derive(Default)]
pub struct Collector {
    tables: BTreeSet<String>,
    columns: BTreeSet<String>,
    functions: BTreeSet<String>,
}

impl Collector {
    pub fn table(&mut self, table: &str) {
        self.tables.insert(table.into());
    }

    pub fn column(&mut self, table: &str, column: &str) {
        self.columns.insert(format!("{table}.{column}"));
    }

    pub fn function(&mut self, engine_name: &str) {
        self.functions.insert(engine_name.into());
    }

    /// Whether a column of that name was claimed, of whatever table.
    pub fn has_column_named(&self, name: &str) -> bool {
        let named = |claimed: &String| {
            claimed
                .split_once('.')
                .is_some_and(|(_, column)| column.eq_ignore_ascii_case(name))
        };
        self.columns.iter().any(named)
    }

    pub fn finish(self) -> Claims {
        Claims {
            tables: self.tables.into_iter().collect(),
            columns: self.columns.into_iter().collect(),
            functions: self.functions.into_iter().collect(),
        }
    }
}

/// The names that DuckDB's parser gives a call; none where it stays no function at all.
pub fn engine_names(call: &Call) -> &[&'static str] {
    match call.name {
        "coalesce" | "ifnull" | "if" | "grouping" | "grouping_id" | "try" => &[],
        "count" if call.star && call.over.is_none() => &["count_star"],
        "percentile_cont" => &["quantile_cont"],
        "percentile_disc" => &["quantile_disc"],
        "list" if !call.order_by.is_empty() => &["list", "list_sort"],
        "array_agg" if !call.order_by.is_empty() => &["array_agg", "list_sort"],
        _ => std::slice::from_ref(&call.name),
    }
}
