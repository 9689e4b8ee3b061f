//! The way of a run, step by step: live while it goes, and later from the record.

use super::icons::{self, icon};
use crate::state::steps::{Progress, Step};
use leptos::prelude::*;

pub fn step_list(steps: Vec<Step>) -> AnyView {
    let items = steps.into_iter().map(|step| {
        let class = match step.progress {
            Progress::Active => "step active",
            Progress::Done => "step done",
            Progress::Failed => "step failed",
        };
        view! {
            <li class=class>
                <span class="step-mark">{step_icon(step.progress)}</span>
                <span class="step-label">{step.label}</span>
                <span class="visually-hidden">{format!(" ({})", step.progress.word())}</span>
                <span class="step-detail">{step.detail}</span>
            </li>
        }
    });
    view! { <ol class="steps">{items.collect_view()}</ol> }.into_any()
}

fn step_icon(progress: Progress) -> AnyView {
    match progress {
        Progress::Active => view! { <span class="spinner"></span> }.into_any(),
        Progress::Done => icon(icons::CHECK),
        Progress::Failed => icon(icons::CLOSE),
    }
}
