//! The wasmtime engine: metered, interruptible, and with every feature off that a gate does not need.

use super::{GateLoadError, GateSettings};
use std::io;
use std::thread;
use std::time::Duration;
use wasmtime::{Config, Enabled, Engine, EngineWeak, InstanceAllocationStrategy, PoolingAllocationConfig};

/// One epoch. Deadlines are hundreds of these, so a finer tick would only wake the machine more often.
const TICK: Duration = Duration::from_millis(10);

/// Memories are taken from a pool that was mapped once. Where the address space for it can't be had
/// (`ulimit -v`), each check maps its own: slower, and just as separate.
pub fn engine(settings: &GateSettings) -> Result<Engine, GateLoadError> {
    let mut config = config(settings);
    let mapped_each_time = config.clone();
    config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool(settings)));
    Engine::new(&config)
        .or_else(|error| {
            tracing::warn!(error = %format!("{error:#}"), "no pool for the gate; checks will be slower");
            Engine::new(&mapped_each_time)
        })
        .map_err(|error| GateLoadError::Engine(format!("{error:#}")))
}

/// A slot is handed out with all its pages zero or as the component's image has them, by unmapping or by
/// overwriting what the check before has touched; which of the two is the kernel's to answer
/// (`PAGEMAP_SCAN`, Linux 6.7).
fn pool(settings: &GateSettings) -> PoolingAllocationConfig {
    /// Pages of a check that are cleared in place instead of unmapped: an ordinary one touches less.
    const KEEP_RESIDENT: usize = 1 << 20;
    let number = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
    let size = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    // Slots are not the control: they are never smaller than usual, and the store's limiter holds each
    // check to its own settings.
    let usual = GateSettings::default();
    let instances = number(settings.instances.max(usual.instances));
    let all = instances.saturating_mul(number(settings.places));
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(number(settings.places))
        .total_core_instances(all)
        .total_memories(number(settings.places))
        .total_tables(all)
        .max_core_instances_per_component(instances)
        .max_memories_per_component(1)
        .max_tables_per_component(instances)
        .max_memory_size(size(settings.memory_bytes.max(usual.memory_bytes)))
        .table_elements(size(settings.table_elements.max(usual.table_elements)))
        // The slot that was used last is the one in the processor's caches.
        .max_unused_warm_slots(0)
        .linear_memory_keep_resident(KEEP_RESIDENT)
        .table_keep_resident(KEEP_RESIDENT)
        .pagemap_scan(Enabled::Auto);
    pool
}

fn config(settings: &GateSettings) -> Config {
    let mut config = Config::new();
    config
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(usize::try_from(settings.max_wasm_stack_bytes).unwrap_or(usize::MAX))
        .wasm_component_model(true)
        .wasm_backtrace_max_frames(None)
        // Same input, same answer, on every processor.
        .cranelift_nan_canonicalization(true)
        .wasm_relaxed_simd(false)
        .wasm_simd(false)
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_extended_const(false)
        .wasm_wide_arithmetic(false);
    // Threads, shared memory, GC, exceptions and stack switching are not even compiled in.
    config
}

/// Epochs that a deadline lasts; one more, since the first tick may come at once.
pub fn ticks(deadline_ms: u64) -> u64 {
    deadline_ms.div_ceil(TICK.as_millis() as u64).saturating_add(1)
}

/// A thread that moves the epoch on. It holds the engine weakly and ends with it.
pub struct Ticker;

impl Ticker {
    pub fn start(engine: &Engine) -> io::Result<Self> {
        let weak = engine.weak();
        thread::Builder::new()
            .name("gate-epochs".into())
            .stack_size(64 << 10)
            .spawn(move || tick(&weak))?;
        Ok(Self)
    }
}

fn tick(engine: &EngineWeak) {
    loop {
        thread::sleep(TICK);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}
