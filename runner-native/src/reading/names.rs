//! Names of columns that can be shown, quoted and exported without harm.
//!
//! A name is data of a stranger: it may hold control characters, a spreadsheet's formula, or be as long as
//! a book. Whatever is changed is said.

use super::notes::Notes;
use csv_analyst_protocol::reading::{Note, NoteKind};
use std::collections::HashMap;

/// Longer names don't fit a table's head; the gate's own limit is above.
pub const LONGEST: usize = 120;

/// Usable, distinct names, also where upper and lower case count as the same.
pub fn clean(raw: &[String], line: Option<u64>, notes: &mut Notes) -> Vec<String> {
    let mut taken: HashMap<String, usize> = HashMap::new();
    let mut names = Vec::with_capacity(raw.len());
    let mut unnamed = Vec::new();
    for (place, raw) in raw.iter().enumerate() {
        let mut name = readable(raw);
        if name.is_empty() {
            name = format!("column_{}", place + 1);
            unnamed.push(place + 1);
        } else if name != raw.trim() {
            changed(
                notes,
                line,
                &name,
                "The column's name held characters that no name should, or was too long.",
            );
        }
        let own = unique(&name, &mut taken);
        if own != name && !raw.trim().is_empty() {
            changed(
                notes,
                line,
                &own,
                "Another column has the same name, so this one got a number.",
            );
        }
        names.push(own);
    }
    if let (Some(line), Some(first)) = (line, unnamed.first()) {
        let message = match unnamed.len() {
            1 => format!("Column {first} has no name and is called `column_{first}`."),
            count => {
                format!("{count} columns have no name and are called after their place, as `column_{first}`.")
            }
        };
        notes.say(NoteKind::Name, Some(line), message, None);
    }
    names
}

fn changed(notes: &mut Notes, line: Option<u64>, name: &str, message: &str) {
    notes.add(Note {
        kind: NoteKind::Name,
        line,
        column: Some(name.into()),
        message: message.into(),
        ..Note::default()
    });
}

/// One line of visible characters that no spreadsheet takes for a formula.
fn readable(raw: &str) -> String {
    let visible: String = raw
        .chars()
        .map(|letter| {
            if letter.is_control() || is_blank(letter) {
                ' '
            } else {
                letter
            }
        })
        .filter(|letter| !is_invisible(*letter))
        .collect();
    let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    let text = words.join(" ");
    let harmless = text.trim_start_matches(['=', '+', '-', '@', ' ']);
    let short: String = harmless.chars().take(LONGEST).collect();
    short.trim_end().to_owned()
}

/// Line and paragraph separators, and blanks of other widths.
fn is_blank(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Zero width, and those that turn the direction of writing round: two names that look the same.
fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{00AD}'
        | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// The name, or the name with the first free number.
pub fn unique(name: &str, taken: &mut HashMap<String, usize>) -> String {
    let mut own = name.to_owned();
    let mut number = taken.get(&name.to_lowercase()).copied().unwrap_or(1);
    while taken.contains_key(&own.to_lowercase()) {
        number += 1;
        own = format!("{name}_{number}");
    }
    // The next one of the same name goes on from here: a thousand equal names stay quick.
    taken.insert(name.to_lowercase(), number);
    taken.entry(own.to_lowercase()).or_insert(1);
    own
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(raw: &[&str]) -> Vec<String> {
        let raw: Vec<String> = raw.iter().map(|name| (*name).to_owned()).collect();
        clean(&raw, Some(1), &mut Notes::of("f"))
    }

    #[test]
    fn equal_and_empty_names_get_numbers() {
        assert_eq!(cleaned(&["a", "A", "a_2", "a"]), ["a", "A_2", "a_2_2", "a_3"]);
        assert_eq!(cleaned(&["", "x", " "]), ["column_1", "x", "column_3"]);
        assert_eq!(cleaned(&["column_2", ""]), ["column_2", "column_2_2"]);
        assert_eq!(
            cleaned(&["Größe", "GRÖSSE", "größe"]),
            ["Größe", "GRÖSSE", "größe_2"]
        );
    }

    #[test]
    fn no_name_is_a_formula_or_holds_what_cannot_be_seen() {
        assert_eq!(cleaned(&["=cmd()", "@x", "--"]), ["cmd()", "x", "column_3"]);
        assert_eq!(
            cleaned(&["a\tb\nc", "pay\u{202e}load", "\u{200b}"]),
            ["a b c", "payload", "column_3"]
        );
        assert_eq!(cleaned(&[&"x".repeat(5_000)])[0].len(), LONGEST);
    }

    #[test]
    fn sql_in_a_name_stays_a_name() {
        assert_eq!(
            cleaned(&["a\"); DROP TABLE t; --", "select"]),
            ["a\"); DROP TABLE t; --", "select"]
        );
    }

    #[test]
    fn a_thousand_equal_names_are_told_apart() {
        let names = cleaned(&["n"; 1_000]);
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert_eq!((distinct.len(), &*names[999]), (1_000, "n_1000"));
    }
}
