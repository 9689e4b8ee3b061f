//! What clients were told, so that it can be asked again afterwards.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

#[derive(Default)]
pub struct Ledger {
    told: Mutex<Told>,
}

#[derive(Default)]
pub struct Told {
    pub runs: BTreeMap<String, ToldRun>,
    pub threads: BTreeMap<String, ToldThread>,
    /// Ends that were told twice, and not the same.
    pub contradictions: Vec<String>,
}

/// Absent: it was accepted, and not yet said how it ended.
#[derive(Clone, Debug, Default)]
pub struct ToldRun {
    pub end: Option<End>,
}

#[derive(Clone, Debug)]
pub struct End {
    pub status: String,
    pub capsule_hash: Option<String>,
    pub rows: Value,
}

/// An answer in a conversation.
#[derive(Clone, Debug)]
pub struct ToldThread {
    pub message: String,
}

impl Ledger {
    pub fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().expect("nobody panics with it")
    }

    /// A run, its status, or the error that carries one.
    pub fn note(&self, body: &Value) {
        let run = if body["run"].is_object() {
            &body["run"]
        } else {
            body
        };
        let Some(run_id) = run["run_id"].as_str() else {
            return;
        };
        let mut told = self.told();
        let entry = told.runs.entry(run_id.to_owned()).or_default();
        let before = entry.end.clone();
        let Some(end) = end_of(run) else { return };
        // A mere status says less than the run that was told before.
        if before.is_none() {
            entry.end = Some(end.clone());
        }
        if let Some(reason) = before.and_then(|before| before.contradicts(&end)) {
            told.contradictions.push(format!("{run_id}: {reason}"));
        }
    }

    /// All that another was told, too.
    pub fn absorb(&self, other: &Self) {
        let (mut own, mut other) = (self.told(), other.told());
        own.runs.append(&mut other.runs);
        own.threads.append(&mut other.threads);
        own.contradictions.append(&mut other.contradictions);
    }

    pub fn note_answer(&self, answer: &Value) {
        if let (Some(thread_id), Some(message)) = (answer["thread_id"].as_str(), answer["message"].as_str()) {
            let told = ToldThread {
                message: message.to_owned(),
            };
            self.told().threads.insert(thread_id.to_owned(), told);
        }
        if answer["run"].is_object() {
            self.note(answer);
        }
    }
}

impl Told {
    /// A server that cannot write tells how runs ended, and answers, all the same; killed then, it takes
    /// that with it. What was sealed stays.
    pub fn forget_unsealed(&mut self) {
        let sealed = |run: &ToldRun| run.end.as_ref().is_some_and(|end| end.capsule_hash.is_some());
        self.runs.retain(|_, run| sealed(run));
        self.threads.clear();
    }
}

fn end_of(run: &Value) -> Option<End> {
    let status = run["status"].as_str()?;
    (!matches!(status, "queued" | "running")).then(|| End {
        status: status.to_owned(),
        capsule_hash: run["capsule_hash"].as_str().map(str::to_owned),
        rows: run["rows"].clone(),
    })
}

impl End {
    /// Why both cannot be true. What one does not say, the other may.
    pub fn contradicts(&self, other: &Self) -> Option<String> {
        let differ = |one: &Option<String>, two: &Option<String>| matches!((one, two), (Some(one), Some(two)) if one != two);
        if self.status != other.status {
            return Some(format!("first {}, then {}", self.status, other.status));
        }
        if differ(&self.capsule_hash, &other.capsule_hash) {
            return Some("sealed twice".to_owned());
        }
        let both = !self.rows.is_null() && !other.rows.is_null();
        (both && self.rows != other.rows).then(|| "other rows".to_owned())
    }

    pub fn of(run: &Value) -> Option<Self> {
        end_of(run)
    }
}
