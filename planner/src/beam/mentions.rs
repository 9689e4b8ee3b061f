//! What the question mentions: cells, numbers, dates. Every mention keeps all its possible readings.

use super::english::{counterparts, is_stopword};
use super::reading::is_year;
use super::view::{Cell, Facet, TableView};
use super::words::Word;
use std::collections::HashMap;

/// How a span of the question fits a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Fit {
    /// The span is a whole cell.
    Exact,
    /// The span stands within one or more cells.
    Within,
    /// Most words of one cell, in any order.
    Mostly,
    /// The number is a value of the column.
    Number,
    /// The number lies in the column's range; the values are not all known.
    InRange,
}

impl Fit {
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Within => "within",
            Self::Mostly => "mostly",
            Self::Number => "number",
            Self::InRange => "in-range",
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// A cell's text, as it stands.
    Text(String),
    /// A part of cells, as the question has it.
    Part(String),
    Number(f64),
}

/// One reading of a span: a column that has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Mention {
    pub start: usize,
    pub end: usize,
    pub column: usize,
    pub fit: Fit,
    pub value: Value,
    /// Distinct values that have the span.
    pub values: usize,
    /// Share of the cell's words that the question has.
    pub coverage: f64,
    /// How many columns have a reading of this span as good as this.
    pub rivals: usize,
    /// A letter was wrong, or the form differs.
    pub loose: bool,
}

impl Mention {
    pub fn length(&self) -> usize {
        self.end - self.start
    }

    /// Another value of the same column that has the same span. Cells that differ by their
    /// punctuation only are meant together.
    fn join(&mut self, other: &Self) {
        self.values += 1;
        self.coverage = self.coverage.max(other.coverage);
        if let (Fit::Exact, Value::Text(own), Value::Text(text)) = (self.fit, &self.value, &other.value) {
            let shorter = if text.len() < own.len() { text } else { own };
            self.value = Value::Part(
                shorter
                    .trim_matches(|character: char| !character.is_alphanumeric())
                    .to_owned(),
            );
        }
    }

    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// The most readings that are kept.
const MAX_MENTIONS: usize = 60;

pub(crate) fn mentions(view: &TableView<'_>, question: &[Word]) -> Vec<Mention> {
    let mut found = cell_mentions(view, question);
    found.extend(number_mentions(view, question));
    drop_shadowed(&mut found, question);
    count_rivals(&mut found);
    found.sort_by_key(|mention| (std::cmp::Reverse(weight(mention)), mention.start, mention.column));
    found.truncate(MAX_MENTIONS);
    found
}

fn weight(mention: &Mention) -> usize {
    let fit = match mention.fit {
        Fit::Exact => 3,
        Fit::Number | Fit::Mostly => 2,
        Fit::Within | Fit::InRange => 1,
    };
    mention.length() * 4 + fit
}

/// The best alignment of one cell with the question.
struct Alignment {
    start: usize,
    length: usize,
    /// Matched words of the cell, in any order.
    bag: Vec<usize>,
    loose: bool,
}

fn cell_mentions(view: &TableView<'_>, question: &[Word]) -> Vec<Mention> {
    let spellings: Vec<Vec<(String, bool)>> = question.iter().map(|word| spellings(view, word)).collect();
    // For each cell: the places of the question that have a word of it.
    let mut touched: HashMap<usize, Vec<(usize, usize, bool)>> = HashMap::new();
    for (place, forms) in spellings.iter().enumerate() {
        for (form, loose) in forms {
            for (cell, at) in view.index.get(form).into_iter().flatten() {
                touched.entry(*cell).or_default().push((place, *at, *loose));
            }
        }
    }
    let mut groups: HashMap<(usize, usize, usize, Fit), Mention> = HashMap::new();
    let mut order: Vec<usize> = touched.keys().copied().collect();
    order.sort_unstable();
    for number in order {
        let cell = &view.cells[number];
        for mention in align(view, cell, question, &touched[&number]) {
            let key = (mention.start, mention.end, mention.column, mention.fit);
            groups
                .entry(key)
                .and_modify(|known| known.join(&mention))
                .or_insert(mention);
        }
    }
    let mut found: Vec<Mention> = groups.into_values().collect();
    found.sort_by_key(|mention| (mention.start, mention.end, mention.column, mention.fit));
    found
}

/// A word's own form, then its other forms if the cells know those instead.
fn spellings(view: &TableView<'_>, word: &Word) -> Vec<(String, bool)> {
    let mut forms = vec![(word.norm.clone(), false)];
    for other in counterparts(&word.norm) {
        forms.push((other.to_owned(), true));
    }
    let known = view.index.contains_key(&word.norm);
    if !known && !is_stopword(&word.norm) {
        if word.lemma != word.norm {
            forms.push((word.lemma.clone(), true));
        }
        forms.push((format!("{}s", word.norm), true));
        if word.norm.len() >= 5 && word.number.is_none() {
            forms.extend(
                misspellings(view, &word.norm)
                    .into_iter()
                    .map(|form| (form, true)),
            );
        }
    }
    forms
}

/// Words of cells that differ by a letter or two.
fn misspellings(view: &TableView<'_>, word: &str) -> Vec<String> {
    let first = word.chars().next();
    let allowed = if word.len() >= 8 { 2 } else { 1 };
    let mut near: Vec<String> = view
        .index
        .keys()
        .filter(|known| known.chars().next() == first && known.len().abs_diff(word.len()) <= allowed)
        .filter(|known| crate::link::edit_distance(known, word, allowed).is_some())
        .cloned()
        .collect();
    near.sort_unstable();
    near.truncate(2);
    near
}

fn align(
    view: &TableView<'_>,
    cell: &Cell,
    question: &[Word],
    hits: &[(usize, usize, bool)],
) -> Vec<Mention> {
    let best = best_alignment(hits, question);
    let content = |place: usize| !is_stopword(&question[place].norm);
    let mut found = Vec::new();
    let span = best.start..best.start + best.length;
    let whole = best.length == cell.forms.len();
    let meaningful =
        span.clone().any(content) || (whole && (best.length > 1 || marked(&question[best.start])));
    if meaningful {
        let text = view.value(cell);
        let value = match whole {
            true => Value::Text(text.to_owned()),
            false => Value::Part(part_of(text, cell, question, &span)),
        };
        found.push(Mention {
            start: span.start,
            end: span.end,
            column: cell.column,
            fit: if whole { Fit::Exact } else { Fit::Within },
            value,
            values: 1,
            coverage: best.length as f64 / cell.forms.len() as f64,
            rivals: 0,
            loose: best.loose,
        });
    }
    if !whole && let Some(mention) = mostly(view, cell, question, &best) {
        found.push(mention);
    }
    found
}

fn marked(word: &Word) -> bool {
    word.capital || word.quoted
}

/// As the cells write it, so that the engine finds it: accents and punctuation stay.
fn part_of(text: &str, cell: &Cell, question: &[Word], span: &std::ops::Range<usize>) -> String {
    let cell_words = super::words::words(text);
    let wanted = span.len();
    let start = (0..cell.forms.len().saturating_sub(wanted - 1)).find(|start| {
        span.clone()
            .enumerate()
            .all(|(offset, place)| same_word(&cell.forms[start + offset], &question[place]))
    });
    match start {
        Some(start) if start + wanted <= cell_words.len() => {
            text[cell_words[start].start..cell_words[start + wanted - 1].end].to_owned()
        }
        _ => question[span.clone()]
            .iter()
            .map(|word| word.norm.as_str())
            .collect::<Vec<_>>()
            .join(" "),
    }
}

fn same_word(form: &str, word: &Word) -> bool {
    form == word.norm
        || form == word.lemma
        || counterparts(&word.norm).any(|other| other == form)
        || (word.norm.len() >= 4 && form.len() == word.norm.len() + 1 && form.starts_with(&word.norm))
        || (word.norm.len() >= 5 && crate::link::edit_distance(form, &word.norm, 2).is_some())
}

/// The longest run of question words that are a run of the cell's words.
fn best_alignment(hits: &[(usize, usize, bool)], question: &[Word]) -> Alignment {
    let mut best = Alignment {
        start: 0,
        length: 0,
        bag: Vec::new(),
        loose: false,
    };
    for (place, at, loose) in hits {
        let mut length = 1;
        let mut any_loose = *loose;
        while let Some(next) = hits
            .iter()
            .find(|(other, position, _)| *other == place + length && *position == at + length)
        {
            any_loose |= next.2;
            length += 1;
        }
        if length > best.length || (length == best.length && best.loose && !any_loose) {
            best = Alignment {
                start: *place,
                length,
                bag: Vec::new(),
                loose: any_loose,
            };
        }
    }
    let mut bag: Vec<usize> = hits
        .iter()
        .map(|(place, _, _)| *place)
        .filter(|place| !is_stopword(&question[*place].norm))
        .collect();
    bag.sort_unstable();
    bag.dedup();
    best.bag = bag;
    best
}

/// Fewer matching words than this are no cell.
const LEAST_COVERAGE: f64 = 0.6;

/// A cell of which the question has most words, though not in one piece.
fn mostly(view: &TableView<'_>, cell: &Cell, question: &[Word], best: &Alignment) -> Option<Mention> {
    let content: Vec<&String> = cell.forms.iter().filter(|form| !is_stopword(form)).collect();
    if content.len() < 2 || best.bag.len() < 2 {
        return None;
    }
    let start = *best.bag.first()?;
    let end = best.bag.last()? + 1;
    let coverage = best.bag.len().min(content.len()) as f64 / content.len() as f64;
    let compact = end - start <= cell.forms.len() + 3;
    let within_all = end - start <= question.len();
    (coverage >= LEAST_COVERAGE && compact && within_all && best.bag.len() > best.length / 2).then(|| {
        Mention {
            start,
            end,
            column: cell.column,
            fit: Fit::Mostly,
            value: Value::Text(view.value(cell).to_owned()),
            values: 1,
            coverage,
            rivals: 0,
            loose: true,
        }
    })
}

fn number_mentions(view: &TableView<'_>, question: &[Word]) -> Vec<Mention> {
    let mut found = Vec::new();
    for (place, word) in question.iter().enumerate() {
        let Some((scaled_number, end)) = scaled(question, place) else {
            continue;
        };
        for (column, described) in view.columns.iter().enumerate() {
            // A column may be in millions itself.
            let own = word.number.unwrap_or(scaled_number);
            let number = match described.numbers.contains(&scaled_number.to_bits()) {
                true => scaled_number,
                false => own,
            };
            let known = described.numbers.contains(&number.to_bits());
            let in_range = described.min.is_some_and(|min| min <= number)
                && described.max.is_some_and(|max| number <= max);
            let fit = match described.facet {
                Facet::Number if known => Fit::Number,
                Facet::Number if in_range && !described.listed => Fit::InRange,
                Facet::NumberText if known => Fit::Number,
                _ => continue,
            };
            found.push(Mention {
                start: place,
                end,
                column,
                fit,
                value: Value::Number(number),
                values: 1,
                coverage: 1.0,
                rivals: 0,
                loose: word.norm.parse::<f64>().is_err(),
            });
        }
    }
    found
}

/// "5 million" is one number.
pub(crate) fn scaled(question: &[Word], place: usize) -> Option<(f64, usize)> {
    let number = question.get(place)?.number?;
    let factor = match question.get(place + 1).map(|word| word.norm.as_str()) {
        Some("million") => 1e6,
        Some("thousand") => 1e3,
        Some("billion") => 1e9,
        Some("hundred") => 1e2,
        _ => return Some((number, place + 1)),
    };
    if is_year(number) {
        return Some((number, place + 1));
    }
    Some((number * factor, place + 2))
}

/// A shorter reading inside a longer one of the same column adds nothing.
fn drop_shadowed(found: &mut Vec<Mention>, question: &[Word]) {
    let copy = found.clone();
    found.retain(|mention| {
        let single_small = mention.length() == 1
            && mention.fit == Fit::Within
            && question[mention.start].norm.chars().count() < 2;
        let shadowed = copy.iter().any(|other| {
            other.column == mention.column
                && other.start <= mention.start
                && mention.end <= other.end
                && (other.length() > mention.length()
                    || (other.length() == mention.length() && other.fit < mention.fit))
                && (other.fit <= mention.fit || mention.fit == Fit::Within)
                && !(other.fit == Fit::Mostly && mention.fit == Fit::Exact)
                // The span is a cell, and stands in longer ones, too: either may be meant.
                && !(other.length() == mention.length() && other.fit == Fit::Exact && mention.fit == Fit::Within)
        });
        !single_small && !shadowed
    });
}

fn count_rivals(found: &mut [Mention]) {
    let spans: Vec<(usize, usize, Fit)> = found
        .iter()
        .map(|mention| (mention.start, mention.end, mention.fit))
        .collect();
    for mention in found.iter_mut() {
        mention.rivals = spans
            .iter()
            .filter(|(start, end, fit)| *start == mention.start && *end == mention.end && *fit <= mention.fit)
            .count();
    }
}
