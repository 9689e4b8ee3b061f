//! `/r/{id}`: one run by itself, to link to. The same answer as in its conversation, opened, and the
//! way back there if the address says which it is (`?from=`). A run on its way is followed to its end.

use super::not_found::{set_status, status_of};
use crate::client::{Api, Trouble, segment};
use crate::components::answer::Answer;
use crate::components::failure_panel::failure_panel;
use crate::components::icons::{self, icon};
use crate::components::step_list::step_list;
use crate::format::time::moment;
use crate::gateway::PageStatus;
use crate::state::failure::Failure;
use crate::state::steps::{outcome_of, steps_of};
use crate::state::waiting::Waiting;
use csv_analyst_protocol::api::ThreadMessages;
use csv_analyst_protocol::run::Run;
use leptos::prelude::*;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::Arc;

/// What the address names.
#[derive(Clone, Debug, PartialEq)]
struct Place {
    run_id: String,
    thread_id: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Found {
    run: Run,
    /// The conversation, if it is there.
    thread_id: Option<String>,
    /// What the conversation says about the run.
    said: Option<String>,
}

#[component]
pub fn RunPage() -> impl IntoView {
    let (params, query) = (use_params_map(), use_query_map());
    let place = Memo::new(move |_| Place {
        run_id: params.with(|params| params.get("id").unwrap_or_default()),
        thread_id: query.with(|query| query.get("from")),
    });
    let api = Api::from_context();
    let status = use_context::<PageStatus>();
    let found = Resource::new(
        move || place.get(),
        move |place| {
            let (api, status) = (api.clone(), status.clone());
            async move {
                let found = find(&api, &place).await;
                if let Err(trouble) = &found {
                    set_status(status, status_of(trouble));
                }
                found
            }
        },
    );
    view! {
        <main id="main" class="run-page" tabindex="-1">
            <Suspense fallback=|| view! { <p class="awaited"><span class="spinner"></span>"Reading the record…"</p> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(found) => view! { <FoundRun first=found/> }.into_any(),
                        Err(trouble) => not_shown(&trouble),
                    }
                })}
            </Suspense>
        </main>
    }
}

async fn find(api: &Api, place: &Place) -> Result<Found, Trouble> {
    let run = api.run(&place.run_id).await?;
    let thread = match &place.thread_id {
        // Without its conversation a run is still a run.
        Some(thread_id) => api.thread_messages(thread_id).await.ok(),
        None => None,
    };
    Ok(found_in(run, thread))
}

/// A conversation that knows nothing of a run that has ended is not its own.
fn found_in(run: Run, thread: Option<ThreadMessages>) -> Found {
    let Some(thread) = thread else {
        return Found {
            run,
            thread_id: None,
            said: None,
        };
    };
    let said = thread.messages.into_iter().find_map(|message| {
        let about = message.run.is_some_and(|about| about.run_id == run.run_id);
        about.then_some(message.text)
    });
    let thread_id = (said.is_some() || !run.status.is_terminal()).then_some(thread.thread.thread_id);
    Found { run, thread_id, said }
}

fn not_shown(trouble: &Trouble) -> AnyView {
    view! {
        <Title text="Run"/>
        <h1>"This run can't be shown"</h1>
        {failure_panel(Failure::of_trouble(trouble))}
        <a class="button" href="/">"Ask a question"</a>
    }
    .into_any()
}

#[component]
fn FoundRun(first: Found) -> impl IntoView {
    let asked = first
        .run
        .question
        .clone()
        .or_else(|| first.run.understood.clone());
    let title = asked.unwrap_or_else(|| "A query written by hand".to_string());
    let about = format!("{} · {}", first.run.dataset_id, moment(&first.run.created_at));
    let back = first.thread_id.as_deref().map(|thread_id| {
        view! { <a class="back-link" href=format!("/c/{}", segment(thread_id))>"← Back to the conversation"</a> }
    });
    let run = followed(first);
    view! {
        <Title text=title.clone()/>
        {back}
        <h1>{title}</h1>
        <p class="note">{about}</p>
        {run}
    }
}

/// The run as it is now, until it has ended.
fn followed(first: Found) -> AnyView {
    let place = StoredValue::new(Place {
        run_id: first.run.run_id.clone(),
        thread_id: first.thread_id.clone(),
    });
    let found = RwSignal::new(first);
    let shown = Memo::new(move |_| found.get());
    let ended = Memo::new(move |_| shown.with(|found| found.run.status.is_terminal()));
    let waiting = Waiting::default();
    let follow = move || {
        waiting.begin(move || async move {
            let Some(place) = place.try_get_value() else {
                return ControlFlow::Break(());
            };
            if let Ok(now) = find(&Api::from_context(), &place).await {
                found.try_set(now);
            }
            ControlFlow::Continue(())
        })
    };
    Effect::new(move |_| if ended.get() { waiting.end() } else { follow() });
    let view = move || match ended.get() {
        true => answer(shown.get()),
        false => progress(&shown.get().run, waiting, follow),
    };
    view.into_any()
}

fn answer(found: Found) -> AnyView {
    let text = found.said.unwrap_or_else(|| outcome_of(&found.run));
    view! { <Answer text run=Some(Arc::new(found.run)) opened=true ask=None/> }.into_any()
}

fn progress(run: &Run, waiting: Waiting, follow: impl Fn() + Copy + Send + Sync + 'static) -> AnyView {
    let given_up = move || {
        waiting.given_up.get().then(|| {
            view! {
                {failure_panel(Failure::no_end_yet())}
                <button type="button" class="button" data-testid="look-again" on:click=move |_| follow()>
                    {icon(icons::RETRY)}
                    "Look again"
                </button>
            }
        })
    };
    view! {
        <article class="answer in-progress" aria-busy="true" data-testid="run-in-progress"
            data-run-id=run.run_id.clone() data-status=run.status.as_str()>
            {step_list(steps_of(run))}
            {given_up}
        </article>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::steps::tests::finished_run;
    use csv_analyst_protocol::chat::{Message, Role, ThreadSummary};
    use csv_analyst_protocol::run::RunState;

    fn thread(run: Option<Run>) -> Option<ThreadMessages> {
        let message = Message {
            message_id: "m".into(),
            role: Role::Assistant,
            text: "There are 12 orders.".into(),
            run,
            suggestions: vec![],
            created_at: String::new(),
        };
        let thread = ThreadSummary {
            thread_id: "thread-1".into(),
            dataset_id: "ecommerce".into(),
            title: String::new(),
            created_at: String::new(),
            updated_at: String::new(),
        };
        Some(ThreadMessages {
            thread,
            messages: vec![message],
        })
    }

    #[test]
    fn the_conversations_own_words_answer_and_the_way_leads_back() {
        let found = found_in(finished_run(), thread(Some(finished_run())));
        assert_eq!(found.said.as_deref(), Some("There are 12 orders."));
        assert_eq!(found.thread_id.as_deref(), Some("thread-1"));
    }

    #[test]
    fn a_strange_conversation_is_not_the_way_back() {
        assert_eq!(found_in(finished_run(), thread(None)).thread_id, None);
    }

    #[test]
    fn a_run_on_its_way_has_its_conversation_already() {
        let mut run = finished_run();
        run.status = RunState::Running;
        let found = found_in(run, thread(None));
        assert_eq!(found.thread_id.as_deref(), Some("thread-1"));
        assert_eq!(found.said, None);
    }
}
