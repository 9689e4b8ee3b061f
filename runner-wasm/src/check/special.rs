//! Expressions with a syntax of their own: CASE, casts, EXTRACT, TRIM, structs, maps, element access.

use super::Checker;
use super::literal::date_part;
use super::types::data_type;
use super::unsupported::{never, refuse};
use crate::rejection::{Checked, Explain};
use crate::sql::tree::Expr;
use sqlparser::ast::{self, Expr as Sql, Spanned};

impl Checker<'_> {
    pub(super) fn case(
        &mut self,
        operand: Option<&Sql>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&Sql>,
    ) -> Checked<Expr> {
        let operand = self.optional(operand)?;
        let mut branches = Vec::with_capacity(conditions.len());
        for ast::CaseWhen { condition, result } in conditions {
            branches.push((self.expression(condition)?, self.expression(result)?));
        }
        Ok(Expr::Case {
            operand,
            branches,
            otherwise: self.optional(otherwise)?,
        })
    }

    pub(super) fn cast(
        &mut self,
        kind: &ast::CastKind,
        value: &Sql,
        target: &ast::DataType,
        formatted: bool,
    ) -> Checked<Expr> {
        never(formatted, "CAST .. FORMAT", value)?;
        let attempt = match kind {
            ast::CastKind::Cast | ast::CastKind::DoubleColon => false,
            ast::CastKind::TryCast => true,
            ast::CastKind::SafeCast => return Err(refuse("SAFE_CAST", value.span()).hint("Use TRY_CAST.")),
        };
        let kind = data_type(target, value)?;
        Ok(Expr::Cast {
            value: self.boxed(value)?,
            attempt,
            kind,
        })
    }

    pub(super) fn extract(&mut self, field: &ast::DateTimeField, value: &Sql) -> Checked<Expr> {
        let part = date_part(field).ok_or_else(|| {
            refuse("This part of a date", value.span())
                .hint("Parts: year, quarter, month, week, day, hour, minute, second, dow, doy, epoch.")
        })?;
        let arguments = vec![Expr::text(part), self.expression(value)?];
        self.known_call("date_part", arguments)
    }

    pub(super) fn rounding(
        &mut self,
        name: &'static str,
        value: &Sql,
        field: &ast::CeilFloorKind,
    ) -> Checked<Expr> {
        let plain = matches!(
            field,
            ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime)
        );
        never(!plain, "This form of rounding", value)?;
        let arguments = vec![self.expression(value)?];
        self.known_call(name, arguments)
    }

    pub(super) fn substring(
        &mut self,
        value: &Sql,
        from: Option<&Sql>,
        length: Option<&Sql>,
    ) -> Checked<Expr> {
        let mut arguments = vec![self.expression(value)?];
        arguments.push(match from {
            Some(from) => self.expression(from)?,
            None => Expr::number(1),
        });
        if let Some(length) = length {
            arguments.push(self.expression(length)?);
        }
        self.known_call("substring", arguments)
    }

    pub(super) fn trim(
        &mut self,
        side: Option<&ast::TrimWhereField>,
        value: &Sql,
        characters: Option<&Sql>,
    ) -> Checked<Expr> {
        let name = match side {
            None | Some(ast::TrimWhereField::Both) => "trim",
            Some(ast::TrimWhereField::Leading) => "ltrim",
            Some(ast::TrimWhereField::Trailing) => "rtrim",
        };
        let mut arguments = vec![self.expression(value)?];
        if let Some(characters) = characters {
            arguments.push(self.expression(characters)?);
        }
        self.known_call(name, arguments)
    }

    pub(super) fn structure(&mut self, fields: &[ast::DictionaryField]) -> Checked<Expr> {
        self.claims.function("struct_pack");
        let field = |ast::DictionaryField { key, value }: &ast::DictionaryField| {
            Ok((key.value.clone(), self.expression(value)?))
        };
        Ok(Expr::Struct(fields.iter().map(field).collect::<Checked<_>>()?))
    }

    pub(super) fn map(&mut self, entries: &[ast::MapEntry]) -> Checked<Expr> {
        self.claims.function("map");
        self.claims.function("list_value");
        let entry = |ast::MapEntry { key, value }: &ast::MapEntry| {
            Ok((self.expression(key)?, self.expression(value)?))
        };
        Ok(Expr::Map(entries.iter().map(entry).collect::<Checked<_>>()?))
    }

    /// `list[1]`, `list[1:3]`, `structure.field`, `value.function()`.
    pub(super) fn access(&mut self, root: &Sql, chain: &[ast::AccessExpr]) -> Checked<Expr> {
        let mut parts = Vec::new();
        let mut rest = chain;
        if let Sql::Identifier(first) = root {
            while let [ast::AccessExpr::Dot(Sql::Identifier(next)), tail @ ..] = rest {
                parts.push(next.clone());
                rest = tail;
            }
            parts.insert(0, first.clone());
        }
        let mut base = match parts.as_slice() {
            [] | [_] => self.expression(root)?,
            several => self.compound_column(several)?,
        };
        for access in rest {
            base = self.access_one(base, access, root)?;
        }
        Ok(base)
    }

    fn access_one(&mut self, base: Expr, access: &ast::AccessExpr, root: &Sql) -> Checked<Expr> {
        let base = Box::new(base);
        match access {
            ast::AccessExpr::Dot(Sql::Identifier(name)) => Ok(Expr::Field {
                base,
                name: name.value.clone(),
            }),
            ast::AccessExpr::Dot(Sql::Function(function)) => self.method(*base, function),
            ast::AccessExpr::Dot(other) => Err(refuse("This after a dot", other.span())),
            ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => Ok(Expr::Index {
                base,
                index: self.boxed(index)?,
            }),
            ast::AccessExpr::Subscript(ast::Subscript::Slice {
                lower_bound,
                upper_bound,
                stride,
            }) => {
                never(stride.is_some(), "A stride", root)?;
                Ok(Expr::Slice {
                    base,
                    low: self.optional(lower_bound.as_ref())?,
                    high: self.optional(upper_bound.as_ref())?,
                })
            }
        }
    }
}
