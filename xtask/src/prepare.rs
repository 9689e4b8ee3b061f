//! Everything that must exist before the service can be started or tested, in the right order.
//!
//! What is up to date is not made again, so that a second start takes seconds.

use std::thread;

use anyhow::{Result, bail};

use crate::setup::{self, Tools};
use crate::workspace::Workspace;
use crate::{datasets, process, wasm};

/// The packages that a running service consists of. They are always built together, and without the
/// workshop, so that cargo chooses the same features for their dependencies every time.
pub const SERVICE_PACKAGES: [&str; 4] = [
    "--package",
    "csv-analyst-server",
    "--package",
    "csv-analyst-runner",
];

pub fn run(workspace: &Workspace) -> Result<Tools> {
    let tools = setup::run(workspace)?;
    rebuild(workspace, &tools)?;
    Ok(tools)
}

/// All of it but the tools, which do not change while a person works.
///
/// Guests and host build side by side: each has long stretches that keep one core busy only.
pub fn rebuild(workspace: &Workspace, tools: &Tools) -> Result<()> {
    thread::scope(|scope| {
        let guests = scope.spawn(|| beside_the_programs(workspace, tools));
        let programs = process::step("building the service and the runner", || {
            let mut cargo = tools.native_cargo(workspace);
            process::run(cargo.arg("build").args(SERVICE_PACKAGES))
        });
        let guests = guests
            .join()
            .unwrap_or_else(|_| bail!("building the guests broke off"));
        programs.and(guests)
    })
}

/// For the tests: `cargo test` builds the programs that it needs by itself.
pub fn beside_the_programs(workspace: &Workspace, tools: &Tools) -> Result<()> {
    if !workspace.root.join("datasets/registry.json").is_file() {
        process::step("generating the built-in datasets", || datasets::run(false))?;
    }
    wasm::run(workspace, tools.wasm, None)
}
