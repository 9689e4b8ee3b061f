//! The seam between a question and a query, and the conversation around it.
//!
//! An agent proposes; it can run nothing. Whatever it writes goes through the gate like anybody's
//! query. The first implementation is the offline planner; language models come behind the same trait.

mod conversation;
mod planner;
mod turn;
mod unstored;
mod words;

pub use conversation::{ChatError, ChatService};
pub use planner::PlannerAgent;

use async_trait::async_trait;
use csv_analyst_protocol::dataset::Dataset;
use csv_analyst_protocol::plan::QueryPlan;
use std::sync::Arc;

/// What somebody asks, and what the conversation was about until now.
pub struct Question {
    pub text: String,
    pub dataset: Arc<Dataset>,
    pub previous: Option<QueryPlan>,
}

pub enum AgentDecision {
    Plan {
        plan: Box<QueryPlan>,
        /// "Revenue per product, highest first, top 10".
        understood: String,
        assumptions: Vec<String>,
    },
    /// An honest no, with questions near by that can be answered.
    Declined { reason: String, nearby: Vec<String> },
}

#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    #[error("the planner failed: {0}")]
    Planner(String),
}

#[async_trait]
pub trait Agent: Send + Sync {
    async fn answer(&self, question: Question) -> Result<AgentDecision, AgentError>;
}
