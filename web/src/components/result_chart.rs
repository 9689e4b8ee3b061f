//! Draws the chart that a result's shape allows. The table beside it holds the same numbers, so the
//! drawing is hidden from screen readers.

use super::line_chart::line;
use crate::format::cell::{CellText, ColumnStyle, cell_text, column_styles, number_of};
use crate::state::chart::Chart;
use crate::state::drawing::{Scale, axis_labels, bar_span};
use csv_analyst_protocol::run::{Cell, Run};
use leptos::prelude::*;
use std::sync::Arc;

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
    let numbers: Vec<f64> = run.rows.iter().map(|row| number_in(row, value)).collect();
    let scale = Scale::of(&numbers);
    let items = run.rows.iter().zip(&numbers).map(|(row, number)| {
        view! {
            <div class="bar-row">
                <span class="bar-label">{shown(row, styles, label)}</span>
                {bar(*number, scale)}
                <span class="bar-value">{shown(row, styles, value)}</span>
            </div>
        }
    });
    let labels = axis_labels(&numbers, scale, |row| shown(&run.rows[row], styles, value));
    view! {
        <p class="chart-title">{name_of(run, value)}</p>
        <div class="bars">
            {items.collect_view()}
            {bar_axis(labels)}
        </div>
    }
    .into_any()
}

/// From the zero line to the right, or to the left for a negative value.
fn bar(number: f64, scale: Scale) -> AnyView {
    let zero = scale.has_negative().then(
        || view! { <span class="bar-zero" style=format!("left:{:.1}%", scale.share(0.0) * 100.0)></span> },
    );
    let class = if number < 0.0 { "bar negative" } else { "bar" };
    let drawn = bar_span(number, scale).map(|(start, length)| {
        view! { <span class=class style=format!("left:{start}%;width:{length}%")></span> }
    });
    view! { <span class="bar-track">{drawn}{zero}</span> }.into_any()
}

/// Each label stands at its share and keeps inside the track.
fn bar_axis(labels: Vec<(f64, String)>) -> AnyView {
    let items = labels.into_iter().map(|(share, text)| {
        let percent = share * 100.0;
        let place = format!("left:{percent:.1}%;transform:translateX(-{percent:.1}%)");
        let class = if text == "0" { "zero" } else { "" };
        view! { <span class=class style=place>{text}</span> }
    });
    view! { <div class="bar-row"><span class="bar-axis">{items.collect_view()}</span></div> }.into_any()
}

pub(super) fn number_in(row: &[Cell], column: usize) -> f64 {
    row.get(column).map_or(f64::NAN, number_of)
}

pub(super) fn shown(row: &[Cell], styles: &[ColumnStyle], column: usize) -> String {
    match (row.get(column), styles.get(column)) {
        (Some(cell), Some(style)) => match cell_text(cell, *style) {
            CellText::Text(text) => text,
            CellText::Null => "NULL".to_string(),
        },
        _ => String::new(),
    }
}

pub(super) fn name_of(run: &Run, column: usize) -> String {
    run.columns
        .get(column)
        .map(|column| column.name.replace('_', " "))
        .unwrap_or_default()
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn a_negative_value_draws_a_bar_to_the_left_of_the_zero_line() {
        let owner = Owner::new();
        let scale = Scale::of(&[-5.0, 15.0]);
        let html = owner.with(|| bar(-5.0, scale).to_html());
        for part in [r#"class="bar negative""#, "left:0%;width:25%", "left:25.0%"] {
            assert!(html.contains(part), "{part} is not in {html}");
        }
        assert!(!owner.with(|| bar(f64::NAN, scale).to_html()).contains("width"));
    }
}
