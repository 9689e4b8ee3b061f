//! The meters of one check.

use serde::{Deserialize, Serialize};

/// What the guest may use for one query. The largest queries that the gate's own caps let through were
/// measured at a sixth of this fuel and a third of this memory (`tests/gate_host.rs`); an ordinary one
/// takes a five-hundredth of the fuel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GateSettings {
    /// wasmtime's unit: about one per executed instruction.
    pub fuel: u64,
    /// All linear memory of the guest.
    pub memory_bytes: u64,
    /// Wall clock; the fuel ends a busy guest first unless the machine is overloaded.
    pub deadline_ms: u64,
    /// Native stack that compiled guest code may use on the calling thread, whose own stack must be
    /// larger (2 MiB is the standard library's default for threads).
    pub max_wasm_stack_bytes: u64,
    /// Table elements: function pointers and handles.
    pub table_elements: u64,
    /// Checks at the same time; more wait for their turn.
    pub places: u64,
    /// Core instances inside the component: the guest, the WASI adapter and their shims.
    pub instances: u64,
}

impl Default for GateSettings {
    fn default() -> Self {
        Self {
            fuel: 1_000_000_000,
            memory_bytes: 64 << 20,
            deadline_ms: 2_000,
            max_wasm_stack_bytes: 1 << 20,
            table_elements: 20_000,
            places: 32,
            instances: 16,
        }
    }
}
