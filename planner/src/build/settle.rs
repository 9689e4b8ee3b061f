//! Before writing: defaults for what the question left open, and the table that everything hangs on.

use super::Builder;
use crate::link::ColumnId;
use crate::reading::{Group, Metric, RankBy, Side};
use crate::sense::Sense;
use csv_analyst_protocol::dataset::{Column, ColumnRole};
use csv_analyst_protocol::plan::Aggregate;

impl Builder<'_> {
    pub(super) fn settle(&mut self) -> Result<(), String> {
        self.rename_key_focus();
        self.settle_unstated_ranking()?;
        self.leave_out_the_grain();
        self.name_somebody();
        self.count_what_points_here()?;
        self.group_by_focus();
        self.refuse_to_rank_nothing()?;
        self.count_groups();
        self.settle_base()
    }

    /// "average stock per product in each category": the average is per product as it is.
    fn leave_out_the_grain(&mut self) {
        let table = match self.reading.metrics[..] {
            [Metric::Column(column, Aggregate::Avg)] if self.reading.groups.len() > 1 => column.table,
            _ => return,
        };
        self.reading.groups.retain(|group| *group != Group::Rows(table));
    }

    /// "who is our biggest spender": whom the rows point to, if that is one column.
    fn name_somebody(&mut self) {
        let ranked = self.reading.ranking.is_some_and(|ranking| ranking.cuts);
        let Some(several) = self.reading.who.filter(|_| ranked) else {
            return;
        };
        if self.reading.focus.is_some() || !self.reading.groups.is_empty() {
            return;
        }
        let Some(table) = self
            .reading
            .metrics
            .first()
            .map(|metric| self.metric_table(metric))
        else {
            return;
        };
        let described = self.catalogue.table(table);
        let points =
            |column: &Column| column.role == ColumnRole::Key && !described.primary_key.contains(&column.name);
        let pointing: Vec<usize> = (0..described.columns.len())
            .filter(|column| points(&described.columns[*column]))
            .collect();
        if let [column] = pointing[..] {
            let group = Group::Column(ColumnId { table, column });
            self.reading.groups.push(group);
            self.reading.time_focus = Some(several);
        }
    }

    /// "number of customers with more than 10 orders": the groups themselves are counted.
    fn counts_the_group(&self) -> bool {
        match (self.reading.metrics.first(), &self.reading.groups[..]) {
            (Some(Metric::Distinct(column)), [Group::Column(group)]) => column == group,
            _ => false,
        }
    }

    /// "the most popular product": by the rows that point to it.
    fn count_what_points_here(&mut self) -> Result<(), String> {
        let ranked = self
            .reading
            .ranking
            .is_some_and(|ranking| ranking.cuts && ranking.by == RankBy::Metric);
        let of_itself = match (
            &self.reading.metrics[..],
            self.reading.focus.as_ref().map(|focus| &focus.sense),
        ) {
            ([Metric::Rows(counted)], Some(Sense::Rows(table))) if counted == table => Some(*table),
            _ => None,
        };
        let Some(table) = of_itself.filter(|_| ranked && self.reading.groups.is_empty()) else {
            return Ok(());
        };
        let child = self.child_of(table).ok_or("what to rank by")?;
        self.reading.metrics = vec![Metric::Rows(child)];
        Ok(())
    }

    /// "the second best": of what?
    fn refuse_to_rank_nothing(&self) -> Result<(), String> {
        let cuts = self.reading.ranking.is_some_and(|ranking| ranking.cuts);
        let summed = matches!(
            self.reading.metrics.first(),
            Some(Metric::Measure(..) | Metric::Rows(_) | Metric::Entities(_) | Metric::Rate { .. })
        );
        let lone = self.reading.groups.is_empty() && self.reading.focus.is_none();
        let places = self.reading.offset.is_some()
            && self.reading.groups.is_empty()
            && !self.reading.metrics.is_empty();
        if cuts && summed && lone || places {
            return Err("what to rank".to_owned());
        }
        if !self.reading.having.is_empty()
            && (self.reading.groups.is_empty() || self.reading.metrics.len() > 1 && self.counts_the_group())
        {
            return Err("how to count what itself has to be counted first".to_owned());
        }
        Ok(())
    }

    /// "products", said of a column that points to the products' table, are that table's rows.
    fn rename_key_focus(&mut self) {
        let Some(focus) = &mut self.reading.focus else {
            return;
        };
        if let Sense::Key(key) = focus.sense
            && let Some(table) = self.catalogue.described_by(key)
        {
            focus.sense = Sense::Rows(table);
        }
    }

    /// "top 10 products" names no number: the dataset's first measure, else a count, else the table's own number.
    fn settle_unstated_ranking(&mut self) -> Result<(), String> {
        let Some(ranking) = self
            .reading
            .ranking
            .filter(|ranking| ranking.by == RankBy::Unstated)
        else {
            return Ok(());
        };
        if self.reading.metrics.is_empty() && self.reading.focus.is_none() {
            return Err("what to rank".to_owned());
        }
        if self.reading.metrics.is_empty() && !ranking.cuts {
            let compared = self
                .reading
                .conditions
                .iter()
                .map(|condition| condition.check.column);
            let number = compared
                .chain(self.reading.columns.iter().copied())
                .find(|column| self.catalogue.column(*column).kind.is_number());
            let column = number.ok_or("what to sort by")?;
            self.rank_by(RankBy::Column(column));
            return Ok(());
        }
        if self.reading.metrics.is_empty() {
            self.rank_focus_by_default()?;
        }
        if self.reading.ranking == Some(ranking) {
            self.rank_by(RankBy::Metric);
        }
        Ok(())
    }

    fn rank_by(&mut self, by: RankBy) {
        if let Some(ranking) = &mut self.reading.ranking {
            ranking.by = by;
        }
    }

    fn rank_focus_by_default(&mut self) -> Result<(), String> {
        let home = match self.reading.focus.as_ref().map(|focus| &focus.sense) {
            Some(Sense::Rows(table) | Sense::Entity(table)) => *table,
            Some(Sense::Key(column) | Sense::Dimension(column)) => column.table,
            _ => self.reading.base,
        };
        let own_size = self
            .own_number(home)
            .filter(|_| self.reading.by_size && self.lists_rows_of(home));
        let measure = self.measure_about(home).filter(|_| own_size.is_none());
        let child = self.child_of(home).filter(|_| own_size.is_none());
        let (metric, label) = match (measure, child, self.own_number(home)) {
            (Some(measure), _, _) => (
                Metric::Measure(measure, None),
                self.catalogue.dataset.measures[measure].name.clone(),
            ),
            (None, Some(child), _) => (
                Metric::Rows(child),
                format!("number of {}", super::plural(&self.catalogue.noun(child))),
            ),
            (None, None, Some(column)) if self.lists_rows_of(home) => {
                self.rank_by(RankBy::Column(column));
                let label = self.catalogue.label(column);
                self.assumptions.push(format!(
                    "Ranked by {label}, because the question names no number."
                ));
                return Ok(());
            }
            _ if !self.lists_rows_of(home) => (
                Metric::Rows(home),
                format!("number of {}", super::plural(&self.catalogue.noun(home))),
            ),
            _ => return Err("what to rank by".to_owned()),
        };
        self.assumptions.push(format!(
            "Ranked by {label}, because the question names no number."
        ));
        self.reading.metrics.push(metric);
        Ok(())
    }

    fn lists_rows_of(&self, table: usize) -> bool {
        self.reading
            .focus
            .as_ref()
            .is_some_and(|focus| focus.sense == Sense::Rows(table))
    }

    /// A measure whose table points to this one.
    fn measure_about(&self, table: usize) -> Option<usize> {
        let home = |measure: &usize| self.catalogue.home(crate::link::Target::Measure(*measure));
        let adds_up = |measure: &usize| self.catalogue.dataset.measures[*measure].aggregate == Aggregate::Sum;
        let measures = (0..self.catalogue.dataset.measures.len()).filter(adds_up);
        let own = measures
            .clone()
            .find(|measure| home(measure) == table && !self.lists_rows_of(table));
        own.or_else(|| {
            measures.clone().find(|measure| {
                home(measure) != table && self.catalogue.distance(home(measure), table).is_some()
            })
        })
    }

    fn child_of(&self, table: usize) -> Option<usize> {
        (0..self.catalogue.dataset.tables.len())
            .find(|child| *child != table && self.catalogue.distance(*child, table) == Some(1))
    }

    fn own_number(&self, table: usize) -> Option<ColumnId> {
        let columns = &self.catalogue.table(table).columns;
        let column = columns
            .iter()
            .position(|column| column.role == ColumnRole::Measure && column.kind.is_number())?;
        Some(ColumnId { table, column })
    }

    /// "which category has the highest ..": the noun is what the answer has a row for.
    fn group_by_focus(&mut self) {
        let Some(focus) = self.reading.focus.clone() else {
            return;
        };
        let asked_for = self
            .reading
            .ranking
            .is_some_and(|ranking| ranking.by == RankBy::Metric)
            || !self.reading.having.is_empty()
            || focus.leads;
        let lone = self.reading.metrics.is_empty();
        let group = match focus.sense {
            Sense::Dimension(column) | Sense::Key(column)
                if asked_for && !(lone && self.reading.conditions.is_empty()) =>
            {
                Group::Column(column)
            }
            Sense::Dimension(column) if focus.plural && !lone => Group::Column(column),
            Sense::Rows(table)
                if asked_for
                    && !lone
                    && (!self.is_home_of_metric(table) || self.ranks_a_sum_per_row(table)) =>
            {
                Group::Rows(table)
            }
            Sense::Entity(table) if asked_for && !lone => Group::Entity(table),
            _ => return,
        };
        let first_noun_of_ranking = self.reading.ranking.is_some_and(|ranking| ranking.cuts) && focus.leads;
        if (self.reading.groups.is_empty() || first_noun_of_ranking) && !self.reading.groups.contains(&group)
        {
            self.reading.top_per = self.reading.groups.len();
            self.reading.groups.push(group);
        }
    }

    /// "which orders have the highest spend": a measure of each row.
    fn ranks_a_sum_per_row(&self, table: usize) -> bool {
        let cuts = self.reading.ranking.is_some_and(|ranking| ranking.cuts);
        cuts && matches!(self.reading.metrics.first(), Some(metric @ Metric::Measure(..)) if self.metric_table(metric) == table)
    }

    fn is_home_of_metric(&self, table: usize) -> bool {
        self.reading
            .metrics
            .iter()
            .any(|metric| self.metric_table(metric) == table)
    }

    pub(super) fn metric_table(&self, metric: &Metric) -> usize {
        match metric {
            Metric::Rows(table) | Metric::Entities(table) => *table,
            Metric::Distinct(column) | Metric::Column(column, _) => column.table,
            Metric::Measure(measure, _) => self.catalogue.home(crate::link::Target::Measure(*measure)),
            Metric::Mean { counted, .. } => counted.table,
            Metric::Sided { metric, .. } | Metric::Part { metric, .. } => self.metric_table(metric),
            Metric::Contrast { left, .. } => self.metric_table(left),
            Metric::Rate { check, .. } => check.column.table,
        }
    }

    /// Groups without a metric are counted.
    fn count_groups(&mut self) {
        if self.reading.groups.is_empty() || !self.reading.metrics.is_empty() {
            return;
        }
        let metric = match self.reading.focus.as_ref().map(|focus| &focus.sense) {
            Some(Sense::Entity(table)) => Metric::Entities(*table),
            Some(Sense::Rows(table)) => Metric::Rows(*table),
            _ if (self.reading.entity_owns || self.reading.current)
                && self.has_entity()
                && self.reading.range.is_none() =>
            {
                Metric::Entities(self.reading.base)
            }
            _ => Metric::Rows(self.counted_table()),
        };
        self.reading.metrics.push(metric);
    }

    fn has_entity(&self) -> bool {
        self.catalogue.table(self.reading.base).entity.is_some()
    }

    /// Without a noun, the rows that the conditions are about.
    fn counted_table(&self) -> usize {
        let of_conditions = self
            .reading
            .conditions
            .first()
            .map(|condition| condition.check.column.table);
        let of_groups = self.reading.groups.iter().find_map(|group| match group {
            Group::Column(column) => Some(column.table),
            _ => None,
        });
        of_conditions.or(of_groups).unwrap_or(self.reading.base)
    }

    /// The finest-grained table: every other table in use is reached from it, many to one.
    fn settle_base(&mut self) -> Result<(), String> {
        let used = self.used_tables();
        let cost = |base: &usize| {
            let mut total = if used.contains(base) { 0 } else { 100 };
            for table in &used {
                total += self.catalogue.distance(*base, *table)?;
            }
            Some((total, *base != self.reading.base))
        };
        let tables = 0..self.catalogue.dataset.tables.len();
        let best = tables.filter_map(|base| Some((cost(&base)?, base))).min();
        match best {
            Some((_, base)) => {
                self.reading.base = base;
                Ok(())
            }
            None => Err("how these tables belong together".to_owned()),
        }
    }

    fn used_tables(&self) -> Vec<usize> {
        let mut used: Vec<usize> = self
            .reading
            .metrics
            .iter()
            .map(|metric| self.metric_table(metric))
            .collect();
        used.extend(self.reading.metrics.iter().filter_map(|metric| match metric {
            Metric::Mean { per, .. } => Some(per.table),
            Metric::Part { check, .. }
            | Metric::Sided {
                side: Side::Check(check),
                ..
            } => Some(check.column.table),
            _ => None,
        }));
        used.extend(
            self.reading
                .conditions
                .iter()
                .map(|condition| condition.check.column.table),
        );
        used.extend(self.reading.same_as.iter().map(|same| same.column.table));
        used.extend(self.reading.columns.iter().map(|column| column.table));
        used.extend(self.reading.time_column.map(|column| column.table));
        used.extend(self.reading.groups.iter().filter_map(|group| match group {
            Group::Column(column) => Some(column.table),
            Group::Rows(table) | Group::Entity(table) => Some(*table),
            Group::Bucket(column, _) => column.map(|column| column.table),
            Group::Part(_) => None,
        }));
        if let Some(RankBy::Column(column)) = self.reading.ranking.map(|ranking| ranking.by) {
            used.push(column.table);
        }
        if self.reading.metrics.is_empty() {
            used.extend(self.reading.focus.as_ref().and_then(|focus| match focus.sense {
                Sense::Rows(table) | Sense::Entity(table) => Some(table),
                Sense::Key(column) | Sense::Dimension(column) => Some(column.table),
                _ => None,
            }));
        }
        if used.is_empty() {
            used.push(self.reading.base);
        }
        used.sort_unstable();
        used.dedup();
        used
    }
}
