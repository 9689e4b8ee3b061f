//! The result as a table: sticky head with types, sorting, numbers to the right, NULL said as NULL.

use crate::format::cell::{CellText, ColumnStyle, cell_text, column_styles, compare_cells, type_label};
use csv_analyst_protocol::run::{Cell, ResultColumn, Run};
use leptos::prelude::*;
use std::cmp::Ordering;
use std::sync::Arc;

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
            CellText::Text(text) => view! { <td class:numeric=style.numeric>{text}</td> }.into_any(),
        });
    view! { <tr>{cells.collect_view()}</tr> }.into_any()
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
