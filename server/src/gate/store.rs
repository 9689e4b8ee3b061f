//! A store for one check: limits on memory, tables and instances, and nothing else in it.

use super::GateSettings;
use super::engine::ticks;
use wasmtime::{Engine, ResourceLimiter, Store, StoreLimits, StoreLimitsBuilder};

/// The whole state that a guest can reach through its imports: none. Only the limiter lives here.
pub struct State {
    limits: StoreLimits,
    memory_bytes: usize,
}

impl State {
    /// The most that one memory of the guest had.
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes as u64
    }
}

pub fn fresh(engine: &Engine, settings: &GateSettings) -> wasmtime::Result<Store<State>> {
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    let instances = size(settings.instances);
    let limits = StoreLimitsBuilder::new()
        .memory_size(size(settings.memory_bytes))
        .table_elements(size(settings.table_elements))
        .instances(instances)
        .tables(instances)
        .memories(instances)
        .build();
    let mut store = Store::new(
        engine,
        State {
            limits,
            memory_bytes: 0,
        },
    );
    store.limiter(|state| state);
    store.set_fuel(settings.fuel)?;
    store.set_epoch_deadline(ticks(settings.deadline_ms));
    store.epoch_deadline_trap();
    Ok(store)
}

impl ResourceLimiter for State {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let granted = self.limits.memory_growing(current, desired, maximum)?;
        if granted {
            self.memory_bytes = self.memory_bytes.max(desired);
        }
        Ok(granted)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        self.limits.table_growing(current, desired, maximum)
    }

    fn instances(&self) -> usize {
        self.limits.instances()
    }

    fn tables(&self) -> usize {
        self.limits.tables()
    }

    fn memories(&self) -> usize {
        self.limits.memories()
    }
}
