//! Chat: requests, answers, stored threads, and the events of the stream.

use crate::error::ErrorDetail;
use crate::gate::GateReport;
use crate::plan::QueryPlan;
use crate::run::{Run, RunState};
use serde::{Deserialize, Serialize};

/// Body of `POST /chat` and `POST /chat/stream`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatRequest {
    pub dataset_id: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<String>,
    /// `false`: run the query, also if its answer is kept. Absent: `true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache: Option<bool>,
}

/// Answer of `POST /chat`, and the stream's `done` event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChatAnswer {
    pub thread_id: String,
    /// One sentence that answers (or declines), then assumptions.
    pub message: String,
    /// Absent when the question was declined before any query was made.
    pub run: Option<Run>,
    pub suggestions: Vec<String>,
}

/// One server-sent event; the variant's name in snake case is the event's name, its content the data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event", content = "data")]
pub enum ChatEvent {
    Status(StatusEvent),
    /// A piece of the answer's text.
    Token(TokenEvent),
    ToolCall(ToolCallEvent),
    ToolResult(ToolResultEvent),
    Plan(Box<QueryPlan>),
    Gate(Box<GateReport>),
    Result(Box<Run>),
    Error(ErrorDetail),
    Done(Box<ChatAnswer>),
}

impl ChatEvent {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Token(_) => "token",
            Self::ToolCall(_) => "tool_call",
            Self::ToolResult(_) => "tool_result",
            Self::Plan(_) => "plan",
            Self::Gate(_) => "gate",
            Self::Result(_) => "result",
            Self::Error(_) => "error",
            Self::Done(_) => "done",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusEvent {
    pub thread_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// Absent while the question is being understood (no `run_id` yet) and while the gate checks the
    /// query (with `run_id`): the stages come in the order understanding, gate, queued, running, end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<RunState>,
    /// For people: "Understanding the question".
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TokenEvent {
    pub text: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolCallEvent {
    pub name: String,
    pub arguments: serde_json::Value,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToolResultEvent {
    pub name: String,
    pub ok: bool,
    pub summary: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ThreadSummary {
    pub thread_id: String,
    pub dataset_id: String,
    /// The first question, shortened.
    pub title: String,
    /// RFC 3339, UTC.
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    User,
    Assistant,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    pub message_id: String,
    pub role: Role,
    pub text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<Run>,
    #[serde(default)]
    pub suggestions: Vec<String>,
    pub created_at: String,
}
