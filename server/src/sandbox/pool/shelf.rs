//! The sandboxes of one class: those that wait, those being started, and the runs that wait for one.

use super::demand::Demand;
use super::lease::Taken;
use super::{PoolSettings, Reason};
use crate::sandbox::{Sandbox, SandboxError};
use std::collections::VecDeque;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// A run that waits for the next start.
pub type Waiter = oneshot::Sender<Result<Taken, SandboxError>>;

/// What waits, and for what.
pub struct Waiting {
    waiter: Waiter,
    /// For a start that was under way already, made for the shelf or for somebody who left.
    joined: bool,
}

/// What a failed start means for those who wait.
pub enum Failed {
    Nothing,
    /// It was this run's.
    For(Waiter),
    /// A run waited for what was never started for it: it gets a start of its own.
    Again,
}

pub type Sandboxes = Vec<Box<dyn Sandbox>>;

/// After a failed start, nothing is started ahead for so long; it doubles with each failure.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

pub struct Idle {
    pub sandbox: Box<dyn Sandbox>,
    pub since: Instant,
    pub memory_bytes: u64,
}

pub struct Shelf {
    /// The dataset, for people.
    pub name: Option<String>,
    /// The newest last: it is taken first, so that the others grow old and are retired.
    pub idle: VecDeque<Idle>,
    pub starting: usize,
    pub waiting: VecDeque<Waiting>,
    pub in_use: usize,
    pub demand: Demand,
    /// Its dataset can be asked, so the least number waits.
    pub expected: bool,
    /// Its dataset is gone: nothing is kept for it.
    pub forgotten: bool,
    failures: u32,
    again_at: Option<Instant>,
    pub last_failure: Option<String>,
}

impl Shelf {
    pub fn new(now: Instant) -> Self {
        Self {
            name: None,
            idle: VecDeque::new(),
            starting: 0,
            waiting: VecDeque::new(),
            in_use: 0,
            demand: Demand::new(now),
            expected: false,
            forgotten: false,
            failures: 0,
            again_at: None,
            last_failure: None,
        }
    }

    /// The newest that still waits; the others that had ended, or said something unasked, as well.
    pub fn pop_waiting(&mut self) -> (Option<Box<dyn Sandbox>>, Sandboxes) {
        let mut ended = Vec::new();
        while let Some(Idle { mut sandbox, .. }) = self.idle.pop_back() {
            if sandbox.is_waiting() {
                return (Some(sandbox), ended);
            }
            ended.push(sandbox);
        }
        (None, ended)
    }

    /// The one that is taken next.
    pub fn wake_next(&mut self) {
        if let (0, Some(idle)) = (self.in_use, self.idle.back_mut()) {
            idle.sandbox.wake();
        }
    }

    /// A run waits for the next start. True: another start is needed for it.
    pub fn wait(&mut self, waiter: Waiter) -> bool {
        self.forget_who_left();
        let joined = self.starting > self.waiting.len();
        self.waiting.push_back(Waiting { waiter, joined });
        !joined
    }

    pub fn next_waiter(&mut self) -> Option<Waiter> {
        self.forget_who_left();
        self.waiting.pop_front().map(|waiting| waiting.waiter)
    }

    /// A start that failed ends the wait of a run, unless other starts are under way for all of them. One of
    /// its own is counted as starting again.
    pub fn failed(&mut self, error: &SandboxError, now: Instant) -> Failed {
        self.failures = self.failures.saturating_add(1);
        self.again_at = Some(now + pause(self.failures));
        self.last_failure = Some(error.to_string());
        self.forget_who_left();
        if self.waiting.len() <= self.starting {
            return Failed::Nothing;
        }
        match self.waiting.pop_front() {
            None => Failed::Nothing,
            Some(Waiting {
                waiter,
                joined: false,
            }) => Failed::For(waiter),
            Some(Waiting { waiter, joined: true }) => {
                self.waiting.push_front(Waiting {
                    waiter,
                    joined: false,
                });
                self.starting += 1;
                Failed::Again
            }
        }
    }

    pub fn succeeded(&mut self, took: Duration) {
        self.failures = 0;
        self.again_at = None;
        self.demand.start_took(took);
    }

    fn forget_who_left(&mut self) {
        self.waiting.retain(|waiting| !waiting.waiter.is_closed());
    }

    pub fn target(&self, now: Instant, settings: &PoolSettings) -> usize {
        match (self.forgotten, self.expected) {
            (true, _) => 0,
            (false, true) => self.demand.target(now, settings.min_idle, settings),
            (false, false) => self.demand.target(now, 0, settings),
        }
    }

    /// How many starts ahead it lacks now.
    pub fn lacks(&self, now: Instant, settings: &PoolSettings) -> usize {
        if self.again_at.is_some_and(|at| at > now) {
            return 0;
        }
        let coming = self.idle.len() + self.starting.saturating_sub(self.waiting.len());
        self.target(now, settings).saturating_sub(coming)
    }

    /// Those that ended by themselves, and the oldest of those beyond the target.
    pub fn retire(&mut self, now: Instant, settings: &PoolSettings) -> Vec<(Box<dyn Sandbox>, Reason)> {
        let mut retired = Vec::new();
        for mut idle in std::mem::take(&mut self.idle) {
            match idle.sandbox.is_waiting() {
                true => self.idle.push_back(idle),
                false => retired.push((idle.sandbox, Reason::Ended)),
            }
        }
        let patience = Duration::from_millis(settings.idle_ms);
        let target = self.target(now, settings);
        while self.idle.len() > target {
            let old = self
                .idle
                .front()
                .is_some_and(|idle| now.saturating_duration_since(idle.since) >= patience);
            match old.then(|| self.idle.pop_front()).flatten() {
                Some(idle) => retired.push((idle.sandbox, Reason::Idle)),
                None => break,
            }
        }
        retired
    }

    pub fn memory_bytes(&self) -> u64 {
        self.idle.iter().map(|idle| idle.memory_bytes).sum()
    }

    /// Nothing would be lost without it.
    pub fn is_empty(&self, now: Instant) -> bool {
        let nothing_here = self.idle.is_empty() && self.waiting.is_empty();
        let nothing_under_way = self.starting == 0 && self.in_use == 0;
        let unwanted = self.forgotten || (!self.expected && self.demand.per_second(now) < 0.001);
        nothing_here && nothing_under_way && unwanted
    }
}

fn pause(failures: u32) -> Duration {
    (FIRST_PAUSE * 2_u32.pow(failures.saturating_sub(1).min(16))).min(LONGEST_PAUSE)
}
