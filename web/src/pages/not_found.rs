//! An address that leads nowhere.

use crate::gateway::PageStatus;
use leptos::prelude::*;
use leptos_meta::Title;

#[component]
pub fn NotFound() -> impl IntoView {
    set_status(use_context::<PageStatus>(), 404);
    view! {
        <Title text="Not found"/>
        <main id="main" class="plain-page" tabindex="-1">
            <p class="plain-code">"404"</p>
            <h1>"There is nothing here"</h1>
            <p>"The address may be mistyped, or what was here has been deleted."</p>
            <a class="button" href="/">"Ask a question"</a>
        </main>
    }
}

/// Does nothing in the browser, where the page has its status already.
pub fn set_status(status: Option<PageStatus>, code: u16) {
    if let Some(PageStatus(set)) = status {
        set(code);
    }
}
