//! The host of the gate: runs the WASI component that checks queries, with nothing in its hands.
//!
//! Each check gets a fresh store: metered fuel, an epoch deadline, capped memory, no import that does
//! anything. Whatever the guest does (loops, allocates, traps, answers nonsense) comes back as a
//! rejection. The host knows no SQL: it looks again only at what every answer must be (sizes, one
//! statement, tables of this dataset).
//!
//! This is the only module that can make a [`ValidatedQuery`].

mod answer;
mod artefact;
mod engine;
mod places;
mod recheck;
mod schema;
mod settings;
mod store;
mod validated;

pub use schema::GateSchema;
pub use settings::GateSettings;
pub use validated::ValidatedQuery;

use csv_analyst_protocol::gate::{GateReport, Rejection, UntrustedQuery};
use csv_analyst_protocol::limits::Limits;
use engine::Ticker;
use places::Places;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;
use store::State;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

mod bindings {
    wasmtime::component::bindgen!({ world: "gate", path: "../runner-wasm/wit" });
}

/// Why the gate could not be opened. For the operator, not for users.
#[derive(Debug, thiserror::Error)]
pub enum GateLoadError {
    #[error("the WebAssembly engine could not be set up: {0}")]
    Engine(String),
    #[error("the gate component could not be compiled: {0}")]
    Component(String),
    #[error("the component is not a gate: {0}")]
    NotAGate(String),
    #[error("the gate's deadline thread could not be started: {0}")]
    Ticker(#[source] std::io::Error),
}

/// The compiled gate; cheap to clone, and each check is independent of every other.
#[derive(Clone)]
pub struct Gate(Arc<Inner>);

struct Inner {
    engine: Engine,
    ready: bindings::GatePre<State>,
    settings: GateSettings,
    component_hash: String,
    places: Places,
    /// Counts epochs for as long as the gate lives.
    _ticker: Ticker,
}

/// What the gate said, and what it cost.
#[derive(Clone, Debug)]
pub struct GateDecision {
    pub report: GateReport,
    pub outcome: Result<ValidatedQuery, Rejection>,
}

impl Gate {
    /// Compiles the component, or loads it from the cache. Takes seconds the first time: blocking.
    pub fn load(
        component: &[u8],
        cache_directory: Option<&Path>,
        settings: GateSettings,
    ) -> Result<Self, GateLoadError> {
        let engine = engine::engine(&settings)?;
        let component_hash = hex::encode(Sha256::digest(component));
        let compiled = artefact::component(&engine, component, &component_hash, cache_directory)?;
        let ready = Self::link(&engine, &compiled)?;
        let places = Places::new(settings.places);
        let ticker = Ticker::start(&engine).map_err(GateLoadError::Ticker)?;
        Ok(Self(Arc::new(Inner {
            engine,
            ready,
            settings,
            component_hash,
            places,
            _ticker: ticker,
        })))
    }

    /// Every import is a trap but one. A component made from a `wasip1` module names WASI interfaces
    /// that its library might call (standard error on a panic); a WASI context with nothing in it would
    /// give them functions that do little, here they have none at all, and a call ends the check. The
    /// exception is the seed of the library's hash maps: always zeros, so that the same query burns the
    /// same fuel. A flood of colliding keys meets the fuel.
    fn link(engine: &Engine, component: &Component) -> Result<bindings::GatePre<State>, GateLoadError> {
        let not_a_gate = |error: wasmtime::Error| GateLoadError::NotAGate(format!("{error:#}"));
        let mut linker: Linker<State> = Linker::new(engine);
        for (name, _) in component.component_type().imports(engine) {
            if name.starts_with("wasi:random/random@") {
                zeros_for_randomness(&mut linker, name).map_err(not_a_gate)?;
            }
        }
        linker
            .define_unknown_imports_as_traps(component)
            .map_err(not_a_gate)?;
        let ready = linker.instantiate_pre(component).map_err(not_a_gate)?;
        bindings::GatePre::new(ready).map_err(not_a_gate)
    }

    /// SHA-256 (hex) of the component.
    pub fn component_hash(&self) -> &str {
        &self.0.component_hash
    }

    /// Checks one query. Takes well under a millisecond as a rule, and blocks for that time.
    pub fn check(&self, query: &UntrustedQuery, schema: &GateSchema, limits: &Limits) -> GateDecision {
        let started = Instant::now();
        let mut report = GateReport {
            component_hash: self.0.component_hash.clone(),
            ..GateReport::default()
        };
        let outcome = self.guarded(query, schema, limits, &mut report);
        report.elapsed_ms = started.elapsed().as_secs_f64() * 1_000.0;
        match &outcome {
            Ok(validated) => {
                report.accepted = true;
                report.claims = validated.claims().clone();
            }
            Err(rejection) => report.rejection = Some(rejection.clone()),
        }
        GateDecision { report, outcome }
    }

    fn guarded(
        &self,
        query: &UntrustedQuery,
        schema: &GateSchema,
        limits: &Limits,
        report: &mut GateReport,
    ) -> Result<ValidatedQuery, Rejection> {
        let request = answer::request(query, schema, limits)?;
        let _place = self.0.places.take();
        let mut store =
            store::fresh(&self.0.engine, &self.0.settings).map_err(|error| answer::trapped(&error))?;
        let said = self
            .0
            .ready
            .instantiate(&mut store)
            .and_then(|gate| gate.call_check(&mut store, &request));
        report.fuel = self.0.settings.fuel.saturating_sub(store.get_fuel().unwrap_or(0));
        report.memory_bytes = store.data().memory_bytes();
        let said = said.map_err(|error| answer::trapped(&error))?;
        let acceptance = recheck::verdict(said.map(answer::acceptance).map_err(answer::rejection), schema)?;
        report.rules = acceptance.rules;
        report.notes = acceptance.notes;
        Ok(ValidatedQuery::from_gate(
            acceptance.sql,
            acceptance.claims,
            schema,
        ))
    }
}

/// More than any seed needs.
const MAX_SEED_BYTES: u64 = 64;

fn zeros_for_randomness(linker: &mut Linker<State>, interface: &str) -> wasmtime::Result<()> {
    linker
        .instance(interface)?
        .func_wrap("get-random-bytes", |_, (length,): (u64,)| {
            Ok((vec![
                0_u8;
                usize::try_from(length.min(MAX_SEED_BYTES))
                    .unwrap_or_default()
            ],))
        })
}
