//! From text to tokens: words with their forms, quantities, dates and the few symbols that mean
//! something. Any text gives tokens; nothing is rejected here.

use crate::calendar::Date;
use crate::lexicon::number_word;
use crate::stem::{lemma, stem};

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    /// As written.
    pub text: String,
    /// Lower case.
    pub word: String,
    pub lemma: String,
    pub stem: String,
    pub kind: TokenKind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum TokenKind {
    Word,
    Number(Quantity),
    Date(Date),
    Symbol,
}

/// A number as written, with the unit that was attached to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Quantity {
    pub value: f64,
    pub unit: QuantityUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuantityUnit {
    None,
    /// `2nd`.
    Ordinal,
    Percent,
    Currency,
}

impl Token {
    fn new(text: &str, kind: TokenKind) -> Self {
        let word = text.to_lowercase();
        let (lemma, stem) = (lemma(&word), stem(&word));
        Self {
            text: text.to_owned(),
            word,
            lemma,
            stem,
            kind,
        }
    }

    pub fn number(&self) -> Option<Quantity> {
        match self.kind {
            TokenKind::Number(quantity) => Some(quantity),
            _ => None,
        }
    }

    pub fn date(&self) -> Option<Date> {
        match self.kind {
            TokenKind::Date(date) => Some(date),
            _ => None,
        }
    }

    pub fn is_plural(&self) -> bool {
        self.kind == TokenKind::Word && self.lemma != self.word
    }
}

pub(crate) fn tokenise(text: &str) -> Vec<Token> {
    let mut scanner = Scanner {
        rest: text,
        currency: false,
        tokens: Vec::new(),
    };
    while let Some(first) = scanner.rest.chars().next() {
        scanner.step(first);
    }
    scanner.tokens
}

struct Scanner<'t> {
    rest: &'t str,
    /// A currency sign stands right before.
    currency: bool,
    tokens: Vec<Token>,
}

impl<'t> Scanner<'t> {
    fn step(&mut self, first: char) {
        if first.is_ascii_digit() {
            self.number();
        } else if first.is_alphanumeric() {
            self.word();
        } else {
            self.symbol(first);
        }
    }

    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn push(&mut self, text: &str, kind: TokenKind) {
        self.tokens.push(Token::new(text, kind));
    }

    fn word(&mut self) {
        let is_part =
            |character: char| character.is_alphanumeric() || character == '\'' || character == '\u{2019}';
        let length = self
            .rest
            .find(|character| !is_part(character))
            .unwrap_or(self.rest.len());
        let taken = self.take(length).replace('\u{2019}', "'");
        let (head, negated) = strip_contraction(&taken);
        if !head.is_empty() {
            match number_word(&head.to_lowercase()) {
                Some(value) => self.push(head, number(f64::from(value), QuantityUnit::None)),
                None => self.push(head, TokenKind::Word),
            }
        }
        if negated {
            self.push("not", TokenKind::Word);
        }
        self.currency = false;
    }

    fn number(&mut self) {
        if let Some(date) = self.rest.get(..10).and_then(Date::parse) {
            let text = self.take(10);
            return self.push(text, TokenKind::Date(date));
        }
        let length = number_length(self.rest);
        let text = self.take(length);
        let mut value: f64 = text.replace(',', "").parse().unwrap_or(0.0);
        value *= self.multiplier();
        let unit = match (self.currency, self.rest.strip_prefix('%')) {
            (true, _) => QuantityUnit::Currency,
            (false, Some(_)) => QuantityUnit::Percent,
            (false, None) if self.ordinal_ending() => QuantityUnit::Ordinal,
            (false, None) => QuantityUnit::None,
        };
        self.currency = false;
        self.push(text, number(value, unit));
    }

    fn ordinal_ending(&mut self) -> bool {
        let length = self
            .rest
            .find(|character: char| !character.is_alphabetic())
            .unwrap_or(self.rest.len());
        let ordinal = matches!(&self.rest[..length], "st" | "nd" | "rd" | "th");
        if ordinal {
            self.take(length);
        }
        ordinal
    }

    /// `10k`, `2m`.
    fn multiplier(&mut self) -> f64 {
        let length = self
            .rest
            .find(|character: char| !character.is_alphabetic())
            .unwrap_or(self.rest.len());
        let factor = match &self.rest[..length] {
            "k" | "K" => 1e3,
            "M" => 1e6,
            _ => return 1.0,
        };
        self.take(length);
        factor
    }

    fn symbol(&mut self, first: char) {
        let before_was_number = self.tokens.last().is_some_and(|token| token.number().is_some());
        let text = self.take(first.len_utf8());
        match first {
            '$' | '€' | '£' => self.currency = true,
            '<' | '>' | '=' | '!' => {
                let second = if self.rest.starts_with('=') {
                    self.take(1)
                } else {
                    ""
                };
                self.push(&format!("{text}{second}"), TokenKind::Symbol);
            }
            '&' => self.push("and", TokenKind::Word),
            ',' | ';' => self.push(",", TokenKind::Symbol),
            '-' | '\u{2013}'
                if before_was_number
                    && self
                        .rest
                        .starts_with(|next: char| next.is_ascii_digit() || next == ' ') =>
            {
                self.push("-", TokenKind::Symbol);
            }
            '+' if before_was_number => self.push("+", TokenKind::Symbol),
            _ => {}
        }
    }
}

fn number(value: f64, unit: QuantityUnit) -> TokenKind {
    TokenKind::Number(Quantity { value, unit })
}

/// `what's` -> `what`; `isn't` -> `is` and a negation.
fn strip_contraction(word: &str) -> (&str, bool) {
    let trimmed = word.trim_matches('\'');
    let lower = trimmed.to_ascii_lowercase();
    if lower.ends_with("n't") {
        return (&trimmed[..trimmed.len() - 3], true);
    }
    match trimmed.split_once('\'') {
        Some((head, _)) => (head, false),
        None => (trimmed, false),
    }
}

/// Digits with grouping commas and one decimal point.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    let mut seen_point = false;
    loop {
        if digit(end) {
            end += 1;
        } else if bytes.get(end) == Some(&b'.') && !seen_point && digit(end + 1) {
            seen_point = true;
            end += 1;
        } else if bytes.get(end) == Some(&b',')
            && !seen_point
            && (1..=3).all(|ahead| digit(end + ahead))
            && !digit(end + 4)
        {
            end += 1;
        } else {
            return end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokenise(text).into_iter().map(|token| token.word).collect()
    }

    #[test]
    fn contractions_and_hyphens_are_split() {
        assert_eq!(
            words("What's the best-selling item?"),
            ["what", "the", "best", "selling", "item"]
        );
        assert_eq!(
            words("orders that weren’t returned"),
            ["orders", "that", "were", "not", "returned"]
        );
    }

    #[test]
    fn quantities_keep_their_unit() {
        let units = |text| {
            tokenise(text)
                .iter()
                .filter_map(Token::number)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            units("over $1,250.50"),
            [Quantity {
                value: 1250.5,
                unit: QuantityUnit::Currency
            }]
        );
        assert_eq!(
            units("below 20%"),
            [Quantity {
                value: 20.0,
                unit: QuantityUnit::Percent
            }]
        );
        assert_eq!(
            units("more than 10k"),
            [Quantity {
                value: 10_000.0,
                unit: QuantityUnit::None
            }]
        );
        assert_eq!(units("1-2 stars").len(), 2);
    }

    #[test]
    fn dates_are_one_token() {
        assert_eq!(tokenise("since 2026-01-05").len(), 2);
    }
}
