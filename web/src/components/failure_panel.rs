//! A failure as a reader meets it: what happened, which rule, where, and what to do.

use super::icons::{self, icon};
use crate::format::sql::split_at_place;
use crate::state::failure::{Failure, refused_place};
use csv_analyst_protocol::run::Run;
use leptos::prelude::*;

pub fn failure_panel(failure: Failure) -> AnyView {
    let fact = |name: &'static str, value: Option<String>| {
        value.map(|value| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
    };
    let facts = [
        fact("Rule", failure.rule),
        fact("Where", failure.place),
        fact("Names like it", failure.suggestions),
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

/// The SQL that was refused or failed, as it was received, with its place marked.
pub fn refused_sql(run: &Run) -> Option<AnyView> {
    let sql = run.input_sql.as_deref()?;
    Failure::of_run(run)?;
    let marked =
        refused_place(run).and_then(|(line, column, length)| split_at_place(sql, line, column, length));
    let code = match marked {
        Some((before, place, after)) => {
            view! { {before.to_string()}<mark>{place.to_string()}</mark>{after.to_string()} }.into_any()
        }
        None => sql.to_string().into_any(),
    };
    Some(
        view! { <pre class="refused-sql" tabindex="0" data-testid="refused-sql"><code>{code}</code></pre> }
            .into_any(),
    )
}
