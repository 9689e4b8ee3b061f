//! Text from strangers on a terminal: shown, never obeyed.
//!
//! A cell or a file's name may hold escape sequences that move the cursor, recolour the screen or
//! retitle the window, line breaks that forge a line of output, or marks that turn text round.

/// One line in which nothing but visible text is left; the rest is written as in a Rust string.
pub fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_harmless(letter) {
            true => shown.push(letter),
            false => shown.extend(letter.escape_default()),
        }
    }
    shown
}

/// The same for text whose own line breaks are meant.
pub fn lines(text: &str) -> String {
    text.lines().map(one_line).collect::<Vec<_>>().join("\n")
}

/// JSON escapes the lower control characters itself; what is left stands within its strings.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter == '\n' || is_harmless(letter) {
            true => shown.push(letter),
            // All of them are in the first plane of Unicode: one escape is enough.
            false => shown.push_str(&format!("\\u{:04x}", u32::from(letter))),
        }
    }
    shown
}

fn is_harmless(letter: char) -> bool {
    !letter.is_control() && !turns_text(letter) && !matches!(letter, '\u{2028}' | '\u{2029}')
}

/// Unicode's marks and overrides of direction (UAX #9).
fn turns_text(letter: char) -> bool {
    matches!(
        letter,
        '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_cannot_give_the_terminal_orders_or_begin_a_line() {
        assert_eq!(one_line("\u{1b}[2Jok\r\n\u{9b}m"), "\\u{1b}[2Jok\\r\\n\\u{9b}m");
        assert_eq!(one_line("a\u{202e}b"), "a\\u{202e}b");
        assert_eq!(one_line("Zoë, 東京 🙂"), "Zoë, 東京 🙂");
    }

    #[test]
    fn lines_that_are_meant_stay_lines() {
        assert_eq!(lines("one\ntwo\u{7}"), "one\ntwo\\u{7}");
    }

    #[test]
    fn json_stays_the_same_value() {
        let value = serde_json::json!({"a": "\u{1b}[0m\u{9b}m\u{7f}\u{202e}"});
        let shown = json(&serde_json::to_string_pretty(&value).unwrap());
        assert!(shown.chars().all(|letter| letter == '\n' || is_harmless(letter)));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), value);
    }
}
