//! The routes of the page. `/` and `/c/{id}` are one workspace, so that asking the first question
//! changes the address without drawing the conversation anew.

use crate::components::header::Header;
use crate::components::menu::Menu;
use crate::pages::not_found::NotFound;
use crate::pages::run_page::RunPage;
use crate::pages::workspace::Workspace;
use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::SsrMode;
use leptos_router::components::{ParentRoute, Route, Router, Routes};
use leptos_router::path;

#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(Menu::new());
    view! {
        <Title formatter=|title: String| if title.is_empty() { "CSV Analyst".into() } else { format!("{title} · CSV Analyst") }/>
        <Router>
            <a class="skip-link" href="#main" rel="external">"Skip to the content"</a>
            <Header/>
            <Routes fallback=NotFound>
                <ParentRoute path=path!("") view=Workspace ssr=SsrMode::Async>
                    <Route path=path!("") view=|| () ssr=SsrMode::Async/>
                    <Route path=path!("c/:id") view=|| () ssr=SsrMode::Async/>
                </ParentRoute>
                <Route path=path!("r/:id") view=RunPage ssr=SsrMode::Async/>
            </Routes>
        </Router>
    }
}
