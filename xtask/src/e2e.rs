//! `cargo xtask e2e`: the browser test with every prompt, and screenshots of what it saw.
//!
//! The test itself lives with the service (`server/tests/browser.rs`) and is part of `cargo xtask
//! test` too, there with the first prompt of each dataset only.

use anyhow::Result;

use crate::test::{self, Tally};
use crate::workspace::Workspace;
use crate::{prepare, process};

/// Tells the browser test to click all prompts and where to put pictures.
pub const ALL_PROMPTS_VARIABLE: &str = "XTASK_BROWSER_ALL";
const SCREENSHOTS_VARIABLE: &str = "XTASK_SCREENSHOTS";

pub fn run(workspace: &Workspace) -> Result<()> {
    let tools = prepare::run(workspace)?;
    let pictures = workspace.target.join("screenshots");
    let environment = [
        (ALL_PROMPTS_VARIABLE, "1"),
        (SCREENSHOTS_VARIABLE, &*pictures.to_string_lossy()),
    ];
    let mut tally = Tally::default();
    process::step("clicking every prompt in a real browser", || {
        let arguments = ["--workspace", "--exclude", "xtask", "--test", "browser"];
        test::count(workspace, &tools, &arguments, &environment, &mut tally)
    })?;
    println!("screenshots: {}", pictures.display());
    tally.conclude()
}
