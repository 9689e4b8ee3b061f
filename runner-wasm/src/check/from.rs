//! FROM: tables, derived tables, joins, and the few functions that give rows.
//!
//! A table name that is not a dataset's table or a CTE in scope is refused however it is written:
//! to DuckDB a string, a quoted name or a dotted name can be a file.

use super::Checker;
use super::functions::reads_clock;
use super::scope::{Relation, same};
use super::unsupported::{Located, never, refuse};
use crate::rejection::{Checked, Explain, did_you_mean, excerpt, invalid, policy};
use crate::sql::tree::{Alias, Constraint, Expr, Join, JoinKind, Joined, Source};
use sqlparser::ast::{self, Ident, ObjectName, ObjectNamePart, Spanned};

/// Far more than a question joins; each more multiplies the work of planning it.
const MAX_TABLES: usize = 64;

/// Functions that give rows; their sizes are bounded in [`super::size`].
const TABLE_FUNCTIONS: &[&str] = &["generate_series", "range", "unnest"];

impl Checker<'_> {
    pub fn joined(&mut self, item: &ast::TableWithJoins) -> Checked<Joined> {
        let ast::TableWithJoins { relation, joins } = item;
        let first = self.source(relation)?;
        let joins = joins.iter().map(|join| self.join(join)).collect::<Checked<_>>()?;
        Ok(Joined { first, joins })
    }

    fn join(&mut self, join: &ast::Join) -> Checked<Join> {
        let ast::Join {
            relation,
            global,
            join_operator,
        } = join;
        never(*global, "GLOBAL JOIN", relation)?;
        let (kind, constraint) = join_kind(join_operator, relation)?;
        let before = self.scopes.current().map_or(0, |scope| scope.relations.len());
        let source = self.source(relation)?;
        let constraint = self.constraint(constraint, before, relation)?;
        if kind == JoinKind::Inner && constraint == Constraint::None {
            return Err(invalid("join-without-condition", "A JOIN needs ON or USING.")
                .at(relation.span())
                .hint("Write CROSS JOIN if every pair of rows is meant."));
        }
        if matches!(kind, JoinKind::Semi | JoinKind::Anti)
            && let Some(scope) = self.scopes.current()
        {
            scope.relations.truncate(before);
        }
        Ok(Join {
            kind,
            source,
            constraint,
        })
    }

    fn constraint(
        &mut self,
        constraint: &ast::JoinConstraint,
        before: usize,
        place: impl Located,
    ) -> Checked<Constraint> {
        match constraint {
            ast::JoinConstraint::None => Ok(Constraint::None),
            ast::JoinConstraint::On(condition) => Ok(Constraint::On(self.expression(condition)?)),
            ast::JoinConstraint::UsingAlias(..) => Err(refuse("USING with an alias", place)),
            ast::JoinConstraint::Natural => {
                let shared = self.shared_columns(before);
                for column in &shared {
                    self.merge(column);
                }
                Ok(Constraint::Natural)
            }
            ast::JoinConstraint::Using(names) => {
                let shared = self.shared_columns(before);
                let mut columns = Vec::with_capacity(names.len());
                for name in names {
                    let ident = single_name(name)?;
                    let Some(column) = shared.iter().find(|column| same(column, &ident.value)) else {
                        return Err(invalid(
                            "unknown-column",
                            format!("USING needs `{}` in both tables.", excerpt(&ident.value)),
                        )
                        .at(ident.span)
                        .hint(format!("Columns in both: {}.", shared.join(", "))));
                    };
                    self.merge(column);
                    columns.push(column.clone());
                }
                Ok(Constraint::Using(columns))
            }
        }
    }

    /// Columns of the newly joined relations that an earlier one has too.
    fn shared_columns(&mut self, before: usize) -> Vec<String> {
        let Some(scope) = self.scopes.current() else {
            return Vec::new();
        };
        let (earlier, joined) = scope.relations.split_at(before.min(scope.relations.len()));
        let known = |name: &&String| {
            earlier
                .iter()
                .any(|r| r.columns.iter().any(|column| same(column, name)))
        };
        joined
            .iter()
            .flat_map(|r| r.columns.iter())
            .filter(known)
            .cloned()
            .collect()
    }

    fn merge(&mut self, column: &str) {
        let Some(scope) = self.scopes.selects.last_mut() else {
            return;
        };
        scope.merged.push(column.into());
        let tables = scope
            .relations
            .iter()
            .filter(|r| r.columns.iter().any(|own| same(own, column)));
        for table in tables.filter_map(|r| r.table.as_deref()) {
            self.claims.column(table, column);
        }
    }

    fn source(&mut self, factor: &ast::TableFactor) -> Checked<Source> {
        self.deeper(|| factor.span(), |checker| checker.source_inner(factor))
    }

    fn source_inner(&mut self, factor: &ast::TableFactor) -> Checked<Source> {
        match factor {
            ast::TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_directives,
                inheritance,
            } => {
                let span = name.span();
                let decorated = !with_hints.is_empty()
                    || version.is_some()
                    || *with_ordinality
                    || !partitions.is_empty()
                    || json_path.is_some()
                    || !index_directives.is_empty()
                    || inheritance.is_some();
                never(decorated, "This addition to a table", span)?;
                never(sample.is_some(), "A sample", span)?;
                match args {
                    Some(arguments) => self.table_function(name, arguments, alias.as_ref()),
                    None => self.plain_table(name, alias.as_ref()),
                }
            }
            ast::TableFactor::Derived {
                lateral,
                subquery,
                alias,
                sample,
            } => {
                never(sample.is_some(), "A sample", subquery.as_ref())?;
                self.derived(*lateral, subquery, alias.as_ref())
            }
            ast::TableFactor::NestedJoin {
                table_with_joins,
                alias,
            } => {
                never(alias.is_some(), "A name for a bracketed join", factor)?;
                Ok(Source::Nested(Box::new(self.joined(table_with_joins)?)))
            }
            ast::TableFactor::TableFunction { .. }
            | ast::TableFactor::Function { .. }
            | ast::TableFactor::UNNEST { .. }
            | ast::TableFactor::JsonTable { .. }
            | ast::TableFactor::OpenJsonTable { .. }
            | ast::TableFactor::Pivot { .. }
            | ast::TableFactor::Unpivot { .. }
            | ast::TableFactor::UnpivotExpr { .. }
            | ast::TableFactor::MatchRecognize { .. }
            | ast::TableFactor::XmlTable { .. }
            | ast::TableFactor::SemanticView { .. } => Err(refuse("This kind of table", factor.span())
                .hint("Use a table of the dataset, a subquery or a common table expression.")),
        }
    }

    fn plain_table(&mut self, name: &ObjectName, alias: Option<&ast::TableAlias>) -> Checked<Source> {
        let [ObjectNamePart::Identifier(ident)] = name.0.as_slice() else {
            return Err(policy(
                "table-name",
                "A dotted name can be a file: tables are named by one plain word.",
            )
            .at(name.span())
            .hint(self.tables_hint()));
        };
        let (source, relation) = self.named_table(ident, alias)?;
        self.introduce(relation, name.span())?;
        Ok(source)
    }

    /// A CTE in scope, else a table of the dataset.
    pub fn named_table(
        &mut self,
        ident: &Ident,
        alias: Option<&ast::TableAlias>,
    ) -> Checked<(Source, Relation)> {
        if ident.quote_style == Some('\'') {
            return Err(policy(
                "table-name",
                "A text in place of a table's name can be a file, and is not allowed.",
            )
            .at(ident.span)
            .hint(self.tables_hint()));
        }
        let (name, columns, table, reduced) = match self.cte_named(&ident.value) {
            Some(cte) => (cte.name, cte.columns, None, cte.reduced),
            None => {
                let table = self.dataset_table(ident)?;
                let columns = table.columns.iter().map(|column| column.name.clone()).collect();
                (table.name.clone(), columns, Some(table.name.clone()), false)
            }
        };
        if let Some(table) = &table {
            self.claims.table(table);
        }
        let alias = alias.map(table_alias).transpose()?;
        let visible = alias.as_ref().map_or(name.clone(), |alias| alias.name.clone());
        let renames = alias.as_ref().is_some_and(|alias| !alias.columns.is_empty());
        never(
            renames && table.is_some(),
            "New column names for a table",
            ident.span,
        )?;
        let columns = columns.into_iter().map(Some).collect();
        let columns = renamed(
            columns,
            alias.as_ref().map_or(&[], |alias| &alias.columns),
            ident.span,
        )?;
        let relation = Relation {
            name: Some(visible),
            columns,
            table,
            reduced,
        };
        Ok((Source::Table { name, alias }, relation))
    }

    fn dataset_table(&self, ident: &Ident) -> Checked<&csv_analyst_protocol::dataset::Table> {
        let found = self
            .dataset
            .tables
            .iter()
            .find(|table| same(&table.name, &ident.value));
        found.ok_or_else(|| {
            let names = self.dataset.tables.iter().map(|table| table.name.as_str());
            let near = did_you_mean(
                &ident.value,
                names.chain(self.scopes.ctes.iter().map(|cte| cte.name.as_str())),
            );
            policy(
                "unknown-table",
                format!("There is no table `{}` in this dataset.", excerpt(&ident.value)),
            )
            .at(ident.span)
            .hint(near.unwrap_or_else(|| self.tables_hint()))
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
        name: &ObjectName,
        arguments: &ast::TableFunctionArgs,
        alias: Option<&ast::TableAlias>,
    ) -> Checked<Source> {
        let ast::TableFunctionArgs { args, settings } = arguments;
        let written = name
            .0
            .last()
            .and_then(ObjectNamePart::as_ident)
            .map_or("", |ident| ident.value.as_str());
        let known = TABLE_FUNCTIONS.iter().find(|known| same(known, written));
        let (Some(function), true, None) = (known, name.0.len() == 1, settings) else {
            let rejection = policy(
                "table-function-not-allowed",
                format!("The table function `{}` is not allowed.", excerpt(written)),
            );
            let hint = if reads_clock(&written.to_ascii_lowercase()) {
                "Clock functions are not allowed.".into()
            } else {
                self.tables_hint()
            };
            return Err(rejection.at(name.span()).hint(hint));
        };
        let arguments = args
            .iter()
            .map(|argument| self.plain_argument(argument, name.span()))
            .collect::<Checked<Vec<_>>>()?;
        let Expr::Call(call) = Expr::call(function, arguments.clone()) else {
            return Err(refuse("This table function", name.span()));
        };
        super::size::check(&call).map_err(|rejection| rejection.at(name.span()))?;
        self.claims.function(function);
        let alias = alias.map(table_alias).transpose()?;
        let columns = renamed(
            vec![Some(function.to_string())],
            alias.as_ref().map_or(&[], |alias| &alias.columns),
            name.span(),
        )?;
        let visible = alias
            .as_ref()
            .map_or(function.to_string(), |alias| alias.name.clone());
        self.introduce(
            Relation {
                name: Some(visible),
                columns,
                table: None,
                reduced: true,
            },
            name.span(),
        )?;
        Ok(Source::Function {
            name: function.to_string(),
            arguments,
            alias,
        })
    }

    fn derived(
        &mut self,
        lateral: bool,
        subquery: &ast::Query,
        alias: Option<&ast::TableAlias>,
    ) -> Checked<Source> {
        let (query, shape) = self.subquery(subquery)?;
        let alias = alias.map(table_alias).transpose()?;
        let names = alias.as_ref().map_or(&[][..], |alias| &alias.columns);
        let columns = renamed(shape.columns, names, subquery)?;
        let name = alias.as_ref().map(|alias| alias.name.clone());
        self.introduce(
            Relation {
                name,
                columns,
                table: None,
                reduced: shape.reduced,
            },
            subquery,
        )?;
        Ok(Source::Derived {
            query: Box::new(query),
            lateral,
            alias,
        })
    }

    fn introduce(&mut self, relation: Relation, place: impl Located) -> Checked<()> {
        match self.scopes.current() {
            Some(scope) if scope.relations.len() >= MAX_TABLES => Err(policy(
                "too-many-tables",
                format!("One SELECT can join at most {MAX_TABLES} tables."),
            )
            .at(place.place())),
            Some(scope) => {
                scope.relations.push(relation);
                Ok(())
            }
            None => Err(refuse("FROM outside of a SELECT", place)),
        }
    }
}

fn join_kind<'j>(
    operator: &'j ast::JoinOperator,
    place: &ast::TableFactor,
) -> Checked<(JoinKind, &'j ast::JoinConstraint)> {
    Ok(match operator {
        ast::JoinOperator::Join(constraint) | ast::JoinOperator::Inner(constraint) => {
            (JoinKind::Inner, constraint)
        }
        ast::JoinOperator::Left(constraint) | ast::JoinOperator::LeftOuter(constraint) => {
            (JoinKind::Left, constraint)
        }
        ast::JoinOperator::Right(constraint) | ast::JoinOperator::RightOuter(constraint) => {
            (JoinKind::Right, constraint)
        }
        ast::JoinOperator::FullOuter(constraint) => (JoinKind::Full, constraint),
        ast::JoinOperator::CrossJoin(constraint) => (JoinKind::Cross, constraint),
        ast::JoinOperator::Semi(constraint) | ast::JoinOperator::LeftSemi(constraint) => {
            (JoinKind::Semi, constraint)
        }
        ast::JoinOperator::Anti(constraint) | ast::JoinOperator::LeftAnti(constraint) => {
            (JoinKind::Anti, constraint)
        }
        ast::JoinOperator::RightSemi(_)
        | ast::JoinOperator::RightAnti(_)
        | ast::JoinOperator::CrossApply
        | ast::JoinOperator::OuterApply
        | ast::JoinOperator::AsOf { .. }
        | ast::JoinOperator::StraightJoin(_)
        | ast::JoinOperator::ArrayJoin
        | ast::JoinOperator::LeftArrayJoin
        | ast::JoinOperator::InnerArrayJoin => {
            return Err(refuse("This kind of join", place)
                .hint("Use JOIN, LEFT JOIN, RIGHT JOIN, FULL JOIN, CROSS JOIN, SEMI JOIN or ANTI JOIN."));
        }
    })
}

/// The one plain identifier of a name.
pub fn single_name(name: &ObjectName) -> Checked<&Ident> {
    match name.0.as_slice() {
        [ObjectNamePart::Identifier(ident)] => Ok(ident),
        _ => Err(refuse("A dotted name", name.span())),
    }
}

fn table_alias(alias: &ast::TableAlias) -> Checked<Alias> {
    let ast::TableAlias {
        explicit: _,
        name,
        columns,
        at,
    } = alias;
    never(at.is_some(), "AT", name.span)?;
    Ok(Alias {
        name: name.value.clone(),
        columns: alias_columns(columns)?,
    })
}

pub fn alias_columns(columns: &[ast::TableAliasColumnDef]) -> Checked<Vec<String>> {
    let name = |ast::TableAliasColumnDef { name, data_type }: &ast::TableAliasColumnDef| {
        never(data_type.is_some(), "A type in a list of names", name.span)?;
        Ok(name.value.clone())
    };
    columns.iter().map(name).collect()
}

/// The first columns under new names, the rest as they were; those without a name can't be used.
pub fn renamed(columns: Vec<Option<String>>, names: &[String], place: impl Located) -> Checked<Vec<String>> {
    if names.len() > columns.len() {
        return Err(invalid(
            "too-many-names",
            format!("{} names are listed for {} columns.", names.len(), columns.len()),
        )
        .at(place.place())
        .hint("List at most one name for each column."));
    }
    let rest = columns.into_iter().skip(names.len()).flatten();
    Ok(names.iter().cloned().chain(rest).collect())
}
