//! What may stand for several columns, and lambdas: `*`, `t.*`, `COLUMNS(..)`, `lambda x: ..`.

use super::Parser;
use crate::rejection::{Checked, Explain, policy};
use crate::syntax::ast::{Columns, Expr, ExprKind, Name, Place, Star};
use crate::syntax::token::Kind;

impl Parser<'_> {
    pub(super) fn star_or_lambda(&mut self) -> Checked<Option<Expr>> {
        let place = self.place();
        if self.eat_sign("*") {
            if self.at_word("columns") && self.ahead(1).is_sign("(") {
                return self.columns(true, place).map(Some);
            }
            return self.star(Vec::new(), place).map(Some);
        }
        if self.at_name() && self.ahead(1).is_sign(".") && self.ahead(2).is_sign("*") {
            let table = self.take_name();
            self.position += 2;
            return self.star(vec![table], place).map(Some);
        }
        let bracket = self.ahead(1).is_sign("(");
        if bracket && self.at_word("columns") {
            return self.columns(false, place).map(Some);
        }
        if bracket && self.at_word("unpack") {
            return Err(
                policy("construct-not-allowed", "UNPACK is not allowed in a query here.")
                    .at(place)
                    .hint("Write *COLUMNS(..)."),
            );
        }
        if self.eat_word("lambda") {
            return self.lambda(place).map(Some);
        }
        if self.at_word("default") {
            return Err(policy("construct-not-allowed", "DEFAULT has no meaning in a query.").at(place));
        }
        Ok(None)
    }

    fn lambda(&mut self, place: Place) -> Checked<Expr> {
        let parameters = self.strict_list(Self::name)?;
        self.expect_sign(":")?;
        let body = Box::new(self.expression()?);
        Ok(Expr {
            kind: ExprKind::Lambda { parameters, body },
            place,
        })
    }

    fn columns(&mut self, unpacked: bool, place: Place) -> Checked<Expr> {
        self.position += 2;
        let selection = self.expression()?;
        self.expect_sign(")")?;
        Ok(Expr {
            kind: ExprKind::Columns(Box::new(Columns {
                unpacked,
                qualifier: Vec::new(),
                selection,
            })),
            place,
        })
    }

    /// `EXCLUDE`, `REPLACE`, `RENAME` stand in this order.
    fn star(&mut self, qualifier: Vec<Name>, place: Place) -> Checked<Expr> {
        let mut star = Star {
            qualifier,
            exclude: Vec::new(),
            replace: Vec::new(),
            rename: Vec::new(),
            like: None,
        };
        if self.eat_word("exclude") {
            star.exclude = self.one_or_several(Self::column_path)?;
        }
        if self.eat_word("replace") {
            star.replace = self.one_or_several(|parser| {
                let value = parser.expression()?;
                parser.expect_word("as")?;
                Ok((value, parser.name()?))
            })?;
        }
        if self.eat_word("rename") {
            star.rename = self.one_or_several(|parser| {
                let column = parser.column_path()?;
                parser.expect_word("as")?;
                Ok((column, parser.name()?))
            })?;
        }
        Ok(Expr {
            kind: ExprKind::Star(Box::new(star)),
            place,
        })
    }

    /// In brackets there may be several.
    fn one_or_several<T>(&mut self, mut item: impl FnMut(&mut Self) -> Checked<T>) -> Checked<Vec<T>> {
        if !self.eat_sign("(") {
            return Ok(vec![item(self)?]);
        }
        let items = self.list(|parser| parser.at_sign(")"), item)?;
        self.expect_sign(")")?;
        Ok(items)
    }

    fn column_path(&mut self) -> Checked<Vec<Name>> {
        let mut names = vec![self.name_or_text()?];
        while self.eat_sign(".") {
            if self.peek().kind == Kind::Text {
                names.push(self.take_name());
            } else {
                names.push(self.name()?);
            }
        }
        Ok(names)
    }
}
