//! `cargo xtask bench --refusals`: how many of the corpus' attacks the gate refuses and how many of its
//! legitimate queries it accepts, asked of the component that the service would load, through the
//! service's own host. The answer is published in `docs/security.md`; a test compares the two.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, bail};

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
        cargo
            .arg("build")
            .args(prepare::SERVICE_PACKAGES)
            .args(tools.duckdb.features());
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
    publish(workspace, &table)
}

fn publish(workspace: &Workspace, table: &str) -> Result<()> {
    let path = workspace.root.join(DOCUMENT);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {DOCUMENT}"))?;
    let new = replaced(&text, table)?;
    if new == text {
        println!("{DOCUMENT} says so already");
        return Ok(());
    }
    fs::write(&path, new).with_context(|| format!("cannot write {DOCUMENT}"))?;
    println!("{DOCUMENT} is rewritten");
    Ok(())
}

/// The document with this table between its marks.
fn replaced(text: &str, table: &str) -> Result<String> {
    let Some((before, rest)) = text.split_once(BEGIN) else {
        bail!("{DOCUMENT} has no line `{}`", BEGIN.trim());
    };
    let Some((_, after)) = rest.split_once(END) else {
        bail!("{DOCUMENT} has no line `{END}`");
    };
    Ok(format!("{before}{BEGIN}\n{}\n\n{END}{after}", table.trim()))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, replaced};

    #[test]
    fn only_what_stands_between_the_marks_is_replaced() {
        let text = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let new = replaced(&text, "new\n").unwrap();
        assert_eq!(new, format!("before\n{BEGIN}\nnew\n\n{END}\nafter\n"));
        assert_eq!(replaced(&new, "new").unwrap(), new);
        assert!(replaced("no marks", "new").is_err());
    }
}
