//! How a file is read: what its owner says about it, and what was assumed where nobody said anything.

use crate::dataset::ColumnType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody says about a file. Whatever is absent is found out from the file, and said in a [`Note`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Reading {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<FileFormat>,
    /// A name of the WHATWG encoding standard: `utf-8`, `windows-1252`, `utf-16le`. `utf-8-lossy` replaces
    /// what is not UTF-8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoding: Option<String>,
    /// One ASCII character, or `tab`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delimiter: Option<String>,
    /// One ASCII character, or `none`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quote: Option<String>,
    /// How a quote stands inside a quoted value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escape: Option<Escape>,
    /// The line that names the columns, counted from 1; lines above it are skipped. 0: there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_line: Option<u64>,
    /// `.` or `,`; the other one, blanks and apostrophes set thousands apart.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decimal_mark: Option<String>,
    /// The order of day, month and year: `dmy`, `DD.MM.YYYY`, `%m/%d/%Y`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_format: Option<String>,
    /// Texts that mean "no value", in every column. Given, no other text means that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub null_values: Option<Vec<String>>,
    /// Types by column name, see [`WantedType`].
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub types: BTreeMap<String, String>,
    /// Rows that don't fit are left out, up to this many. Without it the first one refuses the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_bad_rows: Option<u64>,
    /// Only this sheet of a workbook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sheet: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    Csv,
    /// One array of objects, or objects one after the other.
    Json,
    Ndjson,
    Parquet,
    Xlsx,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Escape {
    /// `"say ""hi"""`
    #[default]
    Doubled,
    /// `"say \"hi\""`
    Backslash,
}

impl Reading {
    /// Nothing is said.
    pub fn is_open(&self) -> bool {
        *self == Self::default()
    }

    /// What `self` says, and what `general` says about anything that it leaves open.
    pub fn or(self, general: &Self) -> Self {
        let mut types = general.types.clone();
        types.extend(self.types);
        Self {
            format: self.format.or(general.format),
            encoding: self.encoding.or_else(|| general.encoding.clone()),
            delimiter: self.delimiter.or_else(|| general.delimiter.clone()),
            quote: self.quote.or_else(|| general.quote.clone()),
            escape: self.escape.or(general.escape),
            header_line: self.header_line.or(general.header_line),
            decimal_mark: self.decimal_mark.or_else(|| general.decimal_mark.clone()),
            date_format: self.date_format.or_else(|| general.date_format.clone()),
            null_values: self.null_values.or_else(|| general.null_values.clone()),
            types,
            max_bad_rows: self.max_bad_rows.or(general.max_bad_rows),
            sheet: self.sheet.or_else(|| general.sheet.clone()),
        }
    }

    /// The first setting that cannot be, whatever the file is: its name and what is wrong.
    pub fn check(&self) -> Result<(), (String, String)> {
        let wrong = |key: &str, reason: String| Err((key.to_owned(), reason));
        if let Some(text) = &self.delimiter
            && one_byte(text).is_none()
        {
            return wrong(
                "delimiter",
                format!("`{text}` is not one ASCII character or `tab`"),
            );
        }
        if let Some(text) = &self.quote
            && text != "none"
            && one_byte(text).is_none()
        {
            return wrong("quote", format!("`{text}` is not one ASCII character or `none`"));
        }
        if let Some(text) = &self.decimal_mark
            && !matches!(text.as_str(), "." | ",")
        {
            return wrong("decimal_mark", format!("`{text}` is neither `.` nor `,`"));
        }
        if let Some(text) = &self.date_format
            && DateOrder::parse(text).is_none()
        {
            return wrong(
                "date_format",
                format!(
                    "`{text}` does not say the order of day, month and year, as `dmy` or `DD.MM.YYYY` do"
                ),
            );
        }
        for (column, text) in &self.types {
            if let Err(reason) = WantedType::parse(text) {
                return wrong(&format!("types.{column}"), reason);
            }
        }
        Ok(())
    }
}

/// A delimiter or quote: one ASCII character, written itself or as `tab`.
pub fn one_byte(text: &str) -> Option<u8> {
    match text.as_bytes() {
        b"tab" | b"\\t" => Some(b'\t'),
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r' | 0) => Some(*byte),
        _ => None,
    }
}

/// In which order a date's numbers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
}

impl DateOrder {
    /// From any usual way of writing a form: only the order of its letters counts.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters: Vec<char> = text
            .chars()
            .filter(char::is_ascii_alphabetic)
            .map(|letter| letter.to_ascii_lowercase())
            .collect();
        letters.dedup();
        match letters[..] {
            ['y', 'm', 'd', ..] => Some(Self::YearMonthDay),
            ['d', 'm', 'y', ..] => Some(Self::DayMonthYear),
            ['m', 'd', 'y', ..] => Some(Self::MonthDayYear),
            _ => None,
        }
    }
}

/// A type that somebody wants a column to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WantedType {
    Exactly(ColumnType),
    /// As many digits behind the point as the values have.
    Decimal,
}

impl WantedType {
    /// `text`, `boolean`, `integer`, `bigint`, `decimal`, `decimal(10,2)`, `double`, `date`, `time`,
    /// `timestamp`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let lower = text.trim().to_ascii_lowercase();
        Ok(Self::Exactly(match lower.as_str() {
            "text" | "varchar" | "string" => ColumnType::Text,
            "boolean" | "bool" => ColumnType::Boolean,
            "integer" | "int" => ColumnType::Integer,
            "bigint" => ColumnType::Bigint,
            "double" | "float" => ColumnType::Double,
            "date" => ColumnType::Date,
            "time" => ColumnType::Time,
            "timestamp" | "datetime" => ColumnType::Timestamp,
            "decimal" | "number" => return Ok(Self::Decimal),
            _ => return decimal(&lower).ok_or_else(|| unknown_type(text)),
        }))
    }
}

fn decimal(text: &str) -> Option<WantedType> {
    let inside = text.strip_prefix("decimal(")?.strip_suffix(')')?;
    let (precision, scale) = inside.split_once(',')?;
    let (precision, scale): (u8, u8) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
    let fits = (1..=38).contains(&precision) && scale <= precision;
    fits.then_some(WantedType::Exactly(ColumnType::Decimal { precision, scale }))
}

fn unknown_type(text: &str) -> String {
    format!(
        "`{text}` is no type; there are text, boolean, integer, bigint, decimal, decimal(10,2), double, \
         date, time, timestamp"
    )
}

/// Something that was assumed, repaired or left out while a file was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Note {
    pub kind: NoteKind,
    /// File name without its folder.
    pub file: String,
    /// Counts from 1: where it was seen first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    pub message: String,
    /// How to say otherwise: `encoding = "utf-8"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    Encoding,
    Delimiter,
    Quotes,
    Header,
    Name,
    Numbers,
    Dates,
    Nulls,
    MixedTypes,
    ShortRows,
    LeftOut,
    Nested,
    #[default]
    Other,
}

/// What a file may take; passing one refuses the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FileLimits {
    pub file_bytes: u64,
    /// After decompression.
    pub expanded_bytes: u64,
    /// Expanded bytes for each compressed one, once a file has grown past 64 MiB.
    pub expansion_ratio: u64,
    pub columns: u64,
    pub rows: u64,
    pub cell_bytes: u64,
}

impl Default for FileLimits {
    fn default() -> Self {
        Self {
            file_bytes: 16 << 30,
            expanded_bytes: 64 << 30,
            // Deflate's own limit is 1,032; logs and exports of this kind stay below 50.
            expansion_ratio: 200,
            columns: 4_096,
            rows: 1_000_000_000,
            cell_bytes: 16 << 20,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_a_date_is_read_from_any_way_of_writing_it() {
        for text in ["dmy", "DD.MM.YYYY", "%d/%m/%Y", "d-m-y hh:mm"] {
            assert_eq!(DateOrder::parse(text), Some(DateOrder::DayMonthYear), "{text}");
        }
        assert_eq!(DateOrder::parse("MM/DD/YYYY"), Some(DateOrder::MonthDayYear));
        assert_eq!(DateOrder::parse("YYYY-MM-DD"), Some(DateOrder::YearMonthDay));
        assert_eq!(DateOrder::parse("european"), None);
    }

    #[test]
    fn types_are_named_as_people_write_them() {
        let decimal = |precision, scale| WantedType::Exactly(ColumnType::Decimal { precision, scale });
        assert_eq!(WantedType::parse("Decimal(10, 2)"), Ok(decimal(10, 2)));
        assert_eq!(WantedType::parse("decimal"), Ok(WantedType::Decimal));
        assert_eq!(
            WantedType::parse("TEXT"),
            Ok(WantedType::Exactly(ColumnType::Text))
        );
        assert!(WantedType::parse("decimal(2,10)").is_err());
        assert!(WantedType::parse("money").unwrap_err().contains("decimal(10,2)"));
    }

    #[test]
    fn what_is_said_of_one_file_wins_over_what_is_said_of_all() {
        let general: Reading =
            serde_json::from_str(r#"{"delimiter": ";", "types": {"zip": "text", "n": "integer"}}"#).unwrap();
        let own: Reading = serde_json::from_str(r#"{"delimiter": "tab", "types": {"n": "text"}}"#).unwrap();
        let merged = own.or(&general);
        assert_eq!(merged.delimiter.as_deref(), Some("tab"));
        assert_eq!((&*merged.types["zip"], &*merged.types["n"]), ("text", "text"));
    }

    #[test]
    fn a_setting_that_cannot_be_is_named() {
        let of = |text: &str| serde_json::from_str::<Reading>(text).unwrap().check();
        assert_eq!(of(r#"{"delimiter": "::"}"#).unwrap_err().0, "delimiter");
        assert_eq!(of(r#"{"types": {"zip": "txt"}}"#).unwrap_err().0, "types.zip");
        assert_eq!(of(r#"{"date_format": "local"}"#).unwrap_err().0, "date_format");
        assert_eq!(of(r#"{"delimiter": "tab", "quote": "none"}"#), Ok(()));
    }
}
