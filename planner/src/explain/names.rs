//! What names of a plan stand for, in words.

use crate::link::{ColumnId, readable};
use crate::sense::Catalogue;
use csv_analyst_protocol::dataset::{Dataset, Table};
use csv_analyst_protocol::plan::{QueryPlan, SelectItem};

pub(super) struct Names<'p> {
    pub plan: &'p QueryPlan,
    pub dataset: &'p Dataset,
}

impl<'p> Names<'p> {
    pub fn new(plan: &'p QueryPlan, dataset: &'p Dataset) -> Self {
        Self { plan, dataset }
    }

    pub fn catalogue(&self) -> Catalogue<'p> {
        Catalogue {
            dataset: self.dataset,
        }
    }

    pub fn table(&self) -> Option<&'p Table> {
        self.dataset.table(&self.plan.table)
    }

    /// One row of the plan's table.
    pub fn noun(&self) -> String {
        let known = self
            .dataset
            .tables
            .iter()
            .position(|table| table.name == self.plan.table);
        known.map_or_else(
            || readable(&self.plan.table).to_lowercase(),
            |index| self.catalogue().noun(index),
        )
    }

    /// The column of that name: of the plan's table, or else of the first that has it.
    pub fn column(&self, name: &str) -> Option<ColumnId> {
        let catalogue = self.catalogue();
        let tables = &self.dataset.tables;
        if let Some((table, column)) = name.split_once('.')
            && let Some(index) = tables.iter().position(|known| known.name == table)
        {
            return catalogue.find(index, column);
        }
        let base = tables.iter().position(|table| table.name == self.plan.table);
        let others = 0..tables.len();
        base.into_iter()
            .chain(others)
            .find_map(|index| catalogue.find(index, name))
    }

    pub fn item(&self, alias: &str) -> Option<&'p SelectItem> {
        self.plan.select.iter().find(|item| {
            item.alias
                .as_ref()
                .is_some_and(|own| own.eq_ignore_ascii_case(alias))
        })
    }

    /// An output or a column, for people.
    pub fn label(&self, name: &str) -> String {
        if let Some(item) = self.item(name) {
            return self.item_words(item);
        }
        self.column_label(name)
    }

    pub fn column_label(&self, name: &str) -> String {
        let Some(id) = self.column(name) else {
            return readable(name).to_lowercase();
        };
        let label = self.catalogue().label(id);
        let elsewhere = self.dataset.tables[id.table].name != self.plan.table;
        let noun = self.catalogue().noun(id.table);
        // "name of the product", not of the row.
        if elsewhere && !label.contains(&noun) && name.contains('.') {
            format!("{noun} {label}")
        } else {
            label
        }
    }
}
