//! Joins: which tables belong together, and which columns become one.

use super::Checker;
use super::scope::{Relation, same};
use super::unsupported::never;
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{Constraint, Join, JoinKind, Joined};
use crate::syntax::ast;

impl Checker<'_> {
    pub fn joined(&mut self, item: &ast::Joined) -> Checked<Joined> {
        let ast::Joined { first, joins } = item;
        let first = self.source(first)?;
        let joins = joins.iter().map(|join| self.join(join)).collect::<Checked<_>>()?;
        Ok(Joined { first, joins })
    }

    fn join(&mut self, join: &ast::Join) -> Checked<Join> {
        let ast::Join {
            kind,
            asof,
            source,
            constraint,
            place,
        } = join;
        let before = self.scopes.current().map_or(0, |scope| scope.relations.len());
        let source = self.source(source)?;
        let constraint = self.constraint(constraint, before)?;
        let kind = join_kind(*kind);
        let unconditional = matches!(kind, JoinKind::Cross | JoinKind::Positional);
        if constraint == Constraint::None && !unconditional {
            return Err(invalid("join-without-condition", "A JOIN needs ON or USING.")
                .at(*place)
                .hint("Write CROSS JOIN if every pair of rows is meant."));
        }
        never(
            unconditional && constraint != Constraint::None,
            "A condition here",
            *place,
        )?;
        never(
            *asof && (unconditional || constraint == Constraint::Natural),
            "This form of an ASOF join",
            *place,
        )?;
        if matches!(kind, JoinKind::Semi | JoinKind::Anti)
            && let Some(scope) = self.scopes.current()
        {
            scope.relations.truncate(before);
        }
        Ok(Join {
            kind,
            asof: *asof,
            source,
            constraint,
        })
    }

    fn constraint(&mut self, constraint: &ast::Constraint, before: usize) -> Checked<Constraint> {
        match constraint {
            ast::Constraint::None => Ok(Constraint::None),
            ast::Constraint::On(condition) => Ok(Constraint::On(self.expression(condition)?)),
            ast::Constraint::Natural => {
                let shared = self.shared_columns(before);
                for column in &shared {
                    self.merge(column);
                }
                Ok(Constraint::Natural)
            }
            ast::Constraint::Using(names) => {
                let shared = self.shared_columns(before);
                let mut columns = Vec::with_capacity(names.len());
                for name in names {
                    let Some(column) = shared.iter().find(|column| same(column, &name.text)) else {
                        return Err(invalid(
                            "unknown-column",
                            format!("USING needs `{}` in both tables.", excerpt(&name.text)),
                        )
                        .at(name.place)
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
        let known = |name: &&str| earlier.iter().any(|r| r.names().any(|column| same(column, name)));
        joined
            .iter()
            .flat_map(Relation::names)
            .filter(known)
            .map(str::to_string)
            .collect()
    }

    fn merge(&mut self, column: &str) {
        let Some(scope) = self.scopes.selects.last_mut() else {
            return;
        };
        scope.merged.push((column.into(), scope.relations.len()));
        let tables = scope
            .relations
            .iter()
            .filter(|r| r.names().any(|own| same(own, column)));
        for table in tables.filter_map(|r| r.table.as_deref()) {
            self.claims.column(table, column);
        }
    }
}

fn join_kind(kind: ast::JoinKind) -> JoinKind {
    match kind {
        ast::JoinKind::Inner => JoinKind::Inner,
        ast::JoinKind::Left => JoinKind::Left,
        ast::JoinKind::Right => JoinKind::Right,
        ast::JoinKind::Full => JoinKind::Full,
        ast::JoinKind::Semi => JoinKind::Semi,
        ast::JoinKind::Anti => JoinKind::Anti,
        ast::JoinKind::Cross => JoinKind::Cross,
        ast::JoinKind::Positional => JoinKind::Positional,
    }
}
