//! Shows a rejection's place in the text that it is about: the line, with what is meant underlined.

use csv_analyst_protocol::gate::{Place, Rejection};

/// Characters of a line that are shown; of a longer line those round the place.
const WIDTH: usize = 100;
/// What stands left of the place in a line that is cut.
const BEFORE: usize = 40;
const LONGEST_TOKEN: usize = 200;

pub fn out(rejection: &mut Rejection, text: &str) {
    let Some(Place::Text { line, column }) = rejection.place else {
        return;
    };
    let index = |number: u64| usize::try_from(number).ok()?.checked_sub(1);
    let (Some(line), Some(column)) = (index(line), index(column)) else {
        return;
    };
    // The lexer counts lines by line feeds alone.
    let Some(line) = text.split('\n').nth(line) else {
        return;
    };
    let characters: Vec<char> = line.trim_end_matches('\r').chars().collect();
    let rest = characters.len().saturating_sub(column);
    let length = usize::try_from(rejection.details.length)
        .unwrap_or(rest)
        .min(rest);
    if length > 0 {
        let token = characters.iter().skip(column).take(length.min(LONGEST_TOKEN));
        rejection.details.token = Some(token.map(|c| shown(*c)).collect());
    }
    rejection.details.excerpt = Some(underlined(&characters, column, length.max(1)));
}

fn underlined(characters: &[char], column: usize, length: usize) -> String {
    let start = if characters.len() > WIDTH {
        column.saturating_sub(BEFORE)
    } else {
        0
    };
    let (left, right) = (start > 0, characters.len() > start + WIDTH);
    let mut excerpt = String::new();
    excerpt.push_str(if left { "… " } else { "" });
    excerpt.extend(characters.iter().skip(start).take(WIDTH).map(|c| shown(*c)));
    excerpt.push_str(if right { " …" } else { "" });
    excerpt.push('\n');
    let before = column - start + if left { 2 } else { 0 };
    excerpt.extend(std::iter::repeat_n(' ', before));
    let most = (start + WIDTH).saturating_sub(column).max(1);
    excerpt.extend(std::iter::repeat_n('^', length.min(most)));
    excerpt
}

/// A tab is as wide as the space under it.
fn shown(character: char) -> char {
    if character.is_control() { ' ' } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::error::ErrorCode;

    fn pointed(text: &str, line: u64, column: u64, length: u64) -> Rejection {
        let mut rejection = Rejection::new(ErrorCode::ValidationError, "syntax", "No.");
        rejection.place = Some(Place::Text { line, column });
        rejection.details.length = length;
        out(&mut rejection, text);
        rejection
    }

    #[test]
    fn what_is_meant_is_underlined() {
        let rejection = pointed("SELECT a,\r\n\tgrößé FROM t", 2, 2, 5);
        assert_eq!(rejection.details.token.as_deref(), Some("größé"));
        assert_eq!(
            rejection.details.excerpt.as_deref(),
            Some(" größé FROM t\n ^^^^^")
        );
    }

    #[test]
    fn of_a_long_line_the_part_round_the_place_is_shown() {
        let text = format!("SELECT {} FROM nowhere{}", "x, ".repeat(100), " ".repeat(200));
        let rejection = pointed(&text, 1, 314, 7);
        let excerpt = rejection.details.excerpt.expect("an excerpt");
        let (line, carets) = excerpt.split_once('\n').expect("two lines");
        assert!(line.starts_with("… ") && line.ends_with(" …") && line.chars().count() <= WIDTH + 4);
        let at = carets.find('^').expect("a caret");
        let under: String = line.chars().skip(at).take(carets.len() - at).collect();
        assert_eq!(under, "nowhere");
    }

    #[test]
    fn a_place_at_the_end_or_beyond_is_still_shown() {
        assert_eq!(
            pointed("SELECT", 1, 7, 0).details.excerpt.as_deref(),
            Some("SELECT\n      ^")
        );
        assert_eq!(pointed("SELECT", 9, 1, 3).details.excerpt, None);
        let token = pointed("SELECT 'a\nb'", 1, 8, 5).details.token;
        assert_eq!(token.as_deref(), Some("'a"));
    }
}
