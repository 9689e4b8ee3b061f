//! Runs that ended while the record could not be written: kept, readable as they ended, and sealed
//! when it can be.
//!
//! What is lost with the process is only how they ended: the next start closes them as failed.

use super::Inner;
use super::live::LiveEntry;
use csv_analyst_protocol::run::Run;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A run that has ended, still on the list of live runs so that it can be read.
pub struct UnsealedEnd {
    entry: LiveEntry,
    run: Run,
    stderr: String,
}

#[derive(Default)]
pub struct Unsealed {
    state: Mutex<State>,
    /// One pass at a time.
    pass: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    waiting: Vec<UnsealedEnd>,
    /// Taken off the list by the pass that is trying them.
    being_tried: usize,
    /// A task is on the list's trail.
    followed: bool,
}

/// With so many waiting, no new run is admitted; those inside may still come on top.
const MOST_WAITING: usize = 256;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl UnsealedEnd {
    pub fn new(entry: LiveEntry, run: Run, stderr: String) -> Self {
        Self { entry, run, stderr }
    }
}

impl Unsealed {
    pub fn is_empty(&self) -> bool {
        self.lock().len() == 0
    }

    pub fn is_full(&self) -> bool {
        self.lock().len() >= MOST_WAITING
    }

    /// Each use leaves the state whole, so a panic elsewhere does no harm to it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn len(&self) -> usize {
        self.waiting.len() + self.being_tried
    }
}

/// Puts the end on the list and sees to it that somebody tries.
pub fn seal_later(service: &Arc<Inner>, ended: UnsealedEnd) {
    let mut state = service.unsealed.lock();
    state.waiting.push(ended);
    if !std::mem::replace(&mut state.followed, true) {
        tokio::spawn(seal_until_done(service.clone()));
    }
}

async fn seal_until_done(service: Arc<Inner>) {
    let mut pause = FIRST_PAUSE;
    loop {
        tokio::time::sleep(pause).await;
        if seal_waiting(&service).await == 0 {
            return;
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Tries all that wait, oldest first; answers how many still do.
pub async fn seal_waiting(service: &Inner) -> usize {
    let unsealed = &service.unsealed;
    let _one_at_a_time = unsealed.pass.lock().await;
    let tried = {
        let mut state = unsealed.lock();
        state.being_tried = state.waiting.len();
        std::mem::take(&mut state.waiting)
    };
    let mut left = Vec::new();
    for ended in tried {
        left.extend(seal(service, ended).await);
    }
    let mut state = unsealed.lock();
    left.append(&mut state.waiting);
    state.waiting = left;
    state.being_tried = 0;
    state.followed &= !state.waiting.is_empty();
    state.waiting.len()
}

/// Gives it back when it has to wait on.
async fn seal(service: &Inner, ended: UnsealedEnd) -> Option<UnsealedEnd> {
    let run_id = &ended.run.run_id;
    match service.store.end(ended.run.clone(), ended.stderr.clone()).await {
        Ok(sealed) => {
            tracing::info!(run_id, "a run that had to wait is sealed");
            ended.entry.publish(&sealed);
            None
        }
        Err(error) if error.may_pass() => {
            tracing::warn!(run_id, %error, "the run still cannot be sealed");
            Some(ended)
        }
        Err(error) => {
            tracing::error!(run_id, %error, "the run cannot be sealed");
            None
        }
    }
}
