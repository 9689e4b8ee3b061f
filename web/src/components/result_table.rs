//! The result as a table: sticky head with types, sorting, numbers to the right, NULL said as NULL.

use crate::format::cell::{CellText, ColumnStyle, cell_text, column_styles, compare_cells, type_label};
use crate::format::quantity::count_of;
use csv_analyst_protocol::run::{Cell, ResultColumn, Run};
use leptos::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;

/// As in the style sheet.
const CLAMPED_LINES: usize = 4;
/// What fits into that many lines of the widest cell.
const CLAMPED_LETTERS: usize = 220;

#[derive(Clone, Copy, PartialEq)]
struct Sort {
    column: usize,
    descending: bool,
}

#[component]
pub fn ResultTable(run: Arc<Run>) -> impl IntoView {
    let styles = column_styles(&run.columns, &run.rows);
    let sort = RwSignal::new(None::<Sort>);
    let heads = heads(&run.columns, &styles, sort);
    let body = move || {
        let order = row_order(&run.rows, &styles, sort.get());
        order
            .into_iter()
            .map(|row| table_row(&run.rows[row], &styles))
            .collect_view()
    };
    view! {
        <div class="table-scroll" tabindex="0" role="region" aria-label="Result table">
            <table class="result-table" data-testid="result-table">
                <thead><tr>{heads}</tr></thead>
                <tbody>{body}</tbody>
            </table>
        </div>
    }
}

fn heads(columns: &[ResultColumn], styles: &[ColumnStyle], sort: RwSignal<Option<Sort>>) -> Vec<AnyView> {
    let pairs = columns.iter().zip(styles).enumerate();
    pairs
        .map(|(index, (column, style))| head(index, column, *style, sort))
        .collect()
}

fn head(index: usize, column: &ResultColumn, style: ColumnStyle, sort: RwSignal<Option<Sort>>) -> AnyView {
    let direction = move || match sort.get() {
        Some(sort) if sort.column == index && sort.descending => "descending",
        Some(sort) if sort.column == index => "ascending",
        _ => "none",
    };
    let next = move |_| sort.update(|sort| *sort = next_sort(*sort, index));
    view! {
        <th scope="col" class:numeric=style.numeric aria-sort=direction>
            <button type="button" title=format!("Sort by {}", column.name) on:click=next>
                <span class="column-name">{column.name.clone()}</span>
                <span class="column-type">{type_label(&column.kind)}</span>
            </button>
        </th>
    }
    .into_any()
}

/// Ascending, descending, then as it came.
fn next_sort(sort: Option<Sort>, column: usize) -> Option<Sort> {
    match sort {
        Some(sort) if sort.column == column && sort.descending => None,
        Some(sort) if sort.column == column => Some(Sort {
            column,
            descending: true,
        }),
        _ => Some(Sort {
            column,
            descending: false,
        }),
    }
}

fn row_order(rows: &[Vec<Cell>], styles: &[ColumnStyle], sort: Option<Sort>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows.len()).collect();
    if let Some(sort) = sort {
        let numeric = styles.get(sort.column).is_some_and(|style| style.numeric);
        let cell = |row: usize| rows[row].get(sort.column).unwrap_or(&Cell::Null);
        order.sort_by(|left, right| {
            directed(compare_cells(cell(*left), cell(*right), numeric), sort.descending)
        });
    }
    order
}

fn directed(ordering: Ordering, descending: bool) -> Ordering {
    if descending { ordering.reverse() } else { ordering }
}

fn table_row(row: &[Cell], styles: &[ColumnStyle]) -> AnyView {
    let cells = row
        .iter()
        .zip(styles)
        .map(|(cell, style)| match cell_text(cell, *style) {
            CellText::Null => {
                view! { <td class:numeric=style.numeric><i class="null">"NULL"</i></td> }.into_any()
            }
            CellText::Text(text) if !style.numeric && is_long(&text) => long_cell(text),
            CellText::Text(text) => {
                view! { <td class:numeric=style.numeric class:moment=style.moment>{text}</td> }.into_any()
            }
        });
    view! { <tr>{cells.collect_view()}</tr> }.into_any()
}

/// More than the four lines that a clamped cell shows.
fn is_long(text: &str) -> bool {
    text.lines().count() > CLAMPED_LINES || text.chars().nth(CLAMPED_LETTERS).is_some()
}

/// A text that would fill the table by itself shows its first lines, and the rest on demand.
fn long_cell(text: String) -> AnyView {
    let open = RwSignal::new(false);
    let letters = count_of(text.chars().count() as u64, "character", "characters");
    let label = move || match open.get() {
        true => "Show less".to_string(),
        false => format!("Show all {letters}"),
    };
    let class = move || {
        if open.get() {
            "long-text"
        } else {
            "long-text clamped"
        }
    };
    view! {
        <td class="long-cell">
            <div class=class>{text}</div>
            <button type="button" class="more-button" data-testid="long-cell" aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)>{label}</button>
        </td>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_head_sorts_up_then_down_then_as_it_came() {
        let up = next_sort(None, 1);
        let down = next_sort(up, 1);
        assert!(
            up == Some(Sort {
                column: 1,
                descending: false
            })
        );
        assert!(
            down == Some(Sort {
                column: 1,
                descending: true
            })
        );
        assert!(next_sort(down, 1).is_none());
    }

    #[test]
    fn only_a_text_of_more_than_four_lines_is_long() {
        assert!(!is_long(&"a".repeat(220)));
        assert!(is_long(&"é".repeat(221)));
        assert!(!is_long("a\nb\nc\nd"));
        assert!(is_long("a\nb\nc\nd\ne"));
    }

    #[test]
    fn equal_rows_keep_their_order() {
        let rows = vec![
            vec![json!(2), json!("a")],
            vec![json!(1), json!("b")],
            vec![json!(2), json!("c")],
        ];
        let columns = [("n", "INTEGER"), ("t", "VARCHAR")].map(|(name, kind)| ResultColumn {
            name: name.into(),
            kind: kind.into(),
        });
        let styles = column_styles(&columns, &rows);
        assert_eq!(
            row_order(
                &rows,
                &styles,
                Some(Sort {
                    column: 0,
                    descending: false
                })
            ),
            [1, 0, 2]
        );
        assert_eq!(
            row_order(
                &rows,
                &styles,
                Some(Sort {
                    column: 0,
                    descending: true
                })
            ),
            [0, 2, 1]
        );
    }
}
