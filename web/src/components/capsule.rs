//! The sealed record of a run: its hash, a check on demand, and the whole record to keep.

use super::copy_button::CopyButton;
use super::failure_panel::failure_panel;
use super::icons::{self, icon};
use crate::client::{self, Trouble};
use crate::state::failure::Failure;
use csv_analyst_protocol::capsule::Verification;
use leptos::prelude::*;
use leptos::task::spawn_local;

#[component]
pub fn CapsuleTab(run_id: String, hash: String) -> impl IntoView {
    let busy = RwSignal::new(false);
    let checked = RwSignal::new(None::<Result<Verification, Trouble>>);
    let href = format!("/runs/{run_id}/capsule");
    let file = format!("capsule-{run_id}.json");
    let verify = move |_| {
        let run_id = run_id.clone();
        busy.set(true);
        spawn_local(async move {
            let answer = client::verify_run(&run_id).await;
            busy.try_set(false);
            checked.try_set(Some(answer));
        });
    };
    let copied = hash.clone();
    view! {
        <div class="capsule">
            <p>"The record of this run is hashed, chained to the record before it, and signed. It can't be changed unseen."</p>
            <div class="capsule-hash"><code>{hash}</code><CopyButton label="Copy hash" text=Callback::new(move |()| copied.clone())/></div>
            <div class="capsule-actions">
                <button type="button" class="button" data-testid="verify" disabled=move || busy.get() on:click=verify>
                    {icon(icons::SEAL)}
                    {move || if busy.get() { "Verifying…" } else { "Verify" }}
                </button>
                <a class="button" href=href download=file>{icon(icons::DOWNLOAD)}"Download record"</a>
            </div>
            <div aria-live="polite">{move || checked.get().map(verdict)}</div>
        </div>
    }
}

fn verdict(answer: Result<Verification, Trouble>) -> AnyView {
    let found = match answer {
        Ok(found) => found,
        Err(trouble) => return failure_panel(Failure::of_trouble(&trouble)),
    };
    let line = |good: bool, yes: &'static str, no: &'static str| {
        let (class, path, words) = if good {
            ("step done", icons::CHECK, yes)
        } else {
            ("step failed", icons::CLOSE, no)
        };
        view! { <li class=class><span class="step-mark">{icon(path)}</span><span class="step-label">{words}</span></li> }
    };
    view! {
        <ul class="steps verdict" data-testid="verdict" data-valid=found.valid.to_string()>
            {line(found.hash_matches, "The content matches its hash", "The content does not match its hash")}
            {line(found.signature_valid, "The signature is valid", "The signature is not valid")}
            {line(found.chain_intact, "The chain to the record before is intact", "The chain to the record before is broken")}
        </ul>
    }
    .into_any()
}
