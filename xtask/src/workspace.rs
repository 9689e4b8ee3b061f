//! Where things are: the checkout, the build output, the cache outside the checkout.
//!
//! It also makes the one kind of nested `cargo` that every subcommand uses. It refuses to hand a
//! nested cargo the variables that `cargo run` gave to us: build scripts that watch them would
//! rebuild at every change between a person's shell and xtask.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::process;

/// Overrides the cache directory.
const CACHE_VARIABLE: &str = "CSV_ANALYST_CACHE";

/// Variables that `cargo run` sets for the program it starts; prefixes end in `_`.
const SET_BY_CARGO_RUN: [&str; 7] = [
    "CARGO_PKG_",
    "CARGO_MANIFEST_",
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_PRIMARY_",
    "CARGO",
    "OUT_DIR",
];

const COMPILED_IN: &str = env!("CARGO_MANIFEST_DIR");

#[derive(Debug, Clone)]
pub struct Workspace {
    pub root: PathBuf,
    /// Cargo's target directory, wherever the person or the configuration put it.
    pub target: PathBuf,
    /// Downloads that outlive a `cargo clean`.
    pub cache: PathBuf,
    cargo: OsString,
    metadata: Value,
}

impl Workspace {
    pub fn discover() -> Result<Self> {
        // What cargo says now wins over what it said when this was compiled: two checkouts may share
        // one build folder.
        let package =
            env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(COMPILED_IN), PathBuf::from);
        let root = package.parent().context("xtask has no parent folder")?;
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let metadata = metadata(&cargo, root)?;
        let target = metadata["target_directory"]
            .as_str()
            .context("cargo metadata names no target directory")?;
        Ok(Self {
            root: root.to_owned(),
            target: target.into(),
            cache: cache_directory()?,
            cargo,
            metadata,
        })
    }

    /// A cargo that sees what a person's shell would show it.
    pub fn cargo(&self) -> Command {
        self.with_a_shells_environment(Command::new(&self.cargo))
    }

    /// The same of another toolchain, such as `nightly`.
    pub fn cargo_of(&self, toolchain: &str) -> Command {
        self.with_a_shells_environment(of_toolchain(&self.cargo, toolchain, process::on_path("rustup")))
    }

    fn with_a_shells_environment(&self, mut command: Command) -> Command {
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        for (name, _) in env::vars_os() {
            if name.to_str().is_some_and(set_by_cargo_run) {
                command.env_remove(name);
            }
        }
        command
    }

    /// A program beside the build that a machine may lack: on the search path, or built into the cache.
    pub fn helper(&self, program: &str) -> Option<PathBuf> {
        process::find(program, &self.cache.join("bin"))
    }

    /// The requirement, such as `=1.10506.1`, that a workspace member has on a dependency.
    pub fn requirement(&self, package: &str, dependency: &str) -> Result<&str> {
        let found = named(&self.member(package)?["dependencies"], dependency)
            .with_context(|| format!("{package} does not depend on {dependency}"))?;
        found["req"]
            .as_str()
            .context("cargo metadata gave a dependency without a version")
    }

    /// What a member depends on in its product code; what only its tests use is left out.
    pub fn dependencies(&self, package: &str) -> Result<Vec<String>> {
        let listed = self.member(package)?["dependencies"]
            .as_array()
            .context("a package lists its dependencies")?;
        let product = listed.iter().filter(|dependency| dependency["kind"] != "dev");
        Ok(product
            .filter_map(|dependency| Some(dependency["name"].as_str()?.to_owned()))
            .collect())
    }

    fn member(&self, package: &str) -> Result<&Value> {
        named(&self.metadata["packages"], package).with_context(|| format!("the workspace has no {package}"))
    }

    /// Where the source can be had: as the packages say it, or the workshop that builds them.
    pub fn source_address(&self) -> Option<String> {
        let member = self.member("csv-analyst-server").ok()?;
        let said = member["repository"].as_str().map(str::to_owned);
        said.or_else(|| {
            let (server, name) = (
                env::var("GITHUB_SERVER_URL").ok()?,
                env::var("GITHUB_REPOSITORY").ok()?,
            );
            Some(format!("{server}/{name}"))
        })
    }

    pub fn gate_component(&self) -> PathBuf {
        self.target.join("artefacts/gate.wasm")
    }

    /// The folder that the service serves from; `pkg/` in it holds the page's script and style.
    pub fn site(&self) -> PathBuf {
        self.target.join("site")
    }

    /// Builds for another target must not evict the host's: they have a folder of their own.
    pub fn wasm_target(&self) -> PathBuf {
        self.target.join("wasm")
    }

    pub fn development_binary(&self, name: &str) -> PathBuf {
        self.target
            .join("debug")
            .join(format!("{name}{}", env::consts::EXE_SUFFIX))
    }
}

/// `$CARGO` is one toolchain's own program, which refuses `+nightly`: rustup starts another's. Without
/// rustup there is one toolchain, whichever it is.
fn of_toolchain(cargo: &OsStr, toolchain: &str, has_rustup: bool) -> Command {
    if !has_rustup {
        return Command::new(cargo);
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["run", toolchain, "cargo"]);
    rustup
}

fn named<'list>(list: &'list Value, name: &str) -> Option<&'list Value> {
    list.as_array()?.iter().find(|entry| entry["name"] == name)
}

fn metadata(cargo: &OsString, root: &Path) -> Result<Value> {
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .output()
        .context("cannot start cargo")?;
    if !output.status.success() {
        bail!(
            "cargo metadata failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    serde_json::from_slice(&output.stdout).context("cargo metadata did not print JSON")
}

fn set_by_cargo_run(name: &str) -> bool {
    SET_BY_CARGO_RUN.iter().any(|known| match known.ends_with('_') {
        true => name.starts_with(known),
        false => name == *known,
    })
}

fn cache_directory() -> Result<PathBuf> {
    if let Some(directory) = env::var_os(CACHE_VARIABLE) {
        return Ok(directory.into());
    }
    let base = match env::var_os("XDG_CACHE_HOME") {
        Some(directory) => PathBuf::from(directory),
        None => PathBuf::from(env::var_os("HOME").context("neither HOME nor XDG_CACHE_HOME is set")?)
            .join(".cache"),
    };
    Ok(base.join("csv-analyst"))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::process::Command;

    use super::{of_toolchain, set_by_cargo_run};

    fn words(command: &Command) -> Vec<&OsStr> {
        let mut words = vec![command.get_program()];
        words.extend(command.get_args());
        words
    }

    #[test]
    fn another_toolchain_is_started_by_rustup_and_without_it_by_the_only_one() {
        let own = OsStr::new("toolchains/stable/bin/cargo");
        let with_rustup = of_toolchain(own, "nightly", true);
        assert_eq!(words(&with_rustup), ["rustup", "run", "nightly", "cargo"]);
        assert_eq!(words(&of_toolchain(own, "nightly", false)), [own]);
    }

    #[test]
    fn what_a_person_sets_for_cargo_is_kept() {
        assert!(!set_by_cargo_run("CARGO_HOME"));
        assert!(!set_by_cargo_run("CARGO_TERM_COLOR"));
        assert!(!set_by_cargo_run("CARGO_BUILD_JOBS"));
    }

    #[test]
    fn what_cargo_run_sets_is_dropped() {
        assert!(set_by_cargo_run("CARGO_MANIFEST_DIR"));
        assert!(set_by_cargo_run("CARGO_PKG_NAME"));
        assert!(set_by_cargo_run("CARGO"));
    }
}
