//! Configuration of the pool: how many sandboxes may wait, and what they may cost.

use serde::{Deserialize, Serialize};
use std::sync::LazyLock;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PoolSettings {
    /// `false`: every run starts its own sandbox.
    pub enabled: bool,
    /// Sandboxes that wait for each dataset that can be asked, also when nobody asks.
    pub min_idle: usize,
    /// Sandboxes that wait for one dataset at most, however many runs come.
    pub max_idle: usize,
    /// One that is more than demand asks for is destroyed after waiting so long.
    pub idle_ms: u64,
    /// Memory of all sandboxes that wait, beyond which no more are started ahead.
    pub memory_bytes: u64,
    /// Nothing is started ahead when the machine, or the container around the service, has less
    /// memory available than this.
    pub free_memory_bytes: u64,
    /// Sandboxes that are started ahead at the same time; absent: as many as there are processors.
    pub concurrent_starts: Option<usize>,
    /// Sandboxes that have answered and are being removed, and whose runs' places are free again
    /// already: removing a container takes longer than most queries. 0: a place is free when nothing of
    /// its sandbox is left.
    pub max_leaving: usize,
}

impl Default for PoolSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            min_idle: 1,
            max_idle: 8,
            idle_ms: 120_000,
            memory_bytes: 512 << 20,
            free_memory_bytes: 512 << 20,
            concurrent_starts: None,
            max_leaving: 2,
        }
    }
}

/// Asked once: the answer is read from files.
static PROCESSORS: LazyLock<usize> =
    LazyLock::new(|| std::thread::available_parallelism().map_or(1, usize::from));

impl PoolSettings {
    /// Every run starts its own sandbox.
    pub fn off() -> Self {
        Self {
            enabled: false,
            ..Self::default()
        }
    }

    /// While runs use more than the processors, only one is started ahead at a time.
    pub fn starts_beside(&self, runs: usize) -> usize {
        let most = self.concurrent_starts.unwrap_or(*PROCESSORS);
        if runs > *PROCESSORS { most.min(1) } else { most }
    }
}
