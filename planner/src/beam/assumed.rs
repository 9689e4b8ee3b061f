//! What an answer takes for granted, said aloud.

use super::form::{Ask, Fold, Form, Key, Test};
use super::view::{Facet, TableView};

pub(crate) fn assumptions(form: &Form, view: &TableView<'_>) -> Vec<String> {
    let mut columns: Vec<usize> = measured(form);
    columns.sort_unstable();
    columns.dedup();
    let mut said: Vec<String> = columns
        .into_iter()
        .filter_map(|column| reading_of(column, view))
        .collect();
    if form.ask.key() == Some(Key::Position) || matches!(form.ask, Ask::Beside { .. }) {
        said.push("Rows are taken in the order in which the file lists them.".to_owned());
    }
    said
}

fn reading_of(column: usize, view: &TableView<'_>) -> Option<String> {
    let name = &view.columns[column].name;
    match view.columns[column].facet {
        Facet::NumberText => Some(format!(
            "\u{201c}{name}\u{201d} holds text: the first number in each cell counts."
        )),
        Facet::DateText => Some(format!(
            "\u{201c}{name}\u{201d} holds text: the first date in each cell counts."
        )),
        _ => None,
    }
}

/// Columns whose cells are compared, sorted or added up.
fn measured(form: &Form) -> Vec<usize> {
    let compared = form.checks.iter().filter(|check| {
        matches!(
            check.test,
            Test::Compare(..) | Test::Between(..) | Test::Dated(..) | Test::Beyond(..)
        )
    });
    let mut columns: Vec<usize> = compared.map(|check| check.column).collect();
    match &form.ask {
        Ask::Total(Fold::Sum | Fold::Average | Fold::Maximum | Fold::Minimum, column)
        | Ask::Difference(column)
        | Ask::Spread(column) => columns.push(*column),
        Ask::Top {
            key: Key::Column(column),
            ..
        }
        | Ask::TopGroup { key: column, .. } => columns.push(*column),
        _ => {}
    }
    columns
}
