//! Which way dependencies point: to the dictionary, and never from it.
//!
//! Read from the manifests, so a forbidden edge is found before anything is built with it.

use anyhow::Result;

use super::Breach;
use crate::workspace::Workspace;

/// A package, what it must not depend on directly, and why.
struct Rule {
    package: &'static str,
    forbidden: &'static [&'static str],
    why: &'static str,
}

const RULES: [Rule; 6] = [
    Rule {
        package: "csv-analyst-protocol",
        forbidden: &[
            "tokio", "axum", "wasmtime", "kube", "rusqlite", "leptos", "duckdb", "reqwest", "bollard",
        ],
        why: "the dictionary builds for the host and both wasm targets: no I/O, no async, no engine",
    },
    Rule {
        package: "csv-analyst-gate",
        forbidden: &[
            "csv-analyst-server",
            "tokio",
            "duckdb",
            "rusqlite",
            "wasmtime",
            "rand",
            "getrandom",
        ],
        why: "the gate is a pure function: no clock, no randomness, no files, no network",
    },
    Rule {
        package: "csv-analyst-planner",
        forbidden: &[
            "csv-analyst-server",
            "csv-analyst-gate",
            "tokio",
            "duckdb",
            "rusqlite",
            "reqwest",
        ],
        why: "the planner does no I/O and needs nobody but the dictionary",
    },
    Rule {
        package: "csv-analyst-runner",
        forbidden: &[
            "csv-analyst-server",
            "csv-analyst-gate",
            "csv-analyst-planner",
            "tokio",
        ],
        why: "the engine room decides nothing about what is allowed, and talks to nobody",
    },
    Rule {
        package: "csv-analyst-web",
        forbidden: &[
            "csv-analyst-server",
            "csv-analyst-gate",
            "csv-analyst-planner",
            "rusqlite",
            "duckdb",
        ],
        why: "the page declares what it needs (its gateway trait); the service supplies it",
    },
    Rule {
        package: "csv-analyst-server",
        forbidden: &[
            "duckdb",
            "libduckdb-sys",
            "csv-analyst-runner",
            "csv-analyst-gate",
        ],
        why: "gate and runner reach the service as a component and a program, never as linked code",
    },
];

pub fn check(workspace: &Workspace) -> Result<Vec<Breach>> {
    let mut breaches = Vec::new();
    for rule in &RULES {
        for dependency in workspace.dependencies(rule.package)? {
            if rule.forbidden.contains(&dependency.as_str()) {
                breaches.push(Breach {
                    place: rule.package.to_owned(),
                    what: format!("depends on `{dependency}`"),
                    why: rule.why,
                });
            }
        }
    }
    Ok(breaches)
}
