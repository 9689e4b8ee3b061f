//! `cargo xtask bench --refusals`: how many of the corpus' attacks the gate refuses and how many of its
//! legitimate queries it accepts, asked of the component that the service would load, through the
//! service's own host. The answer is published in `docs/security.md`; a test compares the two.

use std::process::Command;

use anyhow::Result;

use crate::publish::between;
use crate::wasm::{self, Only};
use crate::workspace::Workspace;
use crate::{prepare, process, setup};

const DOCUMENT: &str = "docs/security.md";
const BEGIN: &str = "<!-- refusals: begin -->\n";
const END: &str = "<!-- refusals: end -->";

pub fn run(workspace: &Workspace) -> Result<()> {
    let tools = setup::run(workspace)?;
    wasm::run(workspace, tools.wasm, Some(Only::Gate))?;
    process::step("building what asks", || {
        let mut cargo = tools.native_cargo(workspace);
        // With the packages that the service is built with, so that little has to be compiled again.
        cargo.arg("build").args(prepare::SERVICE_PACKAGES);
        process::run(cargo.args(["--example", "gate_refusals"]))
    })?;
    let table = process::step("asking the gate about its corpus", || {
        let mut program = Command::new(workspace.target.join("debug/examples/gate_refusals"));
        program
            .arg(workspace.gate_component())
            .arg(workspace.target.join("refusals"));
        process::capture(&mut program)
    })?;
    println!("{table}");
    between(workspace, DOCUMENT, (BEGIN, END), &table)
}
