//! How deep a text nests and how long its chains of operators are, before any parser recurses over it.

use super::token::{Kind, Token};
use crate::rejection::{Checked, Explain, invalid};

/// Brackets, CASE and the like inside one another; people stay below ten. The stack of the guest is
/// sized (and tested) for this.
const MAX_NESTING: usize = 32;
/// Operators in a row without a comma or a bracket between.
const MAX_CHAIN: usize = 500;
/// Prefix operators in a row recurse in the parser.
const MAX_PREFIXES: usize = 16;

/// What is open at one place of the text.
#[derive(Default)]
struct Shape {
    /// Operators so far, per open bracket.
    open: Vec<usize>,
    chain: usize,
    prefixes: usize,
}

/// Refuses a text that is too deep or whose chains are too long.
pub fn measure(tokens: &[Token<'_>]) -> Checked<()> {
    let mut shape = Shape::default();
    for token in tokens {
        shape.step(token).map_err(|rejection| rejection.at(token.place))?;
    }
    Ok(())
}

impl Shape {
    fn step(&mut self, token: &Token<'_>) -> Checked<()> {
        match token.kind {
            Kind::Word(_) => self.word(&token.text),
            Kind::Number | Kind::Text | Kind::Quoted => {
                self.prefixes = 0;
                Ok(())
            }
            Kind::Parameter | Kind::End => Ok(()),
            Kind::Sign => match &*token.text {
                "(" | "[" | "{" => self.enter(),
                ")" | "]" | "}" => {
                    self.leave();
                    Ok(())
                }
                "," | ";" => {
                    (self.chain, self.prefixes) = (0, 0);
                    Ok(())
                }
                _ => self.operator(),
            },
        }
    }

    fn word(&mut self, word: &str) -> Checked<()> {
        // The longest word that counts has nine letters.
        let lower = if word.len() <= 9 {
            word.to_ascii_lowercase()
        } else {
            String::new()
        };
        match lower.as_str() {
            "case" => return self.enter(),
            "end" => self.leave(),
            "and" | "or" | "not" | "is" | "isnull" | "notnull" | "like" | "ilike" | "glob" | "similar"
            | "in" | "between" | "union" | "except" | "intersect" | "collate" | "interval" | "lambda"
            | "at" | "join" | "pivot" | "unpivot" => return self.operator(),
            "when" | "then" | "else" | "where" | "having" | "on" => (self.chain, self.prefixes) = (0, 0),
            _ => self.prefixes = 0,
        }
        Ok(())
    }

    fn enter(&mut self) -> Checked<()> {
        // `a[1][1][1]` and `f(1)(1)` grow to the left without nesting: they count as a chain.
        self.operator()?;
        self.open.push(self.chain);
        (self.chain, self.prefixes) = (0, 0);
        if self.open.len() > MAX_NESTING {
            return Err(invalid(
                "nesting",
                format!("Brackets and CASE nest deeper than {MAX_NESTING} levels."),
            )
            .hint("Use a common table expression (WITH) for the inner parts."));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.chain = self.open.pop().unwrap_or(0);
        self.prefixes = 0;
    }

    fn operator(&mut self) -> Checked<()> {
        self.chain += 1;
        self.prefixes += 1;
        if self.chain > MAX_CHAIN {
            return Err(invalid(
                "chain-length",
                format!("More than {MAX_CHAIN} operators in one expression."),
            )
            .hint("Use IN (..) for many values, or a sum over rows."));
        }
        if self.prefixes > MAX_PREFIXES {
            return Err(invalid(
                "nesting",
                format!("More than {MAX_PREFIXES} operators side by side."),
            ));
        }
        Ok(())
    }
}
