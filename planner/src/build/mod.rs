//! From a reading to a plan: which shape the answer has, and how it is written.
//!
//! The plan's table is the finest-grained one that the question touches, so that every other table
//! is reached from many to one and nothing counts twice.

mod aggregate;
mod entities;
mod listing;
mod metrics;
pub(crate) mod names;
mod series;
mod settle;
mod time;

pub(crate) use metrics::{metric_items, share_of};
pub(crate) use names::{aggregate_name, aggregate_words, capitalised, check_words, identifier, plural};
pub(crate) use time::window_dates;

use crate::link::ColumnId;
use crate::reading::{Group, Reading};
use crate::sense::{Catalogue, Sense};
use csv_analyst_protocol::plan::{
    Aggregate, AnyOf, ColumnCondition, Expression, Filter, LatestPer, Operator, QueryPlan, SelectItem,
};

/// A plan and what its shape assumes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Built {
    pub plan: QueryPlan,
    pub understood: String,
    pub assumptions: Vec<String>,
}

pub(crate) struct Builder<'a> {
    catalogue: Catalogue<'a>,
    reading: Reading,
    plan: QueryPlan,
    assumptions: Vec<String>,
}

/// Nothing when the reading lacks a part; the text says which.
pub(crate) fn build(catalogue: Catalogue<'_>, reading: Reading) -> Result<Built, String> {
    let plan = QueryPlan {
        version: 1,
        dataset_id: catalogue.dataset.id.clone(),
        ..QueryPlan::default()
    };
    let assumptions = reading.assumptions.clone();
    let mut builder = Builder {
        catalogue,
        reading,
        plan,
        assumptions,
    };
    builder.settle()?;
    builder.write()?;
    let understood = builder.understood();
    Ok(Built {
        plan: builder.plan,
        understood,
        assumptions: builder.assumptions,
    })
}

/// The parts of a plan that a fragment of a question states: groups, conditions, window, limit.
pub(crate) fn fragment(catalogue: Catalogue<'_>, reading: Reading) -> Result<QueryPlan, String> {
    let mut builder = Builder {
        catalogue,
        reading,
        plan: QueryPlan::default(),
        assumptions: Vec::new(),
    };
    builder.write_conditions();
    builder.write_range()?;
    for group in builder.reading.groups.clone() {
        builder.write_group(group)?;
    }
    builder.plan.limit = builder.reading.limit;
    Ok(builder.plan)
}

impl<'a> Builder<'a> {
    /// Of nothing yet but a table.
    fn of_base(catalogue: Catalogue<'a>, base: usize) -> Self {
        Self {
            catalogue,
            reading: Reading {
                base,
                ..Reading::default()
            },
            plan: QueryPlan::default(),
            assumptions: Vec::new(),
        }
    }
}

impl Builder<'_> {
    fn write(&mut self) -> Result<(), String> {
        self.plan.table = self.catalogue.table(self.reading.base).name.clone();
        self.write_conditions();
        self.write_range()?;
        if !self.reading.metrics.is_empty() {
            self.write_aggregate()
        } else if let Some(table) = self.entity_focus() {
            self.write_entities(table)
        } else {
            self.write_listing()
        }
    }

    fn entity_focus(&self) -> Option<usize> {
        match self.reading.focus.as_ref().map(|focus| &focus.sense) {
            Some(Sense::Entity(table)) => Some(*table),
            _ => None,
        }
    }

    /// `column`, or `table.column` where it is not the plan's own table.
    fn name(&self, id: ColumnId) -> String {
        let column = self.catalogue.column(id).name.clone();
        if id.table == self.reading.base {
            column
        } else {
            format!("{}.{column}", self.catalogue.table(id.table).name)
        }
    }

    fn column_item(&self, id: ColumnId) -> SelectItem {
        SelectItem {
            column: Some(self.name(id)),
            ..SelectItem::default()
        }
    }

    fn select_columns(&mut self, ids: &[ColumnId]) {
        for id in ids {
            let item = self.column_item(*id);
            if !self.plan.select.contains(&item) {
                self.plan.select.push(item);
            }
        }
    }

    fn find_all(&self, table: usize, names: &[String]) -> Vec<ColumnId> {
        names
            .iter()
            .filter_map(|name| self.catalogue.find(table, name))
            .collect()
    }

    fn filter(&self, check: &crate::sense::ColumnCheck) -> Filter {
        let condition = ColumnCondition::on(self.name(check.column), check.op, check.value.clone());
        Filter::Condition(condition)
    }

    fn write_conditions(&mut self) {
        let mut filters: Vec<Filter> = Vec::new();
        for condition in &self.reading.conditions {
            let filter = self.filter(&condition.check);
            match filters.pop() {
                Some(Filter::Any(mut any)) if condition.or => {
                    any.or.push(filter);
                    filters.push(Filter::Any(any));
                }
                Some(previous) if condition.or => filters.push(Filter::Any(AnyOf {
                    or: vec![previous, filter],
                })),
                previous => filters.extend(previous.into_iter().chain([filter])),
            }
        }
        for same in &self.reading.same_as {
            let lookup = Expression::Lookup {
                agg: Aggregate::Max,
                of: Box::new(Expression::Column(self.name(same.column))),
                filters: vec![self.filter(&same.of)],
            };
            filters.push(Filter::Condition(ColumnCondition {
                column: Some(self.name(same.column)),
                op: Operator::Equal,
                value_of: Some(lookup),
                ..ColumnCondition::default()
            }));
        }
        self.plan.filters = filters;
    }

    /// Keeps the newest row per entity.
    fn keep_latest(&mut self, table: usize) {
        if let Some(entity) = &self.catalogue.table(table).entity {
            self.plan.latest = Some(LatestPer {
                key: entity.key.clone(),
                by: entity.latest_by.clone(),
            });
            self.assumptions.push(format!(
                "Each {} counts with its latest {}.",
                entity.noun,
                self.catalogue.noun(table)
            ));
        }
    }

    /// Columns that never change within one entity, with its key.
    fn is_attribute(&self, id: ColumnId) -> bool {
        let name = &self.catalogue.column(id).name;
        let entity = self.catalogue.table(id.table).entity.as_ref();
        entity.is_some_and(|entity| entity.key.contains(name) || entity.attributes.contains(name))
    }

    /// Every column that decides which rows or groups there are.
    fn deciding_columns(&self) -> Vec<ColumnId> {
        let groups = self.reading.groups.iter().filter_map(|group| match group {
            Group::Column(id) => Some(*id),
            _ => None,
        });
        self.reading
            .conditions
            .iter()
            .map(|condition| condition.check.column)
            .chain(groups)
            .collect()
    }
}
