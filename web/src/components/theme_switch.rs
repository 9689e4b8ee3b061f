//! System, light or dark. The document's script has set the remembered theme before this is drawn;
//! here the choice is shown and changed.

use super::icons::{self, icon};
use crate::browser;
use leptos::prelude::*;

const STORAGE_KEY: &str = "theme";

/// Name in storage (empty: the system's), label, icon, name for tests.
const CHOICES: [(&str, &str, &str, &str); 3] = [
    ("", "Same as the system", icons::MONITOR, "theme-system"),
    ("light", "Light", icons::SUN, "theme-light"),
    ("dark", "Dark", icons::MOON, "theme-dark"),
];

#[component]
pub fn ThemeSwitch() -> impl IntoView {
    // The server does not know the choice; the pressed button follows after hydration.
    let chosen = RwSignal::new(None::<String>);
    Effect::new(move |_| chosen.set(Some(browser::remembered(STORAGE_KEY).unwrap_or_default())));
    let buttons = CHOICES.map(|(name, label, path, test)| {
        let choose = move |_| {
            browser::remember(STORAGE_KEY, name);
            browser::set_theme(name);
            chosen.set(Some(name.to_string()));
        };
        let pressed = move || chosen.with(|chosen| chosen.as_deref() == Some(name)).to_string();
        view! {
            <button type="button" class="icon-button" title=label aria-label=label aria-pressed=pressed data-testid=test on:click=choose>
                {icon(path)}
            </button>
        }
    });
    view! { <div class="theme-switch" role="group" aria-label="Colours">{buttons.collect_view()}</div> }
}
