//! Values that begin with a keyword: CASE, CAST, EXTRACT, INTERVAL, .. What DuckDB itself turns into a
//! function becomes a call of that function.

use super::Parser;
use super::expression::known_call;
use super::primary::Bracketed;
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::syntax::ast::{Expr, ExprKind, IntervalUnit, Literal, Name, Place, Type, TypeKind};
use crate::syntax::token::{Class, Kind};

/// Types whose names may have modifiers or several words before a text: `DECIMAL(3, 1) '1.5'`.
pub(super) const CONSTANT_TYPES: &[&str] = &[
    "int",
    "integer",
    "smallint",
    "bigint",
    "real",
    "float",
    "double",
    "decimal",
    "dec",
    "numeric",
    "boolean",
    "bit",
    "character",
    "char",
    "varchar",
    "national",
    "nchar",
    "timestamp",
    "time",
];

impl Parser<'_> {
    /// The value, if a keyword with a syntax of its own stands here.
    pub(super) fn special(&mut self) -> Checked<Option<Expr>> {
        let token = self.peek();
        if matches!(token.kind, Kind::Word(Class::Name)) || token.text.len() > 11 {
            return Ok(None);
        }
        let place = token.place;
        let word = token.text.to_ascii_lowercase();
        let next = self.ahead(1);
        let bracket = next.is_sign("(");
        let value = match word.as_str() {
            "case" => self.deeper(Self::case)?,
            "cast" | "try_cast" if bracket => self.cast(word == "try_cast")?,
            "exists" if bracket => {
                self.advance();
                let kind = ExprKind::Exists(Box::new(self.query_in_brackets()?));
                Expr { kind, place }
            }
            "array" => self.array()?,
            "row" if bracket => self.row()?,
            "map" if next.is_sign("{") => {
                self.advance();
                self.map(place)?
            }
            "interval" if bracket || matches!(next.kind, Kind::Number | Kind::Text) => self.interval()?,
            "extract" | "position" | "substring" | "trim" | "overlay" | "coalesce" | "nullif"
            | "grouping" | "grouping_id"
                if bracket =>
            {
                self.position += 2;
                let value = self.keyword_function(&word, place)?;
                self.expect_sign(")")?;
                value
            }
            "treat" if bracket => return Err(self.refused("TREAT")),
            "collation" if next.is_word("for") => return Err(self.refused("COLLATION FOR")),
            _ if CONSTANT_TYPES.contains(&word.as_str()) => return self.constant_of_type(),
            _ => return Ok(None),
        };
        Ok(Some(value))
    }

    fn refused(&self, what: &str) -> Box<csv_analyst_protocol::gate::Rejection> {
        policy(
            "construct-not-allowed",
            format!("{what} is not allowed in a query here."),
        )
        .at(self.place())
    }

    /// `TIMESTAMP WITH TIME ZONE '..'`; without a text behind it the word is a name.
    fn constant_of_type(&mut self) -> Checked<Option<Expr>> {
        let begin = self.position;
        let place = self.place();
        if self.ahead(1).is_sign(".") {
            return Ok(None);
        }
        let kind = self.named_type()?;
        if self.peek().kind == Kind::Text {
            let text = self.advance().text.to_string();
            let kind = Type {
                kind,
                arrays: Vec::new(),
                place,
            };
            let kind = ExprKind::Typed { kind, text };
            return Ok(Some(Expr { kind, place }));
        }
        self.position = begin;
        Ok(None)
    }

    fn case(&mut self) -> Checked<Expr> {
        let place = self.advance().place;
        let operand = if self.at_word("when") {
            None
        } else {
            Some(Box::new(self.expression()?))
        };
        let mut branches = Vec::new();
        while self.eat_word("when") {
            let condition = self.expression()?;
            self.expect_word("then")?;
            branches.push((condition, self.expression()?));
        }
        if branches.is_empty() {
            return Err(self.unexpected("WHEN"));
        }
        let otherwise = if self.eat_word("else") {
            Some(Box::new(self.expression()?))
        } else {
            None
        };
        self.expect_word("end")?;
        Ok(Expr {
            kind: ExprKind::Case {
                operand,
                branches,
                otherwise,
            },
            place,
        })
    }

    fn cast(&mut self, attempt: bool) -> Checked<Expr> {
        let place = self.place();
        self.position += 2;
        let value = Box::new(self.expression()?);
        self.expect_word("as")?;
        let kind = self.data_type()?;
        self.expect_sign(")")?;
        Ok(Expr {
            kind: ExprKind::Cast { value, attempt, kind },
            place,
        })
    }

    /// `ARRAY[..]`, `ARRAY(SELECT ..)`.
    fn array(&mut self) -> Checked<Expr> {
        let place = self.advance().place;
        if self.at_sign("(") {
            return match self.bracketed()? {
                Bracketed::Query(query) => Ok(Expr {
                    kind: ExprKind::ArrayQuery(query),
                    place,
                }),
                Bracketed::Expression(_) | Bracketed::Row(..) => {
                    Err(invalid("syntax", "ARRAY in parentheses takes a query.")
                        .at(place)
                        .hint("Write [1, 2] for a list."))
                }
            };
        }
        self.expect_sign("[")?;
        let values = if self.at_sign("]") {
            Vec::new()
        } else {
            self.list(|parser| parser.at_sign("]"), Self::expression)?
        };
        self.expect_sign("]")?;
        Ok(Expr {
            kind: ExprKind::List(values),
            place,
        })
    }

    fn row(&mut self) -> Checked<Expr> {
        let place = self.place();
        self.position += 2;
        let values = if self.at_sign(")") {
            Vec::new()
        } else {
            self.list(|parser| parser.at_sign(")"), Self::expression)?
        };
        self.expect_sign(")")?;
        Ok(Expr {
            kind: ExprKind::Row(values),
            place,
        })
    }

    /// `INTERVAL 3 DAY`, `INTERVAL '3' DAY`, `INTERVAL (a + 1) DAY`, `INTERVAL '3 days'`.
    fn interval(&mut self) -> Checked<Expr> {
        let place = self.advance().place;
        let token = self.peek();
        let value = if self.eat_sign("(") {
            let value = self.expression()?;
            self.expect_sign(")")?;
            value
        } else {
            let text = token.text.to_string();
            let literal = match token.kind {
                Kind::Text => Literal::Text(text),
                _ if text.bytes().all(|byte| byte.is_ascii_digit()) => Literal::Number(text),
                _ => {
                    return Err(
                        invalid("interval", "A fraction in an INTERVAL stands in brackets.")
                            .at(token.place)
                            .hint("Write INTERVAL '1.5 hours', or a smaller unit."),
                    );
                }
            };
            self.advance();
            Expr {
                kind: ExprKind::Literal(literal),
                place: token.place,
            }
        };
        let unit = self.interval_unit()?;
        Ok(Expr {
            kind: ExprKind::Interval {
                value: Box::new(value),
                unit,
            },
            place,
        })
    }

    pub(super) fn interval_unit(&mut self) -> Checked<Option<IntervalUnit>> {
        if !matches!(self.peek().kind, Kind::Word(Class::Unreserved)) {
            return Ok(None);
        }
        let Some((unit, _)) = unit(&self.peek().text) else {
            return Ok(None);
        };
        self.advance();
        if self.at_word("to") {
            return Err(invalid("interval", "An INTERVAL has one unit.")
                .at(self.place())
                .hint("Add two intervals: INTERVAL 1 YEAR + INTERVAL 2 MONTH."));
        }
        Ok(Some(unit))
    }

    fn keyword_function(&mut self, word: &str, place: Place) -> Checked<Expr> {
        match word {
            "extract" => self.extract(place),
            "position" => {
                let needle = self.restricted_expression()?;
                self.expect_word("in")?;
                let text = self.restricted_expression()?;
                Ok(known_call("position", vec![text, needle], place))
            }
            "substring" => self.substring(place),
            "trim" => self.trim(place),
            "overlay" => self.overlay(place),
            "coalesce" | "grouping" | "grouping_id" => {
                let values = self.list(|parser| parser.at_sign(")"), Self::expression)?;
                let name = if word == "grouping_id" { "grouping" } else { word };
                Ok(known_call(name, values, place))
            }
            _ => {
                let left = self.expression()?;
                self.expect_sign(",")?;
                let right = self.expression()?;
                Ok(known_call("nullif", vec![left, right], place))
            }
        }
    }

    /// `EXTRACT(year FROM x)` is `date_part('year', x)`.
    fn extract(&mut self, place: Place) -> Checked<Expr> {
        let token = self.peek();
        let part = match token.kind {
            Kind::Text | Kind::Quoted | Kind::Word(Class::Name) => token.text.to_string(),
            Kind::Word(_) => match unit(&token.text) {
                Some((_, name)) => name.to_string(),
                None => return Err(self.unexpected("a part of a date")),
            },
            Kind::Number | Kind::Sign | Kind::Parameter | Kind::End => {
                return Err(self.unexpected("a part of a date"));
            }
        };
        let part = Expr {
            kind: ExprKind::Literal(Literal::Text(part)),
            place: self.advance().place,
        };
        self.expect_word("from")?;
        let value = self.expression()?;
        Ok(known_call("date_part", vec![part, value], place))
    }

    /// `SUBSTRING(x FROM 2 FOR 3)`, `SUBSTRING(x, 2, 3)`.
    fn substring(&mut self, place: Place) -> Checked<Expr> {
        if self.at_sign(")") {
            return Err(self.unexpected("a text"));
        }
        let mut values = vec![self.expression()?];
        let (mut from, mut length) = (None, None);
        if self.at_any_word(&["from", "for"]) {
            while self.at_any_word(&["from", "for"]) {
                let slot = if self.at_word("from") {
                    &mut from
                } else {
                    &mut length
                };
                let twice = slot.is_some();
                let at = self.advance().place;
                if twice {
                    return Err(invalid("syntax", "FROM and FOR stand once in SUBSTRING.").at(at));
                }
                *slot = Some(self.expression()?);
            }
            values.extend(match (from, length) {
                (Some(from), Some(length)) => vec![from, length],
                (Some(from), None) => vec![from],
                // DuckDB makes a whole number of a length without a beginning.
                (None, length) => {
                    let mut values = vec![number("1", place)];
                    values.extend(length.map(whole));
                    values
                }
            });
        } else {
            while self.eat_sign(",") {
                values.push(self.expression()?);
            }
        }
        Ok(known_call("substring", values, place))
    }

    /// `TRIM(BOTH 'x' FROM text)` is `trim(text, 'x')`.
    fn trim(&mut self, place: Place) -> Checked<Expr> {
        let name = if self.eat_word("leading") {
            "ltrim"
        } else if self.eat_word("trailing") {
            "rtrim"
        } else {
            self.eat_word("both");
            "trim"
        };
        if self.eat_word("from") {
            let values = self.list(|parser| parser.at_sign(")"), Self::expression)?;
            return Ok(known_call(name, values, place));
        }
        let first = self.expression()?;
        if self.eat_word("from") {
            let mut values = self.list(|parser| parser.at_sign(")"), Self::expression)?;
            values.push(first);
            return Ok(known_call(name, values, place));
        }
        let mut values = vec![first];
        while self.eat_sign(",") && !self.at_sign(")") {
            values.push(self.expression()?);
        }
        Ok(known_call(name, values, place))
    }

    /// `OVERLAY(text PLACING new FROM 2 FOR 3)`.
    fn overlay(&mut self, place: Place) -> Checked<Expr> {
        let mut values = vec![self.expression()?];
        self.expect_word("placing")?;
        values.push(self.expression()?);
        self.expect_word("from")?;
        values.push(self.expression()?);
        if self.eat_word("for") {
            values.push(self.expression()?);
        }
        Ok(known_call("overlay", values, place))
    }
}

/// `CAST(value AS INTEGER)`.
fn whole(value: Expr) -> Expr {
    let place = value.place;
    let name = Name {
        text: "integer".to_string(),
        quoted: false,
        place,
    };
    let kind = TypeKind::Named {
        name: vec![name],
        modifiers: Vec::new(),
    };
    Expr {
        kind: ExprKind::Cast {
            value: Box::new(value),
            attempt: false,
            kind: Type {
                kind,
                arrays: Vec::new(),
                place,
            },
        },
        place,
    }
}

fn number(digits: &str, place: Place) -> Expr {
    Expr {
        kind: ExprKind::Literal(Literal::Number(digits.to_string())),
        place,
    }
}

/// A unit of time, with the name that EXTRACT takes it for.
fn unit(word: &str) -> Option<(IntervalUnit, &'static str)> {
    Some(match word.to_ascii_lowercase().as_str() {
        "year" | "years" => (IntervalUnit::Year, "year"),
        "month" | "months" => (IntervalUnit::Month, "month"),
        "day" | "days" => (IntervalUnit::Day, "day"),
        "hour" | "hours" => (IntervalUnit::Hour, "hour"),
        "minute" | "minutes" => (IntervalUnit::Minute, "minute"),
        "second" | "seconds" => (IntervalUnit::Second, "second"),
        "millisecond" | "milliseconds" => (IntervalUnit::Millisecond, "millisecond"),
        "microsecond" | "microseconds" => (IntervalUnit::Microsecond, "microsecond"),
        "week" | "weeks" => (IntervalUnit::Week, "week"),
        "quarter" | "quarters" => (IntervalUnit::Quarter, "quarter"),
        "decade" | "decades" => (IntervalUnit::Decade, "decade"),
        "century" | "centuries" => (IntervalUnit::Century, "century"),
        "millennium" | "millennia" => (IntervalUnit::Millennium, "millennium"),
        _ => return None,
    })
}
