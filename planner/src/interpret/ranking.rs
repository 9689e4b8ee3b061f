//! "top 10", "the most", "longest", "latest".

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::{ADJECTIVES, Cue, POPULARITY};
use crate::link::ColumnId;
use crate::reading::{Focus, Group, Metric, RankBy, Ranking};
use crate::sense::Sense;
use csv_analyst_protocol::dataset::ColumnType;
use csv_analyst_protocol::plan::{Aggregate, Direction};

/// First words of measures that rank by themselves.
const SUPERLATIVE_NAMES: [&str; 6] = ["best", "top", "most", "highest", "biggest", "bestselling"];

impl Interpreter<'_> {
    pub(super) fn read_rankings(&mut self) {
        self.read_best_first();
        self.read_ordinals();
        self.read_both_ends();
        self.read_superlative_names();
        for (index, cue) in self.open_cues() {
            if self.items[index].used {
                continue;
            }
            match cue {
                Cue::Superlative { direction, counts } => self.read_superlative(index, direction, counts),
                Cue::Adjective(adjective) => self.read_adjective(index, &ADJECTIVES[adjective]),
                Cue::Recency(direction) => self.read_recency(index, direction),
                Cue::Current => {
                    self.consume(index);
                    self.reading.current = true;
                }
                Cue::TimeOrder(direction) => {
                    self.consume(index);
                    self.reading.ranking = Some(Ranking {
                        direction,
                        by: RankBy::Time,
                        cuts: false,
                    });
                }
                Cue::Ascending | Cue::Descending => self.turn(index, cue),
                _ => {}
            }
        }
        self.settle_sorting();
    }

    /// "worst first", "most expensive first": the order of all, not the best few.
    fn read_best_first(&mut self) {
        for index in 1..self.items.len() {
            let is_first = self.cue(index) == Some(Cue::Recency(Direction::Asc))
                && self.words(index).eq_ignore_ascii_case("first");
            if is_first
                && matches!(
                    self.cue(index - 1),
                    Some(Cue::Superlative { .. } | Cue::Adjective(_))
                )
            {
                self.consume(index);
                self.sorts_only = true;
            }
        }
    }

    /// "highest" and "lowest", as what they ask of a number.
    pub(super) fn extreme(&self, place: usize) -> Option<Aggregate> {
        match self.cue(place)? {
            Cue::Superlative {
                direction: Direction::Desc,
                ..
            } => Some(Aggregate::Max),
            Cue::Superlative {
                direction: Direction::Asc,
                ..
            } => Some(Aggregate::Min),
            _ => None,
        }
    }

    /// "highest and lowest temperature": both of them.
    fn read_both_ends(&mut self) {
        for index in 0..self.items.len() {
            let end = |place: usize| self.extreme(place);
            let Some(joint) = self
                .next(index)
                .filter(|joint| self.cue(*joint) == Some(Cue::And))
            else {
                continue;
            };
            let Some(other) = self.next(joint) else { continue };
            let Some(number) = self.next(other) else { continue };
            let (Some(first), Some(second), Some(Sense::Number(column))) =
                (end(index), end(other), self.sense(number))
            else {
                continue;
            };
            let column = *column;
            if first != second && !self.items[index].used && !self.items[other].used {
                self.consume(index);
                self.consume(other);
                self.add_metric(number, Metric::Column(column, first));
                self.add_metric(number, Metric::Column(column, second));
            }
        }
    }

    /// "the second highest": one row, after those before it.
    fn read_ordinals(&mut self) {
        for (index, cue) in self.open_cues() {
            let Cue::Ordinal(place) = cue else { continue };
            let ranks = self.next(index).is_some_and(|next| {
                matches!(
                    self.cue(next),
                    Some(Cue::Superlative { .. } | Cue::Adjective(_) | Cue::Recency(_))
                ) || self.is_superlative_name(next)
            });
            if ranks && place > 0 {
                self.consume(index);
                self.reading.limit = Some(1);
                self.reading.offset = (place > 1).then(|| u64::from(place) - 1);
            }
        }
    }

    /// A measure whose own words are a superlative: "best selling".
    fn is_superlative_name(&self, index: usize) -> bool {
        let first = self.tokens[self.items[index].start].word.as_str();
        self.numeric(index).is_some() && SUPERLATIVE_NAMES.contains(&first)
    }

    fn settle_sorting(&mut self) {
        if let Some(ranking) = self.reading.ranking.as_mut().filter(|_| self.sorts_only) {
            ranking.cuts = false;
        }
    }

    /// A measure whose own words are a superlative: "best selling".
    fn read_superlative_names(&mut self) {
        for index in 0..self.items.len() {
            let Some(sense) = self.numeric(index).filter(|_| !self.items[index].used) else {
                continue;
            };
            if let Kind::Sense {
                cue: Some(Cue::Adjective(adjective)),
                ..
            } = self.items[index].kind
            {
                self.take_limit_around(index);
                self.rank_by_superlative_number(index, ADJECTIVES[adjective].direction);
                continue;
            }
            let first = self.tokens[self.items[index].start].word.as_str();
            if !SUPERLATIVE_NAMES.contains(&first) {
                continue;
            }
            self.take_limit_around(index);
            match sense {
                Sense::Measure(measure) => self.add_metric(index, Metric::Measure(measure, None)),
                Sense::Number(column) => self.add_metric(index, Metric::Column(column, Aggregate::Sum)),
                _ => {}
            }
            self.rank(Direction::Desc, RankBy::Metric);
        }
    }

    pub(super) fn rank(&mut self, direction: Direction, by: RankBy) {
        let by = match (by, self.reading.ranking) {
            (RankBy::Unstated, Some(known)) => known.by,
            (stated, _) => stated,
        };
        self.reading.ranking = Some(Ranking {
            direction,
            by,
            cuts: true,
        });
    }

    fn read_superlative(&mut self, index: usize, direction: Direction, counts: bool) {
        self.consume(index);
        self.take_limit_around(index);
        if matches!(self.words(index).to_lowercase().as_str(), "best" | "worst") {
            self.judged = Some(index);
        }
        if self.is_popularity(index) && self.reading.time_focus.is_some() {
            return self.rank_by_rows_after(index, direction);
        }
        let used = self
            .tokens
            .get(self.items[index].end)
            .is_some_and(|token| token.word == "used");
        if used && counts {
            return self.rank_by_count(index, direction);
        }
        let size_words = ["biggest", "largest", "smallest", "greatest", "highest", "lowest"];
        self.reading.by_size = size_words.contains(&self.words(index).to_lowercase().as_str());
        let Some(next) = self.next_unnumbered(index) else {
            return self.rank_by_number_before(index, direction);
        };
        if let Some(Cue::Adjective(adjective)) = self.cue(next) {
            return self.read_flipped_adjective(next, &ADJECTIVES[adjective], direction);
        }
        if !self.items[next].used
            && matches!(
                self.cue(next),
                Some(Cue::Superlative { counts: true, .. } | Cue::Recency(_))
            )
        {
            self.consume(next);
            return self.rank_by_count(next, direction);
        }
        if counts && self.cue(next) == Some(Cue::Distinct) {
            self.read_distinct(next, next);
            return self.rank(direction, RankBy::Metric);
        }
        if self.numeric(next).is_some() && !self.items[next].used {
            return self.rank_by_superlative_number(next, direction);
        }
        if self.speaks_of_an_amount(index) && self.names_one_column(next) {
            self.unrankable = Some(next);
            return self.rank(direction, RankBy::Unstated);
        }
        if matches!(self.cue(next), Some(Cue::Aggregate(_) | Cue::Total | Cue::Count)) || self.is_metric(next)
        {
            return self.rank(direction, RankBy::Metric);
        }
        let of_flag = self.check(next).is_some_and(|check| {
            self.catalogue.column(check.column).kind == ColumnType::Boolean && !self.items[next].plural
        });
        if !counts && of_flag && !self.items[next].used && self.has_noun_before(index) {
            self.add_rate(next);
            return self.rank(direction, RankBy::Metric);
        }
        let counted = self.count_metric(next).is_some() || self.check(next).is_some();
        let rows = matches!(self.sense(next), Some(Sense::Rows(_) | Sense::Entity(_)));
        if counts && counted && !self.items[next].used && !self.has_noun_before(index) {
            if self.asks_who().is_some() {
                return self.rank_by_counted(next, direction);
            }
            if self.words(index).to_lowercase().ends_with("number of") || rows || self.check(next).is_some() {
                return self.rank_holders(index, next, direction);
            }
        }
        if counts
            && self.has_noun_before(index)
            && (self.count_metric(next).is_some() || self.check(next).is_some())
        {
            return self.rank_by_counted(next, direction);
        }
        self.rank(direction, RankBy::Unstated);
    }

    fn is_popularity(&self, index: usize) -> bool {
        POPULARITY.contains(&self.words(index).to_lowercase().as_str())
    }

    /// "the busiest day for orders".
    fn rank_by_rows_after(&mut self, index: usize, direction: Direction) {
        let noun = (index + 1..self.items.len()).find(|next| {
            matches!(self.sense(*next), Some(Sense::Rows(_) | Sense::Entity(_)))
                && self.count_metric(*next).is_some()
        });
        match noun {
            Some(noun) => {
                self.add_count(noun);
                self.rank(direction, RankBy::Metric);
            }
            None => self.rank_by_count(index, direction),
        }
    }

    /// "highest", "most": of a number, unlike "top", "best" or "highest number of".
    fn speaks_of_an_amount(&self, index: usize) -> bool {
        let words = self.words(index).to_lowercase();
        matches!(
            words.as_str(),
            "highest" | "lowest" | "most" | "the most" | "least" | "the least"
        )
    }

    /// "customers that spent the most".
    fn rank_by_number_before(&mut self, index: usize, direction: Direction) {
        let before = self
            .previous(index)
            .filter(|before| self.numeric(*before).is_some() && !self.items[*before].used);
        match before.and_then(|before| Some((before, self.numeric(before)?))) {
            Some((before, Sense::Measure(measure))) => {
                self.add_metric(before, Metric::Measure(measure, None))
            }
            Some((before, Sense::Number(column))) => {
                let aggregate = self.catalogue.default_aggregate(column);
                self.add_metric(before, Metric::Column(column, aggregate));
            }
            _ => return self.rank(direction, RankBy::Unstated),
        }
        self.rank(direction, RankBy::Metric);
    }

    fn next_unnumbered(&self, index: usize) -> Option<usize> {
        let next = self.next(index)?;
        if matches!(self.items[next].kind, Kind::Number(_)) {
            self.next(next)
        } else {
            Some(next)
        }
    }

    fn is_metric(&self, index: usize) -> bool {
        self.metric_items.iter().any(|(item, _)| *item == index)
    }

    /// "which category has the most ..": a noun stands before.
    fn has_noun_before(&self, index: usize) -> bool {
        (0..index).any(|before| {
            matches!(
                self.sense(before),
                Some(Sense::Rows(_) | Sense::Entity(_) | Sense::Key(_) | Sense::Dimension(_))
            )
        }) || !self.reading.groups.is_empty()
    }

    /// "most popular": by how many rows there are.
    fn rank_by_count(&mut self, index: usize, direction: Direction) {
        let stated = |by| matches!(by, RankBy::Column(_) | RankBy::Metric);
        if self.reading.ranking.is_some_and(|ranking| stated(ranking.by)) {
            return self.rank(direction, RankBy::Unstated);
        }
        let table = self.reading.base;
        self.add_metric(index, Metric::Rows(table));
        self.rank(direction, RankBy::Metric);
    }

    /// "the highest number of tickets that an agent has": the noun that has them stands after.
    fn rank_holders(&mut self, index: usize, counted: usize, direction: Direction) {
        let holder = (counted + 1..self.items.len()).find(|place| {
            let word = self.items[*place]
                .start
                .checked_sub(1)
                .map(|before| self.tokens[before].word.as_str());
            let adjoins = *place == counted + 1 && self.check(counted).is_some();
            (adjoins || matches!(word, Some("a" | "an" | "any" | "one" | "single" | "each")))
                && matches!(
                    self.sense(*place),
                    Some(Sense::Key(_) | Sense::Dimension(_) | Sense::Entity(_))
                )
        });
        let group = holder.and_then(|place| Some((place, self.group_at(place)?)));
        let table = self.check(counted).map(|check| check.column.table);
        match (group, self.count_metric(counted).or(table.map(Metric::Rows))) {
            (Some((place, group)), Some(metric)) => {
                if table.is_some() {
                    self.reading.metrics.push(metric);
                } else {
                    self.add_metric(counted, metric);
                }
                self.add_group(group);
                self.consume(place);
                self.reading.time_focus = Some(self.items[place].plural);
                self.rank(direction, RankBy::Metric);
            }
            _ => self.problem(index),
        }
    }

    /// "the most orders", "the most returns": the condition stays a condition.
    fn rank_by_counted(&mut self, index: usize, direction: Direction) {
        match self.count_metric(index) {
            Some(metric) => self.add_metric(index, metric),
            None => {
                let noun = (index + 1..self.items.len())
                    .take(1)
                    .find(|next| self.count_metric(*next).is_some());
                match noun.and_then(|next| Some((next, self.count_metric(next)?))) {
                    Some((next, metric)) => self.add_metric(next, metric),
                    None => {
                        let table = self
                            .check(index)
                            .map_or(self.reading.base, |check| check.column.table);
                        self.reading.metrics.push(Metric::Rows(table));
                    }
                }
            }
        }
        self.rank(direction, RankBy::Metric);
    }

    /// "highest temperature": the row with it, the group's maximum, or the maximum itself.
    pub(super) fn rank_by_superlative_number(&mut self, index: usize, direction: Direction) {
        match self.numeric(index) {
            Some(Sense::Measure(measure)) => {
                self.add_metric(index, Metric::Measure(measure, None));
                self.rank(direction, RankBy::Metric);
            }
            Some(Sense::Number(column)) => {
                self.consume(index);
                self.rank(direction, RankBy::Column(column));
            }
            _ => {}
        }
    }

    fn read_recency(&mut self, index: usize, direction: Direction) {
        self.consume(index);
        if self.lists_each_entity(index) && direction == Direction::Desc {
            return;
        }
        let entity = (index + 1..self.items.len())
            .take(2)
            .any(|next| matches!(self.sense(next), Some(Sense::Entity(_))));
        let of_entity = entity
            || (self.catalogue.table(self.reading.base).entity.is_some() && self.numeric_follows(index));
        if of_entity && direction == Direction::Desc {
            self.reading.current = true;
            return;
        }
        self.take_limit_around(index);
        self.rank(direction, RankBy::Time);
    }

    /// "latest reading of each sensor": the entities themselves, as they are now.
    fn lists_each_entity(&mut self, index: usize) -> bool {
        let of_rows = matches!(
            self.next(index).and_then(|next| self.sense(next)),
            Some(Sense::Rows(_))
        );
        let entity = self.reading.groups.iter().find_map(|group| match group {
            Group::Entity(table) => Some(*table),
            _ => None,
        });
        let Some(table) = entity.filter(|_| of_rows && self.reading.metrics.is_empty()) else {
            return false;
        };
        self.reading
            .groups
            .retain(|group| !matches!(group, Group::Entity(_)));
        self.reading.focus = Some(Focus {
            sense: Sense::Entity(table),
            plural: true,
            leads: true,
        });
        true
    }

    fn numeric_follows(&self, index: usize) -> bool {
        self.next(index).is_some_and(|next| {
            self.numeric(next).is_some() || matches!(self.sense(next), Some(Sense::Dimension(_)))
        })
    }

    fn turn(&mut self, index: usize, cue: Cue) {
        self.consume(index);
        let direction = if cue == Cue::Ascending {
            Direction::Asc
        } else {
            Direction::Desc
        };
        let by = self
            .reading
            .ranking
            .map_or(RankBy::Unstated, |ranking| ranking.by);
        self.reading.ranking = Some(Ranking {
            direction,
            by,
            cuts: self.reading.ranking.is_some_and(|ranking| ranking.cuts),
        });
    }

    /// The number right after or right before a ranking word.
    pub(super) fn take_limit_around(&mut self, index: usize) {
        let places = [Some(index + 1), index.checked_sub(1)];
        for place in places.into_iter().flatten() {
            if let Some(Kind::Number(value)) = self.items.get(place).map(|item| item.kind.clone())
                && !self.items[place].used
                && value.fract() == 0.0
                && (1.0..=10_000.0).contains(&value)
            {
                self.reading.limit = Some(value as u64);
                return self.consume(place);
            }
        }
    }

    /// Whether a column is a date or timestamp.
    pub(super) fn is_temporal(&self, column: ColumnId) -> bool {
        matches!(
            self.catalogue.column(column).kind,
            ColumnType::Date | ColumnType::Timestamp
        )
    }
}

pub(super) fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Asc => Direction::Desc,
        Direction::Desc => Direction::Asc,
    }
}
