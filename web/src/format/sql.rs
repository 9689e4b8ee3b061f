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

#[cfg(test)]
mod tests {
    use super::with_line_breaks;

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
