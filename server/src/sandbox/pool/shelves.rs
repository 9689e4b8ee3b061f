//! All shelves, and the decisions about them: what is started ahead, what is retired.
//!
//! It decides and keeps count; it starts and destroys nothing itself, and takes the time it is given.

use super::shelf::{Failed, Idle, Sandboxes, Shelf, Waiter};
use super::{PoolSettings, Reason};
use crate::sandbox::{Sandbox, SandboxClass, SandboxError};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Memory of a sandbox that can't be looked at, and of the first one.
const ASSUMED_BYTES: u64 = 48 << 20;

pub struct Shelves {
    pub settings: PoolSettings,
    pub by_class: HashMap<SandboxClass, Shelf>,
    pub closed: bool,
    /// What one that is not there yet will take: a mean in which the newest counts for half.
    typical_bytes: u64,
}

/// What a run that asks gets.
pub enum Take {
    Warm(Box<dyn Sandbox>),
    /// It waits; true: a start is to be made for it.
    Waits(bool),
    Closed,
}

/// What the keeper has to do.
#[derive(Default)]
pub struct Work {
    pub retire: Vec<(Box<dyn Sandbox>, Reason)>,
    pub start: Vec<SandboxClass>,
}

impl Shelves {
    pub fn new(settings: PoolSettings) -> Self {
        Self {
            settings,
            by_class: HashMap::new(),
            closed: false,
            typical_bytes: ASSUMED_BYTES,
        }
    }

    pub fn shelf(&mut self, class: &SandboxClass, now: Instant) -> &mut Shelf {
        self.by_class
            .entry(class.clone())
            .or_insert_with(|| Shelf::new(now))
    }

    /// With those that turned out to have ended.
    pub fn take(&mut self, class: &SandboxClass, waiter: Waiter, now: Instant) -> (Take, Sandboxes) {
        if self.closed {
            return (Take::Closed, Vec::new());
        }
        let shelf = self.shelf(class, now);
        shelf.demand.arrived(now);
        let (warm, ended) = shelf.pop_waiting();
        let take = match warm {
            Some(sandbox) => Take::Warm(sandbox),
            None => {
                let start = shelf.wait(waiter);
                shelf.starting += usize::from(start);
                Take::Waits(start)
            }
        };
        (take, ended)
    }

    /// A start has succeeded: for the run that waits longest, or for the shelf, or for nobody.
    pub fn started(
        &mut self,
        class: &SandboxClass,
        sandbox: Box<dyn Sandbox>,
        took: Duration,
        now: Instant,
    ) -> Started {
        let shelf = self.shelf(class, now);
        shelf.starting = shelf.starting.saturating_sub(1);
        shelf.succeeded(took);
        self.offer(class, sandbox, now)
    }

    pub fn offer(&mut self, class: &SandboxClass, sandbox: Box<dyn Sandbox>, now: Instant) -> Started {
        let (closed, most) = (self.closed, self.settings.max_idle);
        let shelf = self.shelf(class, now);
        if let Some(waiter) = shelf.next_waiter() {
            return Started::For(waiter, sandbox);
        }
        if closed || shelf.forgotten || shelf.idle.len() >= most {
            return Started::Unwanted(sandbox);
        }
        let memory_bytes = sandbox.memory_bytes().unwrap_or(ASSUMED_BYTES);
        shelf.idle.push_back(Idle {
            memory_bytes,
            sandbox,
            since: now,
        });
        self.typical_bytes = self.typical_bytes.midpoint(memory_bytes);
        Started::Shelved
    }

    pub fn failed(&mut self, class: &SandboxClass, error: &SandboxError, now: Instant) -> Failed {
        let shelf = self.shelf(class, now);
        shelf.starting = shelf.starting.saturating_sub(1);
        shelf.failed(error, now)
    }

    /// A look at everything: who ended, who is too old, what has to be started ahead.
    pub fn look(&mut self, now: Instant, available_bytes: u64) -> Work {
        let mut work = Work::default();
        if self.closed {
            return work;
        }
        let settings = self.settings;
        for shelf in self.by_class.values_mut() {
            work.retire.extend(shelf.retire(now, &settings));
        }
        self.by_class.retain(|_, shelf| !shelf.is_empty(now));
        self.start_ahead(now, available_bytes, &mut work);
        work
    }

    /// The most wanted first, as long as processors and memory allow.
    fn start_ahead(&mut self, now: Instant, available_bytes: u64, work: &mut Work) {
        let starting: usize = self.by_class.values().map(|shelf| shelf.starting).sum();
        let runs: usize = self.by_class.values().map(|shelf| shelf.in_use).sum();
        let mut room = self.settings.starts_beside(runs).saturating_sub(starting);
        let one = self.typical_bytes;
        let mut coming_bytes = starting as u64 * one;
        while room > 0 {
            let Some(class) = self.most_wanted(now) else {
                return;
            };
            let left = available_bytes.saturating_sub(coming_bytes + one);
            if left < self.settings.free_memory_bytes {
                return;
            }
            if self.memory_bytes() + coming_bytes + one > self.settings.memory_bytes
                && !self.make_room_for(&class, now, work)
            {
                return;
            }
            self.shelf(&class, now).starting += 1;
            coming_bytes += one;
            room -= 1;
            work.start.push(class);
        }
    }

    /// Of those that lack one, first the emptiest, of these the one most asked for.
    fn most_wanted(&self, now: Instant) -> Option<SandboxClass> {
        let lacking = self
            .by_class
            .iter()
            .filter(|(_, shelf)| shelf.lacks(now, &self.settings) > 0);
        let wanted = lacking.max_by(|(_, left), (_, right)| {
            let rate = |shelf: &Shelf| shelf.demand.per_second(now);
            has_none(left)
                .cmp(&has_none(right))
                .then(rate(left).total_cmp(&rate(right)))
        });
        wanted.map(|(class, _)| class.clone())
    }

    /// For a class that has none at all, one that is asked for less makes room.
    fn make_room_for(&mut self, class: &SandboxClass, now: Instant, work: &mut Work) -> bool {
        let rate = |shelf: &Shelf| shelf.demand.per_second(now);
        let wanted = self.by_class.get(class).filter(|shelf| has_none(shelf));
        let wanted = wanted.map_or(0.0, rate);
        let others = self.by_class.iter_mut().filter(|(_, shelf)| {
            // Twice as much, so that two of the same kind do not take turns.
            !shelf.idle.is_empty() && 2.0 * rate(shelf) < wanted
        });
        let least = others.min_by(|(_, left), (_, right)| rate(left).total_cmp(&rate(right)));
        let retired = least.and_then(|(_, shelf)| shelf.idle.pop_front());
        let made = retired.is_some();
        work.retire
            .extend(retired.map(|idle| (idle.sandbox, Reason::Memory)));
        made
    }

    pub fn memory_bytes(&self) -> u64 {
        self.by_class.values().map(Shelf::memory_bytes).sum()
    }

    /// With those of the dataset's earlier versions, for which nothing is kept any more.
    pub fn expect(&mut self, dataset: &str, class: &SandboxClass, now: Instant) -> Sandboxes {
        if self.closed {
            return Vec::new();
        }
        let forgotten = self.forget(|other, shelf| other != class && shelf.name.as_deref() == Some(dataset));
        let shelf = self.shelf(class, now);
        shelf.name = Some(dataset.to_owned());
        shelf.expected = true;
        shelf.forgotten = false;
        forgotten
    }

    fn forget(&mut self, gone: impl Fn(&SandboxClass, &Shelf) -> bool) -> Sandboxes {
        let shelves = self
            .by_class
            .iter_mut()
            .filter(|(class, shelf)| gone(class, shelf));
        let idle = shelves.flat_map(|(_, shelf)| {
            shelf.forgotten = true;
            std::mem::take(&mut shelf.idle)
        });
        idle.map(|idle| idle.sandbox).collect()
    }

    /// From here on nothing is given out or kept.
    pub fn close(&mut self) -> Sandboxes {
        self.closed = true;
        for shelf in self.by_class.values_mut() {
            shelf.waiting.clear();
        }
        self.forget(|_, _| true)
    }
}

/// Where a started sandbox goes.
pub enum Started {
    For(Waiter, Box<dyn Sandbox>),
    Shelved,
    Unwanted(Box<dyn Sandbox>),
}

fn has_none(shelf: &Shelf) -> bool {
    shelf.idle.is_empty() && shelf.starting == 0
}
