//! A button that copies a text and says that it did.

use super::icons::{self, icon};
use crate::browser;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// Long enough to read a word.
const CONFIRMATION: Duration = Duration::from_millis(1_600);

/// The text is made when it is wanted, not before.
#[component]
pub fn CopyButton(#[prop(into)] label: String, text: Callback<(), String>) -> impl IntoView {
    let said = RwSignal::new(None::<&'static str>);
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            let done = browser::copy(&text).await;
            said.try_set(Some(if done { "Copied" } else { "Not allowed" }));
            set_timeout(move || _ = said.try_set(None), CONFIRMATION);
        });
    };
    view! {
        <button type="button" class="quiet-button" on:click=copy>
            {move || icon(if said.get() == Some("Copied") { icons::CHECK } else { icons::COPY })}
            <span aria-live="polite">{move || said.get().map_or_else(|| label.clone(), str::to_string)}</span>
        </button>
    }
}
