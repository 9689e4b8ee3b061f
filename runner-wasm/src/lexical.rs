//! The first look at SQL text, before any parser recurses over it: size, characters, tokens, nesting
//! and length of operator chains. It decides nothing about meaning.
//!
//! Refused here is also what lexers are known to read differently: control characters, Unicode
//! spaces, nested or unterminated comments, literals with prefixes, strings side by side.

use crate::dialect::GateDialect;
use crate::rejection::{Checked, Explain, invalid, policy};
use csv_analyst_protocol::limits::MAX_QUERY_BYTES;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, Whitespace, Word};

/// A query of 100,000 bytes that is worth answering has far fewer.
const MAX_TOKENS: usize = 20_000;
/// Brackets, CASE and the like inside one another; people stay below ten. The stack of the guest is
/// sized (and tested) for this.
const MAX_NESTING: usize = 32;
/// Operators in a row without a comma or a bracket between: each is a level of the parser's tree.
const MAX_CHAIN: usize = 500;
/// Prefix operators in a row recurse in the parser.
const MAX_PREFIXES: usize = 16;

/// The tokens of a text that is fit to be parsed.
pub fn tokens(text: &str) -> Checked<Vec<TokenWithSpan>> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(invalid(
            "query-size",
            format!(
                "The query has {} bytes; at most {MAX_QUERY_BYTES} are read.",
                text.len()
            ),
        ));
    }
    characters(text)?;
    let tokens = tokenise(text)?;
    if tokens.len() > MAX_TOKENS {
        return Err(invalid(
            "query-size",
            format!("The query has more than {MAX_TOKENS} words and signs."),
        ));
    }
    forms(&tokens)?;
    Shape::default().measure(&tokens)?;
    Ok(tokens)
}

/// Tokens with the plain content of strings and quoted names: without unescaping, the tokenizer leaves
/// a doubled quote doubled. Doubling is the only escape that DuckDB's plain quotes have.
pub fn tokenise(text: &str) -> Checked<Vec<TokenWithSpan>> {
    let mut tokens = Tokenizer::new(&GateDialect, text)
        .with_unescape(false)
        .tokenize_with_location()
        .map_err(|error| {
            invalid(
                "syntax",
                format!("The text can't be read as SQL: {}.", error.message),
            )
            .at_location(error.location)
        })?;
    for token in &mut tokens {
        match &mut token.token {
            Token::SingleQuotedString(content) => *content = content.replace("''", "'"),
            Token::Word(Word {
                value,
                quote_style: Some(quote),
                ..
            }) => {
                *value = value.replace(&format!("{quote}{quote}"), &quote.to_string());
            }
            _ => {}
        }
    }
    Ok(tokens)
}

/// Outside of strings and comments nothing but ASCII needs to appear, except in names; control
/// characters and invisible ones are refused everywhere.
fn characters(text: &str) -> Checked<()> {
    let (mut line, mut column) = (1, 0);
    for character in text.chars() {
        column += 1;
        let harmless =
            matches!(character, '\n' | '\t') || !(character.is_control() || is_invisible(character));
        if character == '\n' {
            (line, column) = (line + 1, 0);
        } else if !harmless && character != '\r' {
            return Err(odd_character(character, Location { line, column }));
        }
    }
    lone_carriage_return(text)
}

/// A carriage return ends a `--` comment for some lexers only; before a line feed it is harmless.
fn lone_carriage_return(text: &str) -> Checked<()> {
    let bytes = text.as_bytes();
    let lone = bytes
        .iter()
        .enumerate()
        .any(|(index, byte)| *byte == b'\r' && bytes.get(index + 1) != Some(&b'\n'));
    if lone {
        return Err(policy(
            "character",
            "A carriage return without a line feed is not allowed.",
        )
        .hint("Use ordinary line ends."));
    }
    Ok(())
}

fn odd_character(character: char, location: Location) -> Box<csv_analyst_protocol::gate::Rejection> {
    policy(
        "character",
        format!(
            "The character U+{:04X} is not allowed in a query.",
            u32::from(character)
        ),
    )
    .at_location(location)
    .hint("Replace it by an ordinary space or letter.")
}

/// Spaces that only some lexers skip, marks that reorder or hide text, and the byte order mark.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{a0}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{1680}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{2000}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{205f}'..='\u{206f}'
            | '\u{3000}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Token by token: forms that two lexers read differently.
fn forms(tokens: &[TokenWithSpan]) -> Checked<()> {
    let mut after_string = false;
    let mut before = &Token::EOF;
    for token in tokens {
        let location = token.span.start;
        match &token.token {
            Token::Whitespace(whitespace) => {
                comment(whitespace, location)?;
                continue;
            }
            Token::SingleQuotedString(_) if after_string => {
                return Err(policy(
                    "adjacent-strings",
                    "Two texts side by side are read differently by different parsers.",
                )
                .at_location(location)
                .hint("Join them with ||, or double the quote inside one text."));
            }
            Token::SingleQuotedByteStringLiteral(_)
            | Token::DoubleQuotedByteStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::SingleQuotedRawStringLiteral(_)
            | Token::DoubleQuotedRawStringLiteral(_) => {
                return Err(policy(
                    "literal-form",
                    "This form of literal is read differently by different parsers.",
                )
                .at_location(location)
                .hint("Write text as 'plain text', doubling a quote inside."));
            }
            Token::DoubleEq => {
                return Err(
                    policy("operator-form", "Parsers disagree on what `==` compares first.")
                        .at_location(location)
                        .hint("Write `=`."),
                );
            }
            Token::Word(word) if is_null_test(word) && !names_follow(before) => {
                return Err(policy(
                    "operator-form",
                    "One parser reads `ISNULL` as a test, another as a name.",
                )
                .at_location(location)
                .hint("Write `IS NULL`; for a name of this kind put AS before it."));
            }
            _ => {}
        }
        before = &token.token;
        after_string = matches!(token.token, Token::SingleQuotedString(_));
    }
    Ok(())
}

/// The short form of IS NULL, which sqlparser takes for a name. It knows NOTNULL.
fn is_null_test(word: &Word) -> bool {
    word.quote_style.is_none() && word.value.eq_ignore_ascii_case("isnull")
}

/// After these a word can only be a name.
fn names_follow(before: &Token) -> bool {
    match before {
        Token::Word(word) => word.keyword == Keyword::AS,
        other => *other == Token::Period,
    }
}

/// Comments are dropped; one that opens another inside would end at different places.
fn comment(whitespace: &Whitespace, location: Location) -> Checked<()> {
    match whitespace {
        Whitespace::MultiLineComment(text) if text.contains("/*") || text.contains("*/") => Err(policy(
            "nested-comment",
            "A comment inside a comment is read differently by different parsers.",
        )
        .at_location(location)
        .hint("Remove the inner comment.")),
        Whitespace::SingleLineComment { comment, .. }
            if comment.contains('\r') && !comment.ends_with("\r\n") && !comment.ends_with('\r') =>
        {
            Err(
                policy("character", "A carriage return inside a comment is not allowed.")
                    .at_location(location),
            )
        }
        _ => Ok(()),
    }
}

/// What is open at one place of the text.
#[derive(Default)]
struct Shape {
    /// Operators so far, per open bracket.
    open: Vec<usize>,
    chain: usize,
    prefixes: usize,
}

impl Shape {
    fn measure(mut self, tokens: &[TokenWithSpan]) -> Checked<()> {
        for token in tokens {
            self.step(&token.token)
                .map_err(|rejection| rejection.at_location(token.span.start))?;
        }
        Ok(())
    }

    fn step(&mut self, token: &Token) -> Checked<()> {
        match token {
            Token::Whitespace(_) => return Ok(()),
            Token::LParen | Token::LBracket | Token::LBrace => self.enter()?,
            Token::RParen | Token::RBracket | Token::RBrace => self.leave(),
            Token::Comma | Token::SemiColon => (self.chain, self.prefixes) = (0, 0),
            Token::Word(word) => self.word(word.keyword)?,
            Token::Number(..) | Token::SingleQuotedString(_) => self.prefixes = 0,
            _ => self.operator()?,
        }
        Ok(())
    }

    fn word(&mut self, keyword: Keyword) -> Checked<()> {
        match keyword {
            Keyword::CASE => self.enter(),
            Keyword::END => {
                self.leave();
                Ok(())
            }
            Keyword::AND
            | Keyword::OR
            | Keyword::NOT
            | Keyword::IS
            | Keyword::LIKE
            | Keyword::ILIKE
            | Keyword::IN
            | Keyword::BETWEEN
            | Keyword::UNION
            | Keyword::EXCEPT
            | Keyword::INTERSECT
            | Keyword::COLLATE
            | Keyword::INTERVAL
            | Keyword::LAMBDA
            | Keyword::EXPLAIN
            | Keyword::OPERATOR
            | Keyword::AT
            | Keyword::JOIN
            | Keyword::DATE
            | Keyword::PRIOR => self.operator(),
            Keyword::WHEN
            | Keyword::THEN
            | Keyword::ELSE
            | Keyword::WHERE
            | Keyword::HAVING
            | Keyword::ON => {
                (self.chain, self.prefixes) = (0, 0);
                Ok(())
            }
            _ => {
                self.prefixes = 0;
                Ok(())
            }
        }
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
