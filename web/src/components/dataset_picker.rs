//! Which dataset a question is about, beside the question. In a conversation another choice starts a
//! new one: a conversation is about one dataset.

use super::dataset_cards::matches;
use super::icons::{self, icon};
use crate::browser;
use crate::state::conversation::is_usable;
use csv_analyst_protocol::api::DatasetSummary;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;

const SEARCH_ID: &str = "dataset-search";
const BUTTON_ID: &str = "dataset-button";

#[component]
pub fn DatasetPicker(datasets: RwSignal<Vec<DatasetSummary>>, chosen: Memo<Option<String>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let name = move || {
        let id = chosen.get();
        let name = datasets.with(|all| {
            all.iter()
                .find(|it| Some(&it.id) == id.as_ref())
                .map(|it| it.name.clone())
        });
        name.or(id).unwrap_or_else(|| "No dataset".to_string())
    };
    let toggle = move |_| {
        open.update(|open| *open = !*open);
        if open.get_untracked() {
            request_animation_frame(|| browser::focus(SEARCH_ID));
        }
    };
    let keys = move |event: KeyboardEvent| {
        if event.key() == "Escape" && open.get_untracked() {
            event.stop_propagation();
            open.set(false);
            browser::focus(BUTTON_ID);
        }
    };
    view! {
        <div class="picker" on:keydown=keys>
            <button type="button" class="picker-button" id=BUTTON_ID aria-haspopup="true" data-testid="dataset-picker"
                aria-expanded=move || open.get().to_string() on:click=toggle>
                {icon(icons::DATABASE)}
                <span class="visually-hidden">"Dataset: "</span>
                <span class="picker-name">{name}</span>
                {icon(icons::CHEVRON)}
            </button>
            {move || open.get().then(|| picker_list(datasets, chosen, open))}
        </div>
    }
}

fn picker_list(
    datasets: RwSignal<Vec<DatasetSummary>>,
    chosen: Memo<Option<String>>,
    open: RwSignal<bool>,
) -> AnyView {
    let search = RwSignal::new(String::new());
    let items = move || {
        let found: Vec<DatasetSummary> = datasets.with(|all| {
            all.iter()
                .filter(|it| is_usable(it) && search.with(|text| matches(it, text)))
                .cloned()
                .collect()
        });
        if found.is_empty() {
            return view! { <li class="picker-none">"No dataset matches."</li> }.into_any();
        }
        found
            .into_iter()
            .map(|dataset| picker_item(dataset, chosen, open))
            .collect_view()
            .into_any()
    };
    view! {
        <div class="backdrop clear" on:click=move |_| open.set(false)></div>
        <div class="picker-panel">
            <input type="search" class="search" id=SEARCH_ID placeholder="Find a dataset" aria-label="Find a dataset"
                on:input=move |event| search.set(event_target_value(&event))/>
            <ul>{items}</ul>
        </div>
    }
    .into_any()
}

fn picker_item(dataset: DatasetSummary, chosen: Memo<Option<String>>, open: RwSignal<bool>) -> AnyView {
    let current = (chosen.get_untracked().as_ref() == Some(&dataset.id)).then_some("true");
    view! {
        <li>
            <a href=format!("/?dataset={}", dataset.id) aria-current=current data-noscroll="" on:click=move |_| open.set(false)>
                <span class="picker-item-name">{dataset.name}</span>
                <span class="picker-item-text">{dataset.description}</span>
            </a>
        </li>
    }
    .into_any()
}
