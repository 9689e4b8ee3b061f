//! A failure as a reader meets it: what happened, which rule, where, and what to do.

use super::icons::{self, icon};
use crate::state::failure::Failure;
use leptos::prelude::*;

pub fn failure_panel(failure: Failure) -> AnyView {
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let facts = [
        fact("Rule", failure.rule),
        fact("Where", failure.place),
        fact("Request", failure.request_id),
    ];
    let any = facts.iter().any(Option::is_some);
    view! {
        <div class="failure" class:calm=failure.calm data-testid="failure">
            <span class="failure-mark">{icon(if failure.calm { icons::STOP } else { icons::ALERT })}</span>
            <div class="failure-body">
                <p class="failure-title">{failure.title}</p>
                {(!failure.message.is_empty()).then(|| view! { <p>{failure.message}</p> })}
                {failure.hint.map(|hint| view! { <p class="failure-hint"><strong>"What to do: "</strong>{hint}</p> })}
                {any.then(|| view! { <dl class="failure-facts">{facts.collect_view()}</dl> })}
            </div>
        </div>
    }
    .into_any()
}
