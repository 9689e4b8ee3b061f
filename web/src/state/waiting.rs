//! Waiting for something that the service is still doing: slower and slower looks, and an end to them.
//! Browser only but for [`Patience`], which is arithmetic.

use leptos::prelude::*;
use leptos::task::spawn_local;
use std::ops::ControlFlow;
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Longer than a place in the queue and a run may take together.
const LIMIT: Duration = Duration::from_secs(180);

/// How long there is still a point in looking again.
#[derive(Clone, Copy, Debug)]
struct Patience {
    next: Duration,
    waited: Duration,
}

impl Patience {
    fn new() -> Self {
        Self {
            next: FIRST_PAUSE,
            waited: Duration::ZERO,
        }
    }

    /// The pause before the next look; `None` when there have been enough.
    fn pause(&mut self) -> Option<Duration> {
        let pause = (self.waited < LIMIT).then_some(self.next)?;
        self.waited += pause;
        self.next = (self.next * 5 / 4).min(LONGEST_PAUSE);
        Some(pause)
    }
}

/// One thing that is waited for; beginning to wait for another ends the looks for the first.
#[derive(Clone, Copy)]
pub struct Waiting {
    /// There is no point in looking any longer, unless the reader wants it.
    pub given_up: RwSignal<bool>,
    /// Numbers what is waited for, so that looks for something else end.
    subject: StoredValue<u64>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self {
            given_up: RwSignal::new(false),
            subject: StoredValue::new(0),
        }
    }
}

impl Waiting {
    /// Looks with all patience until `end`, or until a look breaks off because it found that nothing
    /// will come.
    pub fn begin<F>(self, look: impl Fn() -> F + 'static)
    where
        F: Future<Output = ControlFlow<()>> + 'static,
    {
        self.end();
        if let Some(subject) = self.subject.try_get_value() {
            self.look_later(subject, Patience::new(), look);
        }
    }

    pub fn end(self) {
        self.subject.try_update_value(|subject| *subject += 1);
        self.given_up.try_set(false);
    }

    fn look_later<F>(self, subject: u64, mut patience: Patience, look: impl Fn() -> F + 'static)
    where
        F: Future<Output = ControlFlow<()>> + 'static,
    {
        let Some(pause) = patience.pause() else {
            self.given_up.try_set(true);
            return;
        };
        // The page may have gone elsewhere before a look and during it.
        let is_current = move || self.subject.try_get_value() == Some(subject);
        let look_now = async move {
            let found = look().await;
            match found {
                _ if !is_current() => {}
                ControlFlow::Continue(()) => self.look_later(subject, patience, look),
                ControlFlow::Break(()) => _ = self.given_up.try_set(true),
            }
        };
        set_timeout(
            move || {
                if is_current() {
                    spawn_local(look_now);
                }
            },
            pause,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_become_rarer_and_go_on_for_three_minutes() {
        let mut patience = Patience::new();
        let pauses: Vec<Duration> = std::iter::from_fn(|| patience.pause()).collect();
        assert_eq!(pauses.first(), Some(&FIRST_PAUSE));
        assert_eq!(pauses.last(), Some(&LONGEST_PAUSE));
        assert!(pauses.is_sorted());
        let waited: Duration = pauses.iter().sum();
        assert!((LIMIT..LIMIT + LONGEST_PAUSE).contains(&waited));
    }
}
