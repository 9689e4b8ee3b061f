//! What is in a dataset: its tables and columns, fetched when the reader opens it.

use super::failure_panel::failure_panel;
use crate::client::{Api, Trouble};
use crate::format::quantity::count_of;
use crate::state::failure::Failure;
use csv_analyst_protocol::api::DatasetSchema;
use csv_analyst_protocol::dataset::{Column, Table};
use leptos::prelude::*;
use leptos::task::spawn_local;

type Loaded = Option<(String, Result<DatasetSchema, Trouble>)>;

#[component]
pub fn SchemaPeek(dataset_id: Memo<Option<String>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let loaded = RwSignal::new(None as Loaded);
    Effect::new(move |_| {
        let Some(wanted) = dataset_id.get().filter(|_| open.get()) else {
            return;
        };
        spawn_local(async move {
            let schema = Api::from_context().dataset_schema(&wanted).await;
            if dataset_id.try_get_untracked().flatten().as_ref() == Some(&wanted) {
                loaded.try_set(Some((wanted, schema)));
            }
        });
    });
    let content = move || match loaded.get() {
        Some((id, Ok(schema))) if dataset_id.get() == Some(id.clone()) => tables_view(schema),
        Some((id, Err(trouble))) if dataset_id.get() == Some(id.clone()) => {
            failure_panel(Failure::of_trouble(&trouble))
        }
        _ => view! { <p class="awaited"><span class="spinner"></span>"Reading the schema…"</p> }.into_any(),
    };
    view! {
        <div class="schema-peek">
            <button type="button" class="quiet-button" aria-expanded=move || open.get().to_string() data-testid="schema"
                on:click=move |_| open.update(|open| *open = !*open)>
                {move || if open.get() { "Hide tables and columns" } else { "Show tables and columns" }}
            </button>
            {move || open.get().then(content)}
        </div>
    }
}

fn tables_view(schema: DatasetSchema) -> AnyView {
    let anchor = schema.dataset.now.clone().map(|now| {
        view! { <p class="note">{format!("Relative times such as “last week” count back from the newest entry, {now}.")}</p> }
    });
    let notes = super::file_notes::file_notes(schema.notes);
    let tables = schema.dataset.tables.into_iter().map(table_view).collect_view();
    view! { <div class="schema">{anchor}{notes}{tables}</div> }.into_any()
}

fn table_view(table: Table) -> AnyView {
    let rows = table
        .row_count
        .map(|rows| count_of(rows, "row", "rows"))
        .unwrap_or_default();
    let columns = table.columns.into_iter().map(column_view).collect_view();
    view! {
        <section class="schema-table">
            <h3><code>{table.name}</code><span>{rows}</span></h3>
            {(!table.description.is_empty()).then(|| view! { <p>{table.description}</p> })}
            <ul>{columns}</ul>
        </section>
    }
    .into_any()
}

fn column_view(column: Column) -> AnyView {
    let unit = column.unit.map(|unit| format!(" ({unit})")).unwrap_or_default();
    view! {
        <li>
            <code>{column.name}</code>
            <span class="column-type">{crate::format::cell::type_label(&column.kind.sql_name())}</span>
            <span class="schema-text">{format!("{}{unit}", column.description)}</span>
        </li>
    }
    .into_any()
}
