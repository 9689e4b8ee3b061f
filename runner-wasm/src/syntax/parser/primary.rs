//! Values with nothing but steps behind them: literals, columns, calls, brackets, lists, structures.

use super::Parser;
use super::expression::with_step;
use super::from::is_function_name;
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::syntax::ast::{
    Comprehension, Expr, ExprKind, Literal, Name, Place, Query, Slice, Step, StepKind, Type, TypeKind,
};
use crate::syntax::token::Kind;

/// What brackets turned out to hold.
pub(super) enum Bracketed {
    Query(Box<Query>),
    Expression(Expr),
    Row(Vec<Expr>, Place),
}

/// Which steps may stand behind a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Steps {
    None,
    /// Fields and indexes.
    Plain,
    /// Methods, too.
    All,
}

impl Parser<'_> {
    /// DuckDB's `c_expr`.
    pub(super) fn operand_expression(&mut self) -> Checked<Expr> {
        let (value, steps) = self.primary()?;
        self.steps(value, steps)
    }

    /// The list behind IN without brackets: a column or something built, but no method behind it.
    pub(super) fn in_value(&mut self) -> Checked<Expr> {
        let place = self.place();
        let (value, steps) = self.primary()?;
        let plain = matches!(value.kind, ExprKind::Column(_));
        let built = matches!(
            value.kind,
            ExprKind::Call(_)
                | ExprKind::Case { .. }
                | ExprKind::List(_)
                | ExprKind::Comprehension(_)
                | ExprKind::Struct(_)
                | ExprKind::Map(_)
                | ExprKind::Cast { .. }
                | ExprKind::Position(_)
                | ExprKind::Parameter
        );
        if plain {
            self.steps(value, steps)
        } else if built {
            Ok(value)
        } else {
            Err(invalid(
                "syntax",
                "IN needs a list in parentheses, a query or a list's column.",
            )
            .at(place)
            .hint("Write IN ('a', 'b') or IN (SELECT ..)."))
        }
    }

    fn primary(&mut self) -> Checked<(Expr, Steps)> {
        let token = self.peek();
        let place = token.place;
        let literal = |literal| Expr {
            kind: ExprKind::Literal(literal),
            place,
        };
        match token.kind {
            Kind::Number => {
                self.advance();
                Ok((literal(Literal::Number(token.text.to_string())), Steps::None))
            }
            Kind::Text => {
                self.advance();
                Ok((literal(Literal::Text(token.text.to_string())), Steps::Plain))
            }
            Kind::Parameter => {
                self.advance();
                let kind = ExprKind::Parameter;
                Ok((Expr { kind, place }, Steps::All))
            }
            Kind::Sign => self.bracket_or_position(),
            Kind::Quoted => self.named(),
            Kind::Word(_) => self.word(),
            Kind::End => Err(self.unexpected("a value")),
        }
    }

    fn bracket_or_position(&mut self) -> Checked<(Expr, Steps)> {
        let place = self.place();
        match &*self.peek().text {
            "(" => {
                let (kind, steps) = match self.bracketed()? {
                    Bracketed::Query(query) => (ExprKind::Subquery(query), Steps::Plain),
                    Bracketed::Row(values, _) => (ExprKind::Row(values), Steps::All),
                    Bracketed::Expression(expression) => return Ok((expression, Steps::All)),
                };
                Ok((Expr { kind, place }, steps))
            }
            "[" => Ok((self.list_or_comprehension()?, Steps::All)),
            "{" => Ok((self.structure()?, Steps::All)),
            "#" => {
                self.advance();
                let position = self.whole_number()?;
                if position == 0 {
                    return Err(invalid("syntax", "Columns count from #1.").at(place));
                }
                let kind = ExprKind::Position(position);
                Ok((Expr { kind, place }, Steps::All))
            }
            _ => Err(self.unexpected("a value")),
        }
    }

    fn word(&mut self) -> Checked<(Expr, Steps)> {
        let place = self.place();
        let constant = if self.at_word("null") {
            Some(Literal::Null)
        } else if self.at_any_word(&["true", "false"]) {
            Some(Literal::Boolean(self.at_word("true")))
        } else {
            None
        };
        if let Some(constant) = constant {
            self.advance();
            let kind = ExprKind::Literal(constant);
            return Ok((Expr { kind, place }, Steps::None));
        }
        if let Some(special) = self.special()? {
            let closed = match &special.kind {
                ExprKind::Exists(_) | ExprKind::Interval { .. } | ExprKind::Typed { .. } => true,
                ExprKind::Call(call) => call.name.iter().any(|name| name.text == "grouping"),
                _ => false,
            };
            let steps = if closed { Steps::None } else { Steps::All };
            return Ok((special, steps));
        }
        self.named()
    }

    /// A column, a call, or a type with its text.
    fn named(&mut self) -> Checked<(Expr, Steps)> {
        let token = self.peek();
        let place = token.place;
        let function = is_function_name(token);
        let behind = self.ahead(1);
        let typed = behind.kind == Kind::Text && !self.at_any_word(&["columns", "try_cast"]);
        let called = function && (behind.is_sign("(") || typed);
        if !called && !self.at_name() {
            return Err(self.unexpected("a value"));
        }
        let first = self.take_name();
        let names = self.dotted(first)?;
        let callable = function || names.len() > 1;
        if callable && self.peek().kind == Kind::Text && (typed || names.len() > 1) {
            return Ok((self.typed(names, place), Steps::None));
        }
        if callable && self.at_sign("(") {
            if names.len() > 3 {
                return Err(invalid("syntax", "A function's name has three parts at most.").at(place));
            }
            let call = self.call(names, place)?;
            if self.peek().kind == Kind::Text {
                return Err(
                    policy("literal-form", "This form of literal is not allowed here.")
                        .at(self.place())
                        .hint("Write CAST('text' AS type)."),
                );
            }
            let kind = ExprKind::Call(Box::new(call));
            return Ok((Expr { kind, place }, Steps::All));
        }
        let kind = ExprKind::Column(names);
        Ok((Expr { kind, place }, Steps::Plain))
    }

    /// `DATE '2026-01-31'`: the text stands here.
    fn typed(&mut self, name: Vec<Name>, place: Place) -> Expr {
        let text = self.advance().text.to_string();
        let kind = Type {
            kind: TypeKind::Named {
                name,
                modifiers: Vec::new(),
            },
            arrays: Vec::new(),
            place,
        };
        Expr {
            kind: ExprKind::Typed { kind, text },
            place,
        }
    }

    /// Whether the brackets that open here hold a query in the end.
    pub(super) fn query_in_front(&self) -> bool {
        let brackets = (0..).take_while(|ahead| self.ahead(*ahead).is_sign("(")).count();
        self.starts_query(brackets)
    }

    /// `(..)`. Brackets round a query belong to the query as long as nothing else fits.
    pub(super) fn bracketed(&mut self) -> Checked<Bracketed> {
        self.deeper(|parser| {
            let nested = parser.query_in_front();
            let place = parser.place();
            parser.expect_sign("(")?;
            if nested && !parser.at_sign("(") {
                let query = parser.query()?;
                parser.expect_sign(")")?;
                return Ok(Bracketed::Query(Box::new(query)));
            }
            let first = if nested {
                let inner_place = parser.place();
                let (value, steps) = match parser.bracketed()? {
                    Bracketed::Query(query) if parser.eat_sign(")") => return Ok(Bracketed::Query(query)),
                    Bracketed::Query(query) if parser.at_query_continuation() => {
                        let query = Box::new(parser.query_from(*query)?);
                        parser.expect_sign(")")?;
                        return Ok(Bracketed::Query(query));
                    }
                    Bracketed::Query(query) => (ExprKind::Subquery(query), Steps::Plain),
                    Bracketed::Row(values, _) => (ExprKind::Row(values), Steps::All),
                    Bracketed::Expression(expression) => (expression.kind, Steps::All),
                };
                let value = Expr {
                    kind: value,
                    place: inner_place,
                };
                let value = parser.steps(value, steps)?;
                parser.expression_from(value)?
            } else {
                parser.expression()?
            };
            if !parser.at_sign(",") {
                parser.expect_sign(")")?;
                return Ok(Bracketed::Expression(first));
            }
            let mut values = vec![first];
            while parser.eat_sign(",") {
                values.push(parser.expression()?);
            }
            parser.expect_sign(")")?;
            Ok(Bracketed::Row(values, place))
        })
    }

    /// `.field`, `[index]`, `.method(..)`.
    fn steps(&mut self, value: Expr, allowed: Steps) -> Checked<Expr> {
        let mut value = value;
        if allowed == Steps::None {
            return Ok(value);
        }
        loop {
            let place = self.place();
            let kind = if self.eat_sign(".") {
                let name = self.label()?;
                if allowed == Steps::All && self.at_sign("(") {
                    StepKind::Method(Box::new(self.method_call(name)?))
                } else {
                    StepKind::Field(name)
                }
            } else if self.at_sign("[") {
                self.deeper(Self::index)?
            } else {
                return Ok(value);
            };
            value = with_step(value, Step { kind, place });
        }
    }

    /// `[index]`, `[low:high:step]`.
    fn index(&mut self) -> Checked<StepKind> {
        self.expect_sign("[")?;
        let low = self.bound_of_slice()?;
        if !self.eat_sign(":") {
            let Some(index) = low else {
                return Err(self.unexpected("an index"));
            };
            self.expect_sign("]")?;
            return Ok(StepKind::Index(index));
        }
        let open = self.at_sign("-") && self.ahead(1).is_sign(":");
        let high = if open {
            self.advance();
            None
        } else {
            self.bound_of_slice()?
        };
        let mut step = None;
        if self.eat_sign(":") {
            step = self.bound_of_slice()?;
        }
        self.expect_sign("]")?;
        Ok(StepKind::Slice(Box::new(Slice { low, high, step })))
    }

    fn bound_of_slice(&mut self) -> Checked<Option<Expr>> {
        if self.at_sign(":") || self.at_sign("]") {
            Ok(None)
        } else {
            self.expression().map(Some)
        }
    }

    /// `[a, b]`, `[x * 2 FOR x IN list IF x > 1]`.
    fn list_or_comprehension(&mut self) -> Checked<Expr> {
        let place = self.advance().place;
        if self.eat_sign("]") {
            let kind = ExprKind::List(Vec::new());
            return Ok(Expr { kind, place });
        }
        let first = self.expression()?;
        if self.eat_word("for") {
            return self.comprehension(first, place);
        }
        let mut values = vec![first];
        while self.eat_sign(",") && !self.at_sign("]") {
            values.push(self.expression()?);
        }
        self.expect_sign("]")?;
        let kind = ExprKind::List(values);
        Ok(Expr { kind, place })
    }

    /// With IF the list is one value: an operator beside it needs brackets.
    fn comprehension(&mut self, result: Expr, place: Place) -> Checked<Expr> {
        let names = self.strict_list(Self::name)?;
        self.expect_word("in")?;
        let (list, alone) = self.comprehended()?;
        let filter = if self.at_word("if") {
            if !alone {
                return Err(invalid("syntax", "A list before IF stands in brackets.")
                    .at(place)
                    .hint("Write [x FOR x IN (a || b) IF x > 1]."));
            }
            self.advance();
            Some(self.expression()?)
        } else {
            None
        };
        self.expect_sign("]")?;
        Ok(Expr {
            kind: ExprKind::Comprehension(Box::new(Comprehension {
                result,
                names,
                list,
                filter,
            })),
            place,
        })
    }

    /// The list of a comprehension, and whether no operator belongs to it.
    fn comprehended(&mut self) -> Checked<(Expr, bool)> {
        let signed = ["-", "+", "~", "*"].iter().any(|sign| self.at_sign(sign));
        if signed || self.at_any_word(&["not", "lambda", "columns"]) {
            return Ok((self.expression()?, false));
        }
        let value = self.deeper(Self::operand_expression)?;
        let end = self.position;
        let list = self.expression_from(value)?;
        Ok((list, self.position == end))
    }

    /// `{'a': 1, b: 2}`.
    fn structure(&mut self) -> Checked<Expr> {
        let place = self.advance().place;
        let fields = self.list(
            |parser| parser.at_sign("}"),
            |parser| {
                let name = parser.name_or_text()?;
                parser.expect_sign(":")?;
                Ok((name, parser.expression()?))
            },
        )?;
        self.expect_sign("}")?;
        let kind = ExprKind::Struct(fields);
        Ok(Expr { kind, place })
    }

    /// `MAP {'a': 1}`: the brace stands here.
    pub(super) fn map(&mut self, place: Place) -> Checked<Expr> {
        self.expect_sign("{")?;
        let mut entries = Vec::new();
        if !self.at_sign("}") {
            entries = self.list(
                |parser| parser.at_sign("}"),
                |parser| {
                    let key = parser.expression()?;
                    parser.expect_sign(":")?;
                    Ok((key, parser.expression()?))
                },
            )?;
        }
        self.expect_sign("}")?;
        let kind = ExprKind::Map(entries);
        Ok(Expr { kind, place })
    }
}
