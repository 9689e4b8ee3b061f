//! A result as tab-separated text for the clipboard. Text that a spreadsheet would run as a formula is
//! neutralised with a leading apostrophe; numbers keep all their digits. Files are the service's.

use super::cell::{exact_text, is_numeric};
use csv_analyst_protocol::run::{Cell, ResultColumn};

pub fn tab_separated(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> String {
    let head = columns.iter().map(|column| in_one_line(&neutral(&column.name)));
    let mut text = head.collect::<Vec<_>>().join("\t") + "\n";
    for row in rows {
        let cells = row
            .iter()
            .zip(columns)
            .map(|(cell, column)| in_one_line(&cell_value(cell, column)));
        text.push_str(&cells.collect::<Vec<_>>().join("\t"));
        text.push('\n');
    }
    text
}

fn in_one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

fn cell_value(cell: &Cell, column: &ResultColumn) -> String {
    let text = exact_text(cell);
    if is_numeric(&column.kind) {
        text
    } else {
        neutral(&text)
    }
}

fn neutral(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn columns() -> Vec<ResultColumn> {
        let column = |name: &str, kind: &str| ResultColumn {
            name: name.into(),
            kind: kind.into(),
        };
        vec![column("name", "VARCHAR"), column("change", "DOUBLE")]
    }

    #[test]
    fn formulas_are_neutralised_and_negative_numbers_are_not() {
        let rows = vec![vec![json!("=cmd()"), json!(-2)]];
        assert_eq!(tab_separated(&columns(), &rows), "name\tchange\n'=cmd()\t-2\n");
    }

    #[test]
    fn a_cell_stays_in_its_cell() {
        let rows = vec![vec![json!("a\tb\nc"), json!(null)]];
        assert_eq!(tab_separated(&columns(), &rows), "name\tchange\na b c\t\n");
    }
}
