//! Scores the gate on its own corpus: `gate_refusals GATE.wasm [CACHE_DIRECTORY]` asks the component, through
//! the service's own host, about each case of `runner-wasm/cases`, and prints the table that
//! `docs/security.md` publishes.

mod score;

use csv_analyst_server::gate::{Gate, GateSettings};
use std::error::Error;
use std::io::Write;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: gate_refusals GATE.wasm [CACHE_DIRECTORY]";
    let component = std::fs::read(std::env::args().nth(1).ok_or(usage)?)?;
    let cache = std::env::args().nth(2);
    let gate = Gate::load(
        &component,
        cache.as_deref().map(Path::new),
        GateSettings::default(),
    )?;
    let table = score::Score::of(&gate).table();
    Ok(std::io::stdout().lock().write_all(table.as_bytes())?)
}
