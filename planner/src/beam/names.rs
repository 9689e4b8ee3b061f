//! Where a question names a column, in its own words or in near ones.

use super::english::{is_stopword, related};
use super::view::{ColumnView, TableView};
use super::words::Word;
use std::ops::Range;

/// A word of the question that stands for a word of a column's name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit {
    pub place: usize,
    /// Which word of the name.
    pub part: usize,
    /// 0 to 1.
    pub quality: f64,
}

/// How well some words of the question name a column.
#[derive(Clone, Debug, Default)]
pub(crate) struct Naming {
    /// 0 to 1, by the name's telling words.
    pub cover: f64,
    /// The same, of words that are the name's own.
    pub literal: f64,
    pub start: usize,
    pub end: usize,
    pub places: Vec<usize>,
}

impl Naming {
    pub fn is_there(&self) -> bool {
        self.cover > 0.0
    }
}

const PREFIX_QUALITY: f64 = 0.7;
const RELATED_QUALITY: f64 = 0.5;
/// Above this a word is the name's own.
const LITERAL: f64 = 0.9;

pub(crate) fn hits(view: &TableView<'_>, question: &[Word]) -> Vec<Vec<Hit>> {
    let of_column = |column: &ColumnView| {
        let mut found = Vec::new();
        for (part, name) in column.words.iter().enumerate() {
            for (place, word) in question.iter().enumerate() {
                let quality = likeness(&name.word, word);
                if quality > 0.0 {
                    found.push(Hit { place, part, quality });
                }
            }
        }
        found
    };
    view.columns.iter().map(of_column).collect()
}

fn likeness(name: &Word, word: &Word) -> f64 {
    if name.norm == word.norm {
        return 1.0;
    }
    if name.lemma == word.lemma {
        return 0.98;
    }
    if is_stopword(&word.norm)
        && !matches!(
            word.norm.as_str(),
            "number" | "time" | "times" | "total" | "name" | "type" | "where" | "who"
        )
    {
        return 0.0;
    }
    if name.stem == word.stem {
        return 0.93;
    }
    if abbreviates(&name.norm, &word.norm) || abbreviates(&word.norm, &name.norm) {
        return 0.8;
    }
    if common_prefix(&name.norm, &word.norm) {
        return PREFIX_QUALITY;
    }
    if name.norm.len() >= 5
        && word.norm.len() >= 5
        && crate::link::edit_distance(&name.norm, &word.norm, 1).is_some()
    {
        return 0.85;
    }
    if related(&name.lemma, &word.lemma) || related(&name.norm, &word.norm) {
        return RELATED_QUALITY;
    }
    0.0
}

/// "pop" for "population", "no" for "number".
fn abbreviates(short: &str, long: &str) -> bool {
    matches!(
        (short, long),
        ("no", "number")
            | ("nr", "number")
            | ("pct", "percentage")
            | ("pts", "points")
            | ("pos", "position")
            | ("yr", "year")
    ) || (short.len() >= 3 && short.len() + 2 <= long.len() && long.starts_with(short) && short.len() <= 4)
}

fn common_prefix(left: &str, right: &str) -> bool {
    let shared = left
        .bytes()
        .zip(right.bytes())
        .take_while(|(a, b)| a == b)
        .count();
    shared >= 5 || (shared >= 4 && shared * 10 >= left.len().max(right.len()) * 6)
}

/// The best naming of a column by words at allowed places, in one stretch of the question.
pub(crate) fn naming(column: &ColumnView, hits: &[Hit], allowed: impl Fn(usize) -> bool) -> Naming {
    let total: f64 = column.words.iter().map(|name| name.weight).sum();
    if total == 0.0 {
        return Naming::default();
    }
    let reach = column.words.len() + 3;
    let mut best = Naming::default();
    for first in hits.iter().filter(|hit| allowed(hit.place)) {
        let window = first.place..first.place + reach;
        let candidate = in_window(column, hits, &window, &allowed, total);
        if candidate.cover > best.cover + 1e-9 {
            best = candidate;
        }
    }
    best
}

fn in_window(
    column: &ColumnView,
    hits: &[Hit],
    window: &Range<usize>,
    allowed: &impl Fn(usize) -> bool,
    total: f64,
) -> Naming {
    let mut naming = Naming {
        start: window.end,
        ..Naming::default()
    };
    for (part, name) in column.words.iter().enumerate() {
        let best = hits
            .iter()
            .filter(|hit| hit.part == part && window.contains(&hit.place) && allowed(hit.place))
            .filter(|hit| !naming.places.contains(&hit.place))
            .max_by(|a, b| a.quality.total_cmp(&b.quality));
        if let Some(hit) = best {
            naming.cover += hit.quality * name.weight / total;
            if hit.quality > LITERAL {
                naming.literal += name.weight / total;
            }
            naming.places.push(hit.place);
            naming.start = naming.start.min(hit.place);
            naming.end = naming.end.max(hit.place + 1);
        }
    }
    naming
}
