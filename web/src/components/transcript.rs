//! The conversation as a log: what was asked and answered, and the turn in progress. A screen reader
//! hears one polite sentence when an answer is complete, not every step of it.

use super::answer::Answer;
use super::failure_panel::failure_panel;
use super::icons::{self, icon};
use super::live_turn::LiveTurnView;
use crate::browser;
use crate::state::asking::{self, LIVE_TURN_ID};
use crate::state::conversation::{Conversation, Entry};
use crate::state::failure::Failure;
use crate::state::waiting::Waiting;
use leptos::prelude::*;

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
    let awaited = Awaited::new(conversation);
    Effect::new(move |_| {
        awaited.open.track();
        awaited.look();
    });
    view! {
        <section class="transcript" role="log" aria-live="off" aria-label="Conversation" aria-busy=move || busy().to_string()>
            <For each=move || conversation.entries.get() key=Entry::key let:entry>
                <div class="entry">{entry_view(entry, awaited, ask)}</div>
            </For>
            {move || busy().then(|| view! { <div class="entry"><LiveTurnView live=conversation.live/></div> })}
        </section>
        <p class="visually-hidden" role="status">{move || conversation.announcement.get()}</p>
    }
}

fn entry_view(entry: Entry, awaited: Awaited, ask: Callback<String>) -> AnyView {
    match entry {
        Entry::Question { key, text } => {
            let open = Memo::new(move |_| awaited.open.with(|(_, open)| open.contains(&key)));
            let question = text.clone();
            view! {
                <p class="question" data-testid="question">{text}</p>
                {move || open.get().then(|| awaited_view(question.clone(), awaited, ask))}
            }
            .into_any()
        }
        Entry::Answer {
            question,
            text,
            run,
            suggestions,
            ..
        } => {
            let thread_id = awaited.conversation.thread_id.get_untracked();
            view! { <Answer text run question suggestions thread_id ask=Some(ask)/> }.into_any()
        }
        Entry::Lost {
            question, trouble, ..
        } => lost_view(Failure::of_trouble(&trouble), again_button(question, ask)),
        Entry::Notice { text, .. } => view! { <p class="notice" data-testid="notice">{text}</p> }.into_any(),
    }
}

fn lost_view(failure: Failure, actions: AnyView) -> AnyView {
    view! {
        <article class="answer" data-testid="answer" data-status="lost">
            {failure_panel(failure)}
            <div class="answer-actions">{actions}</div>
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

/// The questions without an answer: the page was reloaded, or another was asked meanwhile. The server
/// goes on, and this looks for what it answers.
#[derive(Clone, Copy)]
struct Awaited {
    conversation: Conversation,
    /// The conversation, and the keys of its open questions.
    open: Memo<(Option<String>, Vec<String>)>,
    waiting: Waiting,
}

impl Awaited {
    fn new(conversation: Conversation) -> Self {
        Self {
            conversation,
            open: Memo::new(move |_| match conversation.thread_id.get() {
                None => (None, Vec::new()),
                thread_id => (thread_id, conversation.unanswered()),
            }),
            waiting: Waiting::default(),
        }
    }

    fn look(self) {
        match self.open.get_untracked() {
            (Some(thread_id), open) if !open.is_empty() => {
                let conversation = self.conversation;
                self.waiting
                    .begin(move || asking::look_again(conversation, thread_id.clone()));
            }
            _ => self.waiting.end(),
        }
    }
}

fn awaited_view(question: String, awaited: Awaited, ask: Callback<String>) -> AnyView {
    let view = move || match awaited.waiting.given_up.get() {
        false => {
            view! { <p class="awaited"><span class="spinner"></span>"Waiting for the answer…"</p> }.into_any()
        }
        true => {
            let actions = view! {
                <button type="button" class="button" data-testid="look-again" on:click=move |_| awaited.look()>
                    {icon(icons::RETRY)}
                    "Look again"
                </button>
                {again_button(question.clone(), ask)}
            };
            lost_view(Failure::no_answer_yet(), actions.into_any())
        }
    };
    view.into_any()
}
