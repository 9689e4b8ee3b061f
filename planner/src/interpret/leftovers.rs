//! The noun that the question is about, and every item that no other pass has used.

use super::Interpreter;
use super::items::Kind;
use crate::lexicon::Cue;
use crate::reading::{Focus, Group, Metric, RankBy};
use crate::sense::Sense;
use csv_analyst_protocol::plan::{Aggregate, Direction};

impl Interpreter<'_> {
    /// The first noun that is not a group or a metric.
    pub(super) fn read_focus(&mut self) {
        if self.reading.focus.is_some() {
            return;
        }
        let announces = |index: &usize| {
            matches!(
                self.cue(*index),
                Some(Cue::Rate | Cue::Count | Cue::Aggregate(_) | Cue::Total)
            )
        };
        let first_word = (0..self.items.len()).find(announces);
        let first_metric = self
            .metric_items
            .iter()
            .map(|(item, _)| *item)
            .chain(first_word)
            .min()
            .unwrap_or(usize::MAX);
        let is_noun = |index: &usize| {
            !self.items[*index].used
                && matches!(
                    self.sense(*index),
                    Some(Sense::Rows(_) | Sense::Entity(_) | Sense::Key(_) | Sense::Dimension(_))
                )
        };
        let Some(index) = (0..self.items.len()).find(is_noun) else {
            return;
        };
        let Some(sense) = self.sense(index).cloned() else {
            return;
        };
        let same_word_later = |later: &usize| self.sense(*later) == Some(&sense);
        let repeated: Vec<usize> = (index..self.items.len()).filter(same_word_later).collect();
        for item in repeated {
            self.consume(item);
        }
        let ranks = |before: usize| {
            matches!(
                self.items[before].kind,
                Kind::Sense {
                    cue: Some(Cue::Adjective(_)),
                    ..
                }
            )
        };
        let numbered = (0..index).any(|before| self.numeric(before).is_some() && !ranks(before));
        let leads = index < first_metric && !numbered;
        self.reading.focus = Some(Focus {
            plural: self.items[index].plural,
            leads,
            sense,
        });
    }

    pub(super) fn read_leftovers(&mut self) {
        self.read_count_of_focus();
        for index in 0..self.items.len() {
            if !self.items[index].used {
                self.read_leftover(index);
            }
        }
        self.read_lost_distinct();
        self.refuse_unrankable();
        self.settle_ranked_column();
    }

    /// "different" may not be dropped where something is counted or added up; beside a group it adds
    /// nothing.
    fn read_lost_distinct(&mut self) {
        if self.reading.metrics.is_empty() {
            return;
        }
        for (index, cue) in self.open_cues() {
            let grouped = self
                .next(index)
                .and_then(|next| self.group_at(next))
                .is_some_and(|group| self.reading.groups.contains(&group));
            if cue == Cue::Distinct && !grouped {
                self.problem(index);
            }
        }
    }

    fn refuse_unrankable(&mut self) {
        let unstated = self
            .reading
            .ranking
            .is_some_and(|ranking| ranking.by == RankBy::Unstated);
        if let Some(index) = self.unrankable.filter(|_| unstated) {
            self.refuse_to_calculate(index);
        }
    }

    /// "which ten products .. most": a number right before the noun, where something is ranked.
    fn read_count_of_focus(&mut self) {
        let ranked = self.reading.ranking.is_some_and(|ranking| ranking.cuts) && self.reading.limit.is_none();
        for index in 0..self.items.len() {
            let Kind::Number(value) = self.items[index].kind else {
                continue;
            };
            let after = (index + 1..self.items.len())
                .find(|next| self.check(*next).is_none())
                .unwrap_or(index + 1);
            let noun = self.sense(after).is_some_and(|sense| {
                self.reading
                    .focus
                    .as_ref()
                    .is_some_and(|focus| focus.sense == *sense)
            });
            if ranked
                && noun
                && !self.items[index].used
                && value.fract() == 0.0
                && (1.0..=10_000.0).contains(&value)
            {
                self.reading.limit = Some(value as u64);
                self.consume(index);
            }
        }
    }

    fn read_leftover(&mut self, index: usize) {
        match self.items[index].kind.clone() {
            Kind::Sense { sense, .. } => self.read_left_sense(index, &sense),
            Kind::Cue(cue) => self.read_left_cue(index, cue),
            Kind::Unknown if self.says_what_remains(index) => {}
            Kind::TimeUnit(_) if self.names_a_unit(index) => {}
            Kind::Number(_) | Kind::Unknown | Kind::TimeUnit(_) | Kind::OtherRange => self.problem(index),
            Kind::Bound(_) | Kind::Range | Kind::Unit(_) | Kind::To | Kind::Light => {}
        }
    }

    /// "battery left", "units remaining": said of a number, it adds nothing.
    fn says_what_remains(&self, index: usize) -> bool {
        let after_number = self
            .previous(index)
            .is_some_and(|before| self.numeric(before).is_some() || self.bound(before).is_some());
        after_number && matches!(self.words(index).as_str(), "left" | "remaining")
    }

    /// "average time in hours".
    fn names_a_unit(&self, index: usize) -> bool {
        let start = self.items[index].start;
        let word = &self.tokens[start].word;
        let after_in = start > 0 && self.tokens[start - 1].word == "in";
        after_in
            && self.reading.metrics.iter().any(|metric| match metric {
                Metric::Column(column, _) => self.catalogue.column(*column).unit.as_deref() == Some(word),
                _ => false,
            })
    }

    /// A negation that found nothing to turn round must not be lost.
    fn read_left_cue(&mut self, index: usize, cue: Cue) {
        let loose_adjective = matches!(
            cue,
            Cue::Adjective(_)
                | Cue::Running
                | Cue::Same
                | Cue::When
                | Cue::Text(_)
                | Cue::Part(_)
                | Cue::CompareAfter(_)
                | Cue::Ordinal(_)
                | Cue::Beyond
        ) || self.is_loose_contrast(index, cue);
        if loose_adjective
            || matches!(cue, Cue::Not | Cue::Missing | Cue::Compare(_) | Cue::Between)
                && !matches!(self.words(index).as_str(), "over" | "under")
        {
            self.problem(index);
        }
    }

    /// "compare .. by .." is said by the groups; two sides that nobody set beside each other are not.
    fn is_loose_contrast(&self, index: usize, cue: Cue) -> bool {
        let grouped = !self.reading.groups.is_empty();
        let announces = self.words(index).to_lowercase().starts_with("compar");
        matches!(cue, Cue::Contrast(_)) && !(grouped && announces)
    }

    fn read_left_sense(&mut self, index: usize, sense: &Sense) {
        match sense {
            Sense::Number(column) => self.read_left_number(index, *column),
            Sense::Measure(measure) => self.add_metric(index, Metric::Measure(*measure, None)),
            Sense::Dimension(column) | Sense::Time(column) => self.read_left_dimension(index, *column),
            Sense::Key(column) => {
                if self.items[index].plural && !self.reading.metrics.is_empty() && !self.one_is_asked_for() {
                    let group = self.group_of_key(*column);
                    self.add_group(group);
                } else {
                    self.reading.columns.push(*column);
                }
            }
            Sense::Entity(_) => self.reading.entity_owns = true,
            Sense::Rows(_) | Sense::Flag(_) | Sense::Condition(_) => {}
        }
    }

    /// A number without a word for how to sum it up.
    fn read_left_number(&mut self, index: usize, column: crate::link::ColumnId) {
        let unstated = self
            .reading
            .ranking
            .is_some_and(|ranking| ranking.by == RankBy::Unstated);
        if unstated && let Some(ranking) = &mut self.reading.ranking {
            ranking.by = RankBy::Column(column);
        } else if self.reading.groups.is_empty() && self.focus_lists_rows() {
            self.reading.columns.push(column);
        } else if !self.is_condition_column(column) {
            self.add_default_metric(index, column);
        }
        self.consume(index);
    }

    fn is_condition_column(&self, column: crate::link::ColumnId) -> bool {
        self.reading
            .conditions
            .iter()
            .any(|condition| condition.check.column == column)
            || self
                .reading
                .metrics
                .iter()
                .any(|metric| matches!(metric, Metric::Rate { check, .. } if check.column == column))
    }

    fn add_default_metric(&mut self, index: usize, column: crate::link::ColumnId) {
        let aggregate = self.explained_aggregate(column);
        self.add_metric(index, Metric::Column(column, aggregate));
    }

    fn explained_aggregate(&mut self, column: crate::link::ColumnId) -> Aggregate {
        let aggregate = self.catalogue.default_aggregate(column);
        let word = if aggregate == Aggregate::Sum {
            "added up"
        } else {
            "averaged"
        };
        let label = self.catalogue.label(column);
        self.reading.assumptions.push(format!(
            "The question does not say how to sum up {label}: it was {word}."
        ));
        aggregate
    }

    fn focus_lists_rows(&self) -> bool {
        let listed = matches!(
            self.reading.focus.as_ref().map(|focus| &focus.sense),
            Some(Sense::Rows(_) | Sense::Entity(_) | Sense::Key(_))
        );
        listed && self.reading.metrics.is_empty()
    }

    /// "average price of categories": a plural beside a metric groups; else it is shown.
    fn read_left_dimension(&mut self, index: usize, column: crate::link::ColumnId) {
        if !self.reading.metrics.is_empty()
            && self.items[index].plural
            && !self.is_temporal(column)
            && !self.one_is_asked_for()
        {
            self.add_group(Group::Column(column));
        } else {
            self.reading.columns.push(column);
        }
        self.consume(index);
    }

    /// "which category has ..": other nouns make no groups.
    fn one_is_asked_for(&self) -> bool {
        let ranked = self.reading.ranking.is_some_and(|ranking| ranking.cuts);
        ranked
            && self
                .reading
                .focus
                .as_ref()
                .is_some_and(|focus| focus.leads && !focus.plural)
    }

    /// A ranking by a plain number: of rows when rows are listed, else of groups, by that number summed up.
    fn settle_ranked_column(&mut self) {
        let Some(ranking) = self.reading.ranking else {
            return;
        };
        let RankBy::Column(column) = ranking.by else {
            return;
        };
        if self.ranks_rows(column) || self.is_temporal(column) {
            return;
        }
        let grouped = !self.reading.groups.is_empty() || self.reading.focus.is_some();
        if let Some(index) = self
            .by_adjective
            .filter(|_| !grouped && self.reading.metrics.is_empty())
        {
            return self.problem(index);
        }
        let known = |metric: &Metric| matches!(metric, Metric::Column(own, _) if *own == column);
        if grouped && self.reading.metrics.first().is_some_and(known) {
            if let Some(ranking) = &mut self.reading.ranking {
                ranking.by = RankBy::Metric;
            }
            return;
        }
        let by_extreme = match ranking.direction {
            Direction::Desc => Aggregate::Max,
            Direction::Asc => Aggregate::Min,
        };
        let of_nouns = self.reading.groups.is_empty() && self.reading.focus.is_some();
        let usual = !self.speaks_of_all_times() && of_nouns || (grouped && self.named_by(column));
        let aggregate = if usual {
            self.explained_aggregate(column)
        } else {
            by_extreme
        };
        let metric = Metric::Column(column, aggregate);
        if !self.reading.metrics.contains(&metric) {
            self.reading.metrics.insert(0, metric);
        }
        if let Some(ranking) = &mut self.reading.ranking {
            ranking.by = RankBy::Metric;
        }
    }

    /// "top 5 departments by salary", unlike "the highest salary".
    fn named_by(&self, column: crate::link::ColumnId) -> bool {
        let place = (0..self.items.len()).find(|index| self.sense(*index) == Some(&Sense::Number(column)));
        let Some(before) = place.and_then(|index| self.previous(index)) else {
            return false;
        };
        matches!(self.cue(before), Some(Cue::GroupBy))
    }

    /// "ever", "measured": not how things are now.
    pub(super) fn speaks_of_all_times(&self) -> bool {
        const PAST: [&str; 9] = [
            "ever",
            "measured",
            "recorded",
            "registered",
            "observed",
            "reached",
            "reported",
            "had",
            "saw",
        ];
        self.tokens
            .iter()
            .any(|token| PAST.contains(&token.word.as_str()))
    }

    /// The focus is the table that the number describes, row by row.
    fn ranks_rows(&self, column: crate::link::ColumnId) -> bool {
        if !self.reading.groups.is_empty() {
            return false;
        }
        match self.reading.focus.as_ref().map(|focus| &focus.sense) {
            Some(Sense::Rows(table)) => *table == column.table,
            Some(Sense::Entity(table)) => {
                *table == column.table && self.reading.range.is_none() && !self.speaks_of_all_times()
            }
            Some(Sense::Key(key)) => self.catalogue.described_by(*key) == Some(column.table),
            Some(Sense::Dimension(dimension)) => {
                self.identifies_rows(*dimension) && dimension.table == column.table
            }
            _ => false,
        }
    }

    /// A name: a display column whose values do not repeat.
    pub(super) fn identifies_rows(&self, column: crate::link::ColumnId) -> bool {
        let table = self.catalogue.table(column.table);
        let described = self.catalogue.column(column);
        let all_distinct = described.distinct_count.is_some() && described.distinct_count == table.row_count;
        all_distinct || table.display_columns.first() == Some(&described.name)
    }
}
