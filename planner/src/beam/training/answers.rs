//! When two answers are the same: the same values whatever their order, numbers as numbers, texts
//! without regard to case, quotes and the kind of dash.

use unicode_normalization::UnicodeNormalization;

pub fn same_answers(given: &[String], right: &[String]) -> bool {
    if given.len() != right.len() {
        return false;
    }
    let mut rest: Vec<Cell> = right.iter().map(|text| Cell::new(text)).collect();
    for text in given {
        let cell = Cell::new(text);
        match rest.iter().position(|other| cell.equals(other)) {
            Some(place) => rest.swap_remove(place),
            None => return false,
        };
    }
    true
}

enum Cell {
    Number(f64),
    Text(String),
}

impl Cell {
    fn new(text: &str) -> Self {
        let level = level(text);
        let plain = level.replace(',', "");
        let numeric = !plain.is_empty()
            && plain.starts_with(|first: char| first.is_ascii_digit() || matches!(first, '+' | '-' | '.'))
            && plain
                .chars()
                .all(|character| character.is_ascii_digit() || matches!(character, '+' | '-' | '.' | 'e'));
        match plain.parse::<f64>() {
            Ok(number) if numeric => Self::Number(number),
            _ => Self::Text(level),
        }
    }

    fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => {
                left == right
                    || ((left.fract() != 0.0 || right.fract() != 0.0)
                        && (left - right).abs() <= 1e-6 * left.abs().max(right.abs()).max(1.0))
            }
            (Self::Text(left), Self::Text(right)) => left == right,
            _ => false,
        }
    }
}

fn level(text: &str) -> String {
    let mapped: String = text
        .chars()
        .filter(|character| !matches!(character, '"' | '\u{201c}' | '\u{201d}'))
        .map(|character| match character {
            '\u{2010}'..='\u{2014}' | '\u{2212}' => '-',
            '\u{2018}' | '\u{2019}' | '`' => '\'',
            other => other,
        })
        .collect();
    let words: Vec<&str> = mapped.split_whitespace().collect();
    let joined = words.join(" ").to_lowercase();
    joined.nfkc().collect()
}
