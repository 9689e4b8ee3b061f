//! `/` and `/c/{id}`: the conversations beside, the conversation, and the field to ask in.
//!
//! What the page starts with is read once, on the server; afterwards the conversation's signals are
//! the truth, and the address follows them (first answer) or leads them (links, back and forward).

use super::not_found::{set_status, status_of};
use crate::browser;
use crate::client::{self, Api, Trouble};
use crate::components::composer::{COMPOSER_ID, Composer};
use crate::components::failure_panel::failure_panel;
use crate::components::sidebar::Sidebar;
use crate::components::transcript::Transcript;
use crate::components::welcome::Welcome;
use crate::gateway::PageStatus;
use crate::state::asking;
use crate::state::conversation::{Conversation, is_usable};
use crate::state::failure::Failure;
use csv_analyst_protocol::api::{DatasetList, ThreadList, ThreadMessages};
use leptos::prelude::*;
use leptos::text_prop::TextProp;
use leptos_meta::Title;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use serde::{Deserialize, Serialize};

/// Everything that the page starts with.
#[derive(Clone, Serialize, Deserialize)]
struct Start {
    datasets: Result<DatasetList, Trouble>,
    threads: Result<ThreadList, Trouble>,
    thread: Option<(String, Result<ThreadMessages, Trouble>)>,
}

/// `/c/{id}` names a conversation; `/` does not.
fn thread_of(path: &str) -> Option<String> {
    path.strip_prefix("/c/")
        .map(|id| id.trim_end_matches('/').to_string())
        .filter(|id| !id.is_empty())
}

/// The address is of this page, and not the conversation's own.
fn leads_elsewhere(path: &str, thread_id: &str) -> bool {
    path == "/" || thread_of(path).is_some_and(|named| named != thread_id)
}

#[component]
pub fn Workspace() -> impl IntoView {
    let start = start_resource();
    view! {
        <div class="frame">
            <Suspense fallback=|| view! { <p class="awaited"><span class="spinner"></span>"Opening…"</p> }>
                {move || Suspend::new(async move { started(start.await) })}
            </Suspense>
        </div>
    }
}

fn start_resource() -> Resource<Start> {
    let api = Api::from_context();
    let status = use_context::<PageStatus>();
    let thread_id = thread_of(&use_location().pathname.get_untracked());
    Resource::new(
        || (),
        move |()| {
            let (api, status, thread_id) = (api.clone(), status.clone(), thread_id.clone());
            async move { read_start(api, status, thread_id).await }
        },
    )
}

async fn read_start(api: Api, status: Option<PageStatus>, thread_id: Option<String>) -> Start {
    let thread = match thread_id {
        Some(id) => {
            let thread = api.thread_messages(&id).await;
            if let Err(trouble) = &thread {
                set_status(status, status_of(trouble));
            }
            Some((id, thread))
        }
        None => None,
    };
    Start {
        datasets: api.datasets().await,
        threads: api.threads().await,
        thread,
    }
}

fn started(start: Start) -> AnyView {
    let datasets = match start.datasets {
        Ok(list) => list.datasets,
        Err(trouble) => return unavailable(&trouble),
    };
    // Without the list of conversations one can still ask.
    let threads = start.threads.map(|list| list.threads).unwrap_or_default();
    let conversation = Conversation::new(datasets, threads);
    if let Some((id, thread)) = start.thread {
        conversation.show(&id, thread);
    }
    view! { <Desk conversation/> }.into_any()
}

fn unavailable(trouble: &Trouble) -> AnyView {
    view! {
        <main id="main" class="plain-page" tabindex="-1">
            <h1>"The data can't be listed"</h1>
            {failure_panel(Failure::of_trouble(trouble))}
            <a class="button" href="/" rel="external">"Try again"</a>
        </main>
    }
    .into_any()
}

#[component]
fn Desk(conversation: Conversation) -> impl IntoView {
    follow_address(conversation);
    Effect::new(move |_| asking::watch_datasets(conversation));
    // Nothing must arrive at a page that is not there any more; the server goes on.
    on_cleanup(client::abort);
    let chosen = chosen_dataset(conversation);
    let ask = Callback::new(move |question: String| {
        if let Some(dataset_id) = chosen.get_untracked() {
            asking::ask(conversation, dataset_id, question);
            if browser::has_fine_pointer() {
                browser::focus(COMPOSER_ID);
            }
        }
    });
    let fresh = Memo::new(move |_| {
        conversation.is_empty() && !conversation.loading.get() && conversation.trouble.with(Option::is_none)
    });
    view! {
        <Title text=document_title(conversation)/>
        <Sidebar conversation/>
        <main id="main" class="desk" tabindex="-1">
            <div class="desk-scroll">
                {move || fresh.get().then(|| view! { <Welcome conversation chosen ask/> })}
                {move || conversation.trouble.get().map(|trouble| conversation_trouble(conversation, &trouble))}
                {move || conversation.loading.get().then(|| view! { <p class="awaited"><span class="spinner"></span>"Opening the conversation…"</p> })}
                <Transcript conversation ask/>
            </div>
            <Composer conversation chosen ask/>
        </main>
    }
}

/// On the server the text itself: the document's head is put together when the page is done, on
/// whichever thread has it then, where this page's signals cannot be read any more.
fn document_title(conversation: Conversation) -> TextProp {
    let title = move || conversation.title().unwrap_or_default();
    if cfg!(feature = "ssr") {
        TextProp::from(untrack(title))
    } else {
        TextProp::from(title)
    }
}

fn conversation_trouble(conversation: Conversation, trouble: &Trouble) -> AnyView {
    let again = move |_| {
        if let Some(id) = conversation.thread_id.get_untracked() {
            asking::open(conversation, id);
        }
    };
    view! {
        <section class="welcome">
            <h1>"This conversation can't be shown"</h1>
            {failure_panel(Failure::of_trouble(trouble))}
            <p class="welcome-actions">
                <button type="button" class="button" on:click=again>"Try again"</button>
                <a class="button" href="/">"New question"</a>
            </p>
        </section>
    }
    .into_any()
}

/// The conversation's dataset; for a new one the address's, else the first.
fn chosen_dataset(conversation: Conversation) -> Memo<Option<String>> {
    let query = use_query_map();
    Memo::new(move |_| {
        let asked = query.with(|query| query.get("dataset"));
        conversation.datasets.with(|all| {
            let mut usable = all
                .iter()
                .filter(|dataset| is_usable(dataset))
                .map(|dataset| &dataset.id);
            let known = asked.filter(|id| usable.clone().any(|usable| usable == id));
            conversation
                .dataset_id
                .get()
                .or(known)
                .or_else(|| usable.next().cloned())
        })
    })
}

/// Address and conversation follow each other; only in the browser.
fn follow_address(conversation: Conversation) {
    let path = use_location().pathname;
    let navigate = use_navigate();
    // A question was given a conversation, its first or another one than it was asked in: the address
    // is replaced, without a new page.
    Effect::new(move |_| {
        let thread_id = conversation.thread_id.get();
        let here = path.get_untracked();
        if let Some(id) = thread_id.filter(|id| leads_elsewhere(&here, id)) {
            let options = NavigateOptions {
                replace: true,
                scroll: false,
                ..NavigateOptions::default()
            };
            navigate(&format!("/c/{id}"), options);
        }
    });
    // A link, or back and forward, led elsewhere.
    Effect::new(move |before: Option<String>| {
        let now = path.get();
        let moved = before.is_some_and(|before| before != now);
        match thread_of(&now) {
            Some(id) if moved && conversation.thread_id.get_untracked().as_ref() != Some(&id) => {
                asking::open(conversation, id);
            }
            None if moved && now == "/" => {
                asking::let_go(conversation);
                conversation.clear();
            }
            _ => {}
        }
        now
    });
}

#[cfg(test)]
mod tests {
    use super::{leads_elsewhere, thread_of};

    #[test]
    fn only_a_conversations_address_names_one() {
        assert_eq!(thread_of("/c/abc"), Some("abc".to_string()));
        assert_eq!(thread_of("/c/abc/"), Some("abc".to_string()));
        for path in ["/", "/c/", "/r/abc"] {
            assert_eq!(thread_of(path), None);
        }
    }

    #[test]
    fn the_address_follows_a_question_into_its_new_conversation() {
        assert!(leads_elsewhere("/", "new"));
        assert!(leads_elsewhere("/c/gone", "new"));
        assert!(!leads_elsewhere("/c/new", "new"));
        assert!(!leads_elsewhere("/r/run-1", "new"));
    }
}
