//! The conversation on the page: what has been said, what is in progress, and the list of all
//! conversations. One per page; a copy is a handle to the same signals.

use super::live::LiveTurn;
use crate::client::Trouble;
use csv_analyst_protocol::api::{DatasetSummary, ThreadMessages};
use csv_analyst_protocol::chat::{ChatAnswer, Message, Role, ThreadSummary};
use csv_analyst_protocol::run::Run;
use leptos::prelude::*;
use std::sync::Arc;

/// One thing said.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    Question {
        key: String,
        text: String,
    },
    Answer {
        key: String,
        question: String,
        text: String,
        run: Option<Arc<Run>>,
        suggestions: Vec<String>,
    },
    /// Known to this page only: the answer that did not come.
    Lost {
        key: String,
        question: String,
        trouble: Trouble,
    },
}

impl Entry {
    pub fn key(&self) -> String {
        match self {
            Self::Question { key, .. } | Self::Answer { key, .. } | Self::Lost { key, .. } => key.clone(),
        }
    }
}

/// The server's messages as entries; each answer knows its question, for asking again.
pub fn entries_of(messages: Vec<Message>) -> Vec<Entry> {
    let mut question = String::new();
    let mut entries = Vec::with_capacity(messages.len());
    for message in messages {
        let key = message.message_id;
        entries.push(match message.role {
            Role::User => {
                question = message.text.clone();
                Entry::Question {
                    key,
                    text: message.text,
                }
            }
            Role::Assistant => Entry::Answer {
                key,
                question: question.clone(),
                text: message.text,
                run: message.run.map(Arc::new),
                suggestions: message.suggestions,
            },
        });
    }
    entries
}

#[derive(Clone, Copy)]
pub struct Conversation {
    pub thread_id: RwSignal<Option<String>>,
    /// The dataset that the thread is about; `None` until the first question is asked.
    pub dataset_id: RwSignal<Option<String>>,
    pub entries: RwSignal<Vec<Entry>>,
    pub live: RwSignal<Option<LiveTurn>>,
    /// Why the conversation could not be loaded.
    pub trouble: RwSignal<Option<Trouble>>,
    pub loading: RwSignal<bool>,
    pub threads: RwSignal<Vec<ThreadSummary>>,
    pub datasets: StoredValue<Vec<DatasetSummary>>,
    /// Said once to a screen reader when an answer is complete.
    pub announcement: RwSignal<String>,
    /// Numbers the entries that only this page knows.
    counter: StoredValue<u64>,
}

impl Conversation {
    pub fn new(datasets: Vec<DatasetSummary>, threads: Vec<ThreadSummary>) -> Self {
        Self {
            thread_id: RwSignal::new(None),
            dataset_id: RwSignal::new(None),
            entries: RwSignal::new(Vec::new()),
            live: RwSignal::new(None),
            trouble: RwSignal::new(None),
            loading: RwSignal::new(false),
            threads: RwSignal::new(threads),
            datasets: StoredValue::new(datasets),
            announcement: RwSignal::new(String::new()),
            counter: StoredValue::new(0),
        }
    }

    pub fn clear(&self) {
        self.thread_id.set(None);
        self.dataset_id.set(None);
        self.entries.set(Vec::new());
        self.live.set(None);
        self.trouble.set(None);
        self.loading.set(false);
    }

    /// Shows a conversation that came from the server.
    pub fn show(&self, thread_id: &str, loaded: Result<ThreadMessages, Trouble>) {
        self.loading.set(false);
        self.thread_id.set(Some(thread_id.to_string()));
        match loaded {
            Ok(thread) => {
                self.dataset_id.set(Some(thread.thread.dataset_id));
                self.entries.set(entries_of(thread.messages));
                self.trouble.set(None);
            }
            Err(trouble) => {
                self.entries.set(Vec::new());
                self.trouble.set(Some(trouble));
            }
        }
    }

    pub fn is_empty(&self) -> bool {
        self.entries.with(Vec::is_empty) && self.live.with(Option::is_none)
    }

    pub fn title(&self) -> Option<String> {
        let id = self.thread_id.get()?;
        self.threads.with(|threads| {
            threads
                .iter()
                .find(|thread| thread.thread_id == id)
                .map(|it| it.title.clone())
        })
    }

    pub fn last_question(&self) -> Option<String> {
        self.entries.with_untracked(|entries| {
            entries.iter().rev().find_map(|entry| match entry {
                Entry::Question { text, .. } => Some(text.clone()),
                _ => None,
            })
        })
    }

    /// The last thing said is a question that nothing is answering on this page.
    pub fn awaits_answer(&self) -> Option<String> {
        if self.live.with(Option::is_some) {
            return None;
        }
        self.entries.with(|entries| match entries.last() {
            Some(Entry::Question { text, .. }) => Some(text.clone()),
            _ => None,
        })
    }

    pub fn fresh_key(&self) -> String {
        self.counter.update_value(|counter| *counter += 1);
        format!("here-{}", self.counter.get_value())
    }

    pub fn push_question(&self, text: &str) {
        let key = self.fresh_key();
        self.entries.update(|entries| {
            entries.push(Entry::Question {
                key,
                text: text.to_string(),
            })
        });
    }

    /// The turn in progress becomes part of what has been said.
    pub fn push_answer(&self, question: String, answer: ChatAnswer) {
        let key = self.fresh_key();
        self.announcement.set(answer.message.clone());
        self.thread_id.set(Some(answer.thread_id));
        let run = answer.run.map(Arc::new);
        let entry = Entry::Answer {
            key,
            question,
            text: answer.message,
            run,
            suggestions: answer.suggestions,
        };
        self.live.set(None);
        self.entries.update(|entries| entries.push(entry));
    }

    pub fn push_lost(&self, question: String, trouble: Trouble) {
        let key = self.fresh_key();
        self.announcement.set(trouble.to_string());
        self.live.set(None);
        self.entries.update(|entries| {
            entries.push(Entry::Lost {
                key,
                question,
                trouble,
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(role: Role, text: &str) -> Message {
        Message {
            message_id: format!("m-{text}"),
            role,
            text: text.into(),
            run: None,
            suggestions: vec![],
            created_at: String::new(),
        }
    }

    #[test]
    fn every_answer_knows_its_question() {
        let said = [
            message(Role::User, "first"),
            message(Role::Assistant, "one"),
            message(Role::User, "second"),
            message(Role::Assistant, "two"),
        ];
        let questions: Vec<String> = entries_of(said.to_vec())
            .into_iter()
            .filter_map(|entry| match entry {
                Entry::Answer { question, .. } => Some(question),
                _ => None,
            })
            .collect();
        assert_eq!(questions, ["first", "second"]);
    }
}
