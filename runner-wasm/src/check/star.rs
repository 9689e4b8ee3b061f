//! `*` and `t.*`, with what they leave out, replace, rename and choose by name.

use super::Checker;
use super::pattern::NamePattern;
use super::scope::{Relation, same};
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain, excerpt, invalid};
use crate::sql::tree::{ColumnName, Expr, Item, Star};
use crate::syntax::ast::{self, Name, Place};

/// One column of the tables in FROM.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Its table's name here.
    pub relation: Option<String>,
    /// The dataset's table, for the claims.
    pub table: Option<String>,
    /// Nothing where no query could know it, as of `1 + 1`.
    pub name: Option<String>,
    /// Merged by USING or NATURAL: it has no table of its own.
    pub merged: bool,
}

impl Listed {
    pub fn is_called(&self, name: &str) -> bool {
        self.name.as_deref().is_some_and(|own| same(own, name))
    }
}

impl Checker<'_> {
    /// What a star of the SELECT list becomes: itself, or the columns that a pattern chose.
    pub fn star_items(
        &mut self,
        star: &ast::Star,
        place: Place,
        items: &mut Vec<Item>,
        columns: &mut Vec<Option<String>>,
    ) -> Checked<()> {
        let ast::Star {
            qualifier,
            exclude,
            replace,
            rename,
            like,
        } = star;
        if let [name] = qualifier.as_slice()
            && !self.is_relation(name)
            && self.is_known(&name.text)
        {
            let bare = exclude.is_empty() && replace.is_empty() && rename.is_empty() && like.is_none();
            never(!bare, "EXCLUDE, REPLACE or RENAME of a structure's fields", place)?;
            // `s.*` of a structure is what unnesting it gives: a column per field, of whatever names.
            let value = self.bare_column(name)?;
            let value = self.known_call("unnest", vec![value])?;
            columns.push(None);
            items.push(Item::Expression { value, alias: None });
            return Ok(());
        }
        let listed = self.listed(qualifier, place)?;
        let exclude = exclude
            .iter()
            .map(|name| self.known_column(name, &listed, "EXCLUDE"))
            .collect::<Checked<Vec<_>>>()?;
        let kept: Vec<Listed> = listed
            .into_iter()
            .filter(|column| !exclude.iter().any(|left_out| is_column(left_out, column)))
            .collect();
        if let Some(like) = like {
            let other = !replace.is_empty() || !rename.is_empty();
            never(other, "REPLACE or RENAME beside a pattern", place)?;
            return self.chosen(&kept, like, place, items, columns);
        }
        for column in &kept {
            self.claim(column);
        }
        let replace = self.replacements(replace, &kept)?;
        let rename = rename
            .iter()
            .map(|(old, new)| Ok((self.known_column(old, &kept, "RENAME")?, new.text.clone())))
            .collect::<Checked<Vec<_>>>()?;
        for column in &kept {
            let renamed = rename.iter().find(|(old, _)| is_column(old, column));
            let replaced = replace.iter().find(|(_, name)| column.is_called(name));
            let new = renamed.map(|(_, new)| new).or(replaced.map(|(_, name)| name));
            columns.push(new.cloned().or(column.name.clone()));
        }
        items.push(Item::Star(Star {
            qualifier: self.qualifier(qualifier),
            exclude,
            replace,
            rename,
        }));
        Ok(())
    }

    fn is_relation(&self, name: &Name) -> bool {
        self.scopes
            .selects
            .last()
            .is_some_and(|scope| scope.relation(&name.text).is_some())
    }

    fn qualifier(&self, qualifier: &[Name]) -> Option<String> {
        let written = qualifier.last()?;
        let scope = self.scopes.selects.last()?;
        let names = scope.relations.iter().filter_map(|r| r.name.as_deref());
        names
            .into_iter()
            .find(|name| same(name, &written.text))
            .map(str::to_string)
    }

    /// The columns whose names a pattern fits, one by one.
    fn chosen(
        &mut self,
        kept: &[Listed],
        like: &ast::StarLike,
        place: Place,
        items: &mut Vec<Item>,
        columns: &mut Vec<Option<String>>,
    ) -> Checked<()> {
        let ast::StarLike {
            operator,
            negated,
            pattern,
        } = like;
        let pattern = NamePattern::written(*operator, pattern)?;
        let mut found = false;
        for column in kept {
            let name = known_name(column, place)?;
            if pattern.fits(name, place)? != *negated {
                found = true;
                let value = self.listed_column(column, place)?;
                columns.push(Some(name.to_string()));
                items.push(Item::Expression { value, alias: None });
            }
        }
        if found { Ok(()) } else { Err(none_fits(place)) }
    }

    /// The columns of FROM, or of one of its tables, in their order; merged ones once.
    pub fn listed(&self, qualifier: &[Name], place: Place) -> Checked<Vec<Listed>> {
        let scope = self.scopes.selects.last().ok_or_else(|| refuse("`*`", place))?;
        let relations = || scope.relations.iter().enumerate();
        let chosen: Vec<(usize, &Relation)> = match qualifier {
            [] => relations().collect(),
            [table] => {
                let named = |r: &&Relation| r.name.as_deref().is_some_and(|name| same(name, &table.text));
                relations().filter(|(_, relation)| named(relation)).collect()
            }
            _ => return Err(refuse("A dotted name before `*`", place)),
        };
        if chosen.is_empty() {
            return Err(invalid("unknown-table", "`*` has no table to list.")
                .at(place)
                .hint("Name a table in FROM."));
        }
        let mut listed: Vec<Listed> = Vec::new();
        for (index, relation) in chosen {
            for name in &relation.columns {
                let is = |other: &str| name.as_deref().is_some_and(|name| same(name, other));
                let merged = name.as_deref().is_some_and(|name| scope.is_merged(name, index));
                let before = |before: &Listed| before.name.as_deref().is_some_and(is);
                if !(merged && listed.iter().any(before)) {
                    listed.push(Listed {
                        relation: relation.name.clone(),
                        table: relation.table.clone(),
                        name: name.clone(),
                        merged,
                    });
                }
            }
        }
        Ok(listed)
    }

    fn claim(&mut self, column: &Listed) {
        if let (Some(table), Some(name)) = (&column.table, &column.name) {
            self.claims.column(table, name);
        }
    }

    /// A listed column as an expression: with its table where the name alone would not do.
    pub fn listed_column(&mut self, column: &Listed, place: Place) -> Checked<Expr> {
        let name = |text: &str| Name {
            text: text.into(),
            quoted: false,
            place,
        };
        let own_name = known_name(column, place)?;
        let having = |relation: &&Relation| relation.names().any(|own| same(own, own_name));
        let scope = self.scopes.selects.last();
        let several = scope.is_some_and(|scope| scope.relations.iter().filter(having).count() > 1);
        let hidden = self
            .scopes
            .lambdas
            .iter()
            .any(|parameter| same(parameter, own_name));
        match &column.relation {
            Some(relation) if (several && !column.merged) || hidden => {
                self.compound_column(&[name(relation), name(own_name)])
            }
            _ => self.bare_column(&name(own_name)),
        }
    }

    /// `column` or `table.column` among those of a star.
    pub fn known_column(&self, written: &[Name], listed: &[Listed], clause: &str) -> Checked<ColumnName> {
        let (qualifier, name) = match written {
            [name] => (None, name),
            [table, name] => (Some(table), name),
            _ => {
                let place = written.first().map_or(Place::default(), |name| name.place);
                return Err(refuse("A dotted name", place));
            }
        };
        let found = listed.iter().find(|column| {
            let relation = column.relation.as_deref();
            column.is_called(&name.text)
                && qualifier.is_none_or(|table| relation.is_some_and(|own| same(own, &table.text)))
        });
        let Some(found) = found else {
            let message = format!(
                "{clause} names no column of these tables: `{}`.",
                excerpt(&name.text)
            );
            return Err(invalid("unknown-column", message)
                .at(name.place)
                .instead(
                    &name.text,
                    listed.iter().filter_map(|column| column.name.as_deref()),
                )
                .hint("Check its spelling."));
        };
        Ok(ColumnName {
            qualifier: qualifier.and(found.relation.clone()),
            name: found.name.clone().unwrap_or_default(),
        })
    }

    fn replacements(
        &mut self,
        elements: &[(ast::Expr, Name)],
        kept: &[Listed],
    ) -> Checked<Vec<(Expr, String)>> {
        let mut replace = Vec::with_capacity(elements.len());
        for (value, name) in elements {
            self.known_column(std::slice::from_ref(name), kept, "REPLACE")?;
            // As it is written here: the engine calls the result so.
            replace.push((self.expression(value)?, name.text.clone()));
        }
        Ok(replace)
    }
}

pub fn is_column(written: &ColumnName, column: &Listed) -> bool {
    let table = written.qualifier.as_deref();
    let relation = column.relation.as_deref();
    column.is_called(&written.name) && table.is_none_or(|table| relation.is_some_and(|own| same(own, table)))
}

/// What is written out by name must have one.
pub fn known_name(column: &Listed, place: Place) -> Checked<&str> {
    column.name.as_deref().ok_or_else(|| {
        invalid(
            "unknown-column",
            "One of the columns here has no name of its own.",
        )
        .at(place)
        .hint("Give each computed column a name in the inner query: `count(*) AS n`.")
    })
}

pub fn none_fits(place: Place) -> Box<csv_analyst_protocol::gate::Rejection> {
    invalid("unknown-column", "No column here fits the pattern.")
        .at(place)
        .hint("The pattern is about names of columns; LIKE and the like know upper and lower case.")
}
