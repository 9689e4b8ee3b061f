//! Where a question is written. Enter sends, Shift+Enter makes a line, Escape stops, Up in an empty
//! field brings back the last question. What is typed survives a reload and any error.

use super::dataset_picker::DatasetPicker;
use super::icons::{self, icon};
use crate::browser;
use crate::state::asking;
use crate::state::conversation::Conversation;
use csv_analyst_protocol::limits::MAX_MESSAGE_BYTES;
use leptos::ev::KeyboardEvent;
use leptos::html::Textarea;
use leptos::prelude::*;

const DRAFT_KEY: &str = "draft";
pub const COMPOSER_ID: &str = "composer";

/// The field keeps its own text (a controlled field would lose what is typed before hydration);
/// `draft` follows it.
#[derive(Clone, Copy)]
struct Field {
    node: NodeRef<Textarea>,
    draft: RwSignal<String>,
}

impl Field {
    fn write(self, text: &str) {
        if let Some(node) = self.node.get_untracked() {
            node.set_value(text);
        }
        self.remember(text);
    }

    fn remember(self, text: &str) {
        self.draft.set(text.to_string());
        browser::remember(DRAFT_KEY, text);
    }

    /// After hydration: what the reader typed meanwhile wins over what was remembered.
    fn restore(self) {
        let Some(node) = self.node.get() else { return };
        match node.value() {
            typed if typed.is_empty() => {
                let kept = browser::remembered(DRAFT_KEY).or_else(|| browser::remembered(asking::UNSENT_KEY));
                self.write(&kept.unwrap_or_default());
            }
            typed => self.remember(&typed),
        }
    }
}

#[component]
pub fn Composer(
    conversation: Conversation,
    chosen: Memo<Option<String>>,
    ask: Callback<String>,
) -> impl IntoView {
    let field = Field {
        node: NodeRef::new(),
        draft: RwSignal::new(String::new()),
    };
    Effect::new(move |_| field.restore());
    let running = Memo::new(move |_| conversation.live.with(Option::is_some));
    let send = move || {
        let text = field.draft.get_untracked();
        // While no dataset can be asked, what is typed waits in the field.
        if !text.trim().is_empty() && !running.get_untracked() && chosen.with_untracked(Option::is_some) {
            field.write("");
            ask.run(text);
        }
    };
    let keys = move |event: KeyboardEvent| on_key(&event, field, conversation, &send);
    let stop_on_escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && running.try_get_untracked() == Some(true) {
            asking::stop(conversation);
        }
    });
    on_cleanup(move || stop_on_escape.remove());
    view! {
        <div class="composer">
            <div class="composer-box">
                <label class="visually-hidden" for=COMPOSER_ID>"Your question"</label>
                <textarea
                    id=COMPOSER_ID
                    node_ref=field.node
                    rows="1"
                    maxlength=MAX_MESSAGE_BYTES.to_string()
                    placeholder="Ask a question about this data"
                    autocomplete="off"
                    data-testid="composer"
                    on:input=move |event| field.remember(&event_target_value(&event))
                    on:keydown=keys
                ></textarea>
                <div class="composer-bar">
                    <DatasetPicker datasets=conversation.datasets chosen/>
                    <p class="composer-hint">"Enter sends, Shift+Enter for a new line"</p>
                    {move || match running.get() {
                        true => stop_button(conversation),
                        false => send_button(field, chosen, send),
                    }}
                </div>
            </div>
            <noscript><p class="note">"Reading works without JavaScript; asking a question needs it."</p></noscript>
        </div>
    }
}

fn on_key(event: &KeyboardEvent, field: Field, conversation: Conversation, send: &impl Fn()) {
    match event.key().as_str() {
        "Enter" if !event.shift_key() && !event.is_composing() => {
            event.prevent_default();
            send();
        }
        "ArrowUp" if field.draft.with_untracked(String::is_empty) => {
            if let Some(last) = conversation.last_question() {
                event.prevent_default();
                field.write(&last);
            }
        }
        _ => {}
    }
}

fn stop_button(conversation: Conversation) -> AnyView {
    view! {
        <button type="button" class="send stop" data-testid="stop" aria-label="Stop" title="Stop (Esc)"
            on:click=move |_| asking::stop(conversation)>
            {icon(icons::STOP)}
            <span>"Stop"</span>
        </button>
    }
    .into_any()
}

fn send_button(field: Field, chosen: Memo<Option<String>>, send: impl Fn() + 'static) -> AnyView {
    let idle = move || field.draft.with(|draft| draft.trim().is_empty()) || chosen.with(Option::is_none);
    view! {
        <button type="button" class="send" data-testid="send" aria-label="Send" title="Send (Enter)" disabled=idle on:click=move |_| send()>
            {icon(icons::ARROW_UP)}
            <span>"Ask"</span>
        </button>
    }
    .into_any()
}
