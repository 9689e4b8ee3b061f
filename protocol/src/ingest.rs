//! `runner-native ingest`: files of tables to one typed, read-only snapshot, and what was found in them.

use crate::dataset::{ColumnType, Relationship};
use crate::reading::{FileLimits, Note, Reading};
use serde::{Deserialize, Serialize};

/// One JSON document on stdin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestRequest {
    /// Where the finished snapshot goes; written next to it first, then renamed.
    pub output: String,
    pub memory_bytes: u64,
    /// An empty folder for what does not fit into memory.
    #[serde(default)]
    pub scratch: Option<String>,
    #[serde(default)]
    pub limits: FileLimits,
    pub tables: Vec<IngestTable>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestTable {
    /// A workbook of several sheets becomes several tables, named after the sheets.
    pub name: String,
    pub path: String,
    /// Expected columns in order; empty: infer names and types from the file.
    pub columns: Vec<IngestColumn>,
    #[serde(default)]
    pub reading: Reading,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestColumn {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    pub nullable: bool,
}

/// A JSON line on stdout: any number of times how far it is, then how it ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestOutcome {
    Progress(IngestProgress),
    Snapshot(SnapshotProfile),
    Error(IngestError),
}

/// How far the reading of a dataset's files is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestProgress {
    /// Of all work, also what follows the reading; never 100.
    pub percent: u8,
    /// Stored so far.
    pub rows: u64,
}

/// Kept beside the snapshot as JSON.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotProfile {
    pub tables: Vec<TableProfile>,
    /// Found by column names and containment of values, many to one.
    pub relationships: Vec<Relationship>,
    /// The newest date or timestamp of all tables.
    pub now: Option<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableProfile {
    pub name: String,
    /// Without its folder.
    #[serde(default)]
    pub file: String,
    pub row_count: u64,
    /// The first column, or pair, that identifies a row: unique, never NULL, and no measured number;
    /// empty if none.
    pub primary_key: Vec<String>,
    pub columns: Vec<ColumnProfile>,
    /// What was assumed when the file was read.
    #[serde(default)]
    pub notes: Vec<Note>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnProfile {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Any NULL found.
    pub nullable: bool,
    pub distinct_count: u64,
    pub min: Option<String>,
    pub max: Option<String>,
    /// See [`crate::dataset::Column::values`].
    pub values: Vec<String>,
    /// Stood beside every number: `%`, `$`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestError {
    /// File name without its folder.
    pub file: String,
    /// Counts from 1, the header is line 1.
    pub line: Option<u64>,
    pub column: Option<String>,
    pub message: String,
    pub hint: Option<String>,
    #[serde(default)]
    pub cause: IngestCause,
}

/// What stood in the way: only a file's own fault stays until the file changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IngestCause {
    #[default]
    File,
    /// The disk: full, or it failed.
    Storage,
    /// More memory was needed than ingest may use.
    Memory,
    /// The engine itself.
    Engine,
}

/// Last words of a name that identifies something, whatever stands before them.
const KEY_WORDS: [&str; 14] = [
    "id", "ids", "key", "code", "uuid", "guid", "sku", "isbn", "ean", "upc", "zip", "zipcode", "postcode",
    "phone",
];
/// These do so behind another word only: `order_no`, but not a bare `number`, which may be a count.
const NUMBERING_WORDS: [&str; 4] = ["no", "nr", "num", "number"];

/// Whether a column's name says that its values identify something: `id`, `customerId`,
/// `invoice no`, `zip_code`. Numbers under such a name are never added up or averaged.
pub fn names_a_key(name: &str) -> bool {
    let words = words(name);
    words.last().is_some_and(|last| {
        KEY_WORDS.contains(&last.as_str()) || (words.len() > 1 && NUMBERING_WORDS.contains(&last.as_str()))
    })
}

/// Whether the name says no more than that its values are numbers of something: `no`, `number`.
pub fn names_a_numbering(name: &str) -> bool {
    matches!(&words(name)[..], [only] if NUMBERING_WORDS.contains(&only.as_str()))
}

/// `customerId`, `customer_id` and `Customer ID` are all `customer`, `id`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        let starts_word = character.is_uppercase() && after_lower;
        if starts_word || !character.is_alphanumeric() {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
        after_lower = character.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_known_by_the_end_of_their_name() {
        for name in [
            "id",
            "ORDER_ID",
            "customerId",
            "Invoice No",
            "zip_code",
            "phone number",
            "sku",
        ] {
            assert!(names_a_key(name), "{name}");
        }
        for name in [
            "revenue",
            "paid",
            "number",
            "number of orders",
            "valid",
            "codes_used",
            "",
        ] {
            assert!(!names_a_key(name), "{name}");
        }
        assert!(names_a_numbering("Number") && !names_a_numbering("order number"));
    }
}
