//! A result: table or chart, how many rows, and ways to take it along.

use super::copy_button::CopyButton;
use super::icons::{self, icon};
use super::result_chart::ResultChart;
use super::result_table::ResultTable;
use crate::client::segment;
use crate::format::export;
use crate::format::quantity::{count_of, rows_shown};
use crate::state::chart::{Chart, chart_of};
use csv_analyst_protocol::run::Run;
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn ResultPanel(run: Arc<Run>) -> impl IntoView {
    if run.rows.is_empty() {
        return view! { <p class="no-rows" data-testid="row-count">"No rows match."</p> }.into_any();
    }
    let chart = chart_of(&run.columns, &run.rows);
    let drawn = RwSignal::new(false);
    let switch = chart.is_some().then(|| view_switch(drawn));
    let body = {
        let run = run.clone();
        move || match (&chart, drawn.get()) {
            (Some(chart), true) => chart_view(run.clone(), chart.clone()),
            _ => view! { <ResultTable run=run.clone()/> }.into_any(),
        }
    };
    let copy_label = with_part("Copy table", &run);
    let said = rows_shown(&run);
    view! {
        <div class="result">
            {body}
            <div class="result-foot">
                <p class="row-count" data-testid="row-count">{said}</p>
                {switch}
                <CopyButton label=copy_label text=copy_text(run.clone())/>
                {download_link(&run)}
            </div>
        </div>
    }
    .into_any()
}

fn chart_view(run: Arc<Run>, chart: Chart) -> AnyView {
    view! { <ResultChart run chart/> }.into_any()
}

fn view_switch(drawn: RwSignal<bool>) -> AnyView {
    let segment = move |label: &'static str, value: bool| {
        let pressed = move || (drawn.get() == value).to_string();
        view! { <button type="button" class="segment" aria-pressed=pressed on:click=move |_| drawn.set(value)>{label}</button> }
    };
    view! {
        <div class="segments" role="group" aria-label="Show the result as">
            {segment("Table", false)}
            {segment("Chart", true)}
        </div>
    }
    .into_any()
}

/// Tab-separated, which spreadsheets and documents paste as a table.
fn copy_text(run: Arc<Run>) -> Callback<(), String> {
    Callback::new(move |()| export::tab_separated(&run.columns, &run.rows))
}

/// The service writes the file: one way to write NULL and to neutralise formulas.
fn download_link(run: &Run) -> AnyView {
    let href = format!("/runs/{}/export?format=csv", segment(&run.run_id));
    view! {
        <a class="quiet-button" href=href download="" data-testid="download-csv">
            {icon(icons::DOWNLOAD)}
            <span>{with_part("CSV", run)}</span>
        </a>
    }
    .into_any()
}

/// Says how many rows are taken along when the table is not all of the result.
fn with_part(label: &str, run: &Run) -> String {
    let rows = run.rows.len() as u64;
    match run.truncated || rows < run.row_count {
        true => format!("{label} ({})", count_of(rows, "row", "rows")),
        false => label.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::steps::tests::finished_run;
    use serde_json::json;

    #[test]
    fn what_is_taken_along_of_a_partial_table_is_said() {
        let mut run = finished_run();
        run.rows = vec![vec![json!(1)]; 200];
        run.row_count = 5_000;
        assert_eq!(with_part("CSV", &run), "CSV (200 rows)");
        run.row_count = 200;
        assert_eq!(with_part("CSV", &run), "CSV");
    }
}
