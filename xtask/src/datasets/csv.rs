//! Writes CSV text: `\n` line ends, one header row, empty for NULL.
//!
//! It refuses values that would need quoting: the generators only make plain ones.

use std::fmt::Write;

pub struct Csv {
    text: String,
    width: usize,
}

impl Csv {
    pub fn new(header: &[&str]) -> Self {
        Self {
            text: header.join(",") + "\n",
            width: header.len(),
        }
    }

    pub fn row(&mut self, cells: &[&dyn std::fmt::Display]) {
        assert_eq!(cells.len(), self.width, "a row has one cell per column");
        let start = self.text.len();
        for (position, cell) in cells.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(self.text, "{comma}{cell}").expect("writing to a String cannot fail");
        }
        let row = &self.text[start..];
        let commas = row.matches(',').count();
        assert!(
            commas + 1 == self.width && !row.contains(['"', '\n', '\r']),
            "{row} would need quotes"
        );
        self.text.push('\n');
    }

    pub fn finish(self) -> String {
        self.text
    }
}

/// A whole number of `10^-scale` as a decimal: `fixed(1999, 2)` is `19.99`.
pub fn fixed(value: i64, scale: u32) -> String {
    let unit = 10_i64.pow(scale);
    let sign = if value < 0 { "-" } else { "" };
    let (whole, rest) = (value.abs() / unit, value.abs() % unit);
    format!("{sign}{whole}.{rest:0width$}", width = scale as usize)
}

/// The value's text, or empty for NULL.
pub fn optional<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
