//! All conversations, newest first: opened by a link, deleted after a second click.

use super::icons::{self, icon};
use super::menu::Menu;
use crate::format::time::day;
use crate::state::asking;
use crate::state::conversation::Conversation;
use csv_analyst_protocol::chat::ThreadSummary;
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_router::hooks::{use_location, use_navigate};

#[component]
pub fn Sidebar(conversation: Conversation) -> impl IntoView {
    let menu = expect_context::<Menu>();
    let failed = RwSignal::new(false);
    let navigate = use_navigate();
    let gone = Callback::new(move |thread_id: String| {
        if conversation.thread_id.get_untracked() == Some(thread_id) {
            navigate("/", Default::default());
        }
    });
    let path = use_location().pathname;
    // Elsewhere the link's address does this; here the address stays the same.
    let begin = move |event: MouseEvent| {
        menu.open.set(false);
        if path.get_untracked() == "/" && !event.ctrl_key() && !event.meta_key() && !event.shift_key() {
            asking::let_go(conversation);
            conversation.clear();
        }
    };
    view! {
        {move || menu.open.get().then(|| view! { <div class="backdrop" on:click=move |_| menu.open.set(false)></div> })}
        <aside class="sidebar" id="conversations" class:open=move || menu.open.get() aria-label="Conversations">
            <a class="button new-question" href="/" data-testid="new-question" on:click=begin>{icon(icons::PLUS)}"New question"</a>
            <nav aria-label="Conversations">
                <p class="sidebar-title">"Conversations"</p>
                {move || conversation.threads.with(Vec::is_empty).then(|| view! { <p class="sidebar-empty">"What you ask is kept here."</p> })}
                <ul class="threads">
                    <For each=move || conversation.threads.get() key=|thread| (thread.thread_id.clone(), thread.title.clone()) let:thread>
                        <ThreadItem conversation thread gone failed/>
                    </For>
                </ul>
                {move || failed.get().then(|| view! { <p class="sidebar-empty" role="alert">"The conversation could not be deleted."</p> })}
            </nav>
        </aside>
    }
}

#[component]
fn ThreadItem(
    conversation: Conversation,
    thread: ThreadSummary,
    gone: Callback<String>,
    failed: RwSignal<bool>,
) -> impl IntoView {
    let menu = expect_context::<Menu>();
    let id = StoredValue::new(thread.thread_id.clone());
    let current = move || {
        conversation
            .thread_id
            .with(|open| open.as_ref() == Some(&id.get_value()))
            .then_some("page")
    };
    let about = [
        Some(dataset_name(conversation, &thread.dataset_id)),
        day(&thread.updated_at),
    ];
    let about = about.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    let title = thread.title.clone();
    view! {
        <li class="thread" data-testid="thread">
            <a href=format!("/c/{}", thread.thread_id) aria-current=current on:click=move |_| menu.open.set(false)>
                <span class="thread-title">{thread.title}</span>
                <span class="thread-about">{about}</span>
            </a>
            <DeleteButton title sure=Callback::new(move |()| spawn_local(delete(conversation, id.get_value(), gone, failed)))/>
        </li>
    }
}

/// The first click asks, the second deletes; looking elsewhere forgets the first.
#[component]
fn DeleteButton(title: String, sure: Callback<()>) -> impl IntoView {
    let asking = RwSignal::new(false);
    let click = move |_| {
        if asking.get_untracked() {
            sure.run(())
        } else {
            asking.set(true)
        }
    };
    let label = move || match asking.get() {
        true => format!("Really delete “{title}”"),
        false => format!("Delete “{title}”"),
    };
    view! {
        <button type="button" class="icon-button thread-delete" class:sure=move || asking.get() aria-label=label
            data-testid="delete-thread" on:click=click on:blur=move |_| asking.set(false)>
            {move || if asking.get() { view! { <span>"Delete?"</span> }.into_any() } else { icon(icons::TRASH) }}
        </button>
    }
}

async fn delete(
    conversation: Conversation,
    thread_id: String,
    gone: Callback<String>,
    failed: RwSignal<bool>,
) {
    let deleted = asking::delete(conversation, thread_id.clone()).await.is_ok();
    failed.try_set(!deleted);
    if deleted {
        gone.run(thread_id);
    }
}

fn dataset_name(conversation: Conversation, dataset_id: &str) -> String {
    let name = conversation.datasets.with_untracked(|all| {
        all.iter()
            .find(|dataset| dataset.id == dataset_id)
            .map(|dataset| dataset.name.clone())
    });
    name.unwrap_or_else(|| dataset_id.to_string())
}
