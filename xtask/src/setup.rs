//! `cargo xtask setup`: what must be on the machine before anything of this project can be built.
//!
//! Two things: a toolchain for the wasm targets, and DuckDB's prebuilt library. Both are looked for
//! in an order that suits an ordinary machine first and one without the usual downloads next. It
//! writes nothing into the checkout and nothing into a person's own configuration.

pub mod duckdb;
pub mod wasm_toolchain;

use std::process::Command;

use anyhow::Result;

use crate::workspace::Workspace;
use duckdb::DuckDb;
use wasm_toolchain::WasmToolchain;

/// What the other subcommands build with.
#[derive(Debug, Clone)]
pub struct Tools {
    pub duckdb: DuckDb,
    pub wasm: WasmToolchain,
}

pub fn run(workspace: &Workspace) -> Result<Tools> {
    let tools = Tools {
        wasm: WasmToolchain::find()?,
        duckdb: DuckDb::find(workspace)?,
    };
    println!("wasm targets: {}", tools.wasm);
    println!("DuckDB:       {}", tools.duckdb.directory.display());
    Ok(tools)
}

impl Tools {
    /// A cargo for the host's crates: it finds DuckDB, and so do the programs that it starts.
    pub fn native_cargo(&self, workspace: &Workspace) -> Command {
        let mut cargo = workspace.cargo();
        self.duckdb.apply(&mut cargo);
        cargo
    }
}

/// `cargo xtask env`: a line for a shell, so that plain cargo commands work as well.
pub fn print_environment(workspace: &Workspace) -> Result<()> {
    for (name, value) in DuckDb::find(workspace)?.exports() {
        println!("export {name}={value}");
    }
    Ok(())
}
