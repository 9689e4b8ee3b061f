//! The offline planner as an agent: no model, no network, the same answer every time.

use super::{Agent, AgentDecision, AgentError, Question};
use async_trait::async_trait;
use csv_analyst_planner::{Outcome, plan};

pub struct PlannerAgent;

#[async_trait]
impl Agent for PlannerAgent {
    /// On a blocking thread: planning takes milliseconds of pure computation, and a panic in it is
    /// this question's failure, not the server's.
    async fn answer(&self, question: Question) -> Result<AgentDecision, AgentError> {
        let planning = tokio::task::spawn_blocking(move || {
            plan(&question.text, &question.dataset, question.previous.as_ref())
        });
        let outcome = planning
            .await
            .map_err(|error| AgentError::Planner(error.to_string()))?;
        Ok(match outcome {
            Outcome::Plan(planned) => AgentDecision::Plan {
                plan: Box::new(planned.plan),
                understood: planned.understood,
                assumptions: planned.assumptions,
            },
            Outcome::Declined(decline) => AgentDecision::Declined {
                reason: decline.reason,
                nearby: decline.nearby,
            },
        })
    }
}
