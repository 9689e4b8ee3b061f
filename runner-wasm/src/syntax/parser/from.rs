//! One source of rows in FROM: a table, a query in brackets, a function, a list of VALUES.

use super::Parser;
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::syntax::ast::{
    Alias, Body, Expr, ExprKind, Joined, Literal, Place, Query, Sample, Source, SourceKind,
};
use crate::syntax::token::{Class, Kind, Token};

/// What brackets in FROM turned out to hold.
enum Bracketed {
    Query(Box<Query>),
    Joined(Box<Joined>),
}

impl Parser<'_> {
    /// A source with its alias and its sample, without joins.
    pub(super) fn source(&mut self) -> Checked<Source> {
        let place = self.place();
        if self.eat_word("lateral") {
            return self.lateral(place);
        }
        let prefixed = (self.at_name() || self.peek().kind == Kind::Text) && self.ahead(1).is_sign(":");
        let prefix = if prefixed {
            let name = self.take_name();
            self.advance();
            Some(Alias {
                name,
                columns: Vec::new(),
            })
        } else {
            None
        };
        if prefix.is_none() && self.at_word("values") && self.ahead(1).is_sign("(") {
            return self.values_source(place);
        }
        let kind = if self.at_sign("(") {
            match self.bracketed_source()? {
                Bracketed::Query(query) => SourceKind::Query {
                    query,
                    lateral: false,
                },
                Bracketed::Joined(joined) => SourceKind::Joined(joined),
            }
        } else {
            self.named_source()?
        };
        self.finish_source(kind, prefix, place)
    }

    fn finish_source(&mut self, kind: SourceKind, prefix: Option<Alias>, place: Place) -> Checked<Source> {
        let alias = match prefix {
            Some(alias) => Some(alias),
            None => self.alias()?,
        };
        if alias.is_some() && matches!(kind, SourceKind::Joined(_)) {
            return Err(policy(
                "construct-not-allowed",
                "An alias of joined tables in brackets is not allowed: it names nothing in DuckDB.",
            )
            .at(place)
            .hint("Give each table its alias, or write (SELECT * FROM ..) AS alias."));
        }
        let sample = if self.at_word("tablesample") {
            let place = self.advance().place;
            Some(self.sample(place)?)
        } else {
            None
        };
        Ok(Source {
            kind,
            alias,
            sample,
            place,
        })
    }

    /// `AS name (columns)`; AS may be left out.
    pub(super) fn alias(&mut self) -> Checked<Option<Alias>> {
        let name = if self.eat_word("as") {
            self.alias_name()?
        } else if self.at_name() {
            self.take_name()
        } else {
            return Ok(None);
        };
        let columns = if self.at_sign("(") {
            self.names_in_brackets()?
        } else {
            Vec::new()
        };
        Ok(Some(Alias { name, columns }))
    }

    fn lateral(&mut self, place: Place) -> Checked<Source> {
        let kind = if self.at_sign("(") {
            SourceKind::Query {
                query: Box::new(self.query_in_brackets()?),
                lateral: true,
            }
        } else {
            match self.named_source()? {
                SourceKind::Function {
                    call,
                    lateral: _,
                    ordinality,
                } => SourceKind::Function {
                    call,
                    lateral: true,
                    ordinality,
                },
                _ => {
                    return Err(invalid("syntax", "LATERAL stands before a query or a function.").at(place));
                }
            }
        };
        Ok(Source {
            kind,
            alias: self.alias()?,
            sample: None,
            place,
        })
    }

    fn values_source(&mut self, place: Place) -> Checked<Source> {
        let rows = self.values()?;
        let query = Query {
            with: None,
            body: Body::Values(rows),
            order_by: None,
            limit: None,
            offset: None,
            place,
        };
        let kind = SourceKind::Query {
            query: Box::new(query),
            lateral: false,
        };
        let source = self.finish_source(kind, None, place)?;
        if source.alias.is_none() {
            return Err(invalid("syntax", "VALUES in FROM needs an alias.")
                .at(place)
                .hint("Write (VALUES (1, 2)) AS t(a, b)."));
        }
        Ok(source)
    }

    /// Whether a query begins behind the brackets that open here.
    fn query_behind_brackets(&self) -> bool {
        let brackets = (0..).take_while(|ahead| self.ahead(*ahead).is_sign("(")).count();
        self.starts_query(brackets)
    }

    fn bracketed_source(&mut self) -> Checked<Bracketed> {
        self.deeper(|parser| {
            let query = parser.query_behind_brackets();
            let place = parser.advance().place;
            if query && !parser.at_sign("(") {
                let query = parser.query()?;
                parser.expect_sign(")")?;
                return Ok(Bracketed::Query(Box::new(query)));
            }
            if !query {
                let joined = parser.joined()?;
                return parser.bracketed_join(joined);
            }
            match parser.bracketed_source()? {
                Bracketed::Query(query) if parser.eat_sign(")") => Ok(Bracketed::Query(query)),
                Bracketed::Query(query) if parser.at_query_continuation() => {
                    let query = Box::new(parser.query_from(*query)?);
                    parser.expect_sign(")")?;
                    Ok(Bracketed::Query(query))
                }
                Bracketed::Query(query) => {
                    let kind = SourceKind::Query {
                        query,
                        lateral: false,
                    };
                    parser.bracketed_from(kind, place)
                }
                Bracketed::Joined(joined) => parser.bracketed_from(SourceKind::Joined(joined), place),
            }
        })
    }

    /// Goes on behind a source in brackets that begins a join in brackets.
    fn bracketed_from(&mut self, kind: SourceKind, place: Place) -> Checked<Bracketed> {
        let first = self.finish_source(kind, None, place)?;
        let joined = self.joins(first, false)?;
        self.bracketed_join(joined)
    }

    fn bracketed_join(&mut self, joined: Joined) -> Checked<Bracketed> {
        let inner_join = joined.joins.is_empty() && matches!(joined.first.kind, SourceKind::Joined(_));
        if self.at_sign(")") && joined.joins.is_empty() && !inner_join {
            return Err(invalid("syntax", "One table alone does not stand in brackets.")
                .at(joined.first.place)
                .hint("Leave the brackets out."));
        }
        self.expect_sign(")")?;
        Ok(Bracketed::Joined(Box::new(joined)))
    }

    /// A table, a file's name as text, or a function.
    fn named_source(&mut self) -> Checked<SourceKind> {
        if self.peek().kind == Kind::Text {
            return Ok(SourceKind::File(self.advance().text.to_string()));
        }
        let function = is_function_name(self.peek()) && self.ahead(1).is_sign("(");
        if !function && !self.at_name() {
            return Err(self.unexpected("a table"));
        }
        let first = self.take_name();
        let place = first.place;
        let names = self.dotted(first)?;
        if self.at_sign("(") && (function || names.len() > 1) {
            let call = self.plain_call(names, place)?;
            let ordinality = self.eat_words(&["with", "ordinality"]);
            return Ok(SourceKind::Function {
                call: Box::new(call),
                lateral: false,
                ordinality,
            });
        }
        if names.len() > 3 {
            return Err(invalid("syntax", "A table's name has three parts at most.").at(place));
        }
        Ok(SourceKind::Table(names))
    }

    /// `10%`, `10 PERCENT (bernoulli, 42)`, `reservoir(100 ROWS) REPEATABLE (42)`.
    pub(super) fn sample(&mut self, place: Place) -> Checked<Sample> {
        if self.peek().kind == Kind::Number {
            let (size, percent) = self.sample_size()?;
            let mut method = None;
            let mut seed = None;
            if self.eat_sign("(") {
                method = Some(self.name()?);
                if self.eat_sign(",") {
                    seed = Some(self.whole_number()?);
                }
                self.expect_sign(")")?;
            }
            return Ok(Sample {
                size,
                percent,
                method,
                seed,
                place,
            });
        }
        let method = if self.at_sign("(") {
            None
        } else {
            Some(self.name()?)
        };
        self.expect_sign("(")?;
        let (size, percent) = self.sample_size()?;
        self.expect_sign(")")?;
        let mut seed = None;
        if self.eat_word("repeatable") {
            self.expect_sign("(")?;
            seed = Some(self.whole_number()?);
            self.expect_sign(")")?;
        }
        Ok(Sample {
            size,
            percent,
            method,
            seed,
            place,
        })
    }

    fn sample_size(&mut self) -> Checked<(Expr, bool)> {
        if self.peek().kind != Kind::Number {
            return Err(self.unexpected("a number"));
        }
        let token = self.advance();
        let size = Expr {
            kind: ExprKind::Literal(Literal::Number(token.text.to_string())),
            place: token.place,
        };
        let percent = self.eat_sign("%") || self.eat_word("percent");
        if !percent {
            self.eat_word("rows");
        }
        Ok((size, percent))
    }

    /// Digits only.
    pub(super) fn whole_number(&mut self) -> Checked<u64> {
        let number = match self.peek().kind {
            Kind::Number => self.peek().text.parse().ok(),
            _ => None,
        };
        let Some(number) = number else {
            return Err(self.unexpected("a whole number"));
        };
        self.advance();
        Ok(number)
    }
}

/// Whether a function may be called so without a schema in front.
pub(super) fn is_function_name(token: &Token<'_>) -> bool {
    let never = ["by", "anti", "semi"].iter().any(|word| token.is_word(word));
    !never
        && matches!(
            token.kind,
            Kind::Quoted | Kind::Word(Class::Name | Class::Unreserved | Class::FunctionName)
        )
}
