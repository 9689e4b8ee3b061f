//! Lists of entities: one row for each, from its latest row or summed up over a time range.

use super::Builder;
use crate::link::ColumnId;
use crate::reading::RankBy;
use crate::sense::ColumnCheck;
use csv_analyst_protocol::plan::{Aggregate, Direction, OrderBy, SelectItem};

/// How many entities a superlative keeps when the question names no number.
const DEFAULT_TOP: u64 = 10;

impl Builder<'_> {
    pub(super) fn write_entities(&mut self, table: usize) -> Result<(), String> {
        if self.reading.range.is_some() || (self.reading.ever && !self.reading.conditions.is_empty()) {
            self.write_observed_entities(table)
        } else {
            self.write_present_entities(table)
        }
    }

    fn identity(&self, table: usize) -> Vec<ColumnId> {
        let entity = self.catalogue.table(table).entity.as_ref();
        let names = entity.map_or(Vec::new(), |entity| {
            [entity.key.clone(), entity.attributes.clone()].concat()
        });
        self.find_all(table, &names)
    }

    /// The number that decides, with the side that it is bounded on.
    fn deciding_number(&self) -> Option<&ColumnCheck> {
        let checks = self.reading.conditions.iter().map(|condition| &condition.check);
        checks
            .into_iter()
            .find(|check| self.catalogue.column(check.column).kind.is_number())
    }

    fn write_present_entities(&mut self, table: usize) -> Result<(), String> {
        self.keep_latest(table);
        let mut columns = self.identity(table);
        columns.extend(
            self.reading
                .conditions
                .iter()
                .map(|condition| condition.check.column),
        );
        columns.extend(&self.reading.columns);
        if let Some(RankBy::Column(column)) = self.reading.ranking.map(|ranking| ranking.by) {
            columns.push(column);
        }
        if columns.len() > self.identity(table).len() {
            let latest_by = self
                .catalogue
                .table(table)
                .entity
                .as_ref()
                .and_then(|entity| self.catalogue.find(table, &entity.latest_by));
            columns.extend(latest_by);
            self.select_columns(&columns);
        }
        self.order_entities(table);
        Ok(())
    }

    fn order_entities(&mut self, table: usize) {
        let ranked = self.reading.ranking.and_then(|ranking| match ranking.by {
            RankBy::Column(column) => Some((column, ranking.direction)),
            _ => None,
        });
        let by_number = self.deciding_number().map(|check| (check.column, side(check)));
        let by_key = self.identity(table).first().map(|key| (*key, Direction::Asc));
        if let Some((column, dir)) = ranked.or(by_number).or(by_key) {
            self.plan.order_by = vec![OrderBy::by(self.name(column), dir)];
        }
        let plural = self.reading.focus.as_ref().is_none_or(|focus| focus.plural);
        let cut = ranked.map(|_| if plural { DEFAULT_TOP } else { 1 });
        self.plan.limit = self.reading.limit.or(cut);
        self.plan.offset = self.reading.offset;
    }

    /// One row per entity that met the conditions in the range: with its extreme, or how often it did.
    fn write_observed_entities(&mut self, table: usize) -> Result<(), String> {
        let identity = self.identity(table);
        self.plan.group_by = identity.iter().map(|id| self.name(*id)).collect();
        self.select_columns(&identity);
        let number = self.deciding_number().map(|check| (check.column, side(check)));
        let (item, dir) = match number {
            Some((column, dir)) => (self.extreme_item(column, dir), dir),
            None => (self.occurrence_item(table), Direction::Desc),
        };
        let expr = item.alias.clone().unwrap_or_default();
        self.plan.order_by = vec![OrderBy::by(expr, dir)];
        self.plan.select.push(item);
        self.plan.limit = self.reading.limit;
        Ok(())
    }

    /// The lowest or highest value in the range.
    fn extreme_item(&self, column: ColumnId, dir: Direction) -> SelectItem {
        let (aggregate, prefix) = match dir {
            Direction::Asc => (Aggregate::Min, "min"),
            Direction::Desc => (Aggregate::Max, "max"),
        };
        let name = super::names::identifier(&self.catalogue.column(column).name);
        SelectItem {
            agg: Some(aggregate),
            alias: Some(format!("{prefix}_{name}")),
            ..self.column_item(column)
        }
    }

    fn occurrence_item(&self, table: usize) -> SelectItem {
        let noun = super::names::identifier(&self.catalogue.noun(table));
        SelectItem {
            agg: Some(Aggregate::Count),
            alias: Some(format!("{noun}_count")),
            ..SelectItem::default()
        }
    }
}

/// Low numbers first where the question asks for what is below something.
fn side(check: &ColumnCheck) -> Direction {
    if Builder::having_operator_is_low(check.op) {
        Direction::Asc
    } else {
        Direction::Desc
    }
}
