//! What the pool looks like from outside: for `/readyz` and for metrics.

use super::Inner;
use csv_analyst_protocol::api::{PoolClassStatus, PoolStatus};
use std::time::Instant;

impl Inner {
    pub fn status(&self) -> PoolStatus {
        let (now, shelves) = (Instant::now(), self.shelves());
        let mut classes: Vec<PoolClassStatus> = shelves
            .by_class
            .iter()
            .map(|(class, shelf)| PoolClassStatus {
                dataset: shelf.name.clone(),
                dataset_version: class.dataset_version.clone(),
                idle: shelf.idle.len(),
                starting: shelf.starting,
                in_use: shelf.in_use,
                target: shelf.target(now, &shelves.settings),
                waiting: shelf.waiting.len(),
                last_failure: shelf.last_failure.clone(),
            })
            .collect();
        classes.sort_by(|left, right| {
            (&left.dataset, &left.dataset_version).cmp(&(&right.dataset, &right.dataset_version))
        });
        let total = |count: fn(&PoolClassStatus) -> usize| classes.iter().map(count).sum();
        PoolStatus {
            enabled: shelves.settings.enabled,
            idle: total(|class| class.idle),
            starting: total(|class| class.starting),
            in_use: total(|class| class.in_use),
            target: total(|class| class.target),
            memory_bytes: shelves.memory_bytes(),
            classes,
        }
    }

    /// For whoever exports metrics; without an exporter they go nowhere.
    pub fn gauge(&self) {
        let (mut idle, mut starting, mut in_use, mut waiting) = (0, 0, 0, 0);
        let shelves = self.shelves();
        for shelf in shelves.by_class.values() {
            idle += shelf.idle.len();
            starting += shelf.starting;
            in_use += shelf.in_use;
            waiting += shelf.waiting.len();
        }
        metrics::gauge!("csv_analyst_pool_idle").set(idle as f64);
        metrics::gauge!("csv_analyst_pool_starting").set(starting as f64);
        metrics::gauge!("csv_analyst_pool_in_use").set(in_use as f64);
        metrics::gauge!("csv_analyst_pool_waiting").set(waiting as f64);
        metrics::gauge!("csv_analyst_pool_memory_bytes").set(shelves.memory_bytes() as f64);
    }
}
