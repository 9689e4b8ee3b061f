//! A candidate in words, for people who are asked whether it is what they meant.

use super::form::{Ask, Check, Fold, Form, Key, Test};
use super::mentions::Value;
use super::view::TableView;

pub(crate) fn tell(form: &Form, view: &TableView<'_>) -> String {
    let teller = Teller { view };
    let conditions: Vec<String> = form.checks.iter().map(|check| teller.check(check)).collect();
    let where_clause = match conditions.as_slice() {
        [] => String::new(),
        conditions => format!(" where {}", conditions.join(" and ")),
    };
    crate::build::capitalised(&teller.ask(&form.ask, &where_clause))
}

struct Teller<'a> {
    view: &'a TableView<'a>,
}

impl Teller<'_> {
    fn name(&self, column: usize) -> &str {
        &self.view.columns[column].name
    }

    fn check(&self, check: &Check) -> String {
        let name = self.name(check.column);
        match &check.test {
            Test::Equal(value) => format!("{name} {}", value_words(value)),
            Test::NotEqual(value) => format!("not {name} {}", value_words(value)),
            Test::OneOf(values) => {
                let values: Vec<String> = values.iter().map(value_words).collect();
                format!("{name} {}", values.join(" or "))
            }
            Test::Compare(order, number) => format!("{name} {} {number}", order.name()),
            Test::Between(low, high) => format!("{name} is from {low} to {high}"),
            Test::Dated(order, point) => format!("{name} {} {}", order.name(), point.year),
            Test::Beyond(order, anchor) => format!("{name} {} that where {}", order.name(), self.check(anchor)),
            Test::SameAs(anchor) => format!("{name} is the same as where {}", self.check(anchor)),
        }
    }

    fn ask(&self, ask: &Ask, conditions: &str) -> String {
        match ask {
            Ask::Values(out) => format!("{}{conditions}", self.name(*out)),
            Ask::Count => format!("number of rows{conditions}"),
            Ask::CountDistinct(out) => format!("number of different values of {}{conditions}", self.name(*out)),
            Ask::Total(fold, column) => format!("{} {}{conditions}", fold_words(*fold), self.name(*column)),
            Ask::Top {
                out,
                key,
                descending,
                rows,
                skipped,
            } => {
                let rows = if *rows == 1 { String::new() } else { format!(" of the {rows} rows") };
                let order = match (key, descending) {
                    (Key::Position, true) => "listed last".to_owned(),
                    (Key::Position, false) => "listed first".to_owned(),
                    (Key::Column(column), true) => format!("with the highest {}", self.name(*column)),
                    (Key::Column(column), false) => format!("with the lowest {}", self.name(*column)),
                };
                let after = match skipped {
                    0 => String::new(),
                    1 => ", after the first".to_owned(),
                    more => format!(", after the first {more}"),
                };
                format!("{}{rows} {order}{after}{conditions}", self.name(*out))
            }
            Ask::Frequent { out, descending } => {
                let word = if *descending { "most" } else { "least" };
                format!("{word} frequent {}{conditions}", self.name(*out))
            }
            Ask::TopGroup { out, key, descending } => {
                let word = if *descending { "highest" } else { "lowest" };
                format!("{} with the {word} total {}{conditions}", self.name(*out), self.name(*key))
            }
            Ask::Beside { out, offset } => {
                let word = if *offset > 0 { "after" } else { "before" };
                format!("{} of the row {word} that{conditions}", self.name(*out))
            }
            Ask::Difference(column) => format!("difference in {}{conditions}", self.name(*column)),
            Ask::CountDifference => format!("difference in the number of rows{conditions}"),
            Ask::Spread(column) => format!("highest minus lowest {}{conditions}", self.name(*column)),
        }
    }
}

fn fold_words(fold: Fold) -> &'static str {
    match fold {
        Fold::Sum => "total",
        Fold::Average => "average",
        Fold::Maximum => "highest",
        Fold::Minimum => "lowest",
    }
}

fn value_words(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("is \u{201c}{}\u{201d}", shortened(text)),
        Value::Part(part) => format!("contains \u{201c}{}\u{201d}", shortened(part)),
        Value::Number(number) => format!("is {number}"),
    }
}

/// Cells can be long.
fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
