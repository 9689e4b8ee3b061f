//! The control room: it receives questions, has queries checked by the gate, runs them in sandboxes,
//! and keeps the sealed record.
//!
//! It never links the engine, never parses CSV or SQL, and never runs a query that the gate has not
//! printed itself.

pub mod agent;
pub mod capsules;
pub mod cli;
pub mod clock;
pub mod config;
pub mod datasets;
pub mod doctor;
pub mod engine_proxy;
pub mod eval;
pub mod gate;
pub mod http;
pub mod runs;
pub mod sandbox;
pub mod services;
mod system;
pub mod telemetry;
