//! How many checks go on at the same time: as many as the engine has slots. More wait here, and are not
//! refused: a check takes well under a millisecond.

use std::sync::{Condvar, Mutex, PoisonError};

pub struct Places {
    free: Mutex<u64>,
    freed: Condvar,
}

/// One check's place, given back when it is dropped.
pub struct Place<'a>(&'a Places);

impl Places {
    pub fn new(places: u64) -> Self {
        Self {
            free: Mutex::new(places.max(1)),
            freed: Condvar::new(),
        }
    }

    /// Blocks until there is one.
    pub fn take(&self) -> Place<'_> {
        // A number can't be left half-changed by a panic.
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .freed
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Place(self)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}
