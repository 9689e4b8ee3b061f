//! The wasmtime engine: metered, interruptible, and with every feature off that a gate does not need.

use super::{GateLoadError, GateSettings};
use std::io;
use std::thread;
use std::time::Duration;
use wasmtime::{Config, Engine, EngineWeak};

/// One epoch. Deadlines are hundreds of these, so a finer tick would only wake the machine more often.
const TICK: Duration = Duration::from_millis(10);

pub fn engine(settings: &GateSettings) -> Result<Engine, GateLoadError> {
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
    Engine::new(&config).map_err(|error| GateLoadError::Engine(format!("{error:#}")))
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
