//! Interpretation: from items to a reading, one pass per kind of meaning.
//!
//! Every pass marks the items that it has used; what is left over at the end is either a condition,
//! a column to show, or something that was not understood. Nothing is dropped in silence.

mod absence;
mod adjectives;
mod bounds;
mod conditions;
mod contrast;
mod counts;
mod groups;
pub(crate) mod items;
pub(crate) mod judgement;
mod leftovers;
mod likeness;
mod metrics;
mod occasions;
mod ranking;
mod shares;

use crate::lexicon::Cue;
use crate::link::ColumnId;
use crate::reading::{Bound, Metric, Reading};
use crate::sense::{Catalogue, ColumnCheck, Sense};
use crate::text::Token;
use crate::time_phrases::TimeRange;
use items::{Item, Kind};

pub(crate) struct Interpreter<'a> {
    catalogue: Catalogue<'a>,
    tokens: &'a [Token],
    items: Vec<Item>,
    reading: Reading,
    /// The metric that an item became, for comparisons that follow it.
    metric_items: Vec<(usize, usize)>,
    /// "highest revenue", where revenue is no number: refused unless something else is ranked.
    unrankable: Option<usize>,
    /// Items that a negation turned round, and whether it speaks for those joined to them by "and".
    negated: Vec<(usize, bool)>,
    /// "best", "worst": right only once it is known what is good.
    judged: Option<usize>,
    /// The adjective that ranks: "cheapest" is said of things.
    by_adjective: Option<usize>,
    /// A percentage whose condition is a comparison that is still to be read.
    rate_of_bound: bool,
    /// "worst first": the ranking sorts, and keeps all.
    sorts_only: bool,
}

/// The reading of the items against one base table.
pub(crate) fn interpret(
    catalogue: Catalogue<'_>,
    tokens: &[Token],
    base: usize,
    (items, fit): (Vec<Item>, f64),
    (range, other_range): (Option<TimeRange>, Option<TimeRange>),
) -> Reading {
    let reading = Reading {
        base,
        range,
        other_range,
        fit,
        ..Reading::default()
    };
    let mut interpreter = Interpreter {
        catalogue,
        tokens,
        items,
        reading,
        metric_items: Vec::new(),
        unrankable: None,
        negated: Vec::new(),
        judged: None,
        by_adjective: None,
        rate_of_bound: false,
        sorts_only: false,
    };
    interpreter.run();
    interpreter.reading
}

impl Interpreter<'_> {
    fn run(&mut self) {
        self.settle_double_meanings();
        self.join_compounds();
        self.read_named_keys();
        self.read_same();
        self.read_texts();
        self.read_time_columns();
        self.read_contrasts();
        self.read_running();
        self.read_means();
        self.read_rates();
        self.read_groups();
        self.read_time_focus();
        self.read_counts();
        self.read_rankings();
        self.read_aggregates();
        self.read_absence();
        self.read_participles();
        self.read_bounds();
        self.read_when();
        self.read_conditions();
        self.read_focus();
        self.read_leftovers();
        self.settle_judgement();
        self.settle_shares();
        self.reading.who = self.asks_who();
        self.reading.ever = self.speaks_of_all_times();
        self.settle_sides();
        self.blame_unknown_words();
    }

    /// "who is", "who are".
    pub(super) fn asks_who(&self) -> Option<bool> {
        let place = self.tokens.iter().position(|token| token.word == "who")?;
        let next = self.tokens.get(place + 1).map(|token| token.word.as_str());
        Some(matches!(next, Some("are" | "were" | "have")))
    }

    /// A structural word without its object is no news when the object itself was not understood.
    fn blame_unknown_words(&mut self) {
        let unknown: Vec<String> = (0..self.items.len())
            .filter(|index| matches!(self.items[*index].kind, Kind::Unknown | Kind::Cue(Cue::Beyond)))
            .map(|index| self.words(index))
            .collect();
        if self
            .reading
            .problems
            .iter()
            .any(|problem| unknown.contains(problem))
        {
            self.reading.problems.retain(|problem| unknown.contains(problem));
        }
    }

    fn sense(&self, index: usize) -> Option<&Sense> {
        match &self.items.get(index)?.kind {
            Kind::Sense { sense, .. } => Some(sense),
            _ => None,
        }
    }

    fn cue(&self, index: usize) -> Option<Cue> {
        match &self.items.get(index)?.kind {
            Kind::Cue(cue) => Some(*cue),
            _ => None,
        }
    }

    fn bound(&self, index: usize) -> Option<&Bound> {
        match &self.items.get(index)?.kind {
            Kind::Bound(bound) => Some(bound),
            _ => None,
        }
    }

    fn is_light(&self, index: usize) -> bool {
        self.items
            .get(index)
            .is_some_and(|item| matches!(item.kind, Kind::Light | Kind::To))
    }

    /// The next item that carries meaning.
    fn next(&self, index: usize) -> Option<usize> {
        (index + 1..self.items.len()).find(|next| !self.is_light(*next))
    }

    fn previous(&self, index: usize) -> Option<usize> {
        (0..index).rev().find(|previous| !self.is_light(*previous))
    }

    fn open_cues(&self) -> Vec<(usize, Cue)> {
        (0..self.items.len())
            .filter(|index| !self.items[*index].used)
            .filter_map(|index| Some((index, self.cue(index)?)))
            .collect()
    }

    fn consume(&mut self, index: usize) {
        self.items[index].used = true;
    }

    /// The question's own words for an item.
    fn words(&self, index: usize) -> String {
        let item = &self.items[index];
        let words: Vec<&str> = self.tokens[item.start..item.end]
            .iter()
            .map(|token| token.text.as_str())
            .collect();
        words.join(" ")
    }

    fn add_metric(&mut self, index: usize, metric: Metric) {
        let known = self
            .reading
            .metrics
            .iter()
            .position(|existing| *existing == metric);
        let position = known.unwrap_or_else(|| {
            self.reading.metrics.push(metric);
            self.reading.metrics.len() - 1
        });
        self.metric_items.push((index, position));
        self.consume(index);
    }

    /// The metric of a number or measure, unless it is neither.
    fn numeric(&self, index: usize) -> Option<Sense> {
        self.sense(index)
            .filter(|sense| matches!(sense, Sense::Number(_) | Sense::Measure(_)))
            .cloned()
    }

    /// A condition that an item states by itself: a value, a term, a flag.
    fn check(&self, index: usize) -> Option<ColumnCheck> {
        match self.sense(index)? {
            Sense::Condition(check) => Some(check.clone()),
            Sense::Flag(column) => Some(ColumnCheck::equal(*column, true.into())),
            _ => None,
        }
    }

    /// Turns a check round as the words before it say: "not", "missed".
    fn with_polarity(&mut self, index: usize, check: ColumnCheck) -> ColumnCheck {
        let Some(before) = self.previous(index).filter(|before| !self.items[*before].used) else {
            return check;
        };
        let flips = match self.cue(before) {
            Some(Cue::Not | Cue::Missing) => true,
            Some(Cue::Fails) => {
                let excludes = self.words(before).eq_ignore_ascii_case("outside");
                excludes || matches!(self.sense(index), Some(Sense::Flag(_))) || is_true(&check)
            }
            Some(Cue::Meets) => false,
            Some(Cue::And | Cue::Or) if self.negation_goes_on(before) => {
                let carries = self.negated.iter().any(|(_, carries)| *carries);
                self.negated.push((index, carries));
                return check.negated();
            }
            _ => return check,
        };
        self.consume(before);
        if flips {
            let carries = !matches!(
                self.words(before).to_lowercase().as_str(),
                "not" | "aren" | "never"
            );
            self.negated.push((index, carries));
        }
        // "did not meet" turns round once more.
        let twice = self
            .previous(before)
            .filter(|first| self.cue(*first) == Some(Cue::Not) && !self.items[*first].used);
        if let Some(first) = twice {
            self.consume(first);
        }
        if flips != twice.is_some() {
            check.negated()
        } else {
            check
        }
    }

    /// "without A and B", "not A or B", "neither A nor B": the second is left out as well.
    fn negation_goes_on(&self, joint: usize) -> bool {
        let left = self.previous(joint);
        let known = self.negated.iter().find(|(item, _)| Some(*item) == left);
        known.is_some_and(|(_, carries)| *carries || self.cue(joint) == Some(Cue::Or))
    }

    /// A word such as "total" is a column's name unless a number or a noun follows it.
    fn settle_double_meanings(&mut self) {
        for index in 0..self.items.len() {
            let Kind::Sense { cue: Some(cue), .. } = self.items[index].kind else {
                continue;
            };
            let next = index + 1;
            let structural = match cue {
                Cue::Total | Cue::Aggregate(_) => {
                    self.numeric(next).is_some()
                        || matches!(self.sense(next), Some(Sense::Rows(_) | Sense::Entity(_)))
                }
                Cue::Count => self.sense(next).is_some(),
                _ => false,
            };
            if structural {
                self.items[index].kind = Kind::Cue(cue);
            }
        }
    }

    /// "product category", "sensor status": the first noun only says whose.
    fn join_compounds(&mut self) {
        for index in 0..self.items.len() {
            self.join_value_and_column(index);
            self.reading.entity_owns |= self.names_the_entity(index);
            let owner = matches!(
                self.sense(index),
                Some(Sense::Rows(_) | Sense::Entity(_) | Sense::Key(_))
            );
            let owned = matches!(
                self.sense(index + 1),
                Some(
                    Sense::Dimension(_)
                        | Sense::Number(_)
                        | Sense::Flag(_)
                        | Sense::Measure(_)
                        | Sense::Time(_)
                )
            );
            if owner && owned && !self.items[index].plural {
                self.reading.entity_owns |= matches!(self.sense(index), Some(Sense::Entity(_)));
                self.items[index].kind = Kind::Light;
            }
        }
    }

    /// "south zone", "category Books": the column's name adds nothing to its value.
    fn join_value_and_column(&mut self, index: usize) {
        let column = |place: usize| match self.sense(place) {
            Some(Sense::Dimension(column)) => Some(*column),
            _ => None,
        };
        let value = |place: usize| match self.sense(place) {
            Some(Sense::Condition(check)) => Some(check.column),
            _ => None,
        };
        if let (Some(left), Some(right)) = (value(index), column(index + 1))
            && left == right
        {
            self.items[index + 1].kind = Kind::Light;
        } else if let (Some(left), Some(right)) = (column(index), value(index + 1))
            && left == right
        {
            self.items[index].kind = Kind::Light;
        }
    }

    /// A column whose words in the question begin with the entity's noun: "sensor status".
    fn names_the_entity(&self, index: usize) -> bool {
        let Some(Sense::Dimension(column)) = self.sense(index) else {
            return false;
        };
        let entity = self.catalogue.table(column.table).entity.as_ref();
        entity.is_some_and(|entity| self.tokens[self.items[index].start].lemma == entity.noun)
    }

    /// "created in the last week": the column beside the range is the one it means.
    fn read_time_columns(&mut self) {
        let Some(range) = self.items.iter().position(|item| item.kind == Kind::Range) else {
            return;
        };
        let beside = self.previous(range).filter(|index| index + 1 == range);
        if let Some(index) = beside
            && let Some(Sense::Time(column)) = self.sense(index)
        {
            self.reading.time_column = Some(*column);
            self.consume(index);
        } else if let Some((index, column)) =
            beside.and_then(|index| Some((index, self.event_column(index)?)))
        {
            self.reading.time_column = Some(column);
            self.consume(index);
        }
    }

    /// "resolved in the last week", where the table has a `resolved_at`.
    fn event_column(&self, index: usize) -> Option<ColumnId> {
        let table = self.check(index)?.column.table;
        let word = &self.tokens[self.items[index].end - 1];
        let column = self.catalogue.table(table).columns.iter().position(|column| {
            let name = crate::link::readable(&column.name);
            let first = name.split(' ').next().unwrap_or_default();
            column.kind.is_temporal() && crate::stem::stem(&first.to_lowercase()) == word.stem
        })?;
        Some(ColumnId { table, column })
    }

    fn problem(&mut self, index: usize) {
        let words = self.words(index);
        if !self.reading.problems.contains(&words) {
            self.reading.problems.push(words);
        }
    }

    fn home(&self, column: ColumnId) -> usize {
        column.table
    }
}

fn is_true(check: &ColumnCheck) -> bool {
    check.value == serde_json::Value::Bool(true)
}
