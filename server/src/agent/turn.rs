//! One question while it is being answered, and the telling of its steps.

use crate::datasets::ReadyDataset;
use crate::runs::RunHandle;
use csv_analyst_protocol::chat::{ChatEvent, StatusEvent};
use csv_analyst_protocol::run::{Run, RunState};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Where the steps of an answer go; nobody may be listening.
pub type Events = mpsc::UnboundedSender<ChatEvent>;

/// A question with everything around it.
pub struct Turn<'a> {
    pub thread_id: String,
    pub dataset: Arc<ReadyDataset>,
    pub events: &'a Events,
}

impl Turn<'_> {
    pub fn tell(&self, event: ChatEvent) {
        // Nobody listening is fine: the answer is stored all the same.
        let _ = self.events.send(event);
    }

    pub fn status(&self, run: Option<&Run>, text: &str) {
        self.tell(ChatEvent::Status(StatusEvent {
            thread_id: self.thread_id.clone(),
            run_id: run.map(|run| run.run_id.clone()),
            state: run.map(|run| run.status),
            text: text.to_owned(),
        }));
    }
}

/// Tells the run's stages as they come, and answers how it ended.
pub async fn follow(turn: &Turn<'_>, mut handle: RunHandle) -> Run {
    let mut told_of_gate = false;
    let mut latest = handle.latest();
    turn.status(Some(&latest), "Checking the query");
    while !latest.status.is_terminal() {
        let Some(run) = handle.next().await else { break };
        latest = run;
        if !told_of_gate && is_judged(&latest) {
            turn.tell(ChatEvent::Gate(Box::new(latest.gate.clone())));
            told_of_gate = true;
        }
        turn.status(Some(&latest), stage_name(latest.status));
    }
    turn.tell(ChatEvent::Result(Box::new((*latest).clone())));
    (*latest).clone()
}

fn is_judged(run: &Run) -> bool {
    run.gate.accepted || run.gate.rejection.is_some()
}

fn stage_name(state: RunState) -> &'static str {
    match state {
        RunState::Queued => "Waiting for a sandbox",
        RunState::Running => "Running in a sandbox",
        RunState::Succeeded => "Answered and sealed",
        RunState::Failed => "Failed",
        RunState::TimedOut => "Timed out",
        RunState::Cancelled => "Stopped",
        RunState::Rejected => "Refused by the gate",
    }
}
