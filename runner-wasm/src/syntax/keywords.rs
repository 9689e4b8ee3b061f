//! DuckDB's keywords by what else they may be. They decide what may be an alias without AS, a column
//! or a function.
//!
//! From `duckdb_keywords()` of DuckDB 1.5, with five words moved to where its grammar really has them.

use super::token::Class;
use std::cmp::Ordering;

/// What an unquoted word may be.
pub fn class(word: &str) -> Class {
    if has(&RESERVED, word) {
        Class::Reserved
    } else if has(&COLUMN_NAMES, word) {
        Class::ColumnName
    } else if has(&FUNCTION_NAMES, word) {
        Class::FunctionName
    } else if has(&UNRESERVED, word) {
        Class::Unreserved
    } else {
        Class::Name
    }
}

fn has(words: &[&str], word: &str) -> bool {
    words.binary_search_by(|keyword| compare(keyword, word)).is_ok()
}

/// Keywords are ASCII and in lower case; a word that is not ASCII is none of them.
fn compare(keyword: &str, word: &str) -> Ordering {
    keyword
        .bytes()
        .cmp(word.bytes().map(|byte| byte.to_ascii_lowercase()))
}

/// Never a name without quotes, but behind AS or a dot.
#[rustfmt::skip]
static RESERVED: [&str; 75] = [
    "all", "analyse", "analyze", "and", "any", "array", "as", "asc", "asymmetric", "both", "case", "cast",
    "check", "collate", "column", "constraint", "create", "default", "deferrable", "desc", "describe",
    "distinct", "do", "else", "end", "except", "false", "fetch", "for", "foreign", "from", "group",
    "having", "in", "initially", "intersect", "into", "lambda", "lateral", "leading", "limit", "not",
    "null", "offset", "on", "only", "or", "order", "pivot", "pivot_longer", "pivot_wider", "placing",
    "primary", "qualify", "references", "returning", "select", "show", "some", "summarize", "symmetric",
    "table", "then", "to", "trailing", "true", "union", "unique", "unpivot", "using", "variadic", "when",
    "where", "window", "with",
];

/// Columns and tables, but not functions.
#[rustfmt::skip]
static COLUMN_NAMES: [&str; 49] = [
    "between", "bigint", "bit", "boolean", "char", "character", "coalesce", "dec", "decimal", "exists",
    "extract", "float", "grouping", "grouping_id", "inout", "int", "integer", "interval", "national",
    "nchar", "none", "nullif", "numeric", "out", "overlay", "position", "precision", "real", "row", "setof",
    "smallint", "substring", "time", "timestamp", "treat", "trim", "values", "varchar", "xmlattributes",
    "xmlconcat", "xmlelement", "xmlexists", "xmlforest", "xmlnamespaces", "xmlparse", "xmlpi", "xmlroot",
    "xmlserialize", "xmltable",
];

/// Functions and types, but not columns or tables.
#[rustfmt::skip]
static FUNCTION_NAMES: [&str; 30] = [
    "anti", "asof", "at", "authorization", "binary", "by", "collation", "concurrently", "cross", "freeze",
    "full", "glob", "ilike", "inner", "is", "isnull", "join", "left", "like", "natural", "notnull", "outer",
    "overlaps", "positional", "right", "semi", "similar", "tablesample", "unpack", "verbose",
];

/// Anything but an alias of a column without AS.
#[rustfmt::skip]
static UNRESERVED: [&str; 335] = [
    "abort", "absolute", "access", "action", "add", "admin", "after", "aggregate", "also", "alter",
    "always", "assertion", "assignment", "attach", "attribute", "backward", "before", "begin", "cache",
    "call", "called", "cascade", "cascaded", "catalog", "centuries", "century", "chain", "characteristics",
    "checkpoint", "class", "close", "cluster", "columns", "comment", "comments", "commit", "committed",
    "compression", "configuration", "conflict", "connection", "constraints", "content", "continue",
    "conversion", "copy", "cost", "csv", "cube", "current", "cursor", "cycle", "data", "database", "day",
    "days", "deallocate", "decade", "decades", "declare", "defaults", "deferred", "definer", "delete",
    "delimiter", "delimiters", "depends", "detach", "dictionary", "disable", "discard", "document",
    "domain", "double", "drop", "each", "enable", "encoding", "encrypted", "enum", "error", "escape",
    "event", "exclude", "excluding", "exclusive", "execute", "explain", "export", "export_state",
    "extension", "extensions", "external", "family", "filter", "first", "following", "force", "forward",
    "function", "functions", "generated", "global", "grant", "granted", "groups", "handler", "header",
    "hold", "hour", "hours", "identity", "if", "ignore", "immediate", "immutable", "implicit", "import",
    "include", "including", "increment", "index", "indexes", "inherit", "inherits", "inline", "input",
    "insensitive", "insert", "install", "instead", "invoker", "isolation", "json", "key", "label",
    "language", "large", "last", "leakproof", "level", "listen", "load", "local", "location", "lock",
    "locked", "logged", "macro", "map", "mapping", "match", "matched", "materialized", "maxvalue", "merge",
    "method", "microsecond", "microseconds", "millennia", "millennium", "millisecond", "milliseconds",
    "minute", "minutes", "minvalue", "mode", "month", "months", "move", "name", "names", "new", "next",
    "no", "nothing", "notify", "nowait", "nulls", "object", "of", "off", "oids", "old", "operator",
    "option", "options", "ordinality", "others", "over", "overriding", "owned", "owner", "parallel",
    "parser", "partial", "partition", "partitioned", "passing", "password", "percent", "persistent",
    "plans", "policy", "pragma", "preceding", "prepare", "prepared", "preserve", "prior", "privileges",
    "procedural", "procedure", "program", "publication", "quarter", "quarters", "quote", "range", "read",
    "reassign", "recheck", "recursive", "ref", "referencing", "refresh", "reindex", "relative", "release",
    "rename", "repeatable", "replace", "replica", "reset", "respect", "restart", "restrict", "returns",
    "revoke", "role", "rollback", "rollup", "rows", "rule", "sample", "savepoint", "schema", "schemas",
    "scope", "scroll", "search", "second", "seconds", "secret", "security", "sequence", "sequences",
    "serializable", "server", "session", "set", "sets", "share", "simple", "skip", "snapshot", "sorted",
    "source", "sql", "stable", "standalone", "start", "statement", "statistics", "stdin", "stdout",
    "storage", "stored", "strict", "strip", "struct", "subscription", "sysid", "system", "tables",
    "tablespace", "target", "temp", "template", "temporary", "text", "ties", "transaction", "transform",
    "trigger", "truncate", "trusted", "try_cast", "type", "types", "unbounded", "uncommitted",
    "unencrypted", "unknown", "unlisten", "unlogged", "until", "update", "use", "user", "vacuum", "valid",
    "validate", "validator", "value", "variable", "varying", "version", "view", "views", "virtual",
    "volatile", "week", "weeks", "whitespace", "within", "without", "work", "wrapper", "write", "xml",
    "year", "years", "yes", "zone",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_sorted_so_that_each_word_is_found() {
        for list in [&RESERVED[..], &COLUMN_NAMES, &FUNCTION_NAMES, &UNRESERVED] {
            assert!(list.is_sorted());
        }
        assert_eq!(class("SELECT"), Class::Reserved);
        assert_eq!(class("Coalesce"), Class::ColumnName);
        assert_eq!(class("left"), Class::FunctionName);
        assert_eq!(class("year"), Class::Unreserved);
        assert_eq!(class("films"), Class::Name);
    }
}
