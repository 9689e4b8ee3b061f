//! Asking, stopping and reloading: what happens between the composer and the service. Browser only.
//! A question is on the page before it is sent and stays there whatever happens to its answer.

use super::conversation::{Conversation, is_being_prepared};
use super::live::{LiveTurn, TurnEnd};
use crate::browser;
use crate::client::{self, Api, Trouble};
use csv_analyst_protocol::api::DatasetSummary;
use csv_analyst_protocol::chat::{ChatAnswer, ChatEvent, ChatRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::ops::ControlFlow;
use std::time::Duration;

/// How often the page looks whether a dataset that is being prepared can be asked.
const DATASETS_PAUSE: Duration = Duration::from_secs(2);

/// The element that the view scrolls to when a question is asked.
pub const LIVE_TURN_ID: &str = "turn-in-progress";

/// The question that the server may not have yet, kept in the browser over a reload.
pub const UNSENT_KEY: &str = "unsent";

pub fn ask(conversation: Conversation, dataset_id: String, question: String) {
    let question = question.trim().to_string();
    if question.is_empty() || conversation.live.with_untracked(Option::is_some) {
        return;
    }
    browser::remember(UNSENT_KEY, &question);
    conversation.announcement.set(String::new());
    conversation.dataset_id.set(Some(dataset_id.clone()));
    let trouble = conversation.trouble.get_untracked();
    if trouble.is_some_and(|trouble| trouble.is_missing_thread()) {
        conversation.begin_anew(&question);
    } else {
        conversation.push_question(&question);
    }
    let request = ChatRequest {
        dataset_id,
        message: question,
        thread_id: conversation.thread_id.get_untracked(),
        cache: None,
    };
    conversation.live.set(Some(turn_of(&request)));
    spawn_local(answer(conversation, request));
}

fn turn_of(request: &ChatRequest) -> LiveTurn {
    LiveTurn::new(
        request.message.clone(),
        request.dataset_id.clone(),
        request.thread_id.clone(),
    )
}

async fn answer(conversation: Conversation, mut request: ChatRequest) {
    let mut outcome = send(conversation, &request).await;
    let gone = matches!(&outcome, Err(trouble) if trouble.is_missing_thread());
    if gone && request.thread_id.take().is_some() {
        // Deleted elsewhere meanwhile; nothing that was typed may depend on it.
        browser::remember(UNSENT_KEY, &request.message);
        conversation.begin_anew(&request.message);
        conversation.live.set(Some(turn_of(&request)));
        outcome = send(conversation, &request).await;
    }
    match outcome {
        Ok(answer) => conversation.push_answer(request.message, answer),
        // Stopped turns were taken off the page by whoever stopped them.
        Err(Trouble::Stopped) => return,
        Err(trouble) => conversation.push_lost(request.message, trouble),
    }
    refresh_threads(conversation).await;
}

async fn send(conversation: Conversation, request: &ChatRequest) -> Result<ChatAnswer, Trouble> {
    let mut end = None;
    let streamed = client::chat(request, |event| {
        end = take(conversation, event);
        end.is_some()
    })
    .await;
    match (end, streamed) {
        (Some(TurnEnd::Answered(answer)), _) => Ok(*answer),
        (Some(TurnEnd::Failed(error)), _) => Err(Trouble::Refused(error)),
        (None, Err(trouble)) => Err(trouble),
        (None, Ok(())) => Err(Trouble::Broken),
    }
}

fn take(conversation: Conversation, event: ChatEvent) -> Option<TurnEnd> {
    let end = conversation
        .live
        .try_update(|live| live.as_mut().and_then(|live| live.apply(event)))
        .flatten();
    let stored = |live: &LiveTurn| live.stored.then(|| live.thread_id.clone());
    let stored_in = conversation
        .live
        .with_untracked(|live| live.as_ref().and_then(stored));
    if let Some(thread_id) = stored_in {
        browser::remember(UNSENT_KEY, "");
        if conversation.thread_id.get_untracked() != thread_id {
            conversation.thread_id.set(thread_id);
        }
    }
    end
}

/// The reader stopped the question: the stream ends here, the run on the server.
pub fn stop(conversation: Conversation) {
    let Some(live) = conversation.live.get_untracked() else {
        return;
    };
    client::abort();
    conversation.push_lost(live.question, Trouble::Stopped);
    spawn_local(async move {
        if let Some(run_id) = live.run_id {
            // If the run has ended meanwhile there is nothing left to stop.
            let _ = client::cancel_run(&run_id).await;
        }
        refresh_threads(conversation).await;
    });
}

/// Leaves the turn in progress to the server: another conversation is being opened.
pub fn let_go(conversation: Conversation) {
    if conversation.live.with_untracked(Option::is_some) {
        client::abort();
        conversation.live.set(None);
    }
}

pub async fn refresh_threads(conversation: Conversation) {
    // The list is a convenience; without it the conversation goes on.
    if let Ok(list) = Api::from_context().threads().await {
        conversation.threads.try_set(list.threads);
    }
}

/// Opens another conversation, unless the reader has moved on before it came.
pub fn open(conversation: Conversation, thread_id: String) {
    let_go(conversation);
    conversation.clear();
    conversation.thread_id.set(Some(thread_id.clone()));
    conversation.loading.set(true);
    spawn_local(async move {
        let loaded = Api::from_context().thread_messages(&thread_id).await;
        if conversation.thread_id.get_untracked().as_ref() == Some(&thread_id) {
            conversation.show(&thread_id, loaded);
        }
    });
}

/// Looks whether the server has answers by now; breaks off when they can't come any more.
pub async fn look_again(conversation: Conversation, thread_id: String) -> ControlFlow<()> {
    let loaded = Api::from_context().thread_messages(&thread_id).await;
    let shown = conversation.thread_id.try_get_untracked().flatten();
    match loaded {
        _ if shown != Some(thread_id) => ControlFlow::Break(()),
        Ok(thread) => {
            conversation.adopt(thread.messages);
            ControlFlow::Continue(())
        }
        Err(trouble) if trouble.is_missing_thread() => ControlFlow::Break(()),
        Err(_) => ControlFlow::Continue(()),
    }
}

/// Looks at the datasets until all of them are prepared or refused.
pub fn watch_datasets(conversation: Conversation) {
    let preparing = |all: &Vec<DatasetSummary>| all.iter().any(is_being_prepared);
    if conversation.datasets.try_with_untracked(preparing) != Some(true) {
        return;
    }
    let look = async move {
        if let Ok(list) = Api::from_context().datasets().await {
            conversation.datasets.try_set(list.datasets);
        }
        watch_datasets(conversation);
    };
    set_timeout(move || spawn_local(look), DATASETS_PAUSE);
}

/// Deletes a conversation on the server, then from the list.
pub async fn delete(conversation: Conversation, thread_id: String) -> Result<(), Trouble> {
    match client::delete_thread(&thread_id).await {
        // Somebody was quicker.
        Err(trouble) if trouble.is_missing_thread() => {}
        deleted => deleted?,
    }
    conversation
        .threads
        .update(|threads| threads.retain(|thread| thread.thread_id != thread_id));
    Ok(())
}
