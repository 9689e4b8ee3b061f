//! Expressions with a syntax of their own: CASE, casts, collations, rows, lists, structs, maps, and what
//! stands behind a value.

use super::Checker;
use super::types::data_type;
use super::unsupported::refuse;
use crate::rejection::{Checked, Explain, invalid};
use crate::sql::tree::Expr;
use crate::syntax::ast::{self, Expr as Sql, ExprKind, Name, Place, StepKind};

impl Checker<'_> {
    /// A column, or a structure's field; a name of a part of it.
    pub(super) fn column(&mut self, names: &[Name], place: Place) -> Checked<Expr> {
        match names {
            [] => Err(refuse("A column without a name", place)),
            [only] => self.bare_column(only),
            several => self.compound_column(several),
        }
    }

    pub(super) fn case(
        &mut self,
        operand: Option<&Sql>,
        conditions: &[(Sql, Sql)],
        otherwise: Option<&Sql>,
    ) -> Checked<Expr> {
        let operand = self.optional(operand)?;
        let mut branches = Vec::with_capacity(conditions.len());
        for (condition, result) in conditions {
            branches.push((self.expression(condition)?, self.expression(result)?));
        }
        Ok(Expr::Case {
            operand,
            branches,
            otherwise: self.optional(otherwise)?,
        })
    }

    pub(super) fn cast(&mut self, value: Expr, attempt: bool, kind: &ast::Type) -> Checked<Expr> {
        Ok(Expr::Cast {
            value: Box::new(value),
            attempt,
            kind: data_type(kind)?,
        })
    }

    /// Only the collations that DuckDB has built in, which compare letters and nothing else.
    pub(super) fn collate(&mut self, value: &Sql, names: &[Name], place: Place) -> Checked<Expr> {
        const COLLATIONS: &[&str] = &["NOCASE", "NOACCENT", "NFC", "C", "POSIX"];
        let known = |name: &Name| {
            let found = COLLATIONS
                .iter()
                .find(|known| known.eq_ignore_ascii_case(&name.text));
            found.copied()
        };
        let collations: Option<Vec<&'static str>> = names.iter().map(known).collect();
        match collations {
            Some(collations) if !collations.is_empty() => Ok(Expr::Collate {
                value: self.boxed(value)?,
                collations,
            }),
            _ => Err(refuse("This collation", place).hint("Use NOCASE, NOACCENT, or lower(..).")),
        }
    }

    /// `ARRAY(SELECT ..)`: DuckDB collects the rows with these functions.
    pub(super) fn array_query(&mut self, query: &ast::Query, place: Place) -> Checked<Expr> {
        let (query, shape) = self.subquery(query)?;
        if shape.columns.len() != 1 {
            return Err(invalid("array-query", "ARRAY(SELECT ..) takes one column.").at(place));
        }
        self.claims.function("array_agg");
        self.claims.function("list_value");
        Ok(Expr::ArrayQuery(Box::new(query)))
    }

    pub(super) fn row(&mut self, items: &[Sql], place: Place) -> Checked<Expr> {
        let items = self.expressions(items)?;
        match items.len() {
            0 => Err(refuse("An empty row", place)),
            1 => self.known_call("row", items),
            _ => {
                self.claims.function("row");
                Ok(Expr::Row(items))
            }
        }
    }

    /// `[*COLUMNS(..)]` holds one element for each column.
    pub(super) fn list(&mut self, items: &[Sql]) -> Checked<Expr> {
        self.claims.function("list_value");
        let mut elements = Vec::with_capacity(items.len());
        for item in items {
            match &item.kind {
                ExprKind::Columns(columns) if columns.unpacked => {
                    let unpacked = self.unpacked_columns(columns, item.place)?;
                    elements.extend(unpacked.into_iter().map(|(_, value)| value));
                }
                _ => elements.push(self.expression(item)?),
            }
        }
        Ok(Expr::List(elements))
    }

    pub(super) fn structure(&mut self, fields: &[(Name, Sql)], place: Place) -> Checked<Expr> {
        if fields.is_empty() {
            return Err(refuse("An empty structure", place));
        }
        self.claims.function("struct_pack");
        let field = |(name, value): &(Name, Sql)| Ok((name.text.clone(), self.expression(value)?));
        Ok(Expr::Struct(fields.iter().map(field).collect::<Checked<_>>()?))
    }

    pub(super) fn map(&mut self, entries: &[(Sql, Sql)]) -> Checked<Expr> {
        self.claims.function("map");
        self.claims.function("list_value");
        let entry = |(key, value): &(Sql, Sql)| Ok((self.expression(key)?, self.expression(value)?));
        Ok(Expr::Map(entries.iter().map(entry).collect::<Checked<_>>()?))
    }

    /// `list[1]`, `list[1:3]`, `structure.field`, `value.function()`, `value::type`, from left to right.
    pub(super) fn postfix(&mut self, base: &Sql, steps: &[ast::Step]) -> Checked<Expr> {
        let (mut result, steps) = self.postfix_base(base, steps)?;
        for ast::Step { kind, place } in steps {
            result = match kind {
                StepKind::Field(name) => Expr::Field {
                    base: Box::new(result),
                    name: name.text.clone(),
                },
                StepKind::Index(index) => Expr::Index {
                    base: Box::new(result),
                    index: self.boxed(index)?,
                },
                StepKind::Slice(slice) => self.slice(result, slice)?,
                StepKind::Method(call) => self.method(result, call, *place)?,
                StepKind::Cast(kind) => self.cast(result, false, kind)?,
            };
        }
        Ok(result)
    }

    fn slice(&mut self, base: Expr, slice: &ast::Slice) -> Checked<Expr> {
        let ast::Slice { low, high, step } = slice;
        Ok(Expr::Slice {
            base: Box::new(base),
            low: self.optional(low.as_ref())?,
            high: self.optional(high.as_ref())?,
            step: self.optional(step.as_ref())?,
        })
    }

    /// A dotted name may have been split before its last parts.
    fn postfix_base<'s>(&mut self, base: &Sql, steps: &'s [ast::Step]) -> Checked<(Expr, &'s [ast::Step])> {
        let ExprKind::Column(names) = &base.kind else {
            return Ok((self.expression(base)?, steps));
        };
        let mut names = names.clone();
        let mut rest = steps;
        while let [
            ast::Step {
                kind: StepKind::Field(next),
                place: _,
            },
            tail @ ..,
        ] = rest
        {
            names.push(next.clone());
            rest = tail;
        }
        Ok((self.column(&names, base.place)?, rest))
    }
}
