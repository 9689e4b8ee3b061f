//! Which characters may stand in a query at all, even inside texts and comments.

use super::ast::Place;
use crate::rejection::{Checked, Explain, policy};
use csv_analyst_protocol::gate::Rejection;

/// Control characters and invisible ones are refused everywhere.
pub fn check(text: &str) -> Checked<()> {
    let mut place = Place {
        line: 1,
        column: 0,
        length: 1,
    };
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        place.column += 1;
        match character {
            '\n' => (place.line, place.column) = (place.line + 1, 0),
            // It ends a `--` comment for some lexers only; before a line feed it is harmless.
            '\r' if characters.peek() != Some(&'\n') => return Err(lone_carriage_return(place)),
            '\t' | '\r' => {}
            _ if character.is_control() || is_invisible(character) => {
                return Err(odd_character(character, place));
            }
            _ => {}
        }
    }
    Ok(())
}

fn lone_carriage_return(place: Place) -> Box<Rejection> {
    policy(
        "character",
        "A carriage return without a line feed is not allowed.",
    )
    .at(place)
    .hint("Use ordinary line ends.")
}

fn odd_character(character: char, place: Place) -> Box<Rejection> {
    policy(
        "character",
        format!(
            "The character U+{:04X} is not allowed in a query.",
            u32::from(character)
        ),
    )
    .at(place)
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
