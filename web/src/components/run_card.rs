//! How an answer was made. Closed it is one line; open it shows the steps, the plan, the SQL, the
//! details and the sealed record. The disclosure is the browser's own and works without a script.

use super::capsule::CapsuleTab;
use super::copy_button::CopyButton;
use super::icons::{self, icon};
use super::run_details::run_details;
use super::step_list::step_list;
use crate::browser;
use crate::format::sql::with_line_breaks;
use crate::state::steps::{steps_of, summary_of};
use csv_analyst_protocol::run::{Run, RunState};
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tab {
    Steps,
    Plan,
    Sql,
    Details,
    Capsule,
}

impl Tab {
    fn label(self) -> &'static str {
        match self {
            Self::Steps => "Steps",
            Self::Plan => "Plan",
            Self::Sql => "SQL",
            Self::Details => "Details",
            Self::Capsule => "Capsule",
        }
    }

    /// A part of the ids that join a tab to its panel.
    fn slug(self) -> &'static str {
        match self {
            Self::Steps => "steps",
            Self::Plan => "plan",
            Self::Sql => "sql",
            Self::Details => "details",
            Self::Capsule => "capsule",
        }
    }
}

/// Only what the run has.
fn tabs_of(run: &Run) -> Vec<Tab> {
    let has = |tab: &Tab| match tab {
        Tab::Plan => run.plan.is_some() || run.input_plan.is_some(),
        Tab::Sql => run.sql.is_some() || run.input_sql.is_some(),
        Tab::Capsule => run.capsule_hash.is_some(),
        Tab::Steps | Tab::Details => true,
    };
    [Tab::Steps, Tab::Plan, Tab::Sql, Tab::Details, Tab::Capsule]
        .into_iter()
        .filter(has)
        .collect()
}

#[component]
pub fn RunCard(run: Arc<Run>, #[prop(optional)] open: bool) -> impl IntoView {
    let selected = RwSignal::new(Tab::Steps);
    let tabs = tabs_of(&run);
    let class = if run.status == RunState::Succeeded {
        "run-card"
    } else {
        "run-card troubled"
    };
    let bar = tab_bar(&run.run_id, tabs, selected);
    let panel = {
        let run = run.clone();
        move || tab_panel(&run, selected.get())
    };
    view! {
        <details class=class open=open data-testid="run-card">
            <summary>
                <span class="run-card-mark">{icon(icons::SEAL)}</span>
                <span class="run-card-title">"How this was made"</span>
                <span class="run-card-summary">{summary_of(&run)}</span>
                <span class="run-card-chevron">{icon(icons::CHEVRON)}</span>
            </summary>
            {bar}
            {panel}
        </details>
    }
}

fn tab_bar(run_id: &str, tabs: Vec<Tab>, selected: RwSignal<Tab>) -> AnyView {
    let buttons = tabs.iter().map(|tab| {
        let tab = *tab;
        let id = format!("{}-{run_id}", tab.slug());
        view! {
            <button
                type="button"
                role="tab"
                id=format!("tab-{id}")
                aria-controls=format!("panel-{id}")
                aria-selected=move || (selected.get() == tab).to_string()
                tabindex=move || if selected.get() == tab { "0" } else { "-1" }
                on:click=move |_| selected.set(tab)
            >
                {tab.label()}
            </button>
        }
    });
    let buttons = buttons.collect_view();
    let prefix = run_id.to_string();
    let keys = move |event: KeyboardEvent| {
        if let Some(tab) = tab_for_key(&event.key(), selected.get_untracked(), &tabs) {
            event.prevent_default();
            selected.set(tab);
            browser::focus(&format!("tab-{}-{prefix}", tab.slug()));
        }
    };
    view! { <div class="tabs" role="tablist" aria-label="How this was made" on:keydown=keys>{buttons}</div> }
        .into_any()
}

fn tab_for_key(key: &str, current: Tab, tabs: &[Tab]) -> Option<Tab> {
    let at = tabs.iter().position(|tab| *tab == current)?;
    let to = match key {
        "ArrowRight" => (at + 1) % tabs.len(),
        "ArrowLeft" => (at + tabs.len() - 1) % tabs.len(),
        "Home" => 0,
        "End" => tabs.len() - 1,
        _ => return None,
    };
    tabs.get(to).copied()
}

fn tab_panel(run: &Arc<Run>, tab: Tab) -> AnyView {
    let content = match tab {
        Tab::Steps => step_list(steps_of(run)),
        Tab::Plan => plan_tab(run),
        Tab::Sql => sql_tab(run),
        Tab::Details => run_details(run),
        Tab::Capsule => view! { <CapsuleTab run_id=run.run_id.clone() hash=run.capsule_hash.clone().unwrap_or_default()/> }.into_any(),
    };
    let id = format!("{}-{}", tab.slug(), run.run_id);
    view! {
        <div class="tab-panel" role="tabpanel" id=format!("panel-{id}") aria-labelledby=format!("tab-{id}") tabindex="0">
            {content}
        </div>
    }
    .into_any()
}

fn plan_tab(run: &Run) -> AnyView {
    // A plan that was read from JSON can be written as JSON; an empty tab would be the harmless end.
    let plan = run.plan.as_ref().map(serde_json::to_string_pretty);
    let (label, words, json) = match plan {
        Some(json) => (
            "Copy plan",
            "What the question was understood to mean, as data. It holds no SQL.",
            json,
        ),
        None => (
            "Copy received plan",
            "As it was received. It does not fit a plan's form, so nothing ran.",
            serde_json::to_string_pretty(&run.input_plan),
        ),
    };
    let json = json.unwrap_or_default();
    let sentence = run
        .understood
        .clone()
        .map(|sentence| view! { <p class="gate-note">{sentence}</p> });
    let block = code_block(label, words, json.clone(), json);
    view! { {sentence}{block} }.into_any()
}

fn sql_tab(run: &Run) -> AnyView {
    let canonical = run.sql.clone().map(|sql| {
        let words = "Printed by the gate from the checked query: exactly this ran.";
        code_block("Copy SQL", words, with_line_breaks(&sql), sql)
    });
    let received = run.input_sql.clone().map(|sql| {
        code_block(
            "Copy received SQL",
            "As it was received; this text never runs.",
            sql.clone(),
            sql,
        )
    });
    view! { {canonical}{received} }.into_any()
}

fn code_block(label: &'static str, words: &'static str, shown: String, copied: String) -> AnyView {
    view! {
        <div class="code-block">
            <div class="code-head">
                <p>{words}</p>
                <CopyButton label text=Callback::new(move |()| copied.clone())/>
            </div>
            <pre tabindex="0"><code>{shown}</code></pre>
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrow_keys_go_round_the_tabs() {
        let tabs = [Tab::Steps, Tab::Sql, Tab::Capsule];
        assert_eq!(tab_for_key("ArrowRight", Tab::Capsule, &tabs), Some(Tab::Steps));
        assert_eq!(tab_for_key("ArrowLeft", Tab::Steps, &tabs), Some(Tab::Capsule));
        assert_eq!(tab_for_key("End", Tab::Steps, &tabs), Some(Tab::Capsule));
        assert_eq!(tab_for_key("a", Tab::Steps, &tabs), None);
    }
}
