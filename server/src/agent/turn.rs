//! One question while it is being answered, and the telling of its steps.

use crate::datasets::ReadyDataset;
use crate::runs::{Client, RunHandle};
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
    pub client: Client,
    pub events: &'a Events,
}

impl Turn<'_> {
    pub fn tell(&self, event: ChatEvent) {
        // Nobody listening is fine: the answer is stored all the same.
        let _ = self.events.send(event);
    }

    pub fn understanding(&self, text: &str) {
        self.status(None, None, text);
    }

    fn status(&self, run_id: Option<&str>, state: Option<RunState>, text: &str) {
        self.tell(ChatEvent::Status(StatusEvent {
            thread_id: self.thread_id.clone(),
            run_id: run_id.map(str::to_owned),
            state,
            text: text.to_owned(),
        }));
    }
}

/// Tells the run's stages in their order, and answers how it ended. A run has a state from the
/// beginning, but is told to wait for a sandbox only when the gate has let it through.
pub async fn follow(turn: &Turn<'_>, mut handle: RunHandle) -> Run {
    let mut told_of_gate = false;
    let mut latest = handle.latest();
    turn.status(Some(&latest.run_id), None, "Checking the query");
    loop {
        if !told_of_gate && is_judged(&latest) {
            turn.tell(ChatEvent::Gate(Box::new(latest.gate.clone())));
            told_of_gate = true;
        }
        if told_of_gate || latest.status.is_terminal() {
            let (state, text) = (latest.status, stage_name(latest.status));
            turn.status(Some(&latest.run_id), Some(state), text);
        }
        if latest.status.is_terminal() {
            break;
        }
        let Some(run) = handle.next().await else { break };
        latest = run;
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
