//! The turn in progress: its steps as they happen, then the text and the result as they come.

use super::result_panel::ResultPanel;
use super::step_list::step_list;
use crate::state::asking::LIVE_TURN_ID;
use crate::state::live::LiveTurn;
use csv_analyst_protocol::run::{Run, RunState};
use leptos::prelude::*;
use std::sync::Arc;

#[component]
pub fn LiveTurnView(live: RwSignal<Option<LiveTurn>>) -> impl IntoView {
    let part =
        move |read: fn(&LiveTurn) -> String| live.with(|live| live.as_ref().map(read).unwrap_or_default());
    let text = Memo::new(move |_| part(|live| live.text.clone()));
    let steps = Memo::new(move |_| {
        live.with(|live| live.as_ref().map(|live| live.steps.clone()).unwrap_or_default())
    });
    let run = Memo::new(move |_| live.with(|live| live.as_ref().and_then(succeeded)));
    view! {
        <article class="answer in-progress" id=LIVE_TURN_ID data-testid="turn-in-progress">
            {move || step_list(steps.get())}
            {move || (!text.with(String::is_empty)).then(|| view! { <p class="answer-text lead">{text.get()}</p> })}
            {move || run.get().map(|run| view! { <ResultPanel run/> })}
        </article>
    }
}

fn succeeded(live: &LiveTurn) -> Option<Arc<Run>> {
    live.run.clone().filter(|run| run.status == RunState::Succeeded)
}
