//! One answer: the sentence, the result or the failure, how it was made, and what to ask next.

use super::copy_button::CopyButton;
use super::failure_panel::{failure_panel, refused_sql};
use super::icons::{self, icon};
use super::result_panel::ResultPanel;
use super::run_card::RunCard;
use crate::client::segment;
use crate::state::failure::Failure;
use csv_analyst_protocol::run::{Run, RunState};
use leptos::prelude::*;
use std::sync::Arc;

/// `ask` is absent where nothing can be asked (a run's own page); `opened` shows at once how it was
/// made.
#[component]
pub fn Answer(
    text: String,
    run: Option<Arc<Run>>,
    #[prop(optional)] question: String,
    #[prop(optional)] suggestions: Vec<String>,
    #[prop(optional_no_strip)] thread_id: Option<String>,
    #[prop(optional)] opened: bool,
    #[prop(optional_no_strip)] ask: Option<Callback<String>>,
) -> impl IntoView {
    let run_id = run.as_ref().map(|run| run.run_id.clone());
    let status = run.as_ref().map_or("declined", |run| run.status.as_str());
    let failure = run.as_deref().and_then(Failure::of_run).map(failure_panel);
    let sql = run.as_deref().and_then(refused_sql);
    let result = run
        .clone()
        .filter(|run| run.status == RunState::Succeeded)
        .map(|run| view! { <ResultPanel run/> });
    let chips = ask.map(|ask| suggestion_chips(suggestions, ask));
    let link = run_id.as_deref().map(|run_id| run_address(run_id, thread_id));
    let foot = answer_foot(text.clone(), link, question, ask);
    view! {
        <article class="answer" data-testid="answer" data-run-id=run_id data-status=status>
            <div class="answer-text" data-testid="answer-text">{paragraphs(&text)}</div>
            {failure}
            {sql}
            {result}
            {run.map(|run| view! { <RunCard run open=opened/> })}
            {foot}
            {chips}
        </article>
    }
}

/// The run's own page, which then knows the way back.
fn run_address(run_id: &str, thread_id: Option<String>) -> String {
    let from = thread_id.map(|thread_id| format!("?from={}", segment(&thread_id)));
    format!("/r/{run_id}{}", from.unwrap_or_default())
}

/// The first line answers; the others say what was assumed.
fn paragraphs(text: &str) -> Vec<AnyView> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(str::to_string);
    lines
        .enumerate()
        .map(|(index, line)| match index {
            0 => view! { <p class="lead">{line}</p> }.into_any(),
            _ => view! { <p class="note">{line}</p> }.into_any(),
        })
        .collect()
}

fn suggestion_chips(suggestions: Vec<String>, ask: Callback<String>) -> AnyView {
    if suggestions.is_empty() {
        return ().into_any();
    }
    let chips = suggestions.into_iter().map(|suggestion| {
        let asked = suggestion.clone();
        view! {
            <li><button type="button" class="chip" data-testid="suggestion" on:click=move |_| ask.run(asked.clone())>{suggestion}</button></li>
        }
    });
    view! {
        <div class="suggestions">
            <p class="suggestions-title">"Ask next"</p>
            <ul class="chips">{chips.collect_view()}</ul>
        </div>
    }
    .into_any()
}

fn answer_foot(
    text: String,
    link: Option<String>,
    question: String,
    ask: Option<Callback<String>>,
) -> Option<AnyView> {
    let ask = ask?;
    let again = (!question.is_empty()).then(|| {
        view! { <button type="button" class="quiet-button" on:click=move |_| ask.run(question.clone())>{icon(icons::RETRY)}<span>"Ask again"</span></button> }
    });
    let link = link.map(|href| {
        view! { <a class="quiet-button" href=href>{icon(icons::LINK)}<span>"Open this run"</span></a> }
    });
    Some(
        view! {
            <div class="answer-foot">
                <CopyButton label="Copy answer" text=Callback::new(move |()| text.clone())/>
                {again}
                {link}
            </div>
        }
        .into_any(),
    )
}
