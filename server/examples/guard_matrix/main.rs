//! `guard_matrix GATE.wasm HOSTILE [CACHE_DIRECTORY]`: runs every attack of the hostile runner against
//! every guard alone, and prints the tables that `docs/security.md` publishes. What this machine lacks
//! is said on standard error, and then the exit code is 1, so that nothing is published from here.

mod attacks;
mod docker;
mod host;
mod matrix;
mod naive;
mod process;
mod render;
mod stage;

use csv_analyst_server::gate::{Gate, GateSettings};
use std::error::Error;
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let usage = "usage: guard_matrix GATE.wasm HOSTILE [CACHE_DIRECTORY]";
    let mut arguments = std::env::args().skip(1);
    let component = std::fs::read(arguments.next().ok_or(usage)?)?;
    let hostile = arguments.next().ok_or(usage)?;
    let cache = arguments.next();
    let gate = Gate::load(
        &component,
        cache.as_deref().map(Path::new),
        GateSettings::default(),
    )?;
    let stage = stage::Stage::new(gate, Path::new(&hostile))?;
    let found = [
        process::matrix(&stage).await,
        docker::matrix(&stage, docker::Extent::Whole).await,
        host::matrix(&stage).await,
    ];
    let mut stderr = std::io::stderr();
    let mut complete = true;
    for differences in found.iter().map(matrix::Matrix::differences) {
        for line in &differences.wrong {
            writeln!(stderr, "WRONG: {line}")?;
        }
        for (place, reason) in &differences.unavailable {
            writeln!(stderr, "not available here: {place}: {reason}")?;
        }
        complete &= differences.wrong.is_empty() && differences.unavailable.is_empty();
    }
    std::io::stdout()
        .lock()
        .write_all(render::tables(&found).as_bytes())?;
    Ok(if complete {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
