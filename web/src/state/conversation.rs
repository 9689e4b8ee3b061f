//! The conversation on the page: what has been said, what is in progress, and the list of all
//! conversations. One per page; a copy is a handle to the same signals.

use super::live::LiveTurn;
use crate::client::Trouble;
use csv_analyst_protocol::api::{DatasetState, DatasetSummary, ThreadMessages};
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
    /// A line of the page itself.
    Notice {
        key: String,
        text: String,
    },
}

impl Entry {
    pub fn key(&self) -> String {
        match self {
            Self::Question { key, .. }
            | Self::Answer { key, .. }
            | Self::Lost { key, .. }
            | Self::Notice { key, .. } => key.clone(),
        }
    }

    fn is_end(&self) -> bool {
        matches!(self, Self::Answer { .. } | Self::Lost { .. })
    }
}

/// The server's messages as entries. Several questions may be asked before the first is answered:
/// each answer stands under its own question, and knows it, for asking again.
pub fn entries_of(messages: Vec<Message>) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(messages.len());
    for message in messages {
        match message.role {
            Role::User => entries.push(Entry::Question {
                key: message.message_id,
                text: message.text,
            }),
            Role::Assistant => {
                let (place, question) = place_of_answer(&entries, &message);
                let answer = Entry::Answer {
                    key: message.message_id,
                    question,
                    text: message.text,
                    run: message.run.map(Arc::new),
                    suggestions: message.suggestions,
                };
                entries.insert(place, answer);
            }
        }
    }
    entries
}

/// A run knows its question. What has no run was answered at once, so it belongs to the newest.
fn place_of_answer(entries: &[Entry], message: &Message) -> (usize, String) {
    let asked = message.run.as_ref().and_then(|run| run.question.as_deref());
    let open = open_questions(entries);
    let own = open.iter().find(|open| Some(open.text) == asked);
    match own.or(open.last()) {
        Some(open) => (open.place + 1, open.text.to_string()),
        None => (entries.len(), String::new()),
    }
}

struct OpenQuestion<'a> {
    place: usize,
    key: &'a str,
    text: &'a str,
}

/// The questions without an answer, oldest first.
fn open_questions(entries: &[Entry]) -> Vec<OpenQuestion<'_>> {
    let open = entries
        .iter()
        .enumerate()
        .filter_map(|(place, entry)| match entry {
            Entry::Question { key, text } if !entries.get(place + 1).is_some_and(Entry::is_end) => {
                Some(OpenQuestion { place, key, text })
            }
            _ => None,
        });
    open.collect()
}

/// Puts the answers that the server has by now under the questions that wait for them, and gives the
/// last one's text. Everything else on the page stays as it is.
fn adopt_answers(entries: &mut Vec<Entry>, known: &[Entry]) -> Option<String> {
    let mut adopted = None;
    for pair in known.windows(2) {
        let [Entry::Question { key, .. }, answer @ Entry::Answer { text, .. }] = pair else {
            continue;
        };
        let place = open_questions(entries)
            .iter()
            .find(|open| open.key == key)
            .map(|open| open.place);
        if let Some(place) = place {
            entries.insert(place + 1, answer.clone());
            adopted = Some(text.clone());
        }
    }
    adopted
}

pub fn is_usable(dataset: &DatasetSummary) -> bool {
    dataset.state == DatasetState::Ready && dataset.error.is_none()
}

pub fn is_being_prepared(dataset: &DatasetSummary) -> bool {
    dataset.state == DatasetState::Preparing
}

/// Said when a question could not go into the conversation that it was asked in.
const GONE: &str = "That conversation is not there any more, so your question begins a new one.";

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
    pub datasets: RwSignal<Vec<DatasetSummary>>,
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
            datasets: RwSignal::new(datasets),
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

    /// The keys of the questions that nothing on this page is answering.
    pub fn unanswered(&self) -> Vec<String> {
        let in_progress = self.live.with(Option::is_some);
        self.entries.with(|entries| {
            let mut open = open_questions(entries);
            if in_progress {
                open.pop();
            }
            open.iter().map(|open| open.key.to_string()).collect()
        })
    }

    /// Takes the answers that have come meanwhile.
    pub fn adopt(&self, messages: Vec<Message>) {
        let known = entries_of(messages);
        let adopt = |entries: &mut Vec<Entry>| {
            let adopted = adopt_answers(entries, &known);
            (adopted.is_some(), adopted)
        };
        if let Some(text) = self.entries.try_maybe_update(adopt).flatten() {
            self.announcement.set(text);
        }
    }

    /// The conversation is gone from the server: the question begins another, and a line says so.
    pub fn begin_anew(&self, question: &str) {
        self.thread_id.set(None);
        self.trouble.set(None);
        self.entries.set(vec![Entry::Notice {
            key: self.fresh_key(),
            text: GONE.to_string(),
        }]);
        self.push_question(question);
    }

    fn fresh_key(&self) -> String {
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
    use super::super::steps::tests::finished_run;
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

    fn keys(entries: &[Entry]) -> Vec<String> {
        entries.iter().map(Entry::key).collect()
    }

    #[test]
    fn an_answer_that_comes_late_stands_under_its_own_question() {
        let mut late = message(Role::Assistant, "one");
        late.run = Some(Run {
            question: Some("first".into()),
            ..finished_run()
        });
        let said = [
            message(Role::User, "first"),
            message(Role::User, "second"),
            message(Role::Assistant, "two"),
            late,
        ];
        assert_eq!(
            keys(&entries_of(said.to_vec())),
            ["m-first", "m-one", "m-second", "m-two"]
        );
    }

    #[test]
    fn an_answer_that_was_awaited_is_put_in_without_touching_the_rest() {
        let asked = vec![message(Role::User, "first")];
        let mut page = entries_of(asked.clone());
        page.push(Entry::Question {
            key: "here-1".into(),
            text: "second".into(),
        });
        let answered = [asked, vec![message(Role::Assistant, "one")]].concat();
        let known = entries_of(answered);
        assert_eq!(adopt_answers(&mut page, &known), Some("one".to_string()));
        assert_eq!(keys(&page), ["m-first", "m-one", "here-1"]);
        assert_eq!(adopt_answers(&mut page, &known), None);
    }

    #[test]
    fn older_questions_are_still_awaited_while_another_is_in_progress() {
        let owner = Owner::new();
        owner.set();
        let conversation = Conversation::new(vec![], vec![]);
        conversation
            .entries
            .set(entries_of(vec![message(Role::User, "first")]));
        conversation.push_question("second");
        conversation
            .live
            .set(Some(LiveTurn::new("second".into(), "ecommerce".into(), None)));
        assert_eq!(untrack(|| conversation.unanswered()), ["m-first"]);
    }

    #[test]
    fn a_question_to_a_deleted_conversation_begins_a_new_one_and_says_so() {
        let owner = Owner::new();
        owner.set();
        let conversation = Conversation::new(vec![], vec![]);
        conversation.thread_id.set(Some("gone".into()));
        conversation.push_question("earlier");
        conversation.begin_anew("And last month?");
        assert_eq!(conversation.thread_id.get_untracked(), None);
        let entries = conversation.entries.get_untracked();
        assert!(matches!(&entries[0], Entry::Notice { text, .. } if text == GONE));
        assert!(matches!(&entries[1], Entry::Question { text, .. } if text == "And last month?"));
        assert_eq!(entries.len(), 2);
    }
}
