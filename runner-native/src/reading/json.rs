//! JSON as rows: an array of objects, or objects one after the other (NDJSON). One object is in memory at a
//! time.
//!
//! Objects inside objects become columns of their own (`address.city` is `address_city`), lists are kept as
//! JSON text. Numbers keep the digits that the file has: they are never read into a double here.

pub mod elements;

use super::encoding::{Decoded, Detected};
use super::failure::{Placed, refuse};
use super::file::Source;
use super::notes::Notes;
use super::record::{Cell, Record, Records};
use csv_analyst_protocol::ingest::IngestError;
use csv_analyst_protocol::reading::NoteKind;
use elements::{Elements, ElementsError};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashMap;
use std::fmt;

/// Objects further down are kept as JSON text.
const DEEPEST: usize = 8;
/// Between the names of a path; no name holds it unescaped.
const STEP: char = '\u{1}';

/// The columns of all objects, in the order in which they were first seen.
#[derive(Debug, Default)]
struct Paths {
    places: HashMap<String, usize>,
    names: Vec<String>,
}

impl Paths {
    fn place(&mut self, path: &str) -> usize {
        if let Some(place) = self.places.get(path) {
            return *place;
        }
        self.places.insert(path.into(), self.names.len());
        self.names.push(path.replace(STEP, "_"));
        self.names.len() - 1
    }
}

pub struct JsonFile {
    source: Source,
    detected: Detected,
    paths: Paths,
    elements: Elements<Decoded>,
    /// Of the object that is being read, by column; and whether it is a number.
    cells: Vec<(Vec<u8>, bool)>,
}

impl JsonFile {
    /// Reads the whole file once, to know its columns.
    pub fn open(source: Source, detected: Detected, notes: &mut Notes) -> Result<Self, IngestError> {
        let elements = elements(&source, detected);
        let mut file = Self {
            source,
            detected,
            paths: Paths::default(),
            elements,
            cells: Vec::new(),
        };
        file.find_columns(notes)?;
        file.restart()?;
        Ok(file)
    }

    /// Not cleaned, not unique.
    pub fn names(&self) -> &[String] {
        &self.paths.names
    }

    fn find_columns(&mut self, notes: &mut Notes) -> Result<(), IngestError> {
        let (mut objects, mut nested, mut lists) = (0_u64, None, None);
        let mut list_of_objects = None;
        while let Some((line, text)) = self
            .elements
            .next_object()
            .map_err(|error| refusal(&self.source, error))?
        {
            objects += 1;
            let paths = &mut self.paths;
            flatten(text, &mut |path, value| {
                paths.place(path);
                if path.contains(STEP) {
                    nested.get_or_insert(line);
                }
                if let Value::List(text) = value {
                    lists.get_or_insert(line);
                    if text
                        .trim_start_matches(['[', ' ', '\n', '\r', '\t'])
                        .starts_with('{')
                    {
                        list_of_objects.get_or_insert(line);
                    }
                }
            })
            .map_err(|error| malformed(&self.source, line, &error))?;
            self.check_width(line)?;
        }
        if objects == 0 {
            return Err(refuse(&self.source.name, "The file holds no object.")
                .on(1)
                .hint("It must be a list of objects, or one object on each line."));
        }
        if let (1, Some(line)) = (objects, list_of_objects) {
            return Err(refuse(
                &self.source.name,
                "The file is a single object with a list of objects inside.",
            )
            .on(line)
            .hint("Save the inner list itself: `[{...}, {...}]`."));
        }
        if let Some(line) = nested {
            let message = "Objects inside objects are columns of their own, named like `address_city`.";
            notes.say(NoteKind::Nested, Some(line), message, None);
        }
        if let Some(line) = lists {
            notes.say(NoteKind::Nested, Some(line), "Lists are kept as JSON text.", None);
        }
        Ok(())
    }

    fn check_width(&self, line: u64) -> Result<(), IngestError> {
        let (count, limit) = (self.paths.names.len() as u64, self.source.limits.columns);
        if count <= limit {
            return Ok(());
        }
        Err(refuse(
            &self.source.name,
            format!("The objects have more than {limit} different names."),
        )
        .on(line)
        .hint("Names that are data belong into a list; or raise `datasets.limits.columns`."))
    }
}

impl Records for JsonFile {
    fn restart(&mut self) -> Result<(), IngestError> {
        self.elements = elements(&self.source, self.detected);
        self.cells = vec![Default::default(); self.paths.names.len()];
        Ok(())
    }

    fn next(&mut self, record: &mut Record) -> Result<bool, IngestError> {
        record.clear();
        let found = self
            .elements
            .next_object()
            .map_err(|error| refusal(&self.source, error))?;
        let Some((line, text)) = found else {
            return Ok(false);
        };
        record.line = line;
        for (text, is_number) in &mut self.cells {
            text.clear();
            *is_number = false;
        }
        let (cells, places) = (&mut self.cells, &self.paths.places);
        flatten(text, &mut |path, value| {
            if let Some((text, is_number)) = places.get(path).and_then(|place| cells.get_mut(*place)) {
                text.clear();
                text.extend_from_slice(value.text().as_bytes());
                *is_number = matches!(value, Value::Number(_));
            }
        })
        .map_err(|error| malformed(&self.source, line, &error))?;
        for (text, is_number) in &self.cells {
            record.push(Cell {
                text,
                is_number: *is_number,
            });
        }
        Ok(true)
    }
}

fn elements(source: &Source, detected: Detected) -> Elements<Decoded> {
    let input = Decoded::new(source.unpacked(), detected);
    Elements::new(input, source.limits.cell_bytes)
}

fn refusal(source: &Source, error: ElementsError) -> IngestError {
    let refuse = |line, message: String| refuse(&source.name, message).on(line);
    match error {
        ElementsError::Read(error) => source.failed(&error),
        ElementsError::NoObject(line) => refuse(line, "This is not an object.".into())
            .hint("The file must be a list of objects, or one object on each line."),
        ElementsError::CutOff(line) => refuse(line, "The object that begins here does not end.".into()),
        ElementsError::TooDeep(line) => refuse(line, "The object is nested too deeply.".into()),
        ElementsError::TooLong(line, limit) => {
            refuse(line, format!("The object has more than {limit} bytes."))
                .hint("Raise `datasets.limits.cell_bytes`.")
        }
        ElementsError::Trailing(line) => refuse(line, "Something follows the list.".into()),
    }
}

fn malformed(source: &Source, line: u64, error: &serde_json::Error) -> IngestError {
    let line = line + (error.line() as u64).saturating_sub(1);
    refuse(&source.name, "The object is not valid JSON.").on(line)
}

enum Value<'a> {
    Null,
    Number(&'a str),
    /// A truth value as written, or an object too far down.
    Plain(&'a str),
    Text(String),
    List(&'a str),
}

impl Value<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Null => "",
            Self::Number(text) | Self::Plain(text) | Self::List(text) => text,
            Self::Text(text) => text,
        }
    }
}

type Seen<'s> = &'s mut dyn FnMut(&str, Value<'_>);

fn flatten(text: &[u8], seen: Seen<'_>) -> serde_json::Result<()> {
    let text = std::str::from_utf8(text).map_err(serde::de::Error::custom)?;
    flatten_object(text, &mut String::new(), 1, seen)
}

fn flatten_object(text: &str, path: &mut String, depth: usize, seen: Seen<'_>) -> serde_json::Result<()> {
    let object: Object<'_> = serde_json::from_str(text)?;
    let length = path.len();
    for (name, value) in object.0 {
        if length > 0 {
            path.push(STEP);
        }
        path.push_str(&name);
        flatten_value(value.get(), path, depth, seen)?;
        path.truncate(length);
    }
    Ok(())
}

fn flatten_value(text: &str, path: &mut String, depth: usize, seen: Seen<'_>) -> serde_json::Result<()> {
    match text.as_bytes().first() {
        Some(b'{') if depth < DEEPEST => return flatten_object(text, path, depth + 1, seen),
        Some(b'"') => seen(path, Value::Text(serde_json::from_str(text)?)),
        Some(b'n') => seen(path, Value::Null),
        Some(b'[') => seen(path, Value::List(text)),
        Some(b'-' | b'0'..=b'9') => seen(path, Value::Number(text)),
        _ => seen(path, Value::Plain(text)),
    }
    Ok(())
}

/// Its members in their order, values unread.
struct Object<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Vec<(String, &'de RawValue)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members).map(Object)
    }
}
