//! FROM: tables, derived tables, and the few functions that give rows.
//!
//! A table name that is not a dataset's table or a CTE in scope is refused however it is written:
//! to DuckDB a string, a quoted name or a dotted name can be a file.

use super::Checker;
use super::functions::reads_clock;
use super::query::Shape;
use super::scope::{Relation, same};
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::tree::{Alias, Expr, Query, Sample, Source};
use crate::syntax::ast::{self, Name, Place, SourceKind};

/// Far more than a question joins; each more multiplies the work of planning it.
const MAX_TABLES: usize = 64;

/// Functions that give rows, and their columns. The sizes of series are bounded in [`super::size`]; the
/// others give as many rows as a list or a JSON value has parts.
pub const TABLE_FUNCTIONS: &[(&str, &[&str])] = &[
    ("generate_series", &["generate_series"]),
    ("json_each", JSON_PARTS),
    ("json_tree", JSON_PARTS),
    ("range", &["range"]),
    ("unnest", &["unnest"]),
];
const JSON_PARTS: &[&str] = &["key", "value", "type", "atom", "id", "parent", "fullkey", "path"];

impl Checker<'_> {
    pub fn source(&mut self, source: &ast::Source) -> Checked<Source> {
        self.deeper(source.place, |checker| checker.source_inner(source))
    }

    fn source_inner(&mut self, source: &ast::Source) -> Checked<Source> {
        let ast::Source {
            kind,
            alias,
            sample,
            place,
        } = source;
        let place = *place;
        let sample = self.sample(sample.as_ref())?;
        let alias = alias.as_ref().map(table_alias);
        match kind {
            SourceKind::Table(names) => self.plain_table(names, alias, sample, place),
            SourceKind::File(_) => Err(policy(
                "table-name",
                "A text in place of a table's name can be a file, and is not allowed.",
            )
            .at(place)
            .hint(self.tables_hint())),
            SourceKind::Query { query, lateral } => {
                let (query, shape) = self.subquery(query)?;
                self.derived(query, shape, *lateral, alias, sample, place)
            }
            SourceKind::Function {
                call,
                lateral: _,
                ordinality,
            } => {
                never(sample.is_some(), "A sample of a function's rows", place)?;
                self.table_function(call, *ordinality, alias)
            }
            SourceKind::Joined(joined) => {
                let decorated = alias.is_some() || sample.is_some();
                never(decorated, "A name or a sample for a bracketed join", place)?;
                Ok(Source::Nested(Box::new(self.joined(joined)?)))
            }
            SourceKind::Pivot(pivot) => {
                let (query, shape) = self.pivot(pivot)?;
                self.derived(query, shape, false, alias, sample, place)
            }
            SourceKind::Unpivot(unpivot) => {
                let (query, shape) = self.unpivot(unpivot)?;
                self.derived(query, shape, false, alias, sample, place)
            }
        }
    }

    fn plain_table(
        &mut self,
        names: &[Name],
        alias: Option<Alias>,
        sample: Option<Sample>,
        place: Place,
    ) -> Checked<Source> {
        let [name] = names else {
            return Err(policy(
                "table-name",
                "A dotted name can be a file: tables are named by one plain word.",
            )
            .at(place)
            .hint(self.tables_hint()));
        };
        let (known, columns, table, reduced) = match self.cte_named(&name.text) {
            Some(cte) => (cte.name, cte.columns, None, cte.reduced),
            None => {
                let table = self.dataset_table(name)?;
                let columns: Vec<_> = table
                    .columns
                    .iter()
                    .map(|column| Some(column.name.clone()))
                    .collect();
                (table.name.clone(), columns, Some(table.name.clone()), false)
            }
        };
        if let Some(table) = &table {
            self.claims.table(table);
        }
        let visible = alias.as_ref().map_or(known.clone(), |alias| alias.name.clone());
        let renames = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
        let table = if renames.is_empty() {
            table
        } else {
            self.claim_all(table.as_deref(), &columns);
            None
        };
        let few = sample.as_ref().is_some_and(|sample| self.is_few(sample));
        let relation = Relation {
            name: Some(visible),
            columns: renamed(columns, renames, name.place)?,
            table,
            reduced: reduced || few,
        };
        self.introduce(relation, place)?;
        Ok(Source::Table {
            name: known,
            alias,
            sample,
        })
    }

    /// Under new names they can't be told apart any more.
    fn claim_all(&mut self, table: Option<&str>, columns: &[Option<String>]) {
        if let Some(table) = table {
            for column in columns.iter().flatten() {
                self.claims.column(table, column);
            }
        }
    }

    fn dataset_table(&self, name: &Name) -> Checked<&csv_analyst_protocol::dataset::Table> {
        let found = self
            .dataset
            .tables
            .iter()
            .find(|table| same(&table.name, &name.text));
        found.ok_or_else(|| {
            let tables = self.dataset.tables.iter().map(|table| table.name.as_str());
            let ctes = self.scopes.ctes.iter().map(|cte| cte.name.as_str());
            policy(
                "unknown-table",
                format!("There is no table `{}` in this dataset.", excerpt(&name.text)),
            )
            .at(name.place)
            .instead(&name.text, tables.chain(ctes))
            .hint(self.tables_hint())
        })
    }

    fn tables_hint(&self) -> String {
        let names: Vec<&str> = self
            .dataset
            .tables
            .iter()
            .map(|table| table.name.as_str())
            .collect();
        format!("Tables here: {}.", super::scope::excerpt_list(&names.join(", ")))
    }

    fn table_function(
        &mut self,
        call: &ast::Call,
        ordinality: bool,
        alias: Option<Alias>,
    ) -> Checked<Source> {
        let place = call.place;
        let written = call.name.last().map_or("", |name| name.text.as_str());
        let known = TABLE_FUNCTIONS.iter().find(|(known, _)| same(known, written));
        let (Some((function, own_columns)), 1) = (known, call.name.len()) else {
            let rejection = policy(
                "table-function-not-allowed",
                format!("The table function `{}` is not allowed.", excerpt(written)),
            );
            let hint = if reads_clock(&written.to_ascii_lowercase()) {
                "Clock functions are not allowed.".into()
            } else {
                self.tables_hint()
            };
            return Err(rejection.at(place).hint(hint));
        };
        let arguments = self.plain_arguments(call)?;
        let Expr::Call(bare) = Expr::call(function, arguments.clone()) else {
            return Err(refuse("This table function", place));
        };
        super::size::check(&bare).map_err(|rejection| rejection.at(place))?;
        self.claims.function(function);
        let mut columns: Vec<_> = own_columns.iter().map(|name| Some(name.to_string())).collect();
        columns.extend(ordinality.then(|| Some("ordinality".to_string())));
        let columns = renamed(columns, alias.as_ref().map_or(&[], |alias| &alias.columns), place)?;
        let visible = alias
            .as_ref()
            .map_or(function.to_string(), |alias| alias.name.clone());
        let relation = Relation {
            name: Some(visible),
            columns,
            table: None,
            reduced: true,
        };
        self.introduce(relation, place)?;
        Ok(Source::Function {
            name: function.to_string(),
            arguments,
            ordinality,
            alias,
        })
    }

    /// Arguments and nothing else.
    fn plain_arguments(&mut self, call: &ast::Call) -> Checked<Vec<Expr>> {
        let ast::Call {
            name: _,
            distinct,
            arguments,
            order_by,
            nulls,
            within_group,
            filter,
            over,
            place,
        } = call;
        let decorated = *distinct
            || !order_by.is_empty()
            || nulls.is_some()
            || !within_group.is_empty()
            || filter.is_some()
            || over.is_some();
        never(decorated, "This form of a table function", *place)?;
        let value = |argument: &ast::Argument| match &argument.name {
            Some(name) => Err(refuse("A named argument here", name.place)),
            None => self.expression(&argument.value),
        };
        arguments.iter().map(value).collect()
    }

    fn derived(
        &mut self,
        query: Query,
        shape: Shape,
        lateral: bool,
        alias: Option<Alias>,
        sample: Option<Sample>,
        place: Place,
    ) -> Checked<Source> {
        let names = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
        let columns = renamed(shape.columns, names, place)?;
        let name = alias.as_ref().map(|alias| alias.name.clone());
        let few = sample.as_ref().is_some_and(|sample| self.is_few(sample));
        let relation = Relation {
            name,
            columns,
            table: None,
            reduced: shape.reduced || few,
        };
        self.introduce(relation, place)?;
        Ok(Source::Derived {
            query: Box::new(query),
            lateral,
            alias,
            sample,
        })
    }

    fn introduce(&mut self, relation: Relation, place: Place) -> Checked<()> {
        match self.scopes.current() {
            Some(scope) if scope.relations.len() >= MAX_TABLES => Err(policy(
                "too-many-tables",
                format!("One SELECT can join at most {MAX_TABLES} tables."),
            )
            .at(place)),
            Some(scope) => {
                scope.relations.push(relation);
                Ok(())
            }
            None => Err(refuse("FROM outside of a SELECT", place)),
        }
    }
}

fn table_alias(alias: &ast::Alias) -> Alias {
    let ast::Alias { name, columns } = alias;
    Alias {
        name: name.text.clone(),
        columns: columns.iter().map(|column| column.text.clone()).collect(),
    }
}

/// The first columns under new names, the rest as they were.
pub fn renamed(columns: Vec<Option<String>>, names: &[String], place: Place) -> Checked<Vec<Option<String>>> {
    if names.len() > columns.len() {
        return Err(invalid(
            "too-many-names",
            format!("{} names are listed for {} columns.", names.len(), columns.len()),
        )
        .at(place)
        .hint("List at most one name for each column."));
    }
    let rest = columns.into_iter().skip(names.len());
    Ok(names.iter().cloned().map(Some).chain(rest).collect())
}
