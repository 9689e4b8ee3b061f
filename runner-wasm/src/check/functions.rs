//! The functions that a query may call: an allow-list by family, each with its argument why. What is
//! not named here does not exist, whatever the engine knows (files, settings, catalogs, clocks,
//! randomness, sleeping, SQL inside strings). No function is ever refused by name.

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

struct Family {
    kind: Kind,
    names: &'static [&'static str],
}

const fn family(kind: Kind, names: &'static [&'static str]) -> Family {
    Family { kind, names }
}

const FAMILIES: &[Family] = &[
    // Numbers in, one number out; fixed cost per row.
    family(
        Kind::Scalar,
        &[
            "abs",
            "acos",
            "asin",
            "atan",
            "atan2",
            "bit_count",
            "cbrt",
            "ceil",
            "ceiling",
            "cos",
            "cosh",
            "cot",
            "degrees",
            "even",
            "exp",
            "factorial",
            "fdiv",
            "floor",
            "fmod",
            "gamma",
            "gcd",
            "greatest",
            "greatest_common_divisor",
            "isfinite",
            "isinf",
            "isnan",
            "lcm",
            "least",
            "least_common_multiple",
            "lgamma",
            "ln",
            "log",
            "log10",
            "log2",
            "mod",
            "pi",
            "pow",
            "power",
            "radians",
            "round",
            "round_even",
            "sign",
            "sin",
            "sinh",
            "sqrt",
            "tan",
            "tanh",
            "trunc",
            "xor",
            "add",
            "subtract",
            "multiply",
            "divide",
            "nextafter",
            "signbit",
        ],
    ),
    // Choosing between values; they add nothing that CASE could not do. `typeof` names a type only.
    family(
        Kind::Scalar,
        &[
            "coalesce",
            "if",
            "ifnull",
            "nullif",
            "typeof",
            "grouping",
            "grouping_id",
        ],
    ),
    // Text in, text or a number out, never longer than its arguments together.
    family(
        Kind::Scalar,
        &[
            "ascii",
            "char_length",
            "character_length",
            "chr",
            "concat",
            "concat_ws",
            "contains",
            "ends_with",
            "instr",
            "lcase",
            "left",
            "length",
            "lower",
            "ltrim",
            "nfc_normalize",
            "octet_length",
            "ord",
            "prefix",
            "reverse",
            "right",
            "rtrim",
            "split_part",
            "starts_with",
            "strip_accents",
            "strlen",
            "strpos",
            "substr",
            "substring",
            "suffix",
            "trim",
            "ucase",
            "unicode",
            "upper",
            "like_escape",
            "ilike_escape",
            "length_grapheme",
            "left_grapheme",
            "right_grapheme",
            "substring_grapheme",
        ],
    ),
    // Text that can grow: their sizes are bounded in `check::size`.
    family(
        Kind::Scalar,
        &[
            "bar",
            "format",
            "lpad",
            "printf",
            "repeat",
            "replace",
            "rpad",
            "translate",
            "url_encode",
        ],
    ),
    // RE2 runs in linear time, without backtracking.
    family(
        Kind::Scalar,
        &[
            "regexp_escape",
            "regexp_extract",
            "regexp_extract_all",
            "regexp_full_match",
            "regexp_matches",
            "regexp_replace",
            "regexp_split_to_array",
            "split",
            "str_split",
            "str_split_regex",
            "string_split",
            "string_split_regex",
            "string_to_array",
        ],
    ),
    // Similarity of two texts: quadratic in cells, which are short.
    family(
        Kind::Scalar,
        &[
            "damerau_levenshtein",
            "editdist3",
            "hamming",
            "jaccard",
            "jaro_similarity",
            "jaro_winkler_similarity",
            "levenshtein",
            "mismatches",
        ],
    ),
    // Digests and encodings of values: pure, fixed growth.
    family(
        Kind::Scalar,
        &[
            "base64",
            "bin",
            "format_bytes",
            "from_base64",
            "hash",
            "hex",
            "md5",
            "sha1",
            "sha256",
            "to_base64",
            "to_binary",
            "to_hex",
            "unhex",
            "url_decode",
        ],
    ),
    // Dates and times made from values. `age` takes two arguments (with one it reads the clock).
    family(
        Kind::Scalar,
        &[
            "age",
            "century",
            "date_add",
            "date_diff",
            "date_part",
            "date_sub",
            "date_trunc",
            "datediff",
            "datepart",
            "datesub",
            "datetrunc",
            "day",
            "dayname",
            "dayofmonth",
            "dayofweek",
            "dayofyear",
            "days_in_month",
            "decade",
            "epoch",
            "epoch_ms",
            "epoch_ns",
            "epoch_us",
            "era",
            "hour",
            "isodow",
            "isoyear",
            "julian",
            "last_day",
            "make_date",
            "make_time",
            "make_timestamp",
            "make_timestamp_ms",
            "microsecond",
            "millennium",
            "millisecond",
            "minute",
            "month",
            "monthname",
            "nanosecond",
            "normalized_interval",
            "quarter",
            "second",
            "strftime",
            "strptime",
            "time_bucket",
            "timezone",
            "to_days",
            "to_hours",
            "to_microseconds",
            "to_milliseconds",
            "to_minutes",
            "to_months",
            "to_quarters",
            "to_seconds",
            "to_timestamp",
            "to_weeks",
            "to_years",
            "try_strptime",
            "week",
            "weekday",
            "weekofyear",
            "year",
            "yearweek",
        ],
    ),
    // Lists, structs and maps made from values; no longer than what went in. Those that can grow
    // (`range`, `generate_series`, `list_resize`) are bounded in `check::size`.
    family(
        Kind::Scalar,
        &[
            "array_append",
            "array_concat",
            "array_contains",
            "array_distinct",
            "array_extract",
            "array_filter",
            "array_has",
            "array_has_all",
            "array_has_any",
            "array_indexof",
            "array_intersect",
            "array_length",
            "array_position",
            "array_prepend",
            "array_reduce",
            "array_reverse",
            "array_reverse_sort",
            "array_slice",
            "array_sort",
            "array_to_string",
            "array_transform",
            "array_unique",
            "cardinality",
            "element_at",
            "flatten",
            "generate_series",
            "len",
            "list_aggregate",
            "list_any_value",
            "list_append",
            "list_apply",
            "list_avg",
            "list_bool_and",
            "list_bool_or",
            "list_concat",
            "list_contains",
            "list_count",
            "list_distinct",
            "list_element",
            "list_extract",
            "list_filter",
            "list_first",
            "list_has",
            "list_has_all",
            "list_has_any",
            "list_histogram",
            "list_indexof",
            "list_intersect",
            "list_last",
            "list_max",
            "list_median",
            "list_min",
            "list_mode",
            "list_pack",
            "list_position",
            "list_prepend",
            "list_product",
            "list_reduce",
            "list_resize",
            "list_reverse",
            "list_reverse_sort",
            "list_select",
            "list_slice",
            "list_sort",
            "list_stddev_pop",
            "list_stddev_samp",
            "list_string_agg",
            "list_sum",
            "list_transform",
            "list_unique",
            "list_value",
            "list_var_pop",
            "list_var_samp",
            "list_where",
            "list_zip",
            "map",
            "map_contains",
            "map_entries",
            "map_extract",
            "map_extract_value",
            "map_from_entries",
            "map_keys",
            "map_values",
            "range",
            "reduce",
            "row",
            "struct_extract",
            "struct_pack",
            "unnest",
        ],
    ),
    // JSON as data. Nothing that parses or runs SQL in JSON is here.
    family(
        Kind::Scalar,
        &[
            "json_array",
            "json_array_length",
            "json_contains",
            "json_exists",
            "json_extract",
            "json_extract_string",
            "json_keys",
            "json_object",
            "json_type",
            "json_valid",
            "json_value",
            "to_json",
        ],
    ),
    // One value per group. `list`, `string_agg` and `histogram` can fill a cell: the runner caps cells.
    family(
        Kind::Aggregate,
        &[
            "any_value",
            "approx_count_distinct",
            "approx_quantile",
            "approx_top_k",
            "arbitrary",
            "arg_max",
            "arg_max_null",
            "arg_min",
            "arg_min_null",
            "argmax",
            "argmin",
            "array_agg",
            "avg",
            "bit_and",
            "bit_or",
            "bit_xor",
            "bool_and",
            "bool_or",
            "corr",
            "count",
            "count_if",
            "count_star",
            "countif",
            "covar_pop",
            "covar_samp",
            "entropy",
            "favg",
            "first",
            "fsum",
            "geomean",
            "geometric_mean",
            "group_concat",
            "histogram",
            "kahan_sum",
            "kurtosis",
            "kurtosis_pop",
            "last",
            "list",
            "listagg",
            "mad",
            "max",
            "max_by",
            "mean",
            "median",
            "min",
            "min_by",
            "mode",
            "percentile_cont",
            "percentile_disc",
            "product",
            "quantile",
            "quantile_cont",
            "quantile_disc",
            "regr_avgx",
            "regr_avgy",
            "regr_count",
            "regr_intercept",
            "regr_r2",
            "regr_slope",
            "regr_sxx",
            "regr_sxy",
            "regr_syy",
            "sem",
            "skewness",
            "stddev",
            "stddev_pop",
            "stddev_samp",
            "string_agg",
            "sum",
            "sumkahan",
            "var_pop",
            "var_samp",
            "variance",
            "weighted_avg",
        ],
    ),
    // The place of a row among others.
    family(
        Kind::Window,
        &[
            "cume_dist",
            "dense_rank",
            "fill",
            "first_value",
            "lag",
            "last_value",
            "lead",
            "nth_value",
            "ntile",
            "percent_rank",
            "rank",
            "rank_dense",
            "row_number",
        ],
    ),
];

/// The function of that name in any case, or nothing.
pub fn find(written: &str) -> Option<Function> {
    all().find(|function| function.name.eq_ignore_ascii_case(written))
}

/// All that may be called, for suggestions and for the documentation.
pub fn all() -> impl Iterator<Item = Function> {
    FAMILIES.iter().flat_map(|family| {
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
