//! "cheapest", "longest", "most expensive": which column an adjective ranks by.

use super::Interpreter;
use super::ranking::opposite;
use crate::lexicon::Adjective;
use crate::link::{ColumnId, readable};
use crate::reading::RankBy;
use crate::sense::Sense;
use csv_analyst_protocol::plan::Direction;

/// Words for what something has been, for a while.
const STATES: [&str; 6] = ["open", "active", "unsolved", "outstanding", "inactive", "idle"];

impl Interpreter<'_> {
    pub(super) fn read_flipped_adjective(
        &mut self,
        index: usize,
        adjective: &'static Adjective,
        direction: Direction,
    ) {
        let flipped = direction == Direction::Asc;
        self.consume(index);
        self.rank_by_adjective(index, adjective, flipped);
    }

    pub(super) fn read_adjective(&mut self, index: usize, adjective: &'static Adjective) {
        if !Adjective::is_superlative(&self.words(index).to_lowercase()) {
            return;
        }
        self.consume(index);
        self.take_limit_around(index);
        self.rank_by_adjective(index, adjective, false);
    }

    fn rank_by_adjective(&mut self, index: usize, adjective: &'static Adjective, flipped: bool) {
        let direction = if flipped {
            opposite(adjective.direction)
        } else {
            adjective.direction
        };
        if let Some(next) = self
            .next(index)
            .filter(|next| self.numeric(*next).is_some() && !self.items[*next].used)
        {
            return self.rank_by_superlative_number(next, direction);
        }
        let state_before = self
            .previous(index)
            .is_some_and(|before| matches!(self.sense(before), Some(Sense::Condition(_))));
        let state_before = state_before
            || self.next(index).is_some_and(|next| {
                let word = self.tokens[self.items[next].end - 1].word.as_str();
                let state = word.ends_with("ed") || word.ends_with("ing") || STATES.contains(&word);
                state && matches!(self.sense(next), Some(Sense::Condition(_)))
            });
        let column = self.column_named(adjective.columns);
        self.by_adjective = Some(index);
        match column {
            Some(column) if !(adjective.age && state_before) => self.rank(direction, RankBy::Column(column)),
            _ if adjective.age => self.rank(direction, RankBy::Age),
            _ => self.problem(index),
        }
    }

    /// A number column of the base table, or of one that it points to, with one of these words in its name.
    pub(super) fn column_named(&self, words: &[&str]) -> Option<ColumnId> {
        let reachable = |table: &usize| self.catalogue.distance(self.reading.base, *table).is_some();
        let mut tables: Vec<usize> = (0..self.catalogue.dataset.tables.len())
            .filter(reachable)
            .collect();
        tables.sort_by_key(|table| self.catalogue.distance(self.reading.base, *table));
        words.iter().find_map(|word| {
            tables
                .iter()
                .find_map(|table| self.number_with_word(*table, word))
        })
    }

    fn number_with_word(&self, table: usize, word: &str) -> Option<ColumnId> {
        let has_word = |text: &str| readable(text).to_lowercase().split(' ').any(|part| part == word);
        let position = self.catalogue.table(table).columns.iter().position(|column| {
            column.kind.is_number()
                && (has_word(&column.name) || column.synonyms.iter().any(|synonym| has_word(synonym)))
        })?;
        let id = ColumnId {
            table,
            column: position,
        };
        matches!(
            self.catalogue.sense(crate::link::Target::Column(id)),
            Sense::Number(_)
        )
        .then_some(id)
    }
}
