//! Faults: whatever dies, fills up, hangs or jumps, every accepted run ends once and stays as it was
//! told, the record verifies, nothing is left over, and the service answers again by itself.
//!
//! The real program is started and watched from outside: its HTTP interface, its processes, its
//! files. Ordinary test runs take the short form; `cargo xtask test --faults` takes the full one. What is
//! random comes from a seed that is printed and can be set (docs/faults.md).

#[path = "../support/mod.rs"]
mod support;

mod case;
mod engine;
mod invariants;
mod ledger;
mod load;
mod mounts;
mod processes;
mod random;
mod setting;

mod clock;
mod docker;
mod ingest;
mod killed;
mod memory;
mod record;
mod storage;
mod streams;
