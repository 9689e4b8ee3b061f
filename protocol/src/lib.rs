//! The dictionary: serde types that cross a boundary (browser, service, gate, runner, record).
//!
//! No I/O, no async, no engine: this crate builds for the host and for both wasm targets, and every
//! other crate of the workspace depends on it, never the other way round.

pub mod api;
pub mod capsule;
pub mod chat;
pub mod dataset;
pub mod error;
pub mod gate;
pub mod ingest;
pub mod limits;
pub mod plan;
pub mod reading;
pub mod run;
pub mod runner;
pub mod schema_bytes;
pub mod transfer;
