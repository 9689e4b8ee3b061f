//! What names of a plan stand for, in words.

use crate::link::{ColumnId, readable};
use crate::sense::Catalogue;
use csv_analyst_protocol::dataset::{Dataset, Table};
use csv_analyst_protocol::plan::{Expression, QueryPlan, SelectItem};
use std::cell::{Cell, OnceCell};

pub(super) struct Names<'p> {
    pub plan: &'p QueryPlan,
    pub dataset: &'p Dataset,
    /// Outputs may name one another, in circles, too: how many names are being said in full.
    saying: Cell<usize>,
    keys: OnceCell<Vec<String>>,
}

/// Names inside names that are still said in full.
const DEEPEST: usize = 2;
/// Parts of an expression that is still said in full where it is only named.
const SHORT: usize = 8;

impl<'p> Names<'p> {
    pub fn new(plan: &'p QueryPlan, dataset: &'p Dataset) -> Self {
        Self {
            plan,
            dataset,
            saying: Cell::new(0),
            keys: OnceCell::new(),
        }
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
        let Some(item) = self.item(name) else {
            return self.column_label(name);
        };
        let saying = self.saying.get();
        if saying >= DEEPEST || !is_short(item) {
            return readable(name).to_lowercase();
        }
        self.saying.set(saying + 1);
        let words = self.item_words(item);
        self.saying.set(saying);
        words
    }

    /// What rows are grouped by, or listed with.
    pub fn keys(&self) -> &[String] {
        self.keys.get_or_init(|| self.all_keys())
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

fn is_short(item: &SelectItem) -> bool {
    let mut left = SHORT;
    item.condition.is_none()
        && item
            .expression
            .as_ref()
            .is_none_or(|expression| fits(expression, &mut left))
}

fn fits(expression: &Expression, left: &mut usize) -> bool {
    if *left == 0 || matches!(expression, Expression::Lookup { .. }) {
        return false;
    }
    *left -= 1;
    expression.parts().into_iter().all(|(_, part)| fits(part, left))
}
