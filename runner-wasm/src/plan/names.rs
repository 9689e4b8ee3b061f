//! Names in a plan: tables, columns (`column` or `table.column`), measures.

use super::Compiler;
use super::graph::Graph;
use crate::rejection::{Checked, Explain, did_you_mean, excerpt, invalid};
use csv_analyst_protocol::dataset::{Column, Dataset, Measure, Table};

/// A column that exists.
#[derive(Clone, Copy, Debug)]
pub struct ColumnRef<'a> {
    pub table: &'a Table,
    pub column: &'a Column,
}

impl ColumnRef<'_> {
    pub fn is(&self, other: &ColumnRef<'_>) -> bool {
        self.table.name == other.table.name && self.column.name == other.column.name
    }
}

pub fn table<'a>(dataset: &'a Dataset, name: &str) -> Checked<&'a Table> {
    dataset.table(name).ok_or_else(|| {
        let names = || dataset.tables.iter().map(|table| table.name.as_str());
        let hint = did_you_mean(name, names())
            .unwrap_or_else(|| format!("Tables: {}.", names().collect::<Vec<_>>().join(", ")));
        invalid("unknown-table", format!("There is no table `{}`.", excerpt(name))).hint(hint)
    })
}

impl<'a> Compiler<'a> {
    /// The column that a name means: in the plan's table first, then in the tables that its
    /// relationships reach, where it must be the only one.
    pub fn resolve(&self, name: &str, pointer: &str) -> Checked<ColumnRef<'a>> {
        self.resolve_from(self.base, name)
            .map_err(|rejection| rejection.at_pointer(pointer))
    }

    pub fn resolve_from(&self, base: &'a Table, name: &str) -> Checked<ColumnRef<'a>> {
        if let Some(column) = base.column(name) {
            return Ok(ColumnRef { table: base, column });
        }
        if let Some((table_name, column_name)) = name.split_once('.')
            && let Some(table) = self.dataset.table(table_name)
        {
            return self.column_of(base, table, column_name);
        }
        let reachable = Graph(self.dataset).reachable(base);
        let found: Vec<ColumnRef<'a>> = reachable
            .iter()
            .filter_map(|table| table.column(name).map(|column| ColumnRef { table, column }))
            .collect();
        match found.as_slice() {
            [only] => Ok(*only),
            [] => Err(self.unknown_column(base, &reachable, name)),
            several => Err(invalid(
                "ambiguous-column",
                format!("The column `{}` is in more than one table.", excerpt(name)),
            )
            .hint(format!(
                "Say which one: {}.",
                several
                    .iter()
                    .map(|c| format!("`{}.{}`", c.table.name, c.column.name))
                    .collect::<Vec<_>>()
                    .join(" or ")
            ))),
        }
    }

    fn column_of(&self, base: &'a Table, table: &'a Table, name: &str) -> Checked<ColumnRef<'a>> {
        let column = table.column(name).ok_or_else(|| {
            let near = did_you_mean(name, table.columns.iter().map(|column| column.name.as_str()));
            invalid(
                "unknown-column",
                format!("The table `{}` has no column `{}`.", table.name, excerpt(name)),
            )
            .hint(near.unwrap_or_else(|| column_list(table)))
        })?;
        let reached = table.name == base.name
            || Graph(self.dataset)
                .reachable(base)
                .iter()
                .any(|t| t.name == table.name);
        if !reached {
            return Err(invalid(
                "no-relationship",
                format!("No relationship leads from `{}` to `{}`.", base.name, table.name),
            ));
        }
        Ok(ColumnRef { table, column })
    }

    fn unknown_column(
        &self,
        base: &Table,
        reachable: &[&Table],
        name: &str,
    ) -> Box<csv_analyst_protocol::gate::Rejection> {
        let tables = std::iter::once(base).chain(reachable.iter().copied());
        let names = tables.flat_map(|table| table.columns.iter().map(|column| column.name.as_str()));
        invalid(
            "unknown-column",
            format!(
                "There is no column `{}` in `{}` or the tables it relates to.",
                excerpt(name),
                base.name
            ),
        )
        .hint(did_you_mean(name, names).unwrap_or_else(|| column_list(base)))
    }

    pub fn measure(&self, name: &str, pointer: &str) -> Checked<&'a Measure> {
        self.dataset
            .measures
            .iter()
            .find(|measure| measure.name == name)
            .ok_or_else(|| {
                let names = || self.dataset.measures.iter().map(|measure| measure.name.as_str());
                let hint = did_you_mean(name, names()).unwrap_or_else(|| {
                    let all: Vec<_> = names().collect();
                    if all.is_empty() {
                        "This dataset has no measures.".into()
                    } else {
                        format!("Measures: {}.", all.join(", "))
                    }
                });
                invalid(
                    "unknown-measure",
                    format!("There is no measure `{}`.", excerpt(name)),
                )
                .at_pointer(pointer)
                .hint(hint)
            })
    }
}

fn column_list(table: &Table) -> String {
    let names: Vec<&str> = table
        .columns
        .iter()
        .take(30)
        .map(|column| column.name.as_str())
        .collect();
    format!("Columns of `{}`: {}.", table.name, names.join(", "))
}
