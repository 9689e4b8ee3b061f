//! Words of questions, names and cells, brought to one form so that they can be compared: lower case,
//! without accents, quotes or grouping commas, split where letters and digits end.

use crate::stem::{lemma, stem};
use unicode_normalization::UnicodeNormalization;

/// One word of a text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Word {
    /// Lower case, without accents.
    pub norm: String,
    pub lemma: String,
    pub stem: String,
    /// Its place in the text, in bytes.
    pub start: usize,
    pub end: usize,
    pub number: Option<f64>,
    /// Begins with a capital letter.
    pub capital: bool,
    /// Stands between quotation marks.
    pub quoted: bool,
}

/// No text has more words than this for our purposes: cells can be whole articles.
const MAX_WORDS: usize = 160;

/// The compared form of a text.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd()
        .filter(|character| !unicode_normalization::char::is_combining_mark(*character))
        .flat_map(char::to_lowercase)
        .collect()
}

pub(crate) fn words(text: &str) -> Vec<Word> {
    let mut splitter = Splitter {
        text,
        at: 0,
        quoted: false,
        words: Vec::new(),
    };
    while splitter.at < text.len() && splitter.words.len() < MAX_WORDS {
        splitter.step();
    }
    splitter.words
}

/// Only the compared forms: for cells and names.
pub(crate) fn forms(text: &str) -> Vec<String> {
    words(text).into_iter().map(|word| word.norm).collect()
}

struct Splitter<'t> {
    text: &'t str,
    at: usize,
    quoted: bool,
    words: Vec<Word>,
}

impl Splitter<'_> {
    fn step(&mut self) {
        let rest = &self.text[self.at..];
        let Some(first) = rest.chars().next() else {
            return;
        };
        if first.is_ascii_digit() {
            let length = number_length(rest);
            self.push(length);
        } else if first.is_alphanumeric() {
            let length = rest
                .find(|character: char| !character.is_alphanumeric())
                .unwrap_or(rest.len());
            self.push_letters(length);
        } else {
            if matches!(first, '"' | '\u{201c}' | '\u{201d}') {
                self.quoted = !self.quoted;
            }
            self.at += first.len_utf8();
        }
    }

    /// "didn't" is "did" and "not".
    fn push_letters(&mut self, length: usize) {
        let rest = &self.text[self.at..];
        let after = &rest[length..];
        let negated = rest[..length].ends_with(['n', 'N'])
            && length > 2
            && ["'t", "\u{2019}t"].iter().any(|ending| after.starts_with(ending));
        if negated {
            let whole = length + after.find('t').map_or(0, |place| place + 1);
            self.push(length - 1);
            let start = self.at;
            self.at = start + whole - (length - 1);
            self.words.push(self.word("not", start, self.at));
        } else {
            self.push(length);
        }
    }

    fn push(&mut self, length: usize) {
        let (start, end) = (self.at, self.at + length);
        self.at = end;
        let written = &self.text[start..end];
        self.words.push(self.word(written, start, end));
    }

    fn word(&self, written: &str, start: usize, end: usize) -> Word {
        let mut norm = fold(written);
        if norm.contains(',') {
            norm.retain(|character| character != ',');
        }
        Word {
            lemma: lemma(&norm),
            stem: stem(&norm),
            number: word_number(&norm),
            capital: written.starts_with(char::is_uppercase),
            quoted: self.quoted,
            norm,
            start,
            end,
        }
    }
}

/// Digits, grouping commas, one decimal point, and letters that cling to them ("1st", "80s").
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digit = |index: usize| bytes.get(index).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    let mut point = false;
    loop {
        let grouped = bytes.get(end) == Some(&b',')
            && !point
            && end > 0
            && (1..=3).all(|ahead| digit(end + ahead))
            && !digit(end + 4);
        let pointed = bytes.get(end) == Some(&b'.') && !point && digit(end + 1);
        if digit(end) || grouped {
            end += 1;
        } else if pointed {
            point = true;
            end += 1;
        } else {
            break;
        }
    }
    let letters = text[end..]
        .find(|character: char| !character.is_alphanumeric())
        .unwrap_or(text.len() - end);
    end + letters
}

const NUMBER_WORDS: [(&str, f64); 22] = [
    ("zero", 0.0),
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("fifteen", 15.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("fifty", 50.0),
    ("hundred", 100.0),
    ("once", 1.0),
    ("twice", 2.0),
    ("thousand", 1e3),
    ("million", 1e6),
];

/// "12", "8.53", "3rd", "four".
fn word_number(norm: &str) -> Option<f64> {
    if let Some((_, value)) = NUMBER_WORDS.iter().find(|(word, _)| *word == norm) {
        return Some(*value);
    }
    let digits = norm.trim_end_matches(|character: char| character.is_ascii_lowercase());
    let ending = &norm[digits.len()..];
    if digits.is_empty() || !matches!(ending, "" | "st" | "nd" | "rd" | "th" | "s" | "k" | "m") {
        return None;
    }
    let factor = if ending == "k" { 1e3 } else { 1.0 };
    digits.parse::<f64>().ok().map(|value| value * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_without_case_accents_and_grouping() {
        assert_eq!(forms("Břeclav/Piešťany"), ["breclav", "piestany"]);
        assert_eq!(forms("$1,234.50 (net)"), ["1234.50", "net"]);
        assert_eq!(forms("W 14–10"), ["w", "14", "10"]);
    }

    #[test]
    fn negations_are_words() {
        assert_eq!(forms("They didn't win"), ["they", "did", "not", "win"]);
        assert_eq!(forms("Don’t Stop"), ["do", "not", "stop"]);
    }

    #[test]
    fn numbers_are_read_in_digits_words_and_ranks() {
        let numbers = |text| {
            words(text)
                .iter()
                .filter_map(|word| word.number)
                .collect::<Vec<_>>()
        };
        assert_eq!(numbers("the 3rd of four, 1,000 and 8.5"), [3.0, 4.0, 1000.0, 8.5]);
    }

    #[test]
    fn quoted_words_are_known() {
        let quoted: Vec<bool> = words("who wrote \"dead drop\" then")
            .iter()
            .map(|word| word.quoted)
            .collect();
        assert_eq!(quoted, [false, false, true, true, false]);
    }
}
