//! Every limit of a run, by name and with its unit.

use serde::{Deserialize, Serialize};

/// What one run may use. Defaults are the product's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Wall clock from the moment a sandbox has the request; the killer outside enforces it.
    pub timeout_ms: u64,
    /// Memory of the whole sandbox; the engine gets a smaller share of it.
    pub memory_bytes: u64,
    /// 1,000 is one CPU.
    pub cpu_millis: u64,
    pub max_processes: u64,
    /// Size of the writable scratch space (spilling); 0 means none.
    pub scratch_bytes: u64,
    /// Rows returned. More rows are counted, up to `row_cap`, but not sent.
    pub max_rows: u64,
    /// The outermost LIMIT that the gate prints: no run produces more rows than this.
    pub row_cap: u64,
    /// Size of the runner's whole answer.
    pub max_result_bytes: u64,
    /// Size of one cell as JSON; a longer one ends the run.
    pub max_cell_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            timeout_ms: 10_000,
            memory_bytes: 512 << 20,
            cpu_millis: 1_000,
            max_processes: 64,
            scratch_bytes: 64 << 20,
            max_rows: 200,
            row_cap: 10_000,
            max_result_bytes: 8 << 20,
            max_cell_bytes: 64 << 10,
        }
    }
}

/// What a sandbox is started with. The other limits travel with its one request, so that sandboxes
/// which were started ahead serve requests whatever time and rows they ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Resources {
    pub memory_bytes: u64,
    pub cpu_millis: u64,
    pub max_processes: u64,
    pub scratch_bytes: u64,
}

impl Resources {
    /// Of each the smaller.
    pub fn at_most(self, most: Self) -> Self {
        Self {
            memory_bytes: self.memory_bytes.min(most.memory_bytes),
            cpu_millis: self.cpu_millis.min(most.cpu_millis),
            max_processes: self.max_processes.min(most.max_processes),
            scratch_bytes: self.scratch_bytes.min(most.scratch_bytes),
        }
    }
}

impl Limits {
    pub fn resources(&self) -> Resources {
        Resources {
            memory_bytes: self.memory_bytes,
            cpu_millis: self.cpu_millis,
            max_processes: self.max_processes,
            scratch_bytes: self.scratch_bytes,
        }
    }
}

impl Default for Resources {
    fn default() -> Self {
        Limits::default().resources()
    }
}

/// The largest query, as SQL or as a plan, that anything downstream looks at.
pub const MAX_QUERY_BYTES: usize = 100_000;
/// The longest chat message.
pub const MAX_MESSAGE_BYTES: usize = 8_000;
