//! `cargo xtask wasm`: the two programs that are not for the host, the gate and the page.
//!
//! Each is made again only when something that it is made from has changed. Nothing half-made is
//! left where the service looks.

mod gate;
mod page;

use std::path::PathBuf;

use anyhow::Result;
use clap::ValueEnum;

use crate::fingerprint::Fingerprint;
use crate::process;
use crate::setup::wasm_toolchain::WasmToolchain;
use crate::workspace::Workspace;

pub use page::print_sizes;

/// A program for WebAssembly: what it is called in words, from what and how it is made.
struct Guest {
    words: &'static str,
    stamp: &'static str,
    /// Rooms whose files are part of it.
    rooms: &'static [&'static str],
    outputs: fn(&Workspace) -> Vec<PathBuf>,
    make: fn(&Workspace, WasmToolchain) -> Result<()>,
}

/// Files outside the rooms that decide what comes out.
const COMMON_INPUTS: [&str; 3] = ["Cargo.lock", "Cargo.toml", "protocol"];

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Only {
    Gate,
    Page,
}

pub fn run(workspace: &Workspace, toolchain: WasmToolchain, only: Option<Only>) -> Result<()> {
    if only != Some(Only::Page) {
        gate::GUEST.bring_up_to_date(workspace, toolchain)?;
    }
    if only != Some(Only::Gate) {
        page::GUEST.bring_up_to_date(workspace, toolchain)?;
    }
    Ok(())
}

impl Guest {
    fn bring_up_to_date(&self, workspace: &Workspace, toolchain: WasmToolchain) -> Result<()> {
        let inputs: Vec<PathBuf> = COMMON_INPUTS
            .iter()
            .chain(self.rooms)
            .map(|name| workspace.root.join(name))
            .collect();
        let fingerprint = Fingerprint::of(&inputs, &toolchain.to_string())?;
        let stamp = workspace.target.join("artefacts").join(self.stamp);
        let whole = (self.outputs)(workspace).iter().all(|output| output.is_file());
        if whole && fingerprint.is_recorded(&stamp) {
            return Ok(());
        }
        process::step(self.words, || (self.make)(workspace, toolchain))?;
        fingerprint.record(&stamp)
    }
}
