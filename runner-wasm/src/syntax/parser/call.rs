//! Calls of functions, with all that may stand inside and behind their brackets.

use super::Parser;
use crate::rejection::{Checked, Explain, invalid, policy};
use crate::syntax::ast::{Argument, Call, Name, NullTreatment, Place};
use crate::syntax::token::{Class, Kind};

impl Call {
    /// A call with nothing but its arguments.
    pub fn plain(name: Vec<Name>, arguments: Vec<Argument>, place: Place) -> Self {
        Self {
            name,
            distinct: false,
            arguments,
            order_by: Vec::new(),
            nulls: None,
            within_group: Vec::new(),
            filter: None,
            over: None,
            place,
        }
    }
}

impl Parser<'_> {
    /// The bracket stands here.
    pub(super) fn call(&mut self, name: Vec<Name>, place: Place) -> Checked<Call> {
        self.deeper(|parser| {
            let mut call = parser.plain_call(name, place)?;
            parser.behind_call(&mut call)?;
            Ok(call)
        })
    }

    /// Without FILTER, OVER and the like, as FROM has them.
    pub(super) fn plain_call(&mut self, name: Vec<Name>, place: Place) -> Checked<Call> {
        let mut call = Call::plain(name, Vec::new(), place);
        self.expect_sign("(")?;
        if self.eat_sign(")") {
            return Ok(call);
        }
        call.distinct = self.eat_word("distinct");
        if !call.distinct {
            self.eat_word("all");
        }
        if self.at_word("variadic") {
            return Err(policy("construct-not-allowed", "VARIADIC is not allowed here.").at(self.place()));
        }
        if !self.at_word("order") || call.distinct {
            call.arguments = self.strict_list(Self::argument)?;
        }
        call.order_by = self.inner_order_by()?;
        call.nulls = self.nulls()?;
        self.expect_sign(")")?;
        Ok(call)
    }

    /// `.method(arguments)`: the bracket stands here.
    pub(super) fn method_call(&mut self, name: Name) -> Checked<Call> {
        self.deeper(|parser| {
            let place = name.place;
            parser.expect_sign("(")?;
            let arguments = if parser.at_sign(")") {
                Vec::new()
            } else {
                parser.strict_list(Self::argument)?
            };
            parser.expect_sign(")")?;
            Ok(Call::plain(vec![name], arguments, place))
        })
    }

    /// `value`, `name := value`, `name => value`.
    fn argument(&mut self) -> Checked<Argument> {
        let named = [":=", "=>"].iter().any(|sign| self.ahead(1).is_sign(sign));
        if !named {
            let value = self.expression()?;
            return Ok(Argument { name: None, value });
        }
        let fits = matches!(
            self.peek().kind,
            Kind::Quoted | Kind::Word(Class::Name | Class::Unreserved | Class::FunctionName)
        );
        if !fits {
            return Err(self.unexpected("the name of an argument"));
        }
        let name = Some(self.take_name());
        self.advance();
        let value = self.expression()?;
        Ok(Argument { name, value })
    }

    fn nulls(&mut self) -> Checked<Option<NullTreatment>> {
        let nulls = if self.at_word("ignore") {
            NullTreatment::Ignore
        } else if self.at_word("respect") {
            NullTreatment::Respect
        } else {
            return Ok(None);
        };
        self.advance();
        self.expect_word("nulls")?;
        Ok(Some(nulls))
    }

    fn behind_call(&mut self, call: &mut Call) -> Checked<()> {
        if self.at_words(&["within", "group"]) {
            self.within_group(call)?;
        }
        if self.at_word("filter") && self.ahead(1).is_sign("(") {
            self.position += 2;
            self.eat_word("where");
            call.filter = Some(self.expression()?);
            self.expect_sign(")")?;
        }
        if self.at_word("export_state") {
            return Err(
                policy("construct-not-allowed", "EXPORT_STATE is not allowed here.").at(self.place()),
            );
        }
        if self.eat_word("over") {
            call.over = Some(self.over()?);
        } else if call.nulls.is_some() {
            return Err(invalid("syntax", "IGNORE NULLS belongs to a window function.")
                .at(call.place)
                .hint("Write last_value(x IGNORE NULLS) OVER (..), or FILTER (x IS NOT NULL)."));
        }
        Ok(())
    }

    fn within_group(&mut self, call: &mut Call) -> Checked<()> {
        let place = self.place();
        if !call.order_by.is_empty() || call.distinct {
            return Err(invalid(
                "syntax",
                "WITHIN GROUP does not go with DISTINCT or a second ORDER BY.",
            )
            .at(place));
        }
        self.position += 2;
        self.expect_sign("(")?;
        call.within_group = self.inner_order_by()?;
        if call.within_group.is_empty() {
            return Err(self.unexpected("ORDER BY"));
        }
        self.expect_sign(")")
    }
}
