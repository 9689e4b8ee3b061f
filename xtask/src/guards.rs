//! `cargo xtask guards`: every attack of the hostile runner against every guard of the sandboxes alone, and
//! without any as the control; the tables are published in `docs/security.md`, where a test holds them
//! against what the tests run.

use std::process::Command;

use anyhow::{Context, Result};

use crate::publish::between;
use crate::wasm::{self, Only};
use crate::workspace::Workspace;
use crate::{prepare, process, setup};

const BEGIN: &str = "<!-- guards: begin -->\n";
const END: &str = "<!-- guards: end -->";

pub fn run(workspace: &Workspace) -> Result<()> {
    let tools = setup::run(workspace)?;
    wasm::run(workspace, tools.wasm, Some(Only::Gate))?;
    process::step("building the guards and what attacks them", || {
        let mut cargo = tools.native_cargo(workspace);
        cargo.arg("build").args(prepare::SERVICE_PACKAGES);
        process::run(cargo.args(["--example", "guard_matrix", "--example", "hostile"]))
    })?;
    let examples = workspace.target.join("debug/examples");
    let tables = process::step("attacking", || {
        let mut program = Command::new(examples.join("guard_matrix"));
        program
            .arg(workspace.gate_component())
            .arg(examples.join("hostile"))
            .arg(workspace.target.join("guards"));
        process::capture(&mut program).context(
            "a cell is not as it has to be, or this machine can't tell (see above); nothing is published",
        )
    })?;
    println!("{tables}");
    between(workspace, "docs/security.md", (BEGIN, END), &tables)
}
