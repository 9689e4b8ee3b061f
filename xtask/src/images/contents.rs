//! Which of the checkout's files are in which image, and how they are built.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;

use super::closure::{ImageFile, files_of};
use super::recipe::{self, Recipe};
use super::sbom::Program;
use crate::fingerprint::files_under;
use crate::prepare::{self, SERVICE_PACKAGES};
use crate::process;
use crate::setup::Tools;
use crate::setup::wasm_toolchain::{BROWSER, WASI};
use crate::workspace::Workspace;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Target {
    /// Runs one query; what the service starts when it has a container engine
    Runner,
    /// The whole service with its page, gate, runner and datasets
    Server,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// What `cargo xtask dev` builds: soon there, slow, large
    Dev,
    /// Built for speed, without debug tables
    Release,
}

impl Profile {
    fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Release => "release",
        }
    }

    /// Cargo's name for the folder, which differs in one case.
    pub fn folder(self) -> &'static str {
        match self {
            Self::Dev => "debug",
            Self::Release => "release",
        }
    }
}

impl Target {
    pub fn recipe(self) -> &'static Recipe {
        match self {
            Self::Runner => &recipe::RUNNER,
            Self::Server => &recipe::SERVER,
        }
    }

    /// The service's packages are built together, as for `cargo xtask dev`; the runner's image needs
    /// no server, and nobody should wait for one.
    pub fn build(self, workspace: &Workspace, tools: &Tools, profile: Profile) -> Result<()> {
        if self == Self::Server {
            prepare::beside_the_programs(workspace, tools)?;
        }
        let packages: &[&str] = match self {
            Self::Runner => &["--package", "csv-analyst-runner", "--bin", "runner-native"],
            Self::Server => &SERVICE_PACKAGES,
        };
        process::step("building the programs for the image", || {
            let mut cargo = tools.native_cargo(workspace);
            cargo.args(["build", "--profile", profile.name()]).args(packages);
            process::run(&mut cargo)
        })
    }

    /// Which of the files are made of crates, and how cargo was asked for them.
    pub fn programs(self) -> &'static [Program] {
        match self {
            Self::Runner => &[Program {
                path: "runner-native",
                arguments: &["--package", "csv-analyst-runner"],
                target: None,
            }],
            Self::Server => &SERVER_PROGRAMS,
        }
    }

    /// What was built, and the libraries that it loads.
    pub fn files(self, workspace: &Workspace, tools: &Tools, profile: Profile) -> Result<Vec<ImageFile>> {
        let folder = workspace.target.join(profile.folder());
        let runner = folder.join("runner-native");
        match self {
            Self::Runner => files_of(&[("runner-native", runner)], &tools.duckdb),
            Self::Server => {
                let server = ("app/csv-analyst", folder.join("csv-analyst"));
                let mut files = files_of(&[server, ("app/runner-native", runner)], &tools.duckdb)?;
                files.extend(parts(workspace)?);
                Ok(files)
            }
        }
    }
}

const SERVER_PROGRAMS: [Program; 4] = [
    Program {
        path: "app/csv-analyst",
        arguments: &["--package", "csv-analyst-server"],
        target: None,
    },
    Program {
        path: "app/runner-native",
        arguments: &["--package", "csv-analyst-runner"],
        target: None,
    },
    Program {
        path: "app/gate.wasm",
        arguments: &["--package", "csv-analyst-gate"],
        target: Some(WASI),
    },
    Program {
        path: "app/site/pkg/csv_analyst_bg.wasm",
        arguments: &[
            "--package",
            "csv-analyst-web",
            "--no-default-features",
            "--features",
            "hydrate",
        ],
        target: Some(BROWSER),
    },
];

/// What the service looks for beside its program (`server/src/config/paths.rs`), and the licence.
pub fn parts(workspace: &Workspace) -> Result<Vec<ImageFile>> {
    let mut files = vec![
        data(&workspace.gate_component(), "gate.wasm")?,
        data(&workspace.root.join("LICENSE"), "LICENSE")?,
    ];
    files.extend(folder(&workspace.site(), "site", |_| true)?);
    // Answers of the tests stay outside.
    let is_served = |path: &Path| path.ends_with("registry.json") || path.extension() == Some("csv".as_ref());
    files.extend(folder(&workspace.root.join("datasets"), "datasets", is_served)?);
    Ok(files)
}

fn folder(from: &Path, to: &str, wanted: impl Fn(&Path) -> bool) -> Result<Vec<ImageFile>> {
    let mut files = Vec::new();
    for file in files_under(&[from.to_owned()])? {
        let inside = file.strip_prefix(from)?;
        if wanted(inside) {
            files.push(data(&file, &format!("{to}/{}", inside.display()))?);
        }
    }
    if files.is_empty() {
        bail!(
            "{} is empty or not there: run `cargo xtask wasm` and `cargo xtask datasets`",
            from.display()
        );
    }
    Ok(files)
}

fn data(file: &Path, to: &str) -> Result<ImageFile> {
    let contents = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    Ok(ImageFile::data(format!("app/{to}"), contents))
}
