//! Line breaks for reading SQL. Only spaces outside quotes and brackets become line breaks, so what
//! is shown is what ran; a copy gets the original.

/// A new line starts before each of these.
const CLAUSES: [&str; 14] = [
    "FROM ",
    "WHERE ",
    "GROUP BY ",
    "HAVING ",
    "ORDER BY ",
    "LIMIT ",
    "QUALIFY ",
    "LEFT JOIN ",
    "INNER JOIN ",
    "JOIN ",
    "CROSS JOIN ",
    "UNION ",
    "EXCEPT ",
    "INTERSECT ",
];

pub fn with_line_breaks(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 16);
    let mut quote = None;
    let mut depth = 0_usize;
    for (index, letter) in sql.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') => depth = depth.saturating_sub(1),
            (None, ' ') if depth == 0 && starts_clause(sql, index) => {
                out.push('\n');
                continue;
            }
            (None, _) => {}
        }
        out.push(letter);
    }
    out
}

/// `LEFT JOIN` breaks before `LEFT`, not again before `JOIN`.
fn starts_clause(sql: &str, space: usize) -> bool {
    let rest = &sql[space + 1..];
    let before = &sql[..space];
    let continues = ["LEFT", "INNER", "CROSS"]
        .iter()
        .any(|word| before.ends_with(word))
        && rest.starts_with("JOIN ");
    !continues && CLAUSES.iter().any(|clause| rest.starts_with(clause))
}

/// The text before a place, what is meant there, and the text after. Lines and columns (in characters)
/// count from 1; of no known length (0), the word or sign is meant. `None` when the text has no such place.
pub fn split_at_place(sql: &str, line: u64, column: u64, length: u64) -> Option<(&str, &str, &str)> {
    let line = usize::try_from(line.checked_sub(1)?).ok()?;
    let column = usize::try_from(column.checked_sub(1)?).ok()?;
    let text = sql.split('\n').nth(line)?;
    let line_start: usize = sql.split_inclusive('\n').take(line).map(str::len).sum();
    let (offset, first) = text.char_indices().nth(column)?;
    let start = line_start + offset;
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let length = match is_word(first) {
        _ if length > 0 => {
            let characters = usize::try_from(length).ok()?;
            sql[start..]
                .char_indices()
                .nth(characters)
                .map_or(sql.len() - start, |(end, _)| end)
        }
        true => sql[start..]
            .find(|letter| !is_word(letter))
            .unwrap_or(sql.len() - start),
        false => first.len_utf8(),
    };
    let (before, rest) = sql.split_at(start);
    let (place, after) = rest.split_at(length);
    Some((before, place, after))
}

#[cfg(test)]
mod tests {
    use super::{split_at_place, with_line_breaks};

    #[test]
    fn the_word_at_a_place_is_found() {
        let sql = "SELECT 'é',\n  read_text('x') FROM t";
        assert_eq!(
            split_at_place(sql, 2, 3, 0),
            Some(("SELECT 'é',\n  ", "read_text", "('x') FROM t"))
        );
        assert_eq!(
            split_at_place(sql, 1, 11, 0),
            Some(("SELECT 'é'", ",", "\n  read_text('x') FROM t"))
        );
        assert_eq!(split_at_place("SELECT a", 1, 8, 0), Some(("SELECT ", "a", "")));
    }

    #[test]
    fn as_much_is_marked_as_is_meant() {
        assert_eq!(
            split_at_place("SELECT 'é x' FROM t", 1, 8, 5),
            Some(("SELECT ", "'é x'", " FROM t"))
        );
        assert_eq!(split_at_place("SELECT a", 1, 8, 99), Some(("SELECT ", "a", "")));
    }

    #[test]
    fn a_place_outside_of_the_text_is_none() {
        for (line, column) in [(0, 1), (1, 0), (1, 9), (3, 1)] {
            assert_eq!(split_at_place("SELECT a\nFROM t", line, column, 0), None);
        }
    }

    #[test]
    fn clauses_start_lines() {
        assert_eq!(
            with_line_breaks("SELECT a FROM t LEFT JOIN u ON t.x = u.x WHERE a = 1 LIMIT 10"),
            "SELECT a\nFROM t\nLEFT JOIN u ON t.x = u.x\nWHERE a = 1\nLIMIT 10"
        );
    }

    #[test]
    fn text_in_quotes_and_brackets_is_left_alone() {
        for sql in [
            "SELECT ' FROM x', \"a FROM b\"",
            "SELECT (SELECT a FROM t)",
            "SELECT 'it''s FROM x'",
        ] {
            assert_eq!(with_line_breaks(sql), sql);
        }
    }

    #[test]
    fn only_white_space_changes() {
        let sql = "SELECT a FROM t WHERE b = 'c d' ORDER BY a LIMIT 5";
        assert_eq!(with_line_breaks(sql).replace('\n', " "), sql);
    }
}
