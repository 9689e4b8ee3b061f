//! One table as the beam sees it: what its columns hold, and where each word of its cells stands.

use super::english::{CLASSES, Class, has_class, is_stopword};
use super::reading::{is_mostly_date, is_mostly_number, number_of};
use super::words::{Word, forms, words};
use csv_analyst_protocol::dataset::{ColumnType, Table};
use std::collections::{HashMap, HashSet};

/// How a column's cells can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Facet {
    Number,
    /// Text, nearly always with a number in front: "$1,234", "15 (3rd)".
    NumberText,
    /// DATE or TIMESTAMP.
    Temporal,
    /// Text, nearly always a date: "July 1, 1867".
    DateText,
    Boolean,
    Text,
}

impl Facet {
    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::NumberText)
    }

    pub fn is_dated(self) -> bool {
        matches!(self, Self::Temporal | Self::DateText)
    }

    /// Values have an order that a superlative can mean.
    pub fn is_ordered(self) -> bool {
        self.is_numeric() || self.is_dated()
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::NumberText => "number-text",
            Self::Temporal => "temporal",
            Self::DateText => "date-text",
            Self::Boolean => "boolean",
            Self::Text => "text",
        }
    }
}

pub(crate) struct NameWord {
    pub word: Word,
    /// 0 to 1: how much it tells this column from the others of its table.
    pub weight: f64,
}

pub(crate) struct ColumnView {
    pub name: String,
    pub words: Vec<NameWord>,
    pub facet: Facet,
    pub classes: Vec<Class>,
    /// The distinct values are all known.
    pub listed: bool,
    pub min: Option<f64>,
    pub max: Option<f64>,
    pub numbers: HashSet<u64>,
    pub is_key: bool,
    /// Share of its values in the rows: 1 where every row has another.
    pub distinctness: f64,
}

/// One distinct value of a text column.
pub(crate) struct Cell {
    pub column: usize,
    pub value: usize,
    pub forms: Vec<String>,
}

pub(crate) struct TableView<'t> {
    pub table: &'t Table,
    pub columns: Vec<ColumnView>,
    pub cells: Vec<Cell>,
    /// Word of a cell, to the cells and places where it stands.
    pub index: HashMap<String, Vec<(usize, usize)>>,
    /// The column that names what a row is about.
    pub subject: usize,
}

/// The share of cells that must read as numbers or dates.
const MOSTLY: f64 = 0.7;
/// Cells are indexed up to here; a table with more text is linked by what fits.
const MAX_CELLS: usize = 30_000;

impl<'t> TableView<'t> {
    pub fn new(table: &'t Table) -> Self {
        let columns = views(table);
        let mut cells = Vec::new();
        let mut index: HashMap<String, Vec<(usize, usize)>> = HashMap::new();
        for (column, described) in table.columns.iter().enumerate() {
            if matches!(columns[column].facet, Facet::Number | Facet::Boolean) {
                continue;
            }
            for (value, text) in described.values.iter().enumerate() {
                if cells.len() >= MAX_CELLS {
                    break;
                }
                let forms = forms(text);
                for (place, form) in forms.iter().enumerate() {
                    index.entry(form.clone()).or_default().push((cells.len(), place));
                }
                cells.push(Cell { column, value, forms });
            }
        }
        let subject = subject(table, &columns);
        Self {
            table,
            columns,
            cells,
            index,
            subject,
        }
    }

    pub fn value(&self, cell: &Cell) -> &str {
        &self.table.columns[cell.column].values[cell.value]
    }
}

/// The first text column whose values tell rows apart, else the one that does it best.
fn subject(table: &Table, columns: &[ColumnView]) -> usize {
    if let Some(display) = table.display_columns.first()
        && let Some(place) = columns.iter().position(|column| column.name == *display)
    {
        return place;
    }
    let textual = |column: &&ColumnView| matches!(column.facet, Facet::Text);
    let telling = columns
        .iter()
        .position(|column| textual(&column) && column.distinctness > 0.8);
    telling
        .or_else(|| columns.iter().position(|column| textual(&column)))
        .unwrap_or(0)
}

fn views(table: &Table) -> Vec<ColumnView> {
    let names: Vec<Vec<Word>> = table
        .columns
        .iter()
        .map(|column| words(&crate::link::readable(&column.name)))
        .collect();
    let mut spread: HashMap<&str, usize> = HashMap::new();
    for name in &names {
        let distinct: HashSet<&str> = name.iter().map(|word| word.lemma.as_str()).collect();
        for lemma in distinct {
            *spread.entry(lemma).or_default() += 1;
        }
    }
    let weigh = |word: &Word| {
        let shared = spread.get(word.lemma.as_str()).copied().unwrap_or(1);
        let base = if is_stopword(&word.norm) { 0.35 } else { 1.0 };
        base / (shared as f64).sqrt()
    };
    let rows = table.row_count.unwrap_or(0).max(1) as f64;
    names
        .iter()
        .zip(&table.columns)
        .map(|(name, column)| {
            let facet = facet(column.kind, &column.values);
            let numeric_values = column.values.iter().filter_map(|value| number_of(value));
            let numbers: HashSet<u64> = if facet.is_numeric() {
                numeric_values.map(f64::to_bits).collect()
            } else {
                HashSet::new()
            };
            let parse = |text: &Option<String>| text.as_deref().and_then(|text| text.parse().ok());
            let distinct = column.distinct_count.unwrap_or(column.values.len() as u64);
            ColumnView {
                name: column.name.clone(),
                words: name
                    .iter()
                    .map(|word| NameWord {
                        weight: weigh(word),
                        word: word.clone(),
                    })
                    .collect(),
                facet,
                classes: classes(name),
                listed: !column.values.is_empty() && column.values.len() as u64 >= distinct,
                min: parse(&column.min),
                max: parse(&column.max),
                numbers,
                is_key: table.primary_key.contains(&column.name),
                distinctness: distinct as f64 / rows,
            }
        })
        .collect()
}

fn classes(name: &[Word]) -> Vec<Class> {
    CLASSES
        .iter()
        .filter(|(class, _)| name.iter().any(|word| has_class(*class, &word.lemma, &word.norm)))
        .map(|(class, _)| *class)
        .collect()
}

fn facet(kind: ColumnType, values: &[String]) -> Facet {
    match kind {
        ColumnType::Boolean => Facet::Boolean,
        ColumnType::Date | ColumnType::Timestamp => Facet::Temporal,
        kind if kind.is_number() => Facet::Number,
        _ => text_facet(values),
    }
}

fn text_facet(values: &[String]) -> Facet {
    let filled: Vec<&String> = values
        .iter()
        .filter(|value| value.chars().any(char::is_alphanumeric))
        .collect();
    if filled.is_empty() {
        return Facet::Text;
    }
    let share = |test: fn(&str) -> bool| {
        filled.iter().filter(|value| test(value)).count() as f64 / filled.len() as f64
    };
    if share(is_mostly_date) >= MOSTLY {
        Facet::DateText
    } else if share(is_mostly_number) >= MOSTLY {
        Facet::NumberText
    } else {
        Facet::Text
    }
}
