//! What may be asked about the rows: every question of a known kind that the words allow.

use super::cues::Cues;
use super::form::{Ask, Check, Fold, Key, Test};
use super::view::{Facet, TableView};
use super::words::Word;

const COUNTING: [&str; 12] = [
    "many", "number", "count", "total", "times", "amount", "often", "much", "numbers", "quantity", "there",
    "ever",
];
const FREQUENCY: [&str; 11] = [
    "most",
    "least",
    "common",
    "often",
    "frequent",
    "frequently",
    "times",
    "majority",
    "more",
    "fewest",
    "than",
];
const DIFFERENCES: [&str; 18] = [
    "difference",
    "more",
    "less",
    "fewer",
    "longer",
    "taller",
    "older",
    "younger",
    "between",
    "apart",
    "separate",
    "higher",
    "larger",
    "greater",
    "than",
    "from",
    "later",
    "differ",
];

/// A number of rows beyond this is no "top few".
const MAX_TOP: f64 = 50.0;

pub(crate) struct Asker<'a> {
    view: &'a TableView<'a>,
    question: &'a [Word],
    cues: &'a Cues,
    /// Columns that an answer may show, likeliest first.
    outs: &'a [usize],
}

pub(crate) fn asks(
    view: &TableView<'_>,
    question: &[Word],
    cues: &Cues,
    outs: &[usize],
    checks: &[Check],
) -> Vec<Ask> {
    let asker = Asker {
        view,
        question,
        cues,
        outs,
    };
    let mut found: Vec<Ask> = outs.iter().map(|out| Ask::Values(*out)).collect();
    asker.counts(&mut found);
    asker.totals(&mut found);
    asker.tops(&mut found);
    asker.frequencies(&mut found);
    asker.neighbours(checks, &mut found);
    asker.differences(checks, &mut found);
    found
}

impl Asker<'_> {
    fn has(&self, words: &[&str]) -> bool {
        self.question
            .iter()
            .any(|word| words.contains(&word.norm.as_str()))
    }

    fn numeric(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.view.columns.len()).filter(|column| self.view.columns[*column].facet.is_numeric())
    }

    fn counts(&self, found: &mut Vec<Ask>) {
        if !self.has(&COUNTING) {
            return;
        }
        found.push(Ask::Count);
        let outs = self.outs.iter().take(5);
        found.extend(
            outs.filter(|out| self.view.columns[**out].distinctness < 1.0)
                .map(|out| Ask::CountDistinct(*out)),
        );
    }

    fn totals(&self, found: &mut Vec<Ask>) {
        let largest = self.cues.superlatives.iter().any(|(_, word)| word.descending);
        let smallest = self.cues.superlatives.iter().any(|(_, word)| !word.descending);
        for fold in Fold::ALL {
            let asked = match fold {
                Fold::Sum => self.cues.sum || self.has(&["many", "much"]),
                Fold::Average => self.cues.average,
                Fold::Maximum => largest,
                Fold::Minimum => smallest,
            };
            if asked {
                found.extend(self.numeric().map(|column| Ask::Total(fold, column)));
            }
        }
    }

    fn tops(&self, found: &mut Vec<Ask>) {
        let mut directions: Vec<bool> = Vec::new();
        let mut positions: Vec<bool> = Vec::new();
        for (_, word) in &self.cues.superlatives {
            directions.push(word.descending);
            directions.extend(word.dates_descending);
            // "best": the first rank, or the highest score.
            if matches!(
                word.word,
                "best"
                    | "better"
                    | "top"
                    | "worst"
                    | "worse"
                    | "won"
                    | "winner"
                    | "fastest"
                    | "faster"
                    | "bottom"
            ) {
                directions.extend([true, false]);
            }
            if word.positional || matches!(word.word, "top" | "bottom" | "earliest" | "latest") {
                positions.push(word.descending);
            }
        }
        dedup(&mut directions);
        dedup(&mut positions);
        let mut slices = vec![(1, 0)];
        slices.extend(self.row_count().map(|rows| (rows, 0)));
        slices.extend(self.ordinal().map(|ordinal| (1, ordinal - 1)));
        if directions.is_empty() && self.ordinal().is_some() {
            directions = vec![false, true];
            positions = vec![false];
        }
        for out in self.outs {
            for slice in &slices {
                self.tops_of(*out, *slice, &directions, &positions, found);
            }
        }
    }

    /// "the second", "3rd".
    fn ordinal(&self) -> Option<u32> {
        let of = |word: &Word| match word.norm.as_str() {
            "second" | "2nd" => Some(2),
            "third" | "3rd" => Some(3),
            "fourth" | "4th" => Some(4),
            "fifth" | "5th" => Some(5),
            "sixth" | "6th" => Some(6),
            _ => None,
        };
        self.question.iter().find_map(of)
    }

    fn tops_of(
        &self,
        out: usize,
        (rows, skipped): (u32, u32),
        directions: &[bool],
        positions: &[bool],
        found: &mut Vec<Ask>,
    ) {
        let top = |key, descending| Ask::Top {
            out,
            key,
            descending,
            rows,
            skipped,
        };
        for descending in positions {
            found.push(top(Key::Position, *descending));
        }
        for (column, described) in self.view.columns.iter().enumerate() {
            if described.facet.is_ordered() {
                found.extend(
                    directions
                        .iter()
                        .map(|descending| top(Key::Column(column), *descending)),
                );
            }
        }
    }

    /// "the top 5", "the two highest".
    fn row_count(&self) -> Option<u32> {
        let (place, _) = self.cues.superlatives.first()?;
        let near = self.question.iter().enumerate().find(|(at, word)| {
            at.abs_diff(*place) <= 1
                && !word.norm.ends_with(['t', 'd', 'h'])
                && word
                    .number
                    .is_some_and(|number| (2.0..=MAX_TOP).contains(&number))
        });
        near.and_then(|(_, word)| word.number).map(|number| number as u32)
    }

    fn frequencies(&self, found: &mut Vec<Ask>) {
        if !self.has(&FREQUENCY) {
            return;
        }
        for out in self
            .outs
            .iter()
            .filter(|out| self.view.columns[**out].distinctness < 1.0)
        {
            for (_, word) in self.cues.superlatives.iter().filter(|(_, word)| word.counts) {
                let (out, descending) = (*out, word.descending);
                found.push(Ask::Frequent { out, descending });
                found.extend(self.numeric().filter(|key| *key != out).map(|key| Ask::TopGroup {
                    out,
                    key,
                    descending,
                }));
            }
        }
        found.dedup();
    }

    fn neighbours(&self, checks: &[Check], found: &mut Vec<Ask>) {
        if !checks.iter().any(|check| matches!(check.test, Test::Equal(_))) {
            return;
        }
        let mut directions: Vec<bool> = self.cues.neighbours.iter().map(|(_, forward)| *forward).collect();
        dedup(&mut directions);
        for forward in directions {
            let offset = if forward { 1 } else { -1 };
            found.extend(self.outs.iter().map(|out| Ask::Beside { out: *out, offset }));
        }
    }

    fn differences(&self, checks: &[Check], found: &mut Vec<Ask>) {
        if !self.has(&DIFFERENCES) {
            return;
        }
        let ordered = |column: &usize| {
            let facet = self.view.columns[*column].facet;
            facet.is_numeric() || facet == Facet::Temporal
        };
        let pair = checks
            .iter()
            .any(|check| matches!(&check.test, Test::OneOf(values) if values.len() == 2));
        if pair {
            let columns = (0..self.view.columns.len()).filter(ordered);
            found.extend(columns.map(Ask::Difference));
            found.push(Ask::CountDifference);
        }
        if self.has(&["difference", "between", "range"]) {
            found.extend(self.numeric().map(Ask::Spread));
        }
    }
}

fn dedup(flags: &mut Vec<bool>) {
    flags.sort_unstable();
    flags.dedup();
}
