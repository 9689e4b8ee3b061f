//! The bar at the top of every page.

use super::icons::{self, icon, mark};
use super::menu::Menu;
use super::theme_switch::ThemeSwitch;
use leptos::prelude::*;

#[component]
pub fn Header() -> impl IntoView {
    let menu = expect_context::<Menu>();
    let close_on_escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && menu.open.get_untracked() {
            menu.open.set(false);
        }
    });
    on_cleanup(move || close_on_escape.remove());
    view! {
        <header class="top-bar">
            <button
                type="button"
                class="icon-button menu-button"
                aria-label="Conversations"
                aria-controls="conversations"
                aria-expanded=move || menu.open.get().to_string()
                on:click=move |_| menu.open.update(|open| *open = !*open)
            >
                {icon(icons::MENU)}
            </button>
            <a class="brand" href="/">
                {mark()}
                <span>"CSV Analyst"</span>
            </a>
            <p class="tagline">"Answers you can check"</p>
            <ThemeSwitch/>
        </header>
    }
}
