//! Names of types, as a cast or a typed literal has them.

use super::Parser;
use super::special::CONSTANT_TYPES;
use crate::rejection::{Checked, Explain, invalid};
use crate::syntax::ast::{Expr, ExprKind, Literal, Name, Place, Type, TypeKind};
use crate::syntax::token::{Class, Kind};

impl Parser<'_> {
    /// With `[]`, `[3]`, `ARRAY` behind.
    pub(super) fn data_type(&mut self) -> Checked<Type> {
        self.deeper(|parser| {
            let place = parser.place();
            let kind = parser.type_kind()?;
            let arrays = parser.arrays()?;
            Ok(Type { kind, arrays, place })
        })
    }

    fn arrays(&mut self) -> Checked<Vec<Option<u64>>> {
        let mut arrays = Vec::new();
        if self.eat_word("array") {
            let length = if self.eat_sign("[") {
                let length = self.whole_number()?;
                self.expect_sign("]")?;
                Some(length)
            } else {
                None
            };
            return Ok(vec![length]);
        }
        while self.eat_sign("[") {
            let length = if self.at_sign("]") {
                None
            } else {
                Some(self.whole_number()?)
            };
            self.expect_sign("]")?;
            arrays.push(length);
        }
        Ok(arrays)
    }

    fn type_kind(&mut self) -> Checked<TypeKind> {
        let bracket = self.ahead(1).is_sign("(");
        if bracket && self.at_any_word(&["struct", "row"]) {
            self.advance();
            return Ok(TypeKind::Struct(self.type_fields()?));
        }
        if bracket && self.eat_word("union") {
            return Ok(TypeKind::Union(self.type_fields()?));
        }
        if bracket && self.eat_word("map") {
            self.expect_sign("(")?;
            let key = self.data_type()?;
            self.expect_sign(",")?;
            let value = self.data_type()?;
            self.expect_sign(")")?;
            return Ok(TypeKind::Map(Box::new(key), Box::new(value)));
        }
        self.named_type()
    }

    fn type_fields(&mut self) -> Checked<Vec<(Name, Type)>> {
        self.expect_sign("(")?;
        let fields = self.strict_list(|parser| Ok((parser.name()?, parser.data_type()?)))?;
        self.expect_sign(")")?;
        Ok(fields)
    }

    /// A name of one or several words, perhaps with modifiers: `DECIMAL(10, 2)`.
    pub(super) fn named_type(&mut self) -> Checked<TypeKind> {
        let place = self.place();
        if let Some(name) = self.name_of_words() {
            let modifiers = self.length(name)?;
            return Ok(self.zoned(name, modifiers, place));
        }
        if self.at_word("interval") {
            let name = vec![self.take_name()];
            if self.interval_unit()?.is_some() {
                return Err(invalid("syntax", "INTERVAL with a unit is not a type.")
                    .at(place)
                    .hint("Write INTERVAL alone."));
            }
            return Ok(TypeKind::Named {
                name,
                modifiers: Vec::new(),
            });
        }
        if !self.at_type_name() {
            return Err(self.unexpected("a type"));
        }
        let plain = !matches!(self.peek().kind, Kind::Quoted | Kind::Word(Class::Name));
        let first = self.take_name();
        let mut name = vec![first];
        while !plain && self.eat_sign(".") {
            if !self.at_type_name() {
                return Err(self.unexpected("a type"));
            }
            name.push(self.take_name());
        }
        let modifiers = self.modifiers()?;
        Ok(TypeKind::Named { name, modifiers })
    }

    /// STRUCT, ROW and MAP are types with brackets only.
    fn at_type_name(&self) -> bool {
        match self.peek().kind {
            Kind::Quoted | Kind::Word(Class::Name | Class::FunctionName) => true,
            Kind::Word(Class::Unreserved) => !self.at_any_word(&["struct", "map"]),
            Kind::Word(Class::ColumnName) => self.at_any_word(CONSTANT_TYPES),
            _ => false,
        }
    }

    /// `(3)` behind a type of the language itself.
    fn length(&mut self, name: &str) -> Checked<Vec<Expr>> {
        if name == "double" || !self.eat_sign("(") {
            return Ok(Vec::new());
        }
        let place = self.place();
        let number = self.whole_number()?.to_string();
        self.expect_sign(")")?;
        let kind = ExprKind::Literal(Literal::Number(number));
        Ok(vec![Expr { kind, place }])
    }

    fn modifiers(&mut self) -> Checked<Vec<Expr>> {
        if !self.eat_sign("(") || self.eat_sign(")") {
            return Ok(Vec::new());
        }
        let modifiers = self.list(|parser| parser.at_sign(")"), Self::expression)?;
        self.expect_sign(")")?;
        Ok(modifiers)
    }

    /// `DOUBLE PRECISION`, `CHARACTER VARYING` and the like, and the time types, as the one word that
    /// DuckDB takes them for.
    fn name_of_words(&mut self) -> Option<&'static str> {
        if self.eat_words(&["double", "precision"]) {
            return Some("double");
        }
        if self.at_word("national") && self.ahead(1).is_word("character")
            || self.at_word("national") && self.ahead(1).is_word("char")
        {
            self.advance();
        }
        if self.eat_any_word(&["character", "char", "nchar"]) {
            self.eat_word("varying");
            return Some("varchar");
        }
        if self.eat_word("timestamp") {
            return Some("timestamp");
        }
        self.eat_word("time").then_some("time")
    }

    /// `WITH TIME ZONE` stands behind the modifiers.
    fn zoned(&mut self, name: &'static str, modifiers: Vec<Expr>, place: Place) -> TypeKind {
        let mut text = name;
        if matches!(name, "timestamp" | "time") {
            if self.eat_words(&["with", "time", "zone"]) {
                text = if name == "time" { "timetz" } else { "timestamptz" };
            } else {
                self.eat_words(&["without", "time", "zone"]);
            }
        }
        TypeKind::Named {
            name: vec![Name {
                text: text.to_string(),
                quoted: false,
                place,
            }],
            modifiers,
        }
    }
}
