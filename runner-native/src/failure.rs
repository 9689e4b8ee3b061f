//! What a failed run may say: the kind and the types, never a value, a path or an address.
//!
//! DuckDB quotes the offending cell in a failed cast and the file in an I/O error. So nothing of a
//! raw message is passed on by default; for each kind this module picks the part that can only
//! come from the query's own text.

use csv_analyst_protocol::ingest::IngestCause;
use csv_analyst_protocol::runner::{RunnerError, RunnerErrorKind};

pub fn error(kind: RunnerErrorKind, message: impl Into<String>) -> RunnerError {
    RunnerError {
        kind,
        message: message.into(),
    }
}

/// Turns an engine error into one that may leave the sandbox.
pub fn clean(raw: &duckdb::Error) -> RunnerError {
    let text = match raw {
        duckdb::Error::DuckDBFailure(_, Some(message)) => message.as_str(),
        _ => return error(RunnerErrorKind::Execution, "The engine can't return this result."),
    };
    clean_text(text)
}

fn clean_text(text: &str) -> RunnerError {
    let (kind, rest) = kind_and_rest(text);
    if is_out_of_memory(kind, text) {
        return error(RunnerErrorKind::Resource, out_of_memory(text));
    }
    if is_out_of_space(text) {
        let message = "The query needs scratch space, and the disk is full.";
        return error(RunnerErrorKind::Resource, message);
    }
    let message = match kind {
        "Conversion Error" => conversion(rest),
        "Out of Range Error" => out_of_range(rest),
        "Invalid Input Error" => "A function was given a value that it does not accept.".into(),
        "Binder Error" | "Parser Error" | "Catalog Error" => from_query_text(kind, rest),
        "Divide by Zero Error" => "Division by zero.".into(),
        "IO Error" | "Permission Error" | "HTTP Error" => {
            "The query reached for something outside its dataset, which the sandbox refuses.".into()
        }
        "Not implemented Error" => "The engine does not support an operation of this query.".into(),
        "INTERRUPT Error" => "The query was interrupted.".into(),
        _ => "The engine can't run this query.".into(),
    };
    error(RunnerErrorKind::Execution, message)
}

fn kind_and_rest(text: &str) -> (&str, &str) {
    let first_line = text.lines().next().unwrap_or_default();
    first_line.split_once(": ").unwrap_or(("", first_line))
}

/// The same for ingest: no query is to blame, and the cause says whether the file is.
pub fn clean_ingest(raw: &duckdb::Error) -> (IngestCause, String) {
    match raw {
        duckdb::Error::DuckDBFailure(_, Some(message)) => clean_ingest_text(message),
        _ => (IngestCause::Engine, INGEST_FAILED.into()),
    }
}

const INGEST_FAILED: &str = "The engine failed while it read the data.";

pub fn clean_ingest_text(text: &str) -> (IngestCause, String) {
    let (kind, _) = kind_and_rest(text);
    let (cause, message) = match kind {
        _ if is_out_of_space(text) => (
            IngestCause::Storage,
            "The data can't be stored: the disk is full.",
        ),
        _ if is_out_of_memory(kind, text) => (
            IngestCause::Memory,
            "Reading the data needs more memory than it may use.",
        ),
        // "FATAL" and "TransactionContext" are what a failed write becomes at a checkpoint or commit.
        "IO Error" | "Permission Error" | "FATAL Error" | "TransactionContext Error" => (
            IngestCause::Storage,
            "The file can't be read, or what was read can't be stored.",
        ),
        "Conversion Error" | "Out of Range Error" | "Invalid Input Error" => {
            (IngestCause::File, "The file can't be read as a table.")
        }
        "Binder Error" | "Parser Error" | "Catalog Error" | "Not implemented Error" => {
            (IngestCause::File, "The engine can't make a table of this file.")
        }
        _ => (IngestCause::Engine, INGEST_FAILED),
    };
    (cause, message.into())
}

/// In the words of the C library, whatever the engine puts around them.
fn is_out_of_space(text: &str) -> bool {
    text.contains("No space left on device") || text.contains("Disk quota exceeded")
}

fn is_out_of_memory(kind: &str, text: &str) -> bool {
    kind == "Out of Memory Error" || text.contains("std::bad_alloc") || text.contains("ailed to allocate")
}

fn out_of_memory(text: &str) -> String {
    if text.contains("max_temp_directory_size") || text.contains("temp_directory_size") {
        "The query needs more memory and scratch space than a run may use.".into()
    } else {
        "The query needs more memory than a run may use.".into()
    }
}

/// `Could not convert string 'secret' to INT32`: only the type's name is taken, and only if it is one.
fn conversion(rest: &str) -> String {
    let target = rest
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .rfind(|word| TYPE_NAMES.contains(word));
    match target {
        Some(name) => format!("A value can't be converted to {name}."),
        None => "A value can't be converted to the type that the query asks for.".into(),
    }
}

const TYPE_NAMES: &[&str] = &[
    "BOOL",
    "BOOLEAN",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "INT128",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "FLOAT",
    "DOUBLE",
    "DECIMAL",
    "DATE",
    "TIME",
    "TIMESTAMP",
    "INTERVAL",
    "UUID",
    "BLOB",
    "VARCHAR",
];

/// `Overflow in multiplication of INT64 (1 * 2)!`: up to the operands.
fn out_of_range(rest: &str) -> String {
    let operation = rest.split('(').next().unwrap_or_default().trim_end();
    let known = operation.starts_with("Overflow in ")
        && operation
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '_');
    if known {
        format!("{operation}.")
    } else {
        "A number is outside the range of its type.".into()
    }
}

/// Binder and parser speak of the query's own text; a path could still be part of that text.
fn from_query_text(kind: &str, rest: &str) -> String {
    let what = kind.trim_end_matches(" Error");
    if rest.contains('/') || rest.contains('\\') {
        return format!("{what}: the engine can't resolve a name of this query.");
    }
    let short: String = rest.chars().take(300).collect();
    format!("{what}: {short}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_cast_does_not_quote_the_cell() {
        let cleaned =
            clean_text("Conversion Error: Could not convert string 'it's a secret' to INT32\n\nLINE 1: x");
        assert_eq!(cleaned.message, "A value can't be converted to INT32.");
    }

    #[test]
    fn an_overflow_does_not_show_its_operands() {
        let cleaned = clean_text(
            "Out of Range Error: Overflow in multiplication of INT64 (4711 * 9223372036854775807)!",
        );
        assert_eq!(cleaned.message, "Overflow in multiplication of INT64.");
    }

    #[test]
    fn a_path_never_leaves() {
        for raw in [
            "IO Error: Cannot open file \"/srv/data/secret.csv\": No such file",
            "Catalog Error: Table with name /srv/data/x.csv does not exist!",
            "Something else: /srv/data",
        ] {
            assert!(!clean_text(raw).message.contains("srv"), "{raw}");
        }
    }

    #[test]
    fn a_full_disk_during_ingest_is_neither_the_files_nor_a_querys_fault() {
        for raw in [
            "IO Error: Could not write file \"/srv/x.partial\": No space left on device",
            "FATAL Error: Failed to create checkpoint because of error: No space left on device",
            "TransactionContext Error: Failed to commit: Could not write file \"/srv/x\": No space left on device",
            "the engine can't be opened: IO Error: Cannot open file \"/srv/x\": No space left on device",
        ] {
            let (cause, message) = clean_ingest_text(raw);
            assert_eq!(cause, IngestCause::Storage, "{raw}");
            assert!(
                message.contains("disk is full") && !message.contains("srv"),
                "{message}"
            );
        }
    }

    #[test]
    fn no_error_of_ingest_speaks_of_a_query() {
        for (raw, expected) in [
            (
                "Out of Memory Error: failed to allocate data",
                IngestCause::Memory,
            ),
            ("IO Error: Could not read file \"/srv/x\"", IngestCause::Storage),
            ("Invalid Input Error: 'secret' is odd", IngestCause::File),
            ("Binder Error: too many columns", IngestCause::File),
            ("INTERNAL Error: 'secret'", IngestCause::Engine),
        ] {
            let (cause, message) = clean_ingest_text(raw);
            assert_eq!(cause, expected, "{raw}");
            assert!(
                !message.contains("query") && !message.contains("secret"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_full_disk_under_a_query_is_a_resource_error() {
        let raw = "IO Error: Could not write file \"/scratch/x\": No space left on device";
        let cleaned = clean_text(raw);
        assert_eq!(cleaned.kind, RunnerErrorKind::Resource);
        assert!(cleaned.message.contains("disk is full"), "{}", cleaned.message);
    }

    #[test]
    fn running_out_of_memory_is_a_resource_error() {
        let raw = "Out of Memory Error: failed to allocate data of size 16.0 MiB (380.0 MiB/384.0 MiB used)";
        assert_eq!(clean_text(raw).kind, RunnerErrorKind::Resource);
    }
}
