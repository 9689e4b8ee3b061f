//! Which names mean what, where. Exact: a CTE of one UNION branch does not exist in the other, and a
//! name that no scope knows is refused, never passed on for the engine to interpret.

use super::Checker;
use super::functions::reads_clock;
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::tree::Expr;
use crate::syntax::ast::Name;
use csv_analyst_protocol::gate::Rejection;

/// One row source inside a FROM.
#[derive(Clone, Debug, Default)]
pub struct Relation {
    /// How columns are qualified; `None` for a derived table without an alias.
    pub name: Option<String>,
    /// By name, where they have one that a query could use.
    pub columns: Vec<Option<String>>,
    /// The dataset table behind it, for the claims.
    pub table: Option<String>,
    /// Already filtered, aggregated or limited (for the exfiltration rule).
    pub reduced: bool,
}

/// What a SELECT can see of its own.
#[derive(Debug, Default)]
pub struct Scope {
    pub relations: Vec<Relation>,
    /// Columns merged by USING or NATURAL: named without a qualifier although several tables have them.
    /// Each with how many relations there were then: one that is joined later is not among them.
    pub merged: Vec<(String, usize)>,
    /// Output names of the SELECT list: DuckDB lets every later clause use them.
    pub aliases: Vec<String>,
    pub windows: Vec<String>,
    /// An aggregate was called in this SELECT (not in a subquery of it).
    pub aggregated: bool,
}

/// A common table expression in force.
#[derive(Clone, Debug)]
pub struct CteEntry {
    pub name: String,
    pub columns: Vec<Option<String>>,
    pub reduced: bool,
}

#[derive(Default)]
pub struct Scopes {
    pub selects: Vec<Scope>,
    pub ctes: Vec<CteEntry>,
    pub lambdas: Vec<String>,
}

impl Relation {
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().flatten().map(String::as_str)
    }

    fn column(&self, name: &str) -> Option<&str> {
        self.names().find(|column| same(column, name))
    }
}

/// DuckDB folds ASCII case only; look-alikes of other scripts are other letters.
pub fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// Names that DuckDB reads by itself where the same SELECT has no column of that name: the clock, the
/// session, a row's place in storage. Another SELECT's column or an output's name does not help there.
const ENGINE_NAMES: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "rowid",
    "session_user",
    "user",
];

/// DuckDB's name for a derived table that has none, with a number from the second on: its whole row.
const UNNAMED: &str = "unnamed_subquery";

pub fn is_engine_name(name: &str) -> bool {
    let unnamed = name
        .get(..UNNAMED.len())
        .is_some_and(|start| same(start, UNNAMED));
    unnamed || ENGINE_NAMES.iter().any(|own| same(own, name))
}

/// Where a bare name was found.
enum Found {
    Column {
        name: String,
        table: Option<String>,
    },
    Name(String),
    /// A relation's own name: to DuckDB its whole row.
    Row,
    Ambiguous(Vec<String>),
}

impl Scope {
    fn find(&self, name: &str) -> Option<Found> {
        let hits: Vec<(&Relation, &str)> = self
            .relations
            .iter()
            .filter_map(|r| r.column(name).map(|column| (r, column)))
            .collect();
        let last = self.relations.iter().rposition(|r| r.column(name).is_some());
        let merged = last.is_some_and(|last| self.is_merged(name, last));
        match hits.as_slice() {
            [] if self.relation(name).is_some() => Some(Found::Row),
            [] => {
                let alias = self.aliases.iter().find(|alias| same(alias, name));
                alias.map(|alias| Found::Name(alias.clone()))
            }
            [(relation, column), rest @ ..] if rest.is_empty() || merged => Some(Found::Column {
                name: (*column).into(),
                table: relation.table.clone(),
            }),
            several => Some(Found::Ambiguous(
                several
                    .iter()
                    .filter_map(|(relation, _)| relation.name.clone())
                    .collect(),
            )),
        }
    }

    /// Whether the column of this relation, by its place, is one with those before it.
    pub fn is_merged(&self, name: &str, relation: usize) -> bool {
        let mut merged = self.merged.iter();
        merged.any(|(column, relations)| same(column, name) && relation < *relations)
    }

    pub fn relation(&self, name: &str) -> Option<&Relation> {
        self.relations
            .iter()
            .find(|r| r.name.as_deref().is_some_and(|own| same(own, name)))
    }
}

impl Scopes {
    pub fn current(&mut self) -> Option<&mut Scope> {
        self.selects.last_mut()
    }

    pub fn cte(&self, name: &str) -> Option<&CteEntry> {
        self.ctes.iter().rev().find(|cte| same(&cte.name, name))
    }

    /// Names that could have been meant, nearest scope first.
    fn candidates(&self) -> impl Iterator<Item = &str> + Clone {
        self.selects.iter().rev().flat_map(|scope| {
            let columns = scope.relations.iter().flat_map(Relation::names);
            columns.chain(scope.aliases.iter().map(String::as_str))
        })
    }
}

impl Checker<'_> {
    /// `name`, wherever it was found nearest.
    pub fn bare_column(&mut self, name: &Name) -> Checked<Expr> {
        if self.is_half_a_parameter(&name.text) {
            return Err(half_a_parameter(name));
        }
        match self.find_bare(&name.text) {
            Some(_) if self.is_engines(&name.text) => Err(engines_own(name)),
            Some(Found::Row) => Err(whole_row(name)),
            Some(Found::Name(name)) => Ok(Expr::name(&name)),
            Some(Found::Column { name, table }) => {
                if let Some(table) = table {
                    self.claims.column(&table, &name);
                }
                Ok(Expr::name(&name))
            }
            Some(Found::Ambiguous(tables)) => Err(invalid(
                "ambiguous-column",
                format!(
                    "The column `{}` is in more than one table here.",
                    excerpt(&name.text)
                ),
            )
            .at(name.place)
            .hint(format!(
                "Say which one: {}.",
                qualified_choices(&tables, &name.text)
            ))),
            None if is_engine_name(&name.text) && reads_clock(&name.text.to_ascii_lowercase()) => {
                Err(super::call::not_allowed(&name.text, name.place))
            }
            None => Err(self.unknown_column(name)),
        }
    }

    fn find_bare(&self, name: &str) -> Option<Found> {
        if let Some(parameter) = self
            .scopes
            .lambdas
            .iter()
            .rev()
            .find(|parameter| same(parameter, name))
        {
            return Some(Found::Name(parameter.clone()));
        }
        let scopes = || self.scopes.selects.iter().rev();
        match scopes().find_map(|scope| scope.find(name)) {
            // An output's name comes last: DuckDB looks for a row of that name in all SELECTs before.
            Some(Found::Name(_)) if scopes().any(|scope| scope.relation(name).is_some()) => Some(Found::Row),
            found => found,
        }
    }

    /// A lambda's parameter in another case: DuckDB prefers a column of that name, where there is one.
    fn is_half_a_parameter(&self, name: &str) -> bool {
        let parameters = &self.scopes.lambdas;
        let only_in_another_case =
            parameters.iter().any(|own| same(own, name)) && !parameters.iter().any(|own| own == name);
        only_in_another_case && self.names_a_column(name)
    }

    /// Whether a SELECT around has something of that name, whatever a lambda calls so.
    pub fn names_a_column(&self, name: &str) -> bool {
        let mut selects = self.scopes.selects.iter();
        selects.any(|scope| scope.find(name).is_some())
    }

    /// Whether a bare name means something here already.
    pub fn is_known(&self, name: &str) -> bool {
        is_engine_name(name) || self.find_bare(name).is_some()
    }

    /// Whether DuckDB would put a value of its own in place of this name, or the second opinion could not
    /// tell that it does not: only a dataset's column in this very SELECT is beyond doubt.
    fn is_engines(&self, name: &str) -> bool {
        if !is_engine_name(name) {
            return false;
        }
        match self.scopes.selects.last().and_then(|scope| scope.find(name)) {
            Some(Found::Column { table, .. }) => table.is_none() && !self.claims.has_column_named(name),
            Some(Found::Ambiguous(_)) => false,
            _ => true,
        }
    }

    /// `a.b.c`: a table's column, or a field of a column, and fields of that.
    pub fn compound_column(&mut self, parts: &[Name]) -> Checked<Expr> {
        let [first, second, rest @ ..] = parts else {
            return Err(invalid("unknown-column", "A column's name is missing."));
        };
        let (base, fields) = match self.qualified(first, second)? {
            Some(column) => (column, rest),
            None => (
                self.bare_column(first)
                    .map_err(|r| self.unknown_qualifier(first, r))?,
                &parts[1..],
            ),
        };
        Ok(fields.iter().fold(base, |base, field| Expr::Field {
            base: Box::new(base),
            name: field.text.clone(),
        }))
    }

    /// `table.column`, or nothing when there is no such table here.
    fn qualified(&mut self, table: &Name, column: &Name) -> Checked<Option<Expr>> {
        let is_parameter = self
            .scopes
            .lambdas
            .iter()
            .any(|parameter| same(parameter, &table.text));
        if is_parameter {
            return Ok(None);
        }
        let Some(relation) = self
            .scopes
            .selects
            .iter()
            .rev()
            .find_map(|scope| scope.relation(&table.text))
        else {
            return Ok(None);
        };
        let qualifier = relation.name.clone().unwrap_or_default();
        let Some(name) = relation.column(&column.text).map(str::to_string) else {
            let message = format!(
                "`{}` has no column `{}`.",
                excerpt(&qualifier),
                excerpt(&column.text)
            );
            let rejection = invalid("unknown-column", message).at(column.place);
            let columns = relation.names().collect::<Vec<_>>().join(", ");
            return Err(rejection
                .instead(&column.text, relation.names())
                .hint(format!("Its columns are: {}.", excerpt_list(&columns))));
        };
        if let Some(table) = relation.table.clone() {
            self.claims.column(&table, &name);
        }
        Ok(Some(Expr::Column {
            qualifier: Some(qualifier),
            name,
        }))
    }

    fn unknown_column(&self, name: &Name) -> Box<Rejection> {
        let message = format!("There is no column `{}` here.", excerpt(&name.text));
        let rejection = invalid("unknown-column", message).at(name.place);
        let rejection = rejection.instead(&name.text, self.scopes.candidates());
        if name.quoted {
            return rejection.hint("Double quotes mean a name; write text in single quotes.");
        }
        let known: Vec<&str> = self.scopes.candidates().collect();
        rejection.hint(if known.is_empty() {
            "No table is named in FROM.".to_string()
        } else {
            format!("Columns here: {}.", excerpt_list(&known.join(", ")))
        })
    }

    fn unknown_qualifier(&self, table: &Name, rejection: Box<Rejection>) -> Box<Rejection> {
        let names = self
            .scopes
            .selects
            .iter()
            .flat_map(|s| s.relations.iter())
            .filter_map(|r| r.name.as_deref());
        let unknown = invalid(
            "unknown-table",
            format!("There is no table `{}` in FROM here.", excerpt(&table.text)),
        )
        .at(table.place)
        .instead(&table.text, names);
        if unknown.details.suggestions.is_empty() {
            rejection
        } else {
            unknown
        }
    }
}

fn engines_own(written: &Name) -> Box<Rejection> {
    let name = excerpt(&written.text);
    policy(
        "engine-name",
        format!("For `{name}` alone the engine would put a value of its own, not the column's."),
    )
    .at(written.place)
    .hint("Give the column another name, or write its table before it.")
}

fn half_a_parameter(written: &Name) -> Box<Rejection> {
    let name = excerpt(&written.text);
    invalid(
        "ambiguous-column",
        format!("`{name}` could be a column, or the lambda's parameter in another case."),
    )
    .at(written.place)
    .hint("Give the parameter a name that no column has.")
}

fn whole_row(written: &Name) -> Box<Rejection> {
    let name = excerpt(&written.text);
    invalid(
        "unknown-column",
        format!("`{name}` is a table here: alone it would mean its whole rows."),
    )
    .at(written.place)
    .hint(format!(
        "Name a column, as in `{name}.*`; give an output column a name that no table has."
    ))
}

fn qualified_choices(tables: &[String], column: &str) -> String {
    let choices: Vec<String> = tables
        .iter()
        .map(|table| format!("`{table}.{}`", excerpt(column)))
        .collect();
    choices.join(" or ")
}

/// A list of names for a hint; bounded, so that a wide table does not fill the page.
pub fn excerpt_list(names: &str) -> String {
    const LONGEST: usize = 300;
    if names.chars().count() <= LONGEST {
        return names.into();
    }
    let start: String = names.chars().take(LONGEST).collect();
    format!("{start}…")
}
