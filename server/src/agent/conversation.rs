//! One question of a conversation: stored, planned, run, answered in words, stored again.
//!
//! The question is stored before anything else happens, and the work goes on when the client goes
//! away: nothing typed and nothing run is lost. It decides nothing about queries.

use super::turn::{Events, Turn, follow};
use super::unstored::UnstoredAnswer;
use super::{Agent, AgentDecision, Question, words};
use crate::capsules::{NewMessage, Store, StoreError};
use crate::clock;
use crate::datasets::Catalog;
use crate::runs::{Client, RunService, Submission, SubmitError};
use csv_analyst_protocol::chat::{ChatAnswer, ChatEvent, ChatRequest, Role, ThreadSummary, TokenEvent};
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::error::{ErrorCode, ErrorDetail};
use csv_analyst_protocol::gate::UntrustedQuery;
use csv_analyst_protocol::limits::{Limits, MAX_MESSAGE_BYTES};
use csv_analyst_protocol::plan::QueryPlan;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

#[derive(Debug, thiserror::Error)]
pub enum ChatError {
    /// The request's own fault, or the dataset's.
    #[error("{}", .0.message)]
    Refused(Box<ErrorDetail>),
    #[error(transparent)]
    Submit(#[from] SubmitError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("internal: {0}")]
    Internal(String),
}

/// Cheap to clone.
#[derive(Clone)]
pub struct ChatService {
    inner: Arc<Inner>,
}

struct Inner {
    agent: Box<dyn Agent>,
    catalog: Arc<Catalog>,
    runs: RunService,
    store: Store,
    limits: Limits,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl ChatService {
    pub fn new(
        agent: Box<dyn Agent>,
        catalog: Arc<Catalog>,
        runs: RunService,
        store: Store,
        limits: Limits,
    ) -> Self {
        let tasks = TaskTracker::new();
        Self {
            inner: Arc::new(Inner {
                agent,
                catalog,
                runs,
                store,
                limits,
                tasks,
                stop: CancellationToken::new(),
            }),
        }
    }

    /// Starts answering. The steps arrive at the receiver; the end is the task's result. Dropping
    /// either stops nothing.
    pub fn ask(
        &self,
        request: ChatRequest,
        client: Client,
    ) -> (
        mpsc::UnboundedReceiver<ChatEvent>,
        JoinHandle<Result<ChatAnswer, ChatError>>,
    ) {
        let (events, steps) = mpsc::unbounded_channel();
        let inner = self.inner.clone();
        let answering = self
            .inner
            .tasks
            .spawn(async move { inner.answer(request, client, &events).await });
        (steps, answering)
    }

    /// Questions that the last stop left without an answer get one that says so: a page would wait for
    /// it for ever. Call before the first question, and after the runs were recovered.
    pub async fn recover(&self) -> Result<usize, StoreError> {
        self.inner.store.answer_interrupted(words::INTERRUPTED).await
    }

    /// Waits until every question that was begun is answered and stored. Stop the runs first.
    pub async fn shut_down(&self) {
        self.inner.stop.cancel();
        self.inner.tasks.close();
        self.inner.tasks.wait().await;
    }
}

impl Inner {
    async fn answer(
        &self,
        request: ChatRequest,
        client: Client,
        events: &Events,
    ) -> Result<ChatAnswer, ChatError> {
        let thread_id = request
            .thread_id
            .clone()
            .unwrap_or_else(|| uuid::Uuid::now_v7().to_string());
        check_message(&request.message)?;
        let dataset = self
            .catalog
            .get(&request.dataset_id)
            .await
            .map_err(ChatError::Refused)?;
        let turn = Turn {
            thread_id,
            dataset,
            client,
            events,
        };
        self.store_question(&turn, &request).await?;
        // The first sign of life says that the question is kept: a page then lets go of what was typed.
        turn.understanding("Understanding the question");
        let outcome = self.decide_and_run(&turn, &request).await;
        self.store_answer(&turn, outcome).await
    }

    async fn store_question(&self, turn: &Turn<'_>, request: &ChatRequest) -> Result<(), ChatError> {
        let dataset_id = &request.dataset_id;
        match self.store.thread(&turn.thread_id).await? {
            Some(thread) if thread.dataset_id == *dataset_id => {}
            Some(thread) => return Err(refused(other_dataset(&thread.dataset_id))),
            None if request.thread_id.is_some() => return Err(refused(no_thread())),
            None => self.store.create_thread(new_thread(turn, request)).await?,
        }
        let message = NewMessage {
            role: Role::User,
            text: request.message.clone(),
            run_id: None,
            suggestions: Vec::new(),
        };
        Ok(self.store.add_message(&turn.thread_id, message).await?)
    }

    async fn decide_and_run(&self, turn: &Turn<'_>, request: &ChatRequest) -> Result<ChatAnswer, ChatError> {
        let previous = self.store.last_plan(&turn.thread_id).await?;
        let question = Question {
            text: request.message.clone(),
            dataset: turn.dataset.dataset.clone(),
            previous,
        };
        let decision = self
            .agent
            .answer(question)
            .await
            .map_err(|error| ChatError::Internal(error.to_string()))?;
        match decision {
            AgentDecision::Declined { reason, nearby } => Ok(ChatAnswer {
                thread_id: turn.thread_id.clone(),
                message: reason,
                run: None,
                suggestions: nearby,
            }),
            AgentDecision::Plan {
                plan,
                understood,
                assumptions,
            } => {
                turn.understanding(&understood);
                turn.tell(ChatEvent::Plan(plan.clone()));
                self.run_plan(turn, request, *plan, &assumptions).await
            }
        }
    }

    async fn run_plan(
        &self,
        turn: &Turn<'_>,
        request: &ChatRequest,
        plan: QueryPlan,
        assumptions: &[String],
    ) -> Result<ChatAnswer, ChatError> {
        let dataset = &turn.dataset.dataset;
        let handle = self.runs.submit(Submission {
            query: UntrustedQuery::Plan(Box::new(plan.clone())),
            dataset: turn.dataset.clone(),
            limits: self.limits,
            question: Some(request.message.clone()),
            use_cache: request.cache.unwrap_or(true),
            client: turn.client,
        })?;
        let (run, suggestions) = tokio::join!(follow(turn, handle), follow_ups(dataset.clone(), plan));
        Ok(ChatAnswer {
            thread_id: turn.thread_id.clone(),
            message: words::answer(&run, dataset, assumptions),
            run: Some(run),
            suggestions,
        })
    }

    /// Also a failure is an answer that a reload must show. One that cannot be stored now is told all the
    /// same: what ran is on record, or its answer is withheld.
    async fn store_answer(
        &self,
        turn: &Turn<'_>,
        outcome: Result<ChatAnswer, ChatError>,
    ) -> Result<ChatAnswer, ChatError> {
        let message = match &outcome {
            Ok(answer) => NewMessage {
                role: Role::Assistant,
                text: answer.message.clone(),
                run_id: answer.run.as_ref().map(|run| run.run_id.clone()),
                suggestions: answer.suggestions.clone(),
            },
            Err(error) => failed_message(error),
        };
        if let Ok(answer) = &outcome {
            turn.tell(ChatEvent::Token(TokenEvent {
                text: answer.message.clone(),
            }));
        }
        let unstored = UnstoredAnswer {
            thread_id: turn.thread_id.clone(),
            message,
        };
        self.store_now_or_later(unstored, &outcome).await?;
        outcome
    }

    /// A message can name a run only once that is on record.
    async fn store_now_or_later(
        &self,
        answer: UnstoredAnswer,
        outcome: &Result<ChatAnswer, ChatError>,
    ) -> Result<(), ChatError> {
        let run = outcome.as_ref().ok().and_then(|answer| answer.run.as_ref());
        if run.is_none_or(|run| run.capsule_hash.is_some()) {
            match self
                .store
                .add_message(&answer.thread_id, answer.message.clone())
                .await
            {
                Ok(()) => return Ok(()),
                Err(error) if !error.may_pass() => return Err(error.into()),
                Err(error) => tracing::error!(%error, "an answer cannot be stored yet"),
            }
        }
        let storing = answer.store_when_possible(self.runs.clone(), self.store.clone(), self.stop.clone());
        self.tasks.spawn(storing);
        Ok(())
    }
}

/// Found while the run is on its way; an answer without them is an answer all the same.
async fn follow_ups(dataset: Arc<Dataset>, plan: QueryPlan) -> Vec<String> {
    let suggesting = tokio::task::spawn_blocking(move || csv_analyst_planner::suggest(&dataset, Some(&plan)));
    suggesting.await.unwrap_or_default()
}

fn refused(detail: ErrorDetail) -> ChatError {
    ChatError::Refused(Box::new(detail))
}

fn check_message(message: &str) -> Result<(), ChatError> {
    let invalid = |text: String| Err(refused(ErrorDetail::new(ErrorCode::ValidationError, text)));
    match message.len() {
        _ if message.trim().is_empty() => invalid("the message is empty".into()),
        length if length > MAX_MESSAGE_BYTES => invalid(format!(
            "the message has {length} bytes; at most {MAX_MESSAGE_BYTES} are read"
        )),
        _ => Ok(()),
    }
}

fn new_thread(turn: &Turn<'_>, request: &ChatRequest) -> ThreadSummary {
    let now = clock::now();
    ThreadSummary {
        thread_id: turn.thread_id.clone(),
        dataset_id: request.dataset_id.clone(),
        title: words::title(&request.message),
        created_at: now.clone(),
        updated_at: now,
    }
}

fn no_thread() -> ErrorDetail {
    ErrorDetail::new(ErrorCode::ThreadNotFound, "there is no such conversation")
        .with_hint("leave `thread_id` out to begin one")
}

fn other_dataset(dataset_id: &str) -> ErrorDetail {
    ErrorDetail::new(
        ErrorCode::ValidationError,
        format!("this conversation is about dataset `{dataset_id}`"),
    )
    .with_hint("begin another conversation for another dataset")
}

fn failed_message(error: &ChatError) -> NewMessage {
    let detail = match error {
        ChatError::Refused(detail) => (**detail).clone(),
        ChatError::Submit(error) => ErrorDetail::new(ErrorCode::QueueFull, error.to_string()),
        ChatError::Store(_) | ChatError::Internal(_) => {
            ErrorDetail::new(ErrorCode::InternalError, "the server failed")
        }
    };
    NewMessage {
        role: Role::Assistant,
        text: words::refusal(&detail),
        run_id: None,
        suggestions: Vec::new(),
    }
}
