//! The numbers of a run: what the gate checked and claims, what the sandbox was allowed, where the
//! time went.

use crate::format::number::count;
use crate::format::quantity::{bytes, count_of, milliseconds, short_hash};
use crate::format::time::moment;
use crate::state::steps::{how_started, state_word};
use csv_analyst_protocol::run::Run;
use leptos::prelude::*;

pub fn run_details(run: &Run) -> AnyView {
    view! {
        <div class="details-grid">
            {section("Run", run_facts(run))}
            {section("Time", time_facts(run))}
            {section("Gate", gate_facts(run))}
            {section("Sandbox", sandbox_facts(run))}
            {section("Limits", limit_facts(run))}
            {section("What the query touches", claim_facts(run))}
        </div>
        {notes(&run.gate.notes)}
        {words("Rules that looked at the query", &run.gate.rules)}
        {run.sandbox.as_ref().map(|sandbox| words("Guards in force", &sandbox.guards))}
    }
    .into_any()
}

type Facts = Vec<(&'static str, String)>;

fn section(title: &'static str, facts: Facts) -> AnyView {
    if facts.is_empty() {
        return ().into_any();
    }
    let rows = facts
        .into_iter()
        .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> });
    view! { <section><h4>{title}</h4><dl>{rows.collect_view()}</dl></section> }.into_any()
}

fn words(title: &'static str, list: &[String]) -> AnyView {
    if list.is_empty() {
        return ().into_any();
    }
    let items = list.iter().cloned().map(|word| view! { <li>{word}</li> });
    view! { <section class="word-list"><h4>{title}</h4><ul>{items.collect_view()}</ul></section> }.into_any()
}

fn notes(notes: &[String]) -> AnyView {
    let items = notes
        .iter()
        .cloned()
        .map(|note| view! { <p class="gate-note">{note}</p> });
    items.collect_view().into_any()
}

fn run_facts(run: &Run) -> Facts {
    let mut facts = vec![
        ("State", state_word(run.status).to_string()),
        ("Run id", run.run_id.clone()),
        ("Dataset", run.dataset_id.clone()),
        ("Data version", short_hash(&run.dataset_version)),
        ("Asked", moment(&run.created_at)),
    ];
    facts.extend(
        run.finished_at
            .as_deref()
            .map(|finished| ("Ended", moment(finished))),
    );
    facts.extend(
        run.cached_from
            .clone()
            .map(|earlier| ("Answer kept from run", earlier)),
    );
    let or_more = if run.row_count_capped { " or more" } else { "" };
    facts.push(("Rows", format!("{}{or_more}", count(run.row_count))));
    facts
}

fn time_facts(run: &Run) -> Facts {
    let timings = &run.timings;
    [
        ("Gate", timings.gate_ms),
        ("Queue", timings.queue_ms),
        ("Waiting for the sandbox", timings.sandbox_ms),
        ("Engine", timings.execute_ms),
        ("All together", timings.total_ms),
    ]
    .map(|(name, value)| (name, milliseconds(value)))
    .to_vec()
}

fn gate_facts(run: &Run) -> Facts {
    let gate = &run.gate;
    vec![
        (
            "Verdict",
            if gate.accepted {
                "accepted".to_string()
            } else {
                "refused".to_string()
            },
        ),
        ("Rules", count(gate.rules.len() as u64)),
        ("Fuel", count(gate.fuel)),
        ("Memory", bytes(gate.memory_bytes)),
        ("Time", milliseconds(gate.elapsed_ms)),
        ("Component", short_hash(&gate.component_hash)),
    ]
}

fn sandbox_facts(run: &Run) -> Facts {
    let Some(sandbox) = &run.sandbox else {
        return Facts::new();
    };
    let mut facts = vec![("Kind", sandbox.kind.clone())];
    facts.extend(
        sandbox
            .image
            .as_deref()
            .map(|image| ("Image", short_image(image))),
    );
    facts.extend(sandbox.start.map(|_| ("Start", how_started(run))));
    facts.extend(sandbox.peak_memory_bytes.map(|peak| ("Peak memory", bytes(peak))));
    facts
}

/// `sha256:0123456789ab`, or the first characters of a bare hash.
fn short_image(image: &str) -> String {
    match image.split_once(':') {
        Some((algorithm, hash)) => format!("{algorithm}:{}", short_hash(hash)),
        None => short_hash(image),
    }
}

fn limit_facts(run: &Run) -> Facts {
    let limits = &run.limits;
    vec![
        ("Time", milliseconds(limits.timeout_ms as f64)),
        ("Memory", bytes(limits.memory_bytes)),
        ("Processor", format!("{} CPU", limits.cpu_millis as f64 / 1_000.0)),
        ("Processes", count(limits.max_processes)),
        ("Scratch space", bytes(limits.scratch_bytes)),
        ("Rows shown", count(limits.max_rows)),
        (
            "Rows counted",
            format!("up to {}", count_of(limits.row_cap, "row", "rows")),
        ),
        ("Answer size", bytes(limits.max_result_bytes)),
    ]
}

fn claim_facts(run: &Run) -> Facts {
    let claims = &run.gate.claims;
    let listed = |name: &'static str, list: &[String]| (!list.is_empty()).then(|| (name, list.join(", ")));
    [
        listed("Tables", &claims.tables),
        listed("Columns", &claims.columns),
        listed("Functions", &claims.functions),
    ]
    .into_iter()
    .flatten()
    .collect()
}
