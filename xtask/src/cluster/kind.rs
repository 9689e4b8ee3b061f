//! The cluster as kind makes it, on a machine that reaches kind's images.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::layout::Layout;
use crate::process;

const NAME: &str = "csv-analyst";

fn kind(arguments: &[&str]) -> Command {
    let mut command = Command::new("kind");
    command.args(arguments).args(["--name", NAME]);
    command
}

pub fn is_up() -> bool {
    process::on_path("kind")
        && process::capture(Command::new("kind").args(["get", "clusters"]))
            .is_ok_and(|names| names.lines().any(|name| name == NAME))
}

pub fn up(layout: &Layout) -> Result<()> {
    if !is_up() {
        process::step("kind makes a cluster", || {
            process::run(
                kind(&["create", "cluster", "--wait", "2m"])
                    .arg("--kubeconfig")
                    .arg(layout.kubeconfig()),
            )
        })?;
    }
    process::run(
        kind(&["export", "kubeconfig"])
            .arg("--kubeconfig")
            .arg(layout.kubeconfig()),
    )
}

/// Whether it did. A machine without kind, or one that can't fetch its image, is not at fault.
pub fn up_if_it_can(layout: &Layout) -> bool {
    if !process::on_path("kind") {
        return false;
    }
    let outcome = up(layout);
    if let Err(error) = &outcome {
        println!("kind could not ({error:#}); the built cluster is taken instead");
        down().ok();
    }
    outcome.is_ok()
}

pub fn load(archive: &Path) -> Result<()> {
    process::run(kind(&["load", "image-archive"]).arg(archive))
}

pub fn status() -> Result<()> {
    process::run(&mut kind(&["get", "nodes"]))
}

pub fn down() -> Result<()> {
    if is_up() {
        process::run(&mut kind(&["delete", "cluster"]))
    } else {
        Ok(())
    }
}
