//! Sandboxes that could not be removed, or whose making was never confirmed, since whoever makes them
//! hung, was gone or was being started again: looked for until none is left.
//!
//! It never touches one that is in use, or one that another server has started.

use async_trait::async_trait;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);
/// Whoever goes on after it hung still carries out what it was asked before, perhaps behind the first
/// look.
const CLEAN_PASSES: u32 = 4;

/// Where sandboxes of one server can be found and removed.
#[async_trait]
pub trait Ground: Send + Sync + 'static {
    /// Removes this server's sandboxes whose mark is not in use; answers how many there were.
    async fn sweep(&self, marks: &Marks) -> Result<usize, String>;
}

pub struct Janitor<G> {
    ground: Arc<G>,
    marks: Marks,
}

impl<G> Clone for Janitor<G> {
    fn clone(&self) -> Self {
        Self {
            ground: self.ground.clone(),
            marks: self.marks.clone(),
        }
    }
}

/// What is in use.
#[derive(Clone, Default)]
pub struct Marks(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    in_use: HashSet<String>,
    /// A task is looking.
    sweeping: bool,
    /// Something failed since it has begun.
    asked_again: bool,
}

impl Marks {
    pub fn contains(&self, mark: &str) -> bool {
        self.lock().in_use.contains(mark)
    }

    /// Each use leaves the state whole, so a panic elsewhere does no harm to it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A sandbox that is in use, or being made, as long as this is kept.
pub struct InUse {
    marks: Marks,
    mark: String,
}

impl InUse {
    pub fn mark(&self) -> &str {
        &self.mark
    }

    #[cfg(test)]
    pub fn marks(&self) -> &Marks {
        &self.marks
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.marks.lock().in_use.remove(&self.mark);
    }
}

impl<G: Ground> Janitor<G> {
    pub fn new(ground: G) -> Self {
        Self {
            ground: Arc::new(ground),
            marks: Marks::default(),
        }
    }

    /// Tells a sandbox apart from before it is made; nobody else has the same.
    pub fn mark(&self, mark: String) -> InUse {
        self.marks.lock().in_use.insert(mark.clone());
        InUse {
            marks: self.marks.clone(),
            mark,
        }
    }

    /// Somebody's sandbox may be left. Without a runtime the process is ending, and the next start
    /// looks for what it left.
    pub fn sweep_later(&self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        let mut state = self.marks.lock();
        state.asked_again = true;
        if !std::mem::replace(&mut state.sweeping, true) {
            runtime.spawn(self.clone().sweep_until_clean());
        }
    }

    async fn sweep_until_clean(self) {
        let (mut pause, mut clean) = (FIRST_PAUSE, 0);
        while clean < CLEAN_PASSES || !self.rest() {
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            if std::mem::take(&mut self.marks.lock().asked_again) {
                (pause, clean) = (FIRST_PAUSE, 0);
            }
            clean = match self.ground.sweep(&self.marks).await {
                Ok(0) => clean + 1,
                Ok(removed) => {
                    tracing::warn!(removed, "sandboxes that had to wait are removed");
                    0
                }
                Err(error) => {
                    tracing::warn!(error, "sandboxes may be left, and are looked for again");
                    0
                }
            };
        }
    }

    /// Whether the looking may end.
    fn rest(&self) -> bool {
        let mut state = self.marks.lock();
        state.sweeping = state.asked_again;
        !state.asked_again
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nothing;

    #[async_trait]
    impl Ground for Nothing {
        async fn sweep(&self, _marks: &Marks) -> Result<usize, String> {
            Ok(0)
        }
    }

    #[test]
    fn one_is_in_use_from_before_it_is_made_until_it_is_let_go() {
        let janitor = Janitor::new(Nothing);
        let in_use = janitor.mark("one".into());
        assert!(janitor.marks.contains(in_use.mark()));
        drop(in_use);
        assert!(!janitor.marks.contains("one"));
    }

    #[tokio::test]
    async fn one_looks_at_a_time_and_rests_only_when_nothing_failed_since() {
        let janitor = Janitor::new(Nothing);
        janitor.sweep_later();
        assert!(!janitor.rest(), "it was asked, and has not looked yet");
        janitor.marks.lock().asked_again = false;
        assert!(janitor.rest());
        assert!(!janitor.marks.lock().sweeping);
    }
}
