//! Asking, stopping and reloading: what happens between the composer and the service. Browser only.
//! A question is on the page before it is sent and stays there whatever happens to its answer.

use super::conversation::Conversation;
use super::live::{LiveTurn, TurnEnd};
use crate::browser;
use crate::client::{self, Api, Trouble};
use csv_analyst_protocol::chat::{ChatEvent, ChatRequest};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The element that the view scrolls to when a question is asked.
pub const LIVE_TURN_ID: &str = "turn-in-progress";

/// The question that the server may not have yet, kept in the browser over a reload.
pub const UNSENT_KEY: &str = "unsent";

pub fn ask(conversation: Conversation, dataset_id: String, question: String) {
    let question = question.trim().to_string();
    if question.is_empty() || conversation.live.with_untracked(Option::is_some) {
        return;
    }
    let thread_id = conversation.thread_id.get_untracked();
    browser::remember(UNSENT_KEY, &question);
    conversation.announcement.set(String::new());
    conversation.dataset_id.set(Some(dataset_id.clone()));
    conversation.push_question(&question);
    conversation.live.set(Some(LiveTurn::new(
        question.clone(),
        dataset_id.clone(),
        thread_id.clone(),
    )));
    let request = ChatRequest {
        dataset_id,
        message: question,
        thread_id,
    };
    spawn_local(answer(conversation, request));
}

async fn answer(conversation: Conversation, request: ChatRequest) {
    let mut end = None;
    let streamed = client::chat(&request, |event| {
        end = take(conversation, event);
        end.is_some()
    })
    .await;
    match (end, streamed) {
        (Some(TurnEnd::Answered(answer)), _) => conversation.push_answer(request.message, *answer),
        (Some(TurnEnd::Failed(error)), _) => conversation.push_lost(request.message, Trouble::Refused(error)),
        // Stopped turns were taken off the page by whoever stopped them.
        (None, Err(Trouble::Stopped)) => return,
        (None, Err(trouble)) => conversation.push_lost(request.message, trouble),
        (None, Ok(())) => conversation.push_lost(request.message, Trouble::Broken),
    }
    refresh_threads(conversation).await;
}

fn take(conversation: Conversation, event: ChatEvent) -> Option<TurnEnd> {
    let end = conversation
        .live
        .try_update(|live| live.as_mut().and_then(|live| live.apply(event)))
        .flatten();
    let named = conversation
        .live
        .with_untracked(|live| live.as_ref().and_then(|live| live.thread_id.clone()));
    if named.is_some() {
        // The server has stored the question.
        browser::remember(UNSENT_KEY, "");
    }
    if named.is_some() && conversation.thread_id.get_untracked() != named {
        conversation.thread_id.set(named);
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

/// Looks whether the server has the answer to the last question by now.
pub async fn look_again(conversation: Conversation) {
    let Some(thread_id) = conversation.thread_id.get_untracked() else {
        return;
    };
    let loaded = Api::from_context().thread_messages(&thread_id).await;
    let unchanged = conversation.thread_id.get_untracked().as_ref() == Some(&thread_id);
    if unchanged && conversation.live.with_untracked(Option::is_none) && loaded.is_ok() {
        conversation.show(&thread_id, loaded);
    }
}

/// Deletes a conversation on the server, then from the list.
pub async fn delete(conversation: Conversation, thread_id: String) -> Result<(), Trouble> {
    client::delete_thread(&thread_id).await?;
    conversation
        .threads
        .update(|threads| threads.retain(|thread| thread.thread_id != thread_id));
    Ok(())
}
