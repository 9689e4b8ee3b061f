//! The only place that quotes strings and identifiers.
//!
//! Both forms double their own quote and leave every other character alone: DuckDB's plain `'..'`
//! and `".."` know no escapes, and the gate's parser is told to know none either. Characters on which
//! lexers differ (NUL, and carriage returns inside comments) never come this far: [`crate::syntax`].

/// `'it''s'`.
pub fn string(text: &str, output: &mut String) {
    output.push('\'');
    for character in text.chars() {
        if character == '\'' {
            output.push('\'');
        }
        output.push(character);
    }
    output.push('\'');
}

/// `total`, or `"Order total"` when the bare word could mean anything else.
pub fn identifier(name: &str, output: &mut String) {
    if is_plain(name) && !is_keyword(name) {
        output.push_str(name);
        return;
    }
    always(name, output);
}

/// `"total"`.
pub fn always(name: &str, output: &mut String) {
    output.push('"');
    for character in name.chars() {
        if character == '"' {
            output.push('"');
        }
        output.push(character);
    }
    output.push('"');
}

/// A word that every SQL lexer reads as one word.
pub fn is_plain(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Words that DuckDB reserves in some place (`duckdb_keywords()`, all but the unreserved), and unreserved
/// ones with a meaning of their own where a name may stand.
const KEYWORDS: &[&str] = &[
    "all",
    "analyse",
    "analyze",
    "and",
    "anti",
    "any",
    "array",
    "as",
    "asc",
    "asof",
    "asymmetric",
    "at",
    "authorization",
    "between",
    "bigint",
    "binary",
    "bit",
    "boolean",
    "both",
    "by",
    "case",
    "cast",
    "ceil",
    "char",
    "character",
    "check",
    "coalesce",
    "collate",
    "collation",
    "column",
    "columns",
    "concurrently",
    "constraint",
    "convert",
    "create",
    "cross",
    "cube",
    "current",
    "current_date",
    "current_time",
    "current_timestamp",
    "current_user",
    "date",
    "datetime",
    "dec",
    "decimal",
    "default",
    "deferrable",
    "desc",
    "describe",
    "distinct",
    "do",
    "else",
    "end",
    "escape",
    "except",
    "exclude",
    "exists",
    "extract",
    "false",
    "fetch",
    "filter",
    "float",
    "floor",
    "following",
    "for",
    "foreign",
    "freeze",
    "from",
    "full",
    "generated",
    "glob",
    "grant",
    "group",
    "grouping",
    "grouping_id",
    "groups",
    "having",
    "ignore",
    "ilike",
    "in",
    "initially",
    "inner",
    "inout",
    "int",
    "integer",
    "intersect",
    "interval",
    "into",
    "is",
    "isnull",
    "join",
    "lambda",
    "lateral",
    "leading",
    "left",
    "like",
    "limit",
    "listagg",
    "localtime",
    "localtimestamp",
    "map",
    "match",
    "materialized",
    "national",
    "natural",
    "nchar",
    "none",
    "not",
    "notnull",
    "null",
    "nullif",
    "nulls",
    "numeric",
    "offset",
    "on",
    "only",
    "or",
    "order",
    "ordinality",
    "out",
    "outer",
    "over",
    "overlaps",
    "overlay",
    "partition",
    "percent",
    "pivot",
    "pivot_longer",
    "pivot_wider",
    "placing",
    "position",
    "positional",
    "preceding",
    "precision",
    "primary",
    "prior",
    "qualify",
    "range",
    "real",
    "recursive",
    "references",
    "rename",
    "repeatable",
    "replace",
    "respect",
    "returning",
    "right",
    "rollup",
    "row",
    "rows",
    "sample",
    "select",
    "semi",
    "session_user",
    "set",
    "setof",
    "sets",
    "show",
    "similar",
    "smallint",
    "some",
    "struct",
    "substr",
    "substring",
    "summarize",
    "symmetric",
    "table",
    "tablesample",
    "then",
    "ties",
    "time",
    "timestamp",
    "to",
    "trailing",
    "treat",
    "trim",
    "true",
    "try",
    "try_cast",
    "unbounded",
    "union",
    "unique",
    "unnest",
    "unpack",
    "unpivot",
    "user",
    "using",
    "values",
    "varchar",
    "variadic",
    "verbose",
    "when",
    "where",
    "window",
    "with",
    "within",
];

fn is_keyword(name: &str) -> bool {
    KEYWORDS
        .binary_search(&name.to_ascii_lowercase().as_str())
        .is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(name: &str) -> String {
        let mut output = String::new();
        identifier(name, &mut output);
        output
    }

    #[test]
    fn keywords_are_sorted_so_that_they_are_found() {
        assert!(KEYWORDS.is_sorted());
    }

    #[test]
    fn plain_words_stay_bare_and_everything_else_is_quoted() {
        assert_eq!(quoted("order_date"), "order_date");
        assert_eq!(quoted("Select"), "\"Select\"");
        assert_eq!(quoted("a\"b"), "\"a\"\"b\"");
        assert_eq!(quoted("secret.csv"), "\"secret.csv\"");
        assert_eq!(quoted(""), "\"\"");
        assert_eq!(quoted("größe"), "\"größe\"");
    }

    #[test]
    fn a_backslash_is_an_ordinary_character() {
        let mut output = String::new();
        string("x\\' UNION", &mut output);
        assert_eq!(output, "'x\\'' UNION'");
    }
}
