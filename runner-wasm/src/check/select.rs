//! One SELECT: its clauses are rebuilt in the order in which names come into being.

use super::Checker;
use super::expression::refuse_plus;
use super::query::{Shape, check_width};
use super::scope::{Relation, Scope, same};
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, did_you_mean, excerpt, invalid};
use crate::sql::tree::{Distinct, Expr, GroupBy, GroupItem, Item, Joined, Select, Source, Window};
use sqlparser::ast::{self, Spanned};
use sqlparser::tokenizer::Span;

impl Checker<'_> {
    pub fn select(&mut self, select: &ast::Select) -> Checked<(Select, Shape, Scope)> {
        let depth = self.scopes.selects.len();
        self.scopes.selects.push(Scope::default());
        let result = self.select_in_scope(select);
        let scope = self.scopes.selects.pop().unwrap_or_default();
        self.scopes.selects.truncate(depth);
        let (select, shape) = result?;
        Ok((select, shape, scope))
    }

    fn select_in_scope(&mut self, select: &ast::Select) -> Checked<(Select, Shape)> {
        let ast::Select {
            select_token,
            optimizer_hints,
            distinct,
            select_modifiers,
            top,
            top_before_distinct: _,
            projection,
            exclude,
            into,
            from,
            lateral_views,
            prewhere,
            selection,
            connect_by,
            group_by,
            cluster_by,
            distribute_by,
            sort_by,
            having,
            named_window,
            qualify,
            window_before_qualify: _,
            value_table_mode,
            flavor: _,
        } = select;
        let span = select_token.0.span;
        never(
            !optimizer_hints.is_empty() || select_modifiers.is_some(),
            "A hint",
            span,
        )?;
        never(top.is_some(), "TOP", span).map_err(|r| r.hint("Use LIMIT."))?;
        never(into.is_some(), "SELECT INTO", span)?;
        never(
            exclude.is_some() || value_table_mode.is_some(),
            "This form of SELECT",
            span,
        )?;
        never(
            !lateral_views.is_empty() || prewhere.is_some() || !connect_by.is_empty(),
            "This clause",
            span,
        )?;
        never(
            !cluster_by.is_empty() || !distribute_by.is_empty() || !sort_by.is_empty(),
            "This clause",
            span,
        )?;
        let from = from
            .iter()
            .map(|item| self.joined(item))
            .collect::<Checked<Vec<_>>>()?;
        self.introduce_windows(named_window);
        let (items, columns) = self.items(projection, span)?;
        let distinct = self.distinct(distinct.as_ref(), span)?;
        let filter = self.condition(selection.as_ref())?;
        let group_by = self.group_by(group_by, span)?;
        let having = self.condition(having.as_ref())?;
        let windows = self.named_windows(named_window)?;
        let qualify = self.condition(qualify.as_ref())?;
        let select = Select {
            distinct,
            items,
            from,
            filter,
            group_by,
            having,
            windows,
            qualify,
        };
        let reduced = self.is_reduced(&select);
        Ok((select, Shape { columns, reduced }))
    }

    /// Anything that leaves fewer rows, or other rows, than the tables have.
    fn is_reduced(&mut self, select: &Select) -> bool {
        let Some(scope) = self.scopes.current() else {
            return false;
        };
        let from_reduced = scope.relations.iter().all(|relation| relation.reduced);
        scope.aggregated
            || from_reduced
            || select.filter.as_ref().is_some_and(looks_at_data)
            || select.qualify.is_some()
            || select.group_by != GroupBy::None
            || select.distinct != Distinct::No
    }

    fn condition(&mut self, condition: Option<&ast::Expr>) -> Checked<Option<Expr>> {
        condition.map(|condition| self.expression(condition)).transpose()
    }

    /// From here on: an item can use the names of those before it, not its own and no later one.
    fn introduce_alias(&mut self, alias: &str) {
        if let Some(scope) = self.scopes.current() {
            scope.aliases.push(alias.into());
        }
    }

    fn introduce_windows(&mut self, named: &[ast::NamedWindowDefinition]) {
        if let Some(scope) = self.scopes.current() {
            scope
                .windows
                .extend(named.iter().map(|definition| definition.0.value.clone()));
        }
    }

    fn named_windows(&mut self, named: &[ast::NamedWindowDefinition]) -> Checked<Vec<(String, Window)>> {
        let define =
            |ast::NamedWindowDefinition(name, definition): &ast::NamedWindowDefinition| match definition {
                ast::NamedWindowExpr::WindowSpec(spec) => Ok((name.value.clone(), self.window(spec)?)),
                ast::NamedWindowExpr::NamedWindow(_) => {
                    Err(refuse("A window that only renames another", name.span))
                }
            };
        named.iter().map(define).collect()
    }

    fn distinct(&mut self, distinct: Option<&ast::Distinct>, span: Span) -> Checked<Distinct> {
        Ok(match distinct {
            None => Distinct::No,
            Some(ast::Distinct::Distinct) => Distinct::Yes,
            Some(ast::Distinct::On(keys)) => Distinct::On(self.keys(keys)?),
            Some(ast::Distinct::All) => return Err(refuse("SELECT ALL", span)),
        })
    }

    fn items(
        &mut self,
        projection: &[ast::SelectItem],
        span: Span,
    ) -> Checked<(Vec<Item>, Vec<Option<String>>)> {
        let mut items = Vec::with_capacity(projection.len());
        let mut columns = Vec::new();
        if projection.is_empty() {
            items.push(self.star(None, None, &mut columns, span)?);
        }
        for item in projection {
            items.push(self.item(item, &mut columns)?);
            check_width(columns.len(), span)?;
        }
        Ok((items, columns))
    }

    fn item(&mut self, item: &ast::SelectItem, columns: &mut Vec<Option<String>>) -> Checked<Item> {
        match item {
            ast::SelectItem::UnnamedExpr(expression) => {
                let value = self.expression(expression)?;
                let alias = self.field_name(&value);
                if let Some(alias) = &alias {
                    self.introduce_alias(alias);
                }
                columns.push(alias.clone().or_else(|| implied_name(&value)));
                Ok(Item::Expression { value, alias })
            }
            ast::SelectItem::ExprWithAlias { expr, alias } => {
                let value = self.expression(expr)?;
                self.introduce_alias(&alias.value);
                columns.push(Some(alias.value.clone()));
                Ok(Item::Expression {
                    value,
                    alias: Some(alias.value.clone()),
                })
            }
            ast::SelectItem::ExprWithAliases { expr, .. } => {
                Err(refuse("Several names for one column", expr.span()))
            }
            ast::SelectItem::Wildcard(options) => self.star(None, Some(options), columns, item.span()),
            ast::SelectItem::QualifiedWildcard(kind, options) => {
                let ast::SelectItemQualifiedWildcardKind::ObjectName(name) = kind else {
                    return Err(refuse("This form of `.*`", item.span()));
                };
                let table = super::from::single_name(name)?;
                self.star(Some(table), Some(options), columns, item.span())
            }
        }
    }

    /// DuckDB names `s.a` after the field; as it is printed, `(s).a`, it would not. The name is written
    /// where it can mean nothing else.
    fn field_name(&self, value: &Expr) -> Option<String> {
        match value {
            Expr::Field { name, .. } if !self.is_known(name) => Some(name.clone()),
            _ => None,
        }
    }

    fn star(
        &mut self,
        table: Option<&ast::Ident>,
        options: Option<&ast::WildcardAdditionalOptions>,
        columns: &mut Vec<Option<String>>,
        span: Span,
    ) -> Checked<Item> {
        let (exclude, replace) = match options {
            Some(options) => star_options(options, span)?,
            None => (Vec::new(), &[][..]),
        };
        let scope = self.scopes.selects.last().ok_or_else(|| refuse("`*`", span))?;
        let chosen: Vec<Relation> = match table {
            Some(table) => {
                let named = |r: &&Relation| r.name.as_deref().is_some_and(|name| same(name, &table.value));
                scope.relations.iter().filter(named).cloned().collect()
            }
            None => scope.relations.clone(),
        };
        if chosen.is_empty() {
            return Err(invalid("unknown-table", "`*` has no table to list.")
                .at(span)
                .hint("Name a table in FROM."));
        }
        let listed = star_columns(&chosen, &scope.merged, &exclude, &mut |table, column| {
            self.claims.column(table, column)
        });
        let replace = self.replacements(replace, &listed)?;
        let known = |name: &&String| {
            chosen
                .iter()
                .any(|r| r.columns.iter().any(|column| same(column, name)))
        };
        if let Some(stranger) = exclude.iter().find(|name| !known(name)) {
            let near = did_you_mean(stranger, listed.iter().map(String::as_str));
            let rejection = invalid(
                "unknown-column",
                format!(
                    "EXCLUDE names no column of these tables: `{}`.",
                    excerpt(stranger)
                ),
            );
            return Err(rejection
                .at(span)
                .hint(near.unwrap_or_else(|| "Check its spelling.".into())));
        }
        columns.extend(listed.into_iter().map(Some));
        let qualifier = table.and(chosen[0].name.clone());
        Ok(Item::Star {
            qualifier,
            exclude,
            replace,
        })
    }

    fn replacements(
        &mut self,
        elements: &[Box<ast::ReplaceSelectElement>],
        listed: &[String],
    ) -> Checked<Vec<(Expr, String)>> {
        let mut replace = Vec::with_capacity(elements.len());
        for element in elements {
            let ast::ReplaceSelectElement {
                expr,
                column_name,
                as_keyword: _,
            } = element.as_ref();
            if !listed.iter().any(|column| same(column, &column_name.value)) {
                let message = format!(
                    "REPLACE names no column of these tables: `{}`.",
                    excerpt(&column_name.value)
                );
                return Err(invalid("unknown-column", message).at(column_name.span));
            }
            replace.push((self.expression(expr)?, column_name.value.clone()));
        }
        Ok(replace)
    }

    /// `SELECT * FROM source`, its relation already in scope.
    pub fn star_of(&mut self, source: Source) -> Checked<(Select, Shape, Scope)> {
        let mut columns = Vec::new();
        let star = self.star(None, None, &mut columns, Span::empty());
        let scope = self.scopes.selects.pop().unwrap_or_default();
        let select = Select {
            items: vec![star?],
            from: vec![Joined {
                first: source,
                joins: Vec::new(),
            }],
            ..Select::default()
        };
        let reduced = scope.relations.iter().all(|relation| relation.reduced);
        Ok((select, Shape { columns, reduced }, scope))
    }

    fn group_by(&mut self, group_by: &ast::GroupByExpr, span: Span) -> Checked<GroupBy> {
        match group_by {
            ast::GroupByExpr::All(modifiers) => {
                never(!modifiers.is_empty(), "This form of GROUP BY", span)?;
                Ok(GroupBy::All)
            }
            ast::GroupByExpr::Expressions(items, modifiers) => {
                never(!modifiers.is_empty(), "This form of GROUP BY", span)?;
                if items.is_empty() {
                    return Ok(GroupBy::None);
                }
                Ok(GroupBy::Items(
                    items
                        .iter()
                        .map(|item| self.group_item(item))
                        .collect::<Checked<_>>()?,
                ))
            }
        }
    }

    /// Expressions where a written number would be a column's position.
    fn keys(&mut self, keys: &[ast::Expr]) -> Checked<Vec<Expr>> {
        keys.iter().try_for_each(refuse_plus)?;
        self.expressions(keys)
    }

    fn group_item(&mut self, item: &ast::Expr) -> Checked<GroupItem> {
        let mut sets =
            |sets: &[Vec<ast::Expr>]| sets.iter().map(|set| self.keys(set)).collect::<Checked<Vec<_>>>();
        Ok(match item {
            ast::Expr::GroupingSets(list) => GroupItem::Sets(sets(list)?),
            ast::Expr::Rollup(list) => GroupItem::Rollup(sets(list)?),
            ast::Expr::Cube(list) => GroupItem::Cube(sets(list)?),
            other => {
                refuse_plus(other)?;
                GroupItem::Expression(self.expression(other)?)
            }
        })
    }
}

/// `WHERE true` filters nothing.
fn looks_at_data(condition: &Expr) -> bool {
    condition.any(&|inner| {
        matches!(
            inner,
            Expr::Column { .. } | Expr::Subquery(_) | Expr::Exists { .. }
        )
    })
}

/// EXCLUDE and REPLACE of a `*`; nothing else.
fn star_options(
    options: &ast::WildcardAdditionalOptions,
    span: Span,
) -> Checked<(Vec<String>, &[Box<ast::ReplaceSelectElement>])> {
    let ast::WildcardAdditionalOptions {
        wildcard_token: _,
        opt_ilike,
        opt_exclude,
        opt_except,
        opt_replace,
        opt_rename,
        opt_alias,
    } = options;
    let other = opt_ilike.is_some() || opt_except.is_some() || opt_rename.is_some() || opt_alias.is_some();
    never(other, "This option of `*`", span).map_err(|r| r.hint("Use EXCLUDE (..) or REPLACE (..)."))?;
    let names: &[ast::ObjectName] = match opt_exclude {
        None => &[],
        Some(ast::ExcludeSelectItem::Single(name)) => std::slice::from_ref(name),
        Some(ast::ExcludeSelectItem::Multiple(names)) => names,
    };
    let exclude = names
        .iter()
        .map(|name| Ok(super::from::single_name(name)?.value.clone()))
        .collect::<Checked<_>>()?;
    let replace = opt_replace
        .as_ref()
        .map_or(&[][..], |replace| replace.items.as_slice());
    Ok((exclude, replace))
}

/// The columns that a `*` lists; merged ones once.
fn star_columns(
    relations: &[Relation],
    merged: &[String],
    exclude: &[String],
    claim: &mut dyn FnMut(&str, &str),
) -> Vec<String> {
    let mut listed: Vec<String> = Vec::new();
    for relation in relations {
        for column in &relation.columns {
            if exclude.iter().any(|name| same(name, column)) {
                continue;
            }
            if let Some(table) = &relation.table {
                claim(table, column);
            }
            let twice =
                merged.iter().any(|name| same(name, column)) && listed.iter().any(|name| same(name, column));
            if !twice {
                listed.push(column.clone());
            }
        }
    }
    listed
}

/// The name of a column without an alias: its own. What is computed has a name that no query needs.
fn implied_name(value: &Expr) -> Option<String> {
    match value {
        Expr::Column { name, .. } => Some(name.clone()),
        _ => None,
    }
}
