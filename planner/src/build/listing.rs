//! Lists of rows, or of a column's different values.

use super::Builder;
use crate::link::ColumnId;
use crate::reading::RankBy;
use crate::sense::Sense;
use csv_analyst_protocol::plan::{Direction, Operator, OrderBy};

/// How many rows a superlative keeps when the question names no number.
const DEFAULT_TOP: u64 = 10;

impl Builder<'_> {
    pub(super) fn write_listing(&mut self) -> Result<(), String> {
        match self.reading.focus.as_ref().map(|focus| focus.sense.clone()) {
            Some(Sense::Key(column) | Sense::Dimension(column)) if self.is_plain_list(column) => {
                self.write_values(column)
            }
            Some(Sense::Rows(table)) if table != self.reading.base => self.write_described_rows(table),
            _ => self.write_rows(),
        }
        Ok(())
    }

    /// "which zones are there": nothing but the column is asked for.
    fn is_plain_list(&self, _column: ColumnId) -> bool {
        self.reading.ranking.is_none() && self.reading.columns.is_empty()
    }

    fn write_values(&mut self, column: ColumnId) {
        self.select_columns(&[column]);
        self.plan.distinct = true;
        self.plan.order_by = vec![OrderBy::by(self.name(column), Direction::Asc)];
        self.plan.limit = self.reading.limit;
    }

    /// "orders with Electronics items": each order once, although the items decide.
    fn write_described_rows(&mut self, table: usize) {
        let mut columns = self.row_identity(table);
        let shown = self.find_all(table, &self.catalogue.table(table).display_columns);
        columns.extend(shown);
        columns.extend(
            self.reading
                .conditions
                .iter()
                .map(|condition| condition.check.column)
                .filter(|column| column.table == table),
        );
        let ranked = match self
            .reading
            .ranking
            .map(|ranking| (ranking.by, ranking.direction))
        {
            Some((RankBy::Column(column), direction)) if column.table == table => Some((column, direction)),
            _ => None,
        };
        columns.extend(ranked.map(|(column, _)| column));
        self.select_columns(&columns);
        self.plan.distinct = true;
        if let Some((column, direction)) = ranked {
            self.plan.order_by = vec![OrderBy::by(self.name(column), direction)];
        } else if let Some(first) = columns.first() {
            self.plan.order_by = vec![OrderBy::by(self.name(*first), Direction::Asc)];
        }
        self.plan.limit = self.reading.limit;
    }

    fn write_rows(&mut self) {
        let table = self.reading.base;
        let described = self.catalogue.table(table);
        if !described.display_columns.is_empty() {
            let mut columns = self.find_all(table, &described.display_columns);
            columns.extend(
                self.find_all(table, &described.primary_key)
                    .into_iter()
                    .filter(|key| !columns.contains(key))
                    .collect::<Vec<_>>(),
            );
            self.select_columns(&columns);
        } else if !self.mentioned().iter().all(|column| column.table == table) {
            let own: Vec<ColumnId> = (0..described.columns.len())
                .map(|column| ColumnId { table, column })
                .collect();
            self.select_columns(&own);
        }
        if !self.plan.select.is_empty() {
            let mentioned = self.mentioned();
            self.select_columns(&mentioned);
        }
        self.order_rows();
    }

    /// Columns that the question touches: they are shown, so that the answer can be checked.
    fn mentioned(&self) -> Vec<ColumnId> {
        let mut columns: Vec<ColumnId> = self
            .reading
            .conditions
            .iter()
            .map(|condition| condition.check.column)
            .collect();
        columns.extend(&self.reading.columns);
        if let Some(RankBy::Column(column)) = self.reading.ranking.map(|ranking| ranking.by) {
            columns.push(column);
        }
        if self.reading.range.is_some()
            || matches!(
                self.reading.ranking.map(|ranking| ranking.by),
                Some(RankBy::Age | RankBy::Time)
            )
        {
            columns.extend(self.time());
        }
        columns
    }

    fn order_rows(&mut self) {
        let ranking = self.reading.ranking;
        let order = match ranking.map(|ranking| (ranking.by, ranking.direction)) {
            Some((RankBy::Column(column), direction)) => Some((column, direction)),
            Some((RankBy::Age, direction)) => self.time().map(|column| (column, opposite(direction))),
            Some((RankBy::Time, direction)) => self.time().map(|column| (column, direction)),
            _ => self.usual_order(),
        };
        if let Some((column, dir)) = order {
            self.plan.order_by = vec![OrderBy::by(self.name(column), dir)];
        }
        let plural = self.reading.focus.as_ref().is_none_or(|focus| focus.plural);
        let cut = ranking
            .filter(|ranking| ranking.cuts)
            .map(|_| if plural { DEFAULT_TOP } else { 1 });
        self.plan.limit = self.reading.limit.or(cut);
        self.plan.offset = self.reading.offset;
    }

    /// Newest first; without a date, by the number that was compared.
    fn usual_order(&self) -> Option<(ColumnId, Direction)> {
        let own_time = self
            .reading
            .time_column
            .or_else(|| self.catalogue.time_column(self.reading.base));
        let compared = self
            .reading
            .conditions
            .iter()
            .map(|condition| &condition.check)
            .find(|check| {
                self.catalogue.column(check.column).kind.is_number() && check.op != Operator::Equal
            });
        let by_number = compared.map(|check| {
            let low = matches!(check.op, Operator::Less | Operator::LessOrEqual);
            (check.column, if low { Direction::Asc } else { Direction::Desc })
        });
        own_time.map(|column| (column, Direction::Desc)).or(by_number)
    }
}

fn opposite(direction: Direction) -> Direction {
    match direction {
        Direction::Asc => Direction::Desc,
        Direction::Desc => Direction::Asc,
    }
}
