//! One SELECT: its clauses are rebuilt in the order in which names come into being.

use super::Checker;
use super::query::{Shape, check_width};
use super::scope::Scope;
use super::truth::narrows;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain};
use crate::sql::tree::{Distinct, Expr, GroupBy, GroupItem, Item, Select, Window};
use crate::syntax::ast::{self, ExprKind, Name, Place};

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
            distinct,
            items: _,
            from,
            filter,
            group_by,
            having,
            windows,
            qualify,
            sample,
            place,
        } = select;
        let from = from
            .iter()
            .map(|item| self.joined(item))
            .collect::<Checked<Vec<_>>>()?;
        self.introduce_windows(windows);
        let (items, columns) = self.items(select, *place)?;
        let distinct = self.distinct(distinct)?;
        let filter = self.expanded_condition(filter.as_ref())?;
        let group_by = self.group_by(group_by.as_ref())?;
        let having = self.condition(having.as_ref())?;
        let windows = self.named_windows(windows)?;
        let qualify = self.condition(qualify.as_ref())?;
        let sample = self.sample(sample.as_ref())?;
        let select = Select {
            distinct,
            items,
            from,
            filter,
            group_by,
            having,
            windows,
            qualify,
            sample,
        };
        let reduced = self.is_reduced(&select, columns.len());
        Ok((select, Shape { columns, reduced }))
    }

    /// Anything that leaves fewer rows, or other rows, than the tables have. Telling apart or grouping by
    /// all that the tables have does not.
    fn is_reduced(&mut self, select: &Select, width: usize) -> bool {
        let few = select.sample.as_ref().is_some_and(|sample| self.is_few(sample));
        let Some(scope) = self.scopes.current() else {
            return false;
        };
        let whole: usize = scope
            .relations
            .iter()
            .map(|relation| relation.columns.len())
            .sum();
        let from_reduced = scope.relations.iter().all(|relation| relation.reduced);
        scope.aggregated
            || from_reduced
            || few
            || select.filter.as_ref().is_some_and(narrows)
            || select.qualify.as_ref().is_some_and(narrows)
            || matches!(select.distinct, Distinct::On(_))
            || (width < whole && (select.group_by != GroupBy::None || select.distinct == Distinct::Yes))
    }

    fn condition(&mut self, condition: Option<&ast::Expr>) -> Checked<Option<Expr>> {
        condition.map(|condition| self.expression(condition)).transpose()
    }

    /// Of `WHERE COLUMNS(..) > 1` every column must hold.
    fn expanded_condition(&mut self, condition: Option<&ast::Expr>) -> Checked<Option<Expr>> {
        let Some(condition) = condition else {
            return Ok(None);
        };
        let each = self.expand(condition)?;
        Ok(Expr::all(each.into_iter().map(|(value, _)| value)))
    }

    /// From here on: an item can use the names of those before it, not its own and no later one.
    fn introduce_alias(&mut self, alias: &str) {
        if let Some(scope) = self.scopes.current() {
            scope.aliases.push(alias.into());
        }
    }

    fn introduce_windows(&mut self, named: &[(Name, ast::Window)]) {
        if let Some(scope) = self.scopes.current() {
            scope
                .windows
                .extend(named.iter().map(|(name, _)| name.text.clone()));
        }
    }

    fn named_windows(&mut self, named: &[(Name, ast::Window)]) -> Checked<Vec<(String, Window)>> {
        let define = |(name, window): &(Name, ast::Window)| Ok((name.text.clone(), self.window(window)?));
        named.iter().map(define).collect()
    }

    fn distinct(&mut self, distinct: &ast::Distinct) -> Checked<Distinct> {
        Ok(match distinct {
            ast::Distinct::No => Distinct::No,
            ast::Distinct::Yes => Distinct::Yes,
            ast::Distinct::On(keys) => Distinct::On(self.keys(keys)?),
        })
    }

    fn items(&mut self, select: &ast::Select, place: Place) -> Checked<(Vec<Item>, Vec<Option<String>>)> {
        let mut items = Vec::with_capacity(select.items.len());
        let mut columns = Vec::new();
        for item in &select.items {
            let heading = self.heading(select, item);
            self.item(item, heading, &mut items, &mut columns)?;
            check_width(columns.len(), place)?;
        }
        if items.is_empty() {
            return Err(refuse("A SELECT of nothing", place));
        }
        Ok((items, columns))
    }

    fn item(
        &mut self,
        item: &ast::Item,
        heading: Option<String>,
        items: &mut Vec<Item>,
        columns: &mut Vec<Option<String>>,
    ) -> Checked<()> {
        let ast::Item {
            value,
            alias,
            begin: _,
            end: _,
        } = item;
        if let ExprKind::Star(star) = &value.kind {
            if alias.is_some() {
                return Err(refuse("A name for a `*`", value.place));
            }
            return self.star_items(star, value.place, items, columns);
        }
        for (value, column) in self.expand(item_value(value)?)? {
            let alias = match (alias, column) {
                (Some(alias), None) => Some(alias.text.clone()),
                (Some(alias), Some(column)) => Some(super::columns::expanded_alias(alias, &column)?),
                // Each is called like its column, whatever is computed from it.
                (None, Some(column)) => {
                    Some(column).filter(|name| implied_name(&value).as_ref() != Some(name))
                }
                (None, None) => self.field_name(&value).or_else(|| heading.clone()),
            };
            if let Some(alias) = &alias {
                self.introduce_alias(alias);
            }
            columns.push(alias.clone().or_else(|| implied_name(&value)));
            items.push(Item::Expression { value, alias });
        }
        Ok(())
    }

    /// DuckDB names `s.a` after the field; as it is printed, `(s).a`, it would not. The name is written
    /// where it can mean nothing else.
    fn field_name(&self, value: &Expr) -> Option<String> {
        match value {
            Expr::Field { name, .. } if !self.is_known(name) => Some(name.clone()),
            _ => None,
        }
    }

    fn group_by(&mut self, group_by: Option<&ast::GroupBy>) -> Checked<GroupBy> {
        Ok(match group_by {
            None => GroupBy::None,
            Some(ast::GroupBy::All(_)) => GroupBy::All,
            Some(ast::GroupBy::Items(items)) => {
                let items = items.iter().map(|item| self.group_item(item, 0));
                GroupBy::Items(items.collect::<Checked<_>>()?)
            }
        })
    }

    /// Expressions where a written number would be a column's position.
    fn keys(&mut self, keys: &[ast::Expr]) -> Checked<Vec<Expr>> {
        self.expressions(keys)
    }

    fn group_item(&mut self, item: &ast::GroupItem, depth: usize) -> Checked<GroupItem> {
        const DEEPEST: usize = 8;
        Ok(match item {
            ast::GroupItem::Expression(value) => match &value.kind {
                ExprKind::Row(columns) if depth > 0 => GroupItem::Set(self.keys(columns)?),
                _ => GroupItem::Expression(self.expression(value)?),
            },
            ast::GroupItem::Empty(_) => GroupItem::Set(Vec::new()),
            ast::GroupItem::Sets { sets, place } => {
                if depth > DEEPEST {
                    return Err(refuse("So deep a nesting of GROUPING SETS", *place));
                }
                let sets = sets.iter().map(|set| self.group_item(set, depth + 1));
                GroupItem::Sets(sets.collect::<Checked<_>>()?)
            }
            ast::GroupItem::Rollup { items, place: _ } => GroupItem::Rollup(self.grouping(items)?),
            ast::GroupItem::Cube { items, place } => {
                few_in_cube(items, *place)?;
                GroupItem::Cube(self.grouping(items)?)
            }
        })
    }

    /// Several columns in parentheses are one step of ROLLUP and CUBE.
    fn grouping(&mut self, items: &[ast::Expr]) -> Checked<Vec<Vec<Expr>>> {
        let set = |item: &ast::Expr| match &item.kind {
            ExprKind::Row(columns) => self.keys(columns),
            _ => self.keys(std::slice::from_ref(item)),
        };
        items.iter().map(set).collect()
    }
}

/// Each column doubles the sets of a CUBE.
fn few_in_cube(items: &[ast::Expr], place: Place) -> Checked<()> {
    const MOST: usize = 12;
    if items.len() <= MOST {
        return Ok(());
    }
    Err(
        crate::rejection::policy("size-limit", format!("CUBE takes at most {MOST} columns."))
            .at(place)
            .hint("Name the combinations that you need in GROUPING SETS."),
    )
}

/// `*COLUMNS(..)` is many arguments, and so no item.
fn item_value(value: &ast::Expr) -> Checked<&ast::Expr> {
    match &value.kind {
        ExprKind::Columns(columns) if columns.unpacked => {
            Err(refuse("`*COLUMNS(..)` outside a call", value.place).hint("Write COLUMNS(..)."))
        }
        _ => Ok(value),
    }
}

/// The name of a column without an alias: its own. What is computed has a name that no query needs.
fn implied_name(value: &Expr) -> Option<String> {
    match value {
        Expr::Column { name, .. } => Some(name.clone()),
        _ => None,
    }
}
