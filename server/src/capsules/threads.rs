//! Conversations: threads and their messages. Deleting one leaves its runs and capsules alone: what
//! ran stays on record.

use super::error::StoreError;
use super::{Store, runs};
use crate::clock;
use csv_analyst_protocol::api::ThreadMessages;
use csv_analyst_protocol::chat::{Message, Role, ThreadSummary};
use csv_analyst_protocol::plan::QueryPlan;
use rusqlite::{Connection, OptionalExtension, Row};

/// What there is to say; ids and times are given by the record.
#[derive(Clone, Debug)]
pub struct NewMessage {
    pub role: Role,
    pub text: String,
    pub run_id: Option<String>,
    pub suggestions: Vec<String>,
}

const THREAD_COLUMNS: &str = "thread_id, dataset_id, title, created_at, updated_at";
/// A page of the side bar.
const MAX_THREADS: i64 = 200;

impl Store {
    pub async fn thread(&self, thread_id: &str) -> Result<Option<ThreadSummary>, StoreError> {
        let thread_id = thread_id.to_owned();
        self.database
            .read(move |connection| load_thread(connection, &thread_id))
            .await
    }

    /// Newest first.
    pub async fn threads(&self) -> Result<Vec<ThreadSummary>, StoreError> {
        self.database.read(|connection| load_threads(connection)).await
    }

    pub async fn create_thread(&self, thread: ThreadSummary) -> Result<(), StoreError> {
        self.database
            .write(move |connection| {
                connection.execute(
                    "INSERT INTO threads (thread_id, dataset_id, title, created_at, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)",
                    (thread.thread_id, thread.dataset_id, thread.title, thread.created_at, thread.updated_at),
                )?;
                Ok(())
            })
            .await
    }

    /// Whether there was one.
    pub async fn delete_thread(&self, thread_id: &str) -> Result<bool, StoreError> {
        let thread_id = thread_id.to_owned();
        self.database
            .write(move |connection| {
                Ok(connection.execute("DELETE FROM threads WHERE thread_id = ?1", [&thread_id])? > 0)
            })
            .await
    }

    pub async fn add_message(&self, thread_id: &str, message: NewMessage) -> Result<(), StoreError> {
        let thread_id = thread_id.to_owned();
        self.database
            .write(move |connection| insert_message(connection, &thread_id, &message))
            .await
    }

    /// Oldest first; `None` when there is no such thread.
    pub async fn messages(&self, thread_id: &str) -> Result<Option<ThreadMessages>, StoreError> {
        let thread_id = thread_id.to_owned();
        self.database
            .read(move |connection| match load_thread(connection, &thread_id)? {
                Some(thread) => Ok(Some(ThreadMessages {
                    messages: load_messages(connection, &thread_id)?,
                    thread,
                })),
                None => Ok(None),
            })
            .await
    }

    /// Appends `text` to every conversation whose last message is a question, with the run that the
    /// question came to, if it came to one; answers how many there were. Call while nothing is answered.
    pub async fn answer_interrupted(&self, text: &'static str) -> Result<usize, StoreError> {
        self.database
            .write(move |connection| {
                let questions = load_unanswered(connection)?;
                for question in &questions {
                    let answer = NewMessage {
                        role: Role::Assistant,
                        text: text.to_owned(),
                        run_id: find_run_of(connection, question)?,
                        suggestions: Vec::new(),
                    };
                    insert_message(connection, &question.thread_id, &answer)?;
                }
                Ok(questions.len())
            })
            .await
    }

    /// The newest plan of the thread that the gate let through: what "those" and "only last month" refer to.
    /// Questions that were declined have none; a plan that was refused would be refused again.
    pub async fn last_plan(&self, thread_id: &str) -> Result<Option<QueryPlan>, StoreError> {
        let thread_id = thread_id.to_owned();
        self.database
            .read(move |connection| {
                let run_id: Option<String> = connection
                    .query_row(LAST_RUN, [&thread_id], |row| row.get(0))
                    .optional()?;
                match run_id {
                    Some(run_id) => Ok(runs::load(connection, &run_id)?.and_then(|run| run.plan)),
                    None => Ok(None),
                }
            })
            .await
    }
}

const LAST_RUN: &str = "
SELECT messages.run_id FROM messages JOIN runs ON runs.run_id = messages.run_id
WHERE messages.thread_id = ?1 AND runs.state <> 'rejected' ORDER BY messages.sequence DESC LIMIT 1";

/// A conversation that was deleted while its answer was made stays deleted; a run that could not be put
/// on record takes no answer with it.
const INSERT_MESSAGE: &str = "
INSERT INTO messages (message_id, thread_id, role, text, run_id, suggestions, created_at)
SELECT ?1, thread_id, ?3, ?4, (SELECT run_id FROM runs WHERE run_id = ?5), ?6, ?7 FROM threads WHERE thread_id = ?2";

fn insert_message(
    connection: &mut Connection,
    thread_id: &str,
    message: &NewMessage,
) -> Result<(), StoreError> {
    let now = clock::now();
    let role = serde_json::to_string(&message.role)?;
    let transaction = connection.transaction()?;
    transaction.execute(
        INSERT_MESSAGE,
        (
            uuid::Uuid::now_v7().to_string(),
            thread_id,
            role,
            &message.text,
            &message.run_id,
            serde_json::to_string(&message.suggestions)?,
            &now,
        ),
    )?;
    transaction.execute(
        "UPDATE threads SET updated_at = ?2 WHERE thread_id = ?1",
        (thread_id, &now),
    )?;
    Ok(transaction.commit()?)
}

struct Unanswered {
    thread_id: String,
    dataset_id: String,
    text: String,
    asked_at: String,
}

fn load_unanswered(connection: &Connection) -> Result<Vec<Unanswered>, StoreError> {
    let query = "SELECT thread_id, dataset_id, text, messages.created_at
        FROM messages JOIN threads USING (thread_id)
        WHERE sequence = (SELECT max(sequence) FROM messages AS later WHERE later.thread_id = threads.thread_id)
        AND role = ?1 ORDER BY sequence";
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([serde_json::to_string(&Role::User)?], |row| {
        Ok(Unanswered {
            thread_id: row.get(0)?,
            dataset_id: row.get(1)?,
            text: row.get(2)?,
            asked_at: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Runs do not name their conversation: it is the first with this question since it was asked that no
/// other message speaks of.
fn find_run_of(connection: &Connection, question: &Unanswered) -> Result<Option<String>, StoreError> {
    let query = "SELECT run_id FROM runs
        WHERE dataset_id = ?1 AND created_at >= ?2 AND json_extract(body, '$.question') = ?3
        AND run_id NOT IN (SELECT run_id FROM messages WHERE run_id IS NOT NULL)
        ORDER BY created_at, run_id LIMIT 1";
    let Unanswered {
        dataset_id,
        text,
        asked_at,
        ..
    } = question;
    Ok(connection
        .query_row(query, [dataset_id, asked_at, text], |row| row.get(0))
        .optional()?)
}

fn load_thread(connection: &Connection, thread_id: &str) -> Result<Option<ThreadSummary>, StoreError> {
    let query = format!("SELECT {THREAD_COLUMNS} FROM threads WHERE thread_id = ?1");
    Ok(connection
        .query_row(&query, [thread_id], read_thread)
        .optional()?)
}

fn load_threads(connection: &Connection) -> Result<Vec<ThreadSummary>, StoreError> {
    let query = format!("SELECT {THREAD_COLUMNS} FROM threads ORDER BY updated_at DESC LIMIT ?1");
    let mut statement = connection.prepare(&query)?;
    Ok(statement
        .query_map([MAX_THREADS], read_thread)?
        .collect::<Result<_, _>>()?)
}

fn read_thread(row: &Row<'_>) -> rusqlite::Result<ThreadSummary> {
    Ok(ThreadSummary {
        thread_id: row.get(0)?,
        dataset_id: row.get(1)?,
        title: row.get(2)?,
        created_at: row.get(3)?,
        updated_at: row.get(4)?,
    })
}

fn load_messages(connection: &Connection, thread_id: &str) -> Result<Vec<Message>, StoreError> {
    let query = "SELECT message_id, role, text, run_id, suggestions, created_at FROM messages WHERE thread_id = ?1 ORDER BY sequence";
    let mut statement = connection.prepare(query)?;
    let mut rows = statement.query([thread_id])?;
    let mut messages = Vec::new();
    while let Some(row) = rows.next()? {
        messages.push(read_message(connection, row)?);
    }
    Ok(messages)
}

fn read_message(connection: &Connection, row: &Row<'_>) -> Result<Message, StoreError> {
    let (role, run_id, suggestions): (String, Option<String>, String) =
        (row.get(1)?, row.get(3)?, row.get(4)?);
    let run = match run_id {
        Some(run_id) => runs::load(connection, &run_id)?,
        None => None,
    };
    Ok(Message {
        message_id: row.get(0)?,
        role: serde_json::from_str::<Role>(&role)?,
        text: row.get(2)?,
        run,
        suggestions: serde_json::from_str(&suggestions)?,
        created_at: row.get(5)?,
    })
}
