//! `/r/{id}`: one run by itself, to link to. The same answer as in its conversation, opened.

use super::not_found::set_status;
use crate::client::{Api, Trouble};
use crate::components::answer::Answer;
use crate::components::failure_panel::failure_panel;
use crate::format::time::moment;
use crate::gateway::PageStatus;
use crate::state::failure::Failure;
use csv_analyst_protocol::run::Run;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::use_params_map;
use std::sync::Arc;

#[component]
pub fn RunPage() -> impl IntoView {
    let params = use_params_map();
    let id = Memo::new(move |_| params.with(|params| params.get("id").unwrap_or_default()));
    let api = Api::from_context();
    let status = use_context::<PageStatus>();
    let run = Resource::new(
        move || id.get(),
        move |id| {
            let (api, status) = (api.clone(), status.clone());
            async move {
                let run = api.run(&id).await;
                if matches!(run, Err(Trouble::Refused(_))) {
                    set_status(status, 404);
                }
                run
            }
        },
    );
    view! {
        <Title text="Run"/>
        <main id="main" class="run-page" tabindex="-1">
            <Suspense fallback=|| view! { <p class="awaited"><span class="spinner"></span>"Reading the record…"</p> }>
                {move || Suspend::new(async move { run_view(run.await) })}
            </Suspense>
        </main>
    }
}

fn run_view(run: Result<Run, Trouble>) -> AnyView {
    let run = match run {
        Ok(run) => run,
        Err(trouble) => {
            return view! {
                <h1>"This run can't be shown"</h1>
                {failure_panel(Failure::of_trouble(&trouble))}
                <a class="button" href="/">"Ask a question"</a>
            }
            .into_any();
        }
    };
    let title = run
        .question
        .clone()
        .unwrap_or_else(|| "A query written by hand".to_string());
    let about = format!("{} · {}", run.dataset_id, moment(&run.created_at));
    view! {
        <h1>{title}</h1>
        <p class="note">{about}</p>
        <Answer text=String::new() run=Some(Arc::new(run)) ask=None/>
    }
    .into_any()
}
