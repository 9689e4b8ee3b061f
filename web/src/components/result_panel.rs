//! A result: table or chart, how many rows, and ways to take it along.

use super::copy_button::CopyButton;
use super::icons::{self, icon};
use super::result_chart::ResultChart;
use super::result_table::ResultTable;
use crate::browser;
use crate::format::export;
use crate::format::quantity::rows_shown;
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
    let said = rows_shown(run.rows.len() as u64, run.row_count, run.truncated);
    view! {
        <div class="result">
            {body}
            <div class="result-foot">
                <p class="row-count" data-testid="row-count">{said}</p>
                {switch}
                <CopyButton label="Copy table" text=copy_text(run.clone())/>
                {download_button(run)}
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

fn download_button(run: Arc<Run>) -> AnyView {
    let save = move |_| {
        let name = format!("{}-{}.csv", run.dataset_id, run.run_id);
        browser::download(
            &name,
            "text/csv;charset=utf-8",
            &export::csv(&run.columns, &run.rows),
        );
    };
    view! { <button type="button" class="quiet-button" on:click=save>{icon(icons::DOWNLOAD)}<span>"CSV"</span></button> }.into_any()
}
