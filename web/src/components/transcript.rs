//! The conversation as a log: what was asked and answered, and the turn in progress. A screen reader
//! hears one polite sentence when an answer is complete, not every step of it.

use super::answer::Answer;
use super::failure_panel::failure_panel;
use super::icons::{self, icon};
use super::live_turn::LiveTurnView;
use crate::browser;
use crate::client::Trouble;
use crate::state::asking::{self, LIVE_TURN_ID};
use crate::state::conversation::{Conversation, Entry};
use crate::state::failure::Failure;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often a reloaded page looks for an answer that was in progress.
const LOOK_AGAIN: Duration = Duration::from_millis(1_500);
/// After this many looks the reader is offered to ask again: longer than any run may take.
const MAX_LOOKS: u32 = 20;

#[component]
pub fn Transcript(conversation: Conversation, ask: Callback<String>) -> impl IntoView {
    let busy = move || conversation.live.with(Option::is_some);
    Effect::new(move |was: Option<bool>| {
        let is = busy();
        if is && was != Some(true) {
            // The turn is drawn after this effect.
            request_animation_frame(|| browser::scroll_to(LIVE_TURN_ID));
        }
        is
    });
    view! {
        <section class="transcript" role="log" aria-live="off" aria-label="Conversation" aria-busy=move || busy().to_string()>
            <For each=move || conversation.entries.get() key=Entry::key let:entry>
                <div class="entry">{entry_view(entry, ask)}</div>
            </For>
            {move || busy().then(|| view! { <div class="entry"><LiveTurnView live=conversation.live/></div> })}
            <Awaited conversation ask/>
        </section>
        <p class="visually-hidden" role="status">{move || conversation.announcement.get()}</p>
    }
}

fn entry_view(entry: Entry, ask: Callback<String>) -> AnyView {
    match entry {
        Entry::Question { text, .. } => {
            view! { <p class="question" data-testid="question">{text}</p> }.into_any()
        }
        Entry::Answer {
            question,
            text,
            run,
            suggestions,
            ..
        } => view! { <Answer text run question suggestions ask=Some(ask)/> }.into_any(),
        Entry::Lost {
            question, trouble, ..
        } => lost_view(question, &trouble, ask),
    }
}

fn lost_view(question: String, trouble: &Trouble, ask: Callback<String>) -> AnyView {
    view! {
        <article class="answer" data-testid="answer" data-status="lost">
            {failure_panel(Failure::of_trouble(trouble))}
            {again_button(question, ask)}
        </article>
    }
    .into_any()
}

fn again_button(question: String, ask: Callback<String>) -> AnyView {
    view! {
        <button type="button" class="button" data-testid="retry" on:click=move |_| ask.run(question.clone())>
            {icon(icons::RETRY)}
            "Ask again"
        </button>
    }
    .into_any()
}

/// The page was reloaded, or came back, while a question was being answered: the server goes on, and
/// this looks for the answer.
#[component]
fn Awaited(conversation: Conversation, ask: Callback<String>) -> impl IntoView {
    let awaited = Memo::new(move |_| {
        conversation
            .awaits_answer()
            .filter(|_| conversation.thread_id.get().is_some())
    });
    let looks = RwSignal::new(0_u32);
    Effect::new(move |_| {
        if awaited.with(Option::is_some) && looks.get() < MAX_LOOKS {
            set_timeout(move || spawn_local(look(conversation, looks)), LOOK_AGAIN);
        }
    });
    move || {
        awaited.get().map(|question| match looks.get() < MAX_LOOKS {
            true => view! { <div class="entry"><p class="awaited"><span class="spinner"></span>"Waiting for the answer…"</p></div> }.into_any(),
            false => lost_view(question, &Trouble::Broken, ask),
        })
    }
}

async fn look(conversation: Conversation, looks: RwSignal<u32>) {
    asking::look_again(conversation).await;
    looks.try_update(|looks| *looks += 1);
}
