//! Text to tokens, as DuckDB's lexer cuts it.
//!
//! Refused is what lexers are known to read differently: control characters, Unicode spaces, nested or
//! unterminated comments, literals with prefixes, numbers that run into letters, texts side by side.

use super::ast::Place;
use super::characters;
use super::keywords;
use super::operators;
use super::token::{Kind, Token};
use crate::rejection::{Checked, Explain, excerpt, invalid, policy};
use csv_analyst_protocol::gate::Rejection;
use csv_analyst_protocol::limits::MAX_QUERY_BYTES;
use std::borrow::Cow;

/// A query of 100,000 bytes that is worth answering has far fewer.
const MAX_TOKENS: usize = 20_000;

/// The tokens of an untrusted text; the last is [`Kind::End`].
pub fn tokens(text: &str) -> Checked<Vec<Token<'_>>> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(invalid(
            "query-size",
            format!(
                "The query has {} bytes; at most {MAX_QUERY_BYTES} are read.",
                text.len()
            ),
        ));
    }
    characters::check(text)?;
    let tokens = tokenise(text)?;
    if tokens.len() > MAX_TOKENS {
        return Err(invalid(
            "query-size",
            format!("The query has more than {MAX_TOKENS} words and signs."),
        ));
    }
    Ok(tokens)
}

/// Without the caps: for text that the gate printed.
pub fn tokenise(text: &str) -> Checked<Vec<Token<'_>>> {
    let mut lexer = Lexer {
        text,
        position: 0,
        line: 1,
        column: 1,
    };
    let mut tokens: Vec<Token<'_>> = Vec::new();
    loop {
        lexer.skip_blanks()?;
        let token = lexer.token()?;
        let ended = token.kind == Kind::End;
        if token.kind == Kind::Text && tokens.last().is_some_and(|last| last.kind == Kind::Text) {
            return Err(policy(
                "adjacent-strings",
                "Two texts side by side are read differently by different parsers.",
            )
            .at(token.place)
            .hint("Join them with ||, or double the quote inside one text."));
        }
        tokens.push(token);
        if ended {
            return Ok(tokens);
        }
    }
}

struct Lexer<'a> {
    text: &'a str,
    /// In bytes, at the beginning of a character.
    position: usize,
    line: u32,
    column: u32,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.position..).unwrap_or_default()
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.position + ahead).copied()
    }

    /// Goes on by a number of bytes, and gives what was passed.
    fn advance(&mut self, bytes: usize) -> &'a str {
        let passed = self.rest().get(..bytes).unwrap_or(self.rest());
        for character in passed.chars() {
            if character == '\n' {
                (self.line, self.column) = (self.line + 1, 1);
            } else {
                self.column += 1;
            }
        }
        self.position += passed.len();
        passed
    }

    fn place(&self, text: &str) -> Place {
        Place {
            line: self.line,
            column: self.column,
            length: u32::try_from(text.chars().count()).unwrap_or(u32::MAX),
        }
    }

    /// Passes spaces and comments.
    fn skip_blanks(&mut self) -> Checked<()> {
        loop {
            let rest = self.rest();
            if rest.starts_with("--") {
                let end = rest.find('\n').unwrap_or(rest.len());
                self.advance(end);
            } else if rest.starts_with("/*") {
                self.comment()?;
            } else {
                let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
                if blanks == 0 {
                    return Ok(());
                }
                self.advance(blanks);
            }
        }
    }

    /// One that opens another inside would end at different places.
    fn comment(&mut self) -> Checked<()> {
        let place = self.place("/*");
        let inside = self.rest().get(2..).unwrap_or_default();
        let Some(end) = inside.find("*/") else {
            return Err(invalid("syntax", "This comment has no end.")
                .at(place)
                .hint("End it with */."));
        };
        if inside.get(..end).is_some_and(|content| content.contains("/*")) {
            return Err(policy(
                "nested-comment",
                "A comment inside a comment is read differently by different parsers.",
            )
            .at(place)
            .hint("Remove the inner comment."));
        }
        self.advance(end + 4);
        Ok(())
    }

    fn token(&mut self) -> Checked<Token<'a>> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return Ok(Token {
                kind: Kind::End,
                text: Cow::Borrowed(""),
                place: self.place(""),
            });
        };
        match first {
            '\'' => self.quoted('\'', Kind::Text),
            '"' => self.quoted('"', Kind::Quoted),
            '0'..='9' => self.number(),
            '.' if self.peek(1).is_some_and(|next| next.is_ascii_digit()) => self.number(),
            '$' => self.dollar(),
            '?' => Ok(self.take(1, Kind::Parameter)),
            '`' => Err(invalid("syntax", "A backtick does not quote a name.")
                .at(self.place("`"))
                .hint("Put names into double quotes: \"my column\".")),
            first if is_word_start(first) => self.word(),
            _ => self.sign(),
        }
    }

    fn take(&mut self, bytes: usize, kind: Kind) -> Token<'a> {
        let place = self.place(self.rest().get(..bytes).unwrap_or_default());
        let text = Cow::Borrowed(self.advance(bytes));
        Token { kind, text, place }
    }

    fn word(&mut self) -> Checked<Token<'a>> {
        let rest = self.rest();
        let length = word_length(rest);
        let word = rest.get(..length).unwrap_or(rest);
        let behind = rest.get(length..).unwrap_or_default();
        let prefix = behind.starts_with('\'')
            && ["e", "b", "x", "n", "r", "br", "rb"]
                .iter()
                .any(|prefix| word.eq_ignore_ascii_case(prefix));
        let unicode =
            word.eq_ignore_ascii_case("u") && (behind.starts_with("&'") || behind.starts_with("&\""));
        if prefix || unicode {
            return Err(literal_form(self.place(word)));
        }
        Ok(self.take(length, Kind::Word(keywords::class(word))))
    }

    /// Doubling is the only escape that DuckDB's plain quotes have.
    fn quoted(&mut self, quote: char, kind: Kind) -> Checked<Token<'a>> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut end = 1;
        let mut doubled = false;
        loop {
            match bytes.get(end) {
                None => return Err(unterminated(kind, self.place("'"))),
                Some(byte) if *byte == quote as u8 => {
                    if bytes.get(end + 1) != Some(byte) {
                        break;
                    }
                    doubled = true;
                    end += 2;
                }
                Some(_) => end += 1,
            }
        }
        let content = rest.get(1..end).unwrap_or_default();
        if content.is_empty() && kind == Kind::Quoted {
            return Err(invalid("syntax", "This name is empty.")
                .at(self.place("\"\""))
                .hint("Texts have single quotes: ''."));
        }
        let text = if doubled {
            let quote = quote.to_string();
            Cow::Owned(content.replace(&quote.repeat(2), &quote))
        } else {
            Cow::Borrowed(content)
        };
        let place = self.place(rest.get(..=end).unwrap_or_default());
        self.advance(end + 1);
        Ok(Token { kind, text, place })
    }

    /// Digits with single underscores between, a point, an exponent. DuckDB cuts `1a` into a number and
    /// a name, other lexers do not.
    fn number(&mut self) -> Checked<Token<'a>> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let mut end = digits(bytes, 0);
        if bytes.get(end) == Some(&b'.') {
            end = digits(bytes, end + 1);
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            let exponent = digits(bytes, end + 1 + sign);
            if exponent > end + 1 + sign {
                end = exponent;
            }
        }
        let behind = rest.get(end..).unwrap_or_default();
        if behind.starts_with(is_word_part) || behind.starts_with('.') {
            return Err(policy(
                "literal-form",
                "This number runs into what follows it: different parsers cut it differently.",
            )
            .at(self.place(rest.get(..=end).unwrap_or(rest)))
            .hint("Numbers: 12, 1.5, 1e6, 1_000. For an alias put a space and AS in between."));
        }
        let mut token = self.take(end, Kind::Number);
        if token.text.contains('_') {
            token.text = Cow::Owned(token.text.replace('_', ""));
        }
        Ok(token)
    }

    /// Parameters, and texts between two `$$` or two `$tag$`, where nothing is escaped.
    fn dollar(&mut self) -> Checked<Token<'a>> {
        let behind = self.rest().get(1..).unwrap_or_default();
        let name = behind.len() - behind.trim_start_matches(is_word_part_but_dollar).len();
        let tagged = behind.get(name..).is_some_and(|next| next.starts_with('$'));
        match (name, tagged) {
            (_, true) if !behind.starts_with(|first: char| first.is_ascii_digit()) => {
                self.between_dollars(name + 2)
            }
            (_, true) => Err(literal_form(self.place("$"))),
            (0, false) => Err(operators::unknown("$").at(self.place("$"))),
            (_, false) => Ok(self.take(1 + name, Kind::Parameter)),
        }
    }

    /// The mark that opens it is the one that closes it.
    fn between_dollars(&mut self, length: usize) -> Checked<Token<'a>> {
        let rest = self.rest();
        let (mark, inside) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let place = self.place(mark);
        let Some(end) = inside.find(mark) else {
            return Err(unterminated(Kind::Text, place));
        };
        let text = Cow::Borrowed(inside.get(..end).unwrap_or_default());
        self.advance(2 * length + end);
        let kind = Kind::Text;
        Ok(Token { kind, text, place })
    }

    fn sign(&mut self) -> Checked<Token<'a>> {
        let rest = self.rest();
        match operators::length(rest) {
            Some(length) => Ok(self.take(length, Kind::Sign)),
            None => {
                let run = operators::run(rest);
                let written = if run.is_empty() {
                    rest.chars().next().map(String::from).unwrap_or_default()
                } else {
                    excerpt(run)
                };
                let place = self.place(&written);
                Err(operators::unknown(&written).at(place))
            }
        }
    }
}

fn literal_form(place: Place) -> Box<Rejection> {
    policy(
        "literal-form",
        "This form of literal is read differently by different parsers.",
    )
    .at(place)
    .hint("Write text as 'plain text', doubling a quote inside; other characters with chr(10), bytes with unhex('41').")
}

fn unterminated(kind: Kind, place: Place) -> Box<Rejection> {
    let (what, hint) = if kind == Kind::Text {
        ("text", "End it as it begins; a quote inside is doubled: 'it''s'.")
    } else {
        ("quoted name", "End it with a double quote.")
    };
    invalid("syntax", format!("This {what} has no end."))
        .at(place)
        .hint(hint)
}

/// The end of digits that begin at `start`; an underscore counts only between two digits.
fn digits(bytes: &[u8], start: usize) -> usize {
    let is_digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let mut end = start;
    while is_digit(end) || (end > start && bytes.get(end) == Some(&b'_') && is_digit(end + 1)) {
        end += 1;
    }
    end
}

fn is_word_start(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn is_word_part(character: char) -> bool {
    is_word_part_but_dollar(character) || character == '$'
}

fn is_word_part_but_dollar(character: char) -> bool {
    is_word_start(character) || character.is_ascii_digit()
}

fn word_length(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_word_part).len()
}
