//! The turn in progress: a question and what the stream has said about it so far.

use super::steps::{Progress, Stage, Step, checking_step, gate_step, plan_step, steps_of};
use csv_analyst_protocol::chat::{ChatAnswer, ChatEvent, StatusEvent};
use csv_analyst_protocol::error::ErrorDetail;
use csv_analyst_protocol::run::{Run, RunState};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct LiveTurn {
    pub question: String,
    pub dataset_id: String,
    pub thread_id: Option<String>,
    /// The server has the question: its first status says so.
    pub stored: bool,
    pub run_id: Option<String>,
    pub steps: Vec<Step>,
    /// The answer's text as far as it has come.
    pub text: String,
    pub run: Option<Arc<Run>>,
}

/// How the stream ended a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum TurnEnd {
    Answered(Box<ChatAnswer>),
    Failed(ErrorDetail),
}

impl LiveTurn {
    pub fn new(question: String, dataset_id: String, thread_id: Option<String>) -> Self {
        let first = Step::new(
            Stage::Understanding,
            Progress::Active,
            "Understanding the question",
            String::new(),
        );
        Self {
            question,
            dataset_id,
            thread_id,
            stored: false,
            run_id: None,
            steps: vec![first],
            text: String::new(),
            run: None,
        }
    }

    /// Takes one event; returns the end if this was the last that matters.
    pub fn apply(&mut self, event: ChatEvent) -> Option<TurnEnd> {
        match event {
            ChatEvent::Status(status) => self.status(status),
            ChatEvent::Token(token) => self.text.push_str(&token.text),
            ChatEvent::Plan(plan) => self.show(plan_step(&plan)),
            ChatEvent::Gate(gate) => self.show(gate_step(&gate)),
            ChatEvent::Result(run) => self.result(*run),
            ChatEvent::ToolCall(_) | ChatEvent::ToolResult(_) => {}
            ChatEvent::Error(error) => return Some(TurnEnd::Failed(error)),
            ChatEvent::Done(answer) => return Some(TurnEnd::Answered(answer)),
        }
        None
    }

    fn status(&mut self, status: StatusEvent) {
        self.thread_id = Some(status.thread_id);
        self.stored = true;
        let is_run = status.run_id.is_some();
        if is_run {
            self.run_id = status.run_id;
        }
        let active = |stage| Step::new(stage, Progress::Active, &status.text, String::new());
        match status.state {
            None if is_run => self.show(checking_step()),
            None => self.show(active(Stage::Understanding)),
            // A run is called queued from its first moment; until the gate has spoken it is there.
            Some(RunState::Queued) if !self.has_passed(Stage::Gate) => self.show(checking_step()),
            Some(RunState::Queued) => self.show(active(Stage::Queue)),
            Some(RunState::Running) => self.show(active(Stage::Sandbox)),
            Some(_) => {}
        }
    }

    fn result(&mut self, run: Run) {
        self.run_id = Some(run.run_id.clone());
        for step in steps_of(&run) {
            self.show(step);
        }
        self.run = Some(Arc::new(run));
    }

    fn has_passed(&self, stage: Stage) -> bool {
        self.steps
            .iter()
            .any(|step| step.stage == stage && step.progress != Progress::Active)
    }

    /// Steps stand in the order of a run's way, whenever they are told. A later stage ends the earlier
    /// ones; a stage that is there already is replaced.
    fn show(&mut self, step: Step) {
        let earlier = self.steps.iter_mut().filter(|other| other.stage < step.stage);
        for step in earlier.filter(|other| other.progress == Progress::Active) {
            step.progress = Progress::Done;
        }
        let place = self.steps.partition_point(|other| other.stage < step.stage);
        match self.steps.get_mut(place) {
            Some(same) if same.stage == step.stage => *same = step,
            _ => self.steps.insert(place, step),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::steps::tests::finished_run;
    use super::*;
    use csv_analyst_protocol::chat::TokenEvent;
    use csv_analyst_protocol::error::ErrorCode;

    fn status(state: Option<RunState>, run_id: Option<&str>) -> ChatEvent {
        ChatEvent::Status(StatusEvent {
            thread_id: "thread-1".into(),
            run_id: run_id.map(str::to_string),
            state,
            text: "words".into(),
        })
    }

    fn turn() -> LiveTurn {
        LiveTurn::new("How many orders?".into(), "ecommerce".into(), None)
    }

    #[test]
    fn the_stream_of_a_good_answer_ends_with_every_step_done() {
        let mut turn = turn();
        let run = finished_run();
        turn.apply(status(None, None));
        turn.apply(ChatEvent::Plan(Box::new(run.plan.clone().unwrap())));
        turn.apply(ChatEvent::Gate(Box::new(run.gate.clone())));
        turn.apply(status(Some(RunState::Queued), Some("run-1")));
        turn.apply(status(Some(RunState::Running), Some("run-1")));
        turn.apply(ChatEvent::Result(Box::new(run)));
        assert!(turn.steps.iter().all(|step| step.progress == Progress::Done));
        assert_eq!(turn.steps.len(), 6);
    }

    #[test]
    fn a_run_that_waits_for_the_gate_is_not_said_to_wait_for_a_sandbox() {
        let stages = |turn: &LiveTurn| turn.steps.iter().map(|step| step.stage).collect::<Vec<_>>();
        let mut turn = turn();
        turn.apply(status(None, Some("run-1")));
        assert_eq!(stages(&turn), [Stage::Understanding, Stage::Gate]);
        turn.apply(status(Some(RunState::Queued), Some("run-1")));
        assert_eq!(stages(&turn), [Stage::Understanding, Stage::Gate]);
        turn.apply(ChatEvent::Gate(Box::new(finished_run().gate)));
        turn.apply(status(Some(RunState::Queued), Some("run-1")));
        assert_eq!(stages(&turn), [Stage::Understanding, Stage::Gate, Stage::Queue]);
        assert_eq!(turn.steps[1].progress, Progress::Done);
    }

    #[test]
    fn a_step_that_is_told_late_stands_in_its_place() {
        let mut turn = turn();
        turn.apply(status(Some(RunState::Running), Some("run-1")));
        turn.apply(ChatEvent::Gate(Box::new(finished_run().gate)));
        let last = turn.steps.last().unwrap();
        assert_eq!((last.stage, last.progress), (Stage::Sandbox, Progress::Active));
    }

    #[test]
    fn the_run_to_stop_is_known_as_soon_as_it_has_a_name() {
        let mut turn = turn();
        turn.apply(status(Some(RunState::Queued), Some("run-1")));
        turn.apply(status(Some(RunState::Running), None));
        assert_eq!(turn.run_id.as_deref(), Some("run-1"));
        assert_eq!(turn.thread_id.as_deref(), Some("thread-1"));
    }

    #[test]
    fn only_one_step_is_active_at_a_time() {
        let mut turn = turn();
        turn.apply(status(Some(RunState::Queued), None));
        turn.apply(status(Some(RunState::Running), None));
        let active = turn
            .steps
            .iter()
            .filter(|step| step.progress == Progress::Active)
            .count();
        assert_eq!(active, 1);
    }

    #[test]
    fn a_follow_up_is_stored_when_the_server_says_so_and_not_before() {
        let mut turn = LiveTurn::new("And last month?".into(), "ecommerce".into(), Some("gone".into()));
        let error = ErrorDetail::new(ErrorCode::ThreadNotFound, "there is no such conversation");
        turn.apply(ChatEvent::Error(error));
        assert!(!turn.stored);
        turn.apply(status(None, None));
        assert!(turn.stored);
    }

    #[test]
    fn text_arrives_in_pieces_and_an_error_ends_the_turn() {
        let mut turn = turn();
        turn.apply(ChatEvent::Token(TokenEvent {
            text: "There are ".into(),
        }));
        turn.apply(ChatEvent::Token(TokenEvent {
            text: "12 orders.".into(),
        }));
        assert_eq!(turn.text, "There are 12 orders.");
        let error = ErrorDetail::new(ErrorCode::QueueFull, "full");
        assert_eq!(
            turn.apply(ChatEvent::Error(error.clone())),
            Some(TurnEnd::Failed(error))
        );
    }
}
