//! The datasets as cards. Choosing one is a link, so it works before any script and can be shared.

use super::icons::{self, icon};
use crate::format::quantity::count_of;
use crate::state::conversation::is_being_prepared;
use csv_analyst_protocol::api::DatasetSummary;
use csv_analyst_protocol::error::ErrorDetail;
use leptos::prelude::*;

/// With fewer datasets a search field is in the way.
const SEARCH_FROM: usize = 5;

#[component]
pub fn DatasetCards(datasets: RwSignal<Vec<DatasetSummary>>, chosen: Memo<Option<String>>) -> impl IntoView {
    let search = RwSignal::new(String::new());
    let field = (datasets.with_untracked(Vec::len) >= SEARCH_FROM).then(|| {
        view! {
            <input type="search" class="search" placeholder="Find a dataset" aria-label="Find a dataset"
                on:input=move |event| search.set(event_target_value(&event))/>
        }
    });
    // A dataset that is being prepared gets a new card at each percent; the others stay.
    let key = |dataset: &DatasetSummary| (dataset.id.clone(), is_being_prepared(dataset), percent(dataset));
    view! {
        {field}
        <ul class="cards">
            <For each=move || datasets.get() key=key let:dataset>
                <CardItem dataset chosen search/>
            </For>
        </ul>
    }
}

#[component]
fn CardItem(
    dataset: DatasetSummary,
    chosen: Memo<Option<String>>,
    search: RwSignal<String>,
) -> impl IntoView {
    let shown = dataset.clone();
    let hidden = move || search.with(|search| !matches(&shown, search));
    view! { <li hidden=hidden>{card(dataset, chosen)}</li> }
}

/// Every word must be somewhere in the name, the description or a table's name.
pub fn matches(dataset: &DatasetSummary, search: &str) -> bool {
    let tables: Vec<&str> = dataset.tables.iter().map(|table| table.name.as_str()).collect();
    let text = format!(
        "{} {} {} {}",
        dataset.id,
        dataset.name,
        dataset.description,
        tables.join(" ")
    )
    .to_lowercase();
    search
        .to_lowercase()
        .split_whitespace()
        .all(|word| text.contains(word))
}

fn card(dataset: DatasetSummary, chosen: Memo<Option<String>>) -> AnyView {
    if let Some(error) = dataset.error {
        return refused_card(dataset.name, error);
    }
    if is_being_prepared(&dataset) {
        return preparing_card(dataset);
    }
    let id = dataset.id.clone();
    let current = move || {
        chosen
            .with(|chosen| chosen.as_ref() == Some(&id))
            .then_some("true")
    };
    let outdated = dataset.outdated.map(|error| {
        view! { <span class="card-warning">{format!("Its files were changed, but can't be used: {}", error.message)}</span> }
    });
    let rows: u64 = dataset.tables.iter().map(|table| table.row_count).sum();
    let size = format!(
        "{} · {}",
        count_of(dataset.tables.len() as u64, "table", "tables"),
        count_of(rows, "row", "rows")
    );
    view! {
        <a
            class="card"
            href=format!("/?dataset={}", dataset.id)
            aria-current=current
            data-noscroll=""
            data-testid="dataset-card"
            data-dataset=dataset.id.clone()
        >
            <span class="card-head">{icon(icons::DATABASE)}<span class="card-name">{dataset.name}</span></span>
            <span class="card-text">{dataset.description}</span>
            <span class="card-size">{size}</span>
            {outdated}
        </a>
    }
    .into_any()
}

/// Its files were refused: shown, so that somebody corrects them, but not to be chosen.
fn refused_card(name: String, error: ErrorDetail) -> AnyView {
    view! {
        <div class="card refused" data-testid="refused-dataset">
            <span class="card-head">{icon(icons::ALERT)}<span class="card-name">{name}</span></span>
            <span class="card-text">{error.message}</span>
            <span class="card-size">{error.hint}</span>
        </div>
    }
    .into_any()
}

fn percent(dataset: &DatasetSummary) -> Option<u8> {
    dataset.progress.map(|progress| progress.percent)
}

/// "preparing 43 %", once its files are being read.
fn stage(dataset: &DatasetSummary) -> String {
    match percent(dataset) {
        Some(percent) => format!("preparing {percent} %"),
        None => "being prepared…".into(),
    }
}

/// Its files are being read; the card becomes a link when that is done.
fn preparing_card(dataset: DatasetSummary) -> AnyView {
    let stage = stage(&dataset);
    view! {
        <div class="card preparing" aria-busy="true" data-testid="preparing-dataset">
            <span class="card-head">{icon(icons::DATABASE)}<span class="card-name">{dataset.name}</span></span>
            <span class="card-text">{dataset.description}</span>
            <span class="card-size"><span class="spinner"></span>{stage}</span>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use csv_analyst_protocol::ingest::IngestProgress;

    #[test]
    fn a_card_says_how_far_the_reading_is() {
        let mut dataset = DatasetSummary::default();
        assert_eq!(stage(&dataset), "being prepared…");
        dataset.progress = Some(IngestProgress { percent: 43, rows: 7 });
        assert_eq!(stage(&dataset), "preparing 43 %");
    }

    #[test]
    fn a_search_needs_every_word_anywhere() {
        let dataset = DatasetSummary {
            name: "Online shop".into(),
            description: "Orders".into(),
            ..Default::default()
        };
        assert!(matches(&dataset, "shop ORD"));
        assert!(matches(&dataset, ""));
        assert!(!matches(&dataset, "shop sensors"));
    }
}
