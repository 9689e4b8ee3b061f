//! `COLUMNS(..)`: an expression with it stands for one expression per column. The gate writes them out
//! itself, so that what is claimed is what is read: each time the expression is rebuilt, the next column
//! stands in its place.

use super::Checker;
use super::names::NameCondition;
use super::pattern::NamePattern;
use super::query::MAX_OUTPUT_COLUMNS;
use super::star::{Listed, known_name, none_fits};
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use crate::sql::tree::Expr;
use crate::syntax::ast::{self, ExprKind, Literal, Name, Place};

/// What `COLUMNS(..)` stands for in the expression that is being rebuilt.
#[derive(Default)]
pub struct Expansion {
    /// DuckDB allows only one selection in one expression.
    chosen: Option<Vec<Listed>>,
    /// Whose turn it is.
    turn: usize,
}

impl Checker<'_> {
    /// The expression, once, or once for each column of the `COLUMNS(..)` in it.
    pub fn expand(&mut self, value: &ast::Expr) -> Checked<Vec<(Expr, Option<String>)>> {
        let outside = self.expansion.replace(Expansion::default());
        let result = self.expand_each(value);
        self.expansion = outside;
        result
    }

    fn expand_each(&mut self, value: &ast::Expr) -> Checked<Vec<(Expr, Option<String>)>> {
        let mut results = Vec::new();
        loop {
            let result = self.expression(value)?;
            let Some(expansion) = &mut self.expansion else {
                return Err(refuse("COLUMNS", value.place));
            };
            let Some(columns) = &expansion.chosen else {
                return Ok(vec![(result, None)]);
            };
            let name = columns.get(expansion.turn).and_then(|column| column.name.clone());
            expansion.turn += 1;
            let more = expansion.turn < columns.len();
            results.push((result, name));
            if !more {
                return Ok(results);
            }
            self.count_columns(1, value.place)?;
        }
    }

    /// At the first turn, all of the expression's selections are found to be one.
    fn choose(&mut self, columns: &ast::Columns, place: Place) -> Checked<()> {
        let selected = self.selected(columns, place)?;
        self.count(selected.len(), place)?;
        let expansion = self.expansion.get_or_insert_default();
        let chosen = expansion.chosen.get_or_insert_with(|| selected.clone());
        if *chosen == selected {
            return Ok(());
        }
        Err(refuse("A second, different COLUMNS in one expression", place)
            .hint("Use the same COLUMNS(..) twice, or name the columns."))
    }

    fn count_columns(&mut self, more: usize, place: Place) -> Checked<()> {
        self.expanded += more;
        if self.expanded > MAX_OUTPUT_COLUMNS {
            return Err(policy("too-many-columns", "COLUMNS stands for too many columns.")
                .at(place)
                .hint("Name the columns that you need."));
        }
        Ok(())
    }

    /// The column whose turn it is.
    pub fn columns_expression(&mut self, columns: &ast::Columns, place: Place) -> Checked<Expr> {
        if columns.unpacked {
            return Err(refuse("`*COLUMNS(..)` outside a call", place).hint("Write COLUMNS(..)."));
        }
        if self.expansion.is_none() {
            return Err(refuse("COLUMNS in this place", place).hint(
                "COLUMNS can stand in the SELECT list, in WHERE and in ORDER BY; name the columns elsewhere.",
            ));
        }
        let turn = self.expansion.as_ref().map_or(0, |expansion| expansion.turn);
        if turn == 0 {
            self.choose(columns, place)?;
        }
        let chosen = self
            .expansion
            .as_ref()
            .and_then(|expansion| expansion.chosen.as_ref());
        let column = chosen
            .and_then(|chosen| chosen.get(turn).cloned())
            .ok_or_else(|| none_fits(place))?;
        self.listed_column(&column, place)
    }

    /// `f(*COLUMNS(..))`: all of them, as arguments.
    pub fn unpacked_columns(&mut self, columns: &ast::Columns, place: Place) -> Checked<Vec<(String, Expr)>> {
        let chosen = self.selected(columns, place)?;
        self.count_columns(chosen.len(), place)?;
        let each = chosen.iter().map(|column| {
            let name = known_name(column, place)?.to_string();
            Ok((name, self.listed_column(column, place)?))
        });
        each.collect()
    }

    /// The columns that are meant: at least one.
    pub fn selected(&mut self, columns: &ast::Columns, place: Place) -> Checked<Vec<Listed>> {
        let ast::Columns {
            unpacked: _,
            qualifier,
            selection,
        } = columns;
        never(!qualifier.is_empty(), "A table's name before COLUMNS", place)
            .map_err(|rejection| rejection.hint("Write COLUMNS(t.*)."))?;
        let chosen = match &selection.kind {
            ExprKind::Star(star) => self.starred(star, place)?,
            ExprKind::List(names) => self.listed_by_name(names, place)?,
            ExprKind::Literal(Literal::Text(_)) => {
                let pattern = NamePattern::written(ast::LikeOperator::SimilarTo, selection)?;
                self.fitting(place, |name| pattern.fits(name, place))?
            }
            ExprKind::Lambda { .. } | ExprKind::Arrow { .. } => {
                let condition = NameCondition::read(selection)?;
                self.fitting(place, |name| condition.holds(name))?
            }
            _ => {
                return Err(refuse("This form of COLUMNS", place).hint(
                    "Write COLUMNS(*), COLUMNS('pattern'), COLUMNS(['a', 'b']) or COLUMNS(c -> c LIKE 'a%').",
                ));
            }
        };
        if chosen.is_empty() {
            return Err(none_fits(place));
        }
        Ok(chosen)
    }

    fn fitting(&self, place: Place, fits: impl Fn(&str) -> Checked<bool>) -> Checked<Vec<Listed>> {
        let mut chosen = Vec::new();
        for column in self.listed(&[], place)? {
            if fits(known_name(&column, place)?)? {
                chosen.push(column);
            }
        }
        Ok(chosen)
    }

    /// `COLUMNS(* EXCLUDE (a))`.
    fn starred(&self, star: &ast::Star, place: Place) -> Checked<Vec<Listed>> {
        let ast::Star {
            qualifier,
            exclude,
            replace,
            rename,
            like,
        } = star;
        let other = !replace.is_empty() || !rename.is_empty() || like.is_some();
        never(other, "REPLACE, RENAME or a pattern inside COLUMNS", place)?;
        let mut listed = self.listed(qualifier, place)?;
        for name in exclude {
            let left_out = self.known_column(name, &listed, "EXCLUDE")?;
            listed.retain(|column| !super::star::is_column(&left_out, column));
        }
        Ok(listed)
    }

    /// `COLUMNS(['a', 'b'])`: in the order of the tables.
    fn listed_by_name(&self, names: &[ast::Expr], place: Place) -> Checked<Vec<Listed>> {
        let listed = self.listed(&[], place)?;
        let mut wanted = Vec::with_capacity(names.len());
        for name in names {
            let ExprKind::Literal(Literal::Text(text)) = &name.kind else {
                return Err(refuse("A computed name of a column", name.place)
                    .hint("Write the names as text: COLUMNS(['a', 'b'])."));
            };
            if !listed.iter().any(|column| column.is_called(text)) {
                return Err(invalid(
                    "unknown-column",
                    format!("There is no column `{}` here.", excerpt(text)),
                )
                .at(name.place)
                .instead(text, listed.iter().filter_map(|column| column.name.as_deref()))
                .hint("Check its spelling."));
            }
            wanted.push(text);
        }
        let chosen = listed
            .into_iter()
            .filter(|column| wanted.iter().any(|name| column.is_called(name)))
            .collect();
        Ok(chosen)
    }
}

/// `COLUMNS(..) AS 'total_\0'`: the column's name stands for `\0`.
pub fn expanded_alias(alias: &Name, column: &str) -> Checked<String> {
    let text = alias.text.replace("\\0", column);
    if alias.text.replace("\\0", "").contains('\\') {
        return Err(refuse("A part of the pattern in a name", alias.place)
            .hint("Only `\\0`, the whole name of the column, can be used."));
    }
    Ok(text)
}
