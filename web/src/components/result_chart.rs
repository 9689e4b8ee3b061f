//! Draws the chart that a result's shape allows. The table beside it holds the same numbers, so the
//! drawing is hidden from screen readers.

use crate::format::cell::{CellText, ColumnStyle, cell_text, column_styles, exact_text, number_of};
use crate::state::chart::{Chart, bar_percent, line_points};
use csv_analyst_protocol::run::{Cell, Run};
use leptos::prelude::*;
use std::sync::Arc;

/// The box of a line in its own units; the style sheet stretches it.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 200.0;

#[component]
pub fn ResultChart(run: Arc<Run>, chart: Chart) -> impl IntoView {
    let styles = column_styles(&run.columns, &run.rows);
    match chart {
        Chart::Figure { value } => figure(&run, &styles, value),
        Chart::Bars { label, values } => choosing(run, styles, values, move |run, styles, value| {
            bars(run, styles, label, value)
        }),
        Chart::Line { time, values } => choosing(run, styles, values, move |run, styles, value| {
            line(run, styles, time, value)
        }),
    }
}

fn figure(run: &Run, styles: &[ColumnStyle], value: usize) -> AnyView {
    let number = run
        .rows
        .first()
        .map(|row| shown(row, styles, value))
        .unwrap_or_default();
    view! { <p class="figure"><span class="figure-number">{number}</span><span class="figure-name">{name_of(run, value)}</span></p> }
        .into_any()
}

/// Several numbers share a place: the reader picks which one is drawn.
fn choosing(
    run: Arc<Run>,
    styles: Vec<ColumnStyle>,
    values: Vec<usize>,
    draw: impl Fn(&Run, &[ColumnStyle], usize) -> AnyView + Send + Sync + 'static,
) -> AnyView {
    let first = values.first().copied().unwrap_or_default();
    let chosen = RwSignal::new(first);
    let picker = (values.len() > 1).then(|| {
        let choices = values.iter().map(|value| {
            let value = *value;
            let pressed = move || (chosen.get() == value).to_string();
            view! { <button type="button" class="segment" aria-pressed=pressed on:click=move |_| chosen.set(value)>{name_of(&run, value)}</button> }
        });
        view! { <div class="segments" role="group" aria-label="Number to draw">{choices.collect_view()}</div> }
    });
    view! {
        <div class="chart">
            {picker}
            <div aria-hidden="true">{move || draw(&run, &styles, chosen.get())}</div>
        </div>
    }
    .into_any()
}

fn bars(run: &Run, styles: &[ColumnStyle], label: usize, value: usize) -> AnyView {
    let numbers = run
        .rows
        .iter()
        .map(|row| row.get(value).map_or(f64::NAN, number_of));
    let largest = numbers
        .filter(|number| number.is_finite())
        .fold(0.0_f64, f64::max);
    let items = run.rows.iter().map(|row| {
        let percent = bar_percent(row.get(value).map_or(f64::NAN, number_of), largest);
        view! {
            <div class="bar-row">
                <span class="bar-label">{shown(row, styles, label)}</span>
                <span class="bar-track"><span class="bar" style=format!("width:{percent}%")></span></span>
                <span class="bar-value">{shown(row, styles, value)}</span>
            </div>
        }
    });
    view! { <div class="bars">{items.collect_view()}</div> }.into_any()
}

fn line(run: &Run, styles: &[ColumnStyle], time: usize, value: usize) -> AnyView {
    let mut rows: Vec<&Vec<Cell>> = run.rows.iter().collect();
    rows.sort_by_key(|row| row.get(time).map(exact_text).unwrap_or_default());
    let numbers: Vec<f64> = rows
        .iter()
        .map(|row| row.get(value).map_or(f64::NAN, number_of))
        .collect();
    let points: Vec<String> = line_points(&numbers, WIDTH, HEIGHT)
        .iter()
        .map(|(x, y)| format!("{x},{y}"))
        .collect();
    let text = |row: Option<&&Vec<Cell>>, column: usize| {
        row.map(|row| shown(row, styles, column)).unwrap_or_default()
    };
    let highest = rows.iter().max_by(|left, right| {
        let number = |row: &Vec<Cell>| row.get(value).map_or(f64::MIN, number_of);
        number(left).total_cmp(&number(right))
    });
    view! {
        <div class="line-chart">
            <p class="line-top">{format!("highest: {} ({})", text(highest, value), text(highest, time))}</p>
            <svg viewBox=format!("0 -4 {WIDTH} {}", HEIGHT + 8.0) preserveAspectRatio="none">
                <path class="line-base" d=format!("M0 {HEIGHT}H{WIDTH}")></path>
                <polyline class="line" points=points.join(" ")></polyline>
            </svg>
            <p class="line-ends"><span>{text(rows.first(), time)}</span><span>{text(rows.last(), time)}</span></p>
        </div>
    }
    .into_any()
}

fn shown(row: &[Cell], styles: &[ColumnStyle], column: usize) -> String {
    match (row.get(column), styles.get(column)) {
        (Some(cell), Some(style)) => match cell_text(cell, *style) {
            CellText::Text(text) => text,
            CellText::Null => "NULL".to_string(),
        },
        _ => String::new(),
    }
}

fn name_of(run: &Run, column: usize) -> String {
    run.columns
        .get(column)
        .map(|column| column.name.replace('_', " "))
        .unwrap_or_default()
}
