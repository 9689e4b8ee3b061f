//! The gate: a WASI module of preview 1, made a component by the adapter that wasmtime publishes.

use std::fs;

use anyhow::{Context, Result};
use wasi_preview1_component_adapter_provider::{
    WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME, WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
};
use wit_component::ComponentEncoder;

use super::Guest;
use crate::fingerprint::write_atomically;
use crate::process;
use crate::setup::wasm_toolchain::{WASI, WasmToolchain};
use crate::workspace::Workspace;

const PROFILE: &str = "gate";

pub const GUEST: Guest = Guest {
    words: "building the gate, a WebAssembly component",
    stamp: "gate.fingerprint",
    rooms: &["runner-wasm"],
    outputs: |workspace| vec![workspace.gate_component()],
    make,
};

fn make(workspace: &Workspace, toolchain: WasmToolchain) -> Result<()> {
    let mut cargo = toolchain.cargo_build(workspace, WASI);
    process::run(cargo.args(["--profile", PROFILE, "--package", "csv-analyst-gate", "--lib"]))?;
    let module = workspace
        .wasm_target()
        .join(WASI)
        .join(PROFILE)
        .join("csv_analyst_gate.wasm");
    let module = fs::read(&module).with_context(|| format!("cannot read {}", module.display()))?;
    let component = ComponentEncoder::default()
        .module(&module)
        .context("the gate's module does not follow wit/")?
        .adapter(
            WASI_SNAPSHOT_PREVIEW1_ADAPTER_NAME,
            WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER,
        )?
        .validate(true)
        .encode()
        .context("the gate's module cannot be made a component")?;
    write_atomically(&workspace.gate_component(), &component)
}
