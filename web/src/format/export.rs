//! A result as CSV or as tab-separated text for the clipboard. Text that a spreadsheet would run as
//! a formula is neutralised with a leading apostrophe; numbers keep all their digits.

use super::cell::{exact_text, is_numeric};
use csv_analyst_protocol::run::{Cell, ResultColumn};

pub fn csv(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> String {
    lines(columns, rows, ",", "\r\n", quote_csv)
}

pub fn tab_separated(columns: &[ResultColumn], rows: &[Vec<Cell>]) -> String {
    lines(columns, rows, "\t", "\n", |text| {
        text.replace(['\t', '\n', '\r'], " ")
    })
}

fn lines(
    columns: &[ResultColumn],
    rows: &[Vec<Cell>],
    separator: &str,
    end: &str,
    write: impl Fn(&str) -> String,
) -> String {
    let head: Vec<String> = columns
        .iter()
        .map(|column| write(&neutral(&column.name)))
        .collect();
    let mut text = head.join(separator) + end;
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .zip(columns)
            .map(|(cell, column)| write(&cell_value(cell, column)))
            .collect();
        text.push_str(&cells.join(separator));
        text.push_str(end);
    }
    text
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

fn quote_csv(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
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
    fn quotes_and_commas_survive_csv() {
        let rows = vec![vec![json!("a \"b\", c"), json!(-1.5)]];
        assert_eq!(
            csv(&columns(), &rows),
            "name,change\r\n\"a \"\"b\"\", c\",-1.5\r\n"
        );
    }

    #[test]
    fn formulas_are_neutralised_and_negative_numbers_are_not() {
        let rows = vec![vec![json!("=cmd()"), json!(-2)]];
        assert_eq!(tab_separated(&columns(), &rows), "name\tchange\n'=cmd()\t-2\n");
    }

    #[test]
    fn null_is_an_empty_cell() {
        assert_eq!(
            csv(&columns(), &[vec![json!(null), json!(null)]]),
            "name,change\r\n,\r\n"
        );
    }
}
