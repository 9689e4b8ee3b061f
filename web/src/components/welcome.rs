//! The empty conversation: what this is, which data there is, and questions to begin with.

use super::dataset_cards::DatasetCards;
use super::schema_peek::SchemaPeek;
use crate::state::conversation::Conversation;
use leptos::prelude::*;

#[component]
pub fn Welcome(
    conversation: Conversation,
    chosen: Memo<Option<String>>,
    ask: Callback<String>,
) -> impl IntoView {
    let datasets = conversation.datasets;
    if datasets.with_untracked(Vec::is_empty) {
        return no_data();
    }
    view! {
        <section class="welcome">
            <h1>"Ask your data a question"</h1>
            <p class="welcome-text">
                "In plain English. Every answer shows its table, its plan and its SQL, was checked by a gate, "
                "ran in a sandbox that existed for this one question, and is sealed so that you can verify it."
            </p>
            <h2>"Choose a dataset"</h2>
            <DatasetCards datasets chosen/>
            <h2>"Try one of these"</h2>
            {move || prompts(conversation, chosen.get(), ask)}
            {move || chosen.with(Option::is_some).then(|| view! { <SchemaPeek dataset_id=chosen/> })}
        </section>
    }
    .into_any()
}

fn prompts(conversation: Conversation, chosen: Option<String>, ask: Callback<String>) -> AnyView {
    if chosen.is_none() {
        return view! { <p class="note">"No dataset can be asked at the moment."</p> }.into_any();
    }
    let found = conversation.datasets.with_untracked(|all| {
        all.iter()
            .find(|dataset| Some(&dataset.id) == chosen.as_ref())
            .map(|it| it.prompts.clone())
    });
    let prompts = found.unwrap_or_default();
    if prompts.is_empty() {
        return view! { <p class="note">"This dataset has no example questions. Ask in your own words below."</p> }.into_any();
    }
    let items = prompts.into_iter().map(|prompt| {
        let asked = prompt.clone();
        view! { <li><button type="button" class="prompt" data-testid="prompt" on:click=move |_| ask.run(asked.clone())>{prompt}</button></li> }
    });
    view! { <ul class="prompts">{items.collect_view()}</ul> }.into_any()
}

fn no_data() -> AnyView {
    view! {
        <section class="welcome">
            <h1>"No data is being served yet"</h1>
            <p class="welcome-text">"Start the service with a folder of CSV files, then reload this page:"</p>
            <pre class="command"><code>"csv-analyst serve --dataset sales=./my-folder"</code></pre>
        </section>
    }
    .into_any()
}
