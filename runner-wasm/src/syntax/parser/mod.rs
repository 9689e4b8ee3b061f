//! Tokens to a tree, by recursive descent: one function for each rule of DuckDB's grammar.
//!
//! Here is the cursor over the tokens; the rules are in the modules. Every rule that can contain itself
//! goes through [`Parser::deeper`], so a text runs into a limit before it runs out of stack.

mod call;
mod expression;
mod failure;
mod from;
mod join;
mod pivot;
mod primary;
mod query;
mod ranks;
mod select;
mod special;
mod star;
mod types;
mod window;

use super::ast::{Name, Place, Query};
use super::token::{Class, Kind, Token};
use crate::rejection::{Checked, Explain, invalid};

/// Levels of recursion: [`super::shape`] caps brackets at 32, and queries and operators of rising rank
/// add levels between two of them. This many take about 600 KiB of stack, and the guest has 1 MiB.
const MAX_DEPTH: usize = 100;

pub struct Parser<'a> {
    tokens: &'a [Token<'a>],
    position: usize,
    depth: usize,
}

/// Stands in for whatever would be behind the end.
static END: Token<'static> = Token {
    kind: Kind::End,
    text: std::borrow::Cow::Borrowed(""),
    place: Place {
        line: 0,
        column: 0,
        length: 0,
    },
};

/// The one query of these tokens.
pub fn query(tokens: &[Token<'_>]) -> Checked<Query> {
    let mut parser = Parser {
        tokens,
        position: 0,
        depth: 0,
    };
    while parser.eat_sign(";") {}
    parser.first_word()?;
    let query = parser.query()?;
    let ended = parser.eat_sign(";");
    while parser.eat_sign(";") {}
    if parser.peek().kind == Kind::End {
        Ok(query)
    } else if ended {
        Err(parser.second_statement())
    } else {
        Err(parser.left_over())
    }
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Token<'a> {
        self.ahead(0)
    }

    fn ahead(&self, tokens: usize) -> &'a Token<'a> {
        self.tokens
            .get(self.position + tokens)
            .or(self.tokens.last())
            .unwrap_or(&END)
    }

    fn before(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.position.checked_sub(1)?)
    }

    fn place(&self) -> Place {
        self.peek().place
    }

    fn advance(&mut self) -> &'a Token<'a> {
        let token = self.peek();
        self.position = (self.position + 1).min(self.tokens.len());
        token
    }

    fn at_word(&self, word: &str) -> bool {
        self.peek().is_word(word)
    }

    /// Words one behind the other.
    fn at_words(&self, words: &[&str]) -> bool {
        words
            .iter()
            .enumerate()
            .all(|(index, word)| self.ahead(index).is_word(word))
    }

    fn at_any_word(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.at_word(word))
    }

    fn at_sign(&self, sign: &str) -> bool {
        self.peek().is_sign(sign)
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// All of them or none.
    fn eat_words(&mut self, words: &[&str]) -> bool {
        let found = self.at_words(words);
        if found {
            self.position += words.len();
        }
        found
    }

    fn eat_any_word(&mut self, words: &[&str]) -> bool {
        let found = self.at_any_word(words);
        if found {
            self.advance();
        }
        found
    }

    fn eat_sign(&mut self, sign: &str) -> bool {
        let found = self.at_sign(sign);
        if found {
            self.advance();
        }
        found
    }

    fn expect_word(&mut self, word: &str) -> Checked<()> {
        if self.eat_word(word) {
            Ok(())
        } else {
            Err(self.unexpected(word))
        }
    }

    fn expect_sign(&mut self, sign: &str) -> Checked<()> {
        if self.eat_sign(sign) {
            Ok(())
        } else {
            Err(self.unexpected(&format!("`{sign}`")))
        }
    }

    /// Runs `inner` one level deeper, or refuses.
    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Checked<T>) -> Checked<T> {
        if self.depth >= MAX_DEPTH {
            return Err(invalid("query-too-deep", "The query nests too deeply.")
                .at(self.place())
                .hint("Use a common table expression (WITH) for the inner parts."));
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    fn take_name(&mut self) -> Name {
        let token = self.advance();
        Name {
            text: token.text.to_string(),
            quoted: !matches!(token.kind, Kind::Word(_)),
            place: token.place,
        }
    }

    /// Whether a column, a table or an alias may be called so.
    fn is_name(token: &Token<'_>) -> bool {
        matches!(
            token.kind,
            Kind::Quoted | Kind::Word(Class::Name | Class::Unreserved | Class::ColumnName)
        )
    }

    fn at_name(&self) -> bool {
        Self::is_name(self.peek())
    }

    fn name(&mut self) -> Checked<Name> {
        if self.at_name() {
            Ok(self.take_name())
        } else {
            Err(self.unexpected("a name"))
        }
    }

    /// In some places DuckDB takes a text for a name.
    fn name_or_text(&mut self) -> Checked<Name> {
        if self.at_name() || self.peek().kind == Kind::Text {
            Ok(self.take_name())
        } else {
            Err(self.unexpected("a name"))
        }
    }

    /// Behind a dot or AS every word is a name.
    fn label(&mut self) -> Checked<Name> {
        if matches!(self.peek().kind, Kind::Quoted | Kind::Word(_)) {
            Ok(self.take_name())
        } else {
            Err(self.unexpected("a name"))
        }
    }

    /// `.b.c`, behind a name.
    fn dotted(&mut self, first: Name) -> Checked<Vec<Name>> {
        let mut names = vec![first];
        while self.eat_sign(".") {
            names.push(self.label()?);
        }
        Ok(names)
    }

    /// `item, item, ..` up to what `ends` the list; one comma more may stand at the end.
    fn list<T>(
        &mut self,
        ends: impl Fn(&Self) -> bool,
        mut item: impl FnMut(&mut Self) -> Checked<T>,
    ) -> Checked<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_sign(",") {
            if ends(self) {
                break;
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `item, item, ..` without a comma at the end.
    fn strict_list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Checked<T>) -> Checked<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.eat_sign(",") {
            items.push(item(self)?);
        }
        Ok(items)
    }

    /// `(name, name)`.
    fn names_in_brackets(&mut self) -> Checked<Vec<Name>> {
        self.expect_sign("(")?;
        let names = self.list(|parser| parser.at_sign(")"), Self::name_or_text)?;
        self.expect_sign(")")?;
        Ok(names)
    }
}
