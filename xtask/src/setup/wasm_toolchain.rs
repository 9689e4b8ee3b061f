//! Which compiler builds for WebAssembly, and with what arguments.
//!
//! First the standard library that comes ready-made with the toolchain (rustup fetches it); where
//! that cannot be had, Debian's compiler with the library's source. It refuses to guess: a machine
//! with neither gets the command to type.

use std::env;
use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::process;
use crate::workspace::Workspace;

/// The page runs on this one.
pub const BROWSER: &str = "wasm32-unknown-unknown";
/// The gate is built for this one and then made a component.
pub const WASI: &str = "wasm32-wasip1";

/// Enough for two downloads of 20 MB over a slow line.
const RUSTUP_DEADLINE: Duration = Duration::from_secs(180);

const DEBIAN_COMPILER: &str = "/usr/bin/rustc";
const DEBIAN_LINKER: &str = "wasm-ld-19";
const DEBIAN_LIBC: &str = "/usr/lib/wasm32-wasi";
const DEBIAN_LIBRARY_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std";
pub const DEBIAN_PACKAGES: [&str; 4] = ["rustc-web", "rust-web-src", "lld-19", "wasi-libc"];

/// Set to anything, it tries Debian's compiler on a machine where rustup works as well.
const FORCE_DEBIAN_VARIABLE: &str = "XTASK_DEBIAN_WASM";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WasmToolchain {
    /// The toolchain in use has a ready-made standard library for both targets.
    Ready,
    /// Debian's compiler builds the standard library with the crate.
    DebianWeb,
}

impl WasmToolchain {
    pub fn find() -> Result<Self> {
        if env::var_os(FORCE_DEBIAN_VARIABLE).is_some() && debian_is_installed() {
            return Ok(Self::DebianWeb);
        }
        if both_ready() {
            return Ok(Self::Ready);
        }
        if process::on_path("rustup") && rustup_adds_targets() {
            return Ok(Self::Ready);
        }
        if debian_is_installed() {
            return Ok(Self::DebianWeb);
        }
        if debian_can_be_installed() {
            install_debian_packages()?;
        }
        match debian_is_installed() {
            true => Ok(Self::DebianWeb),
            false => bail!(
                "no compiler for WebAssembly: `rustup target add {BROWSER} {WASI}` did not work here. On Debian \
                 `apt-get install {}` does as well.",
                DEBIAN_PACKAGES.join(" ")
            ),
        }
    }

    /// A `cargo build` for `target`, its output apart from the host's.
    pub fn cargo_build(self, workspace: &Workspace, target: &str) -> Command {
        let mut cargo = workspace.cargo();
        // The host's library path is no business of another compiler's.
        cargo
            .env("CARGO_TARGET_DIR", workspace.wasm_target())
            .env_remove("LD_LIBRARY_PATH");
        // Another cargo may be drawing its own progress on the same terminal.
        cargo
            .env("CARGO_TERM_PROGRESS_WHEN", "never")
            .args(["build", "--target", target]);
        if self == Self::DebianWeb {
            cargo
                .env("RUSTC", DEBIAN_COMPILER)
                .env("RUSTC_BOOTSTRAP", "1")
                .arg("-Zbuild-std=std,panic_abort");
            let variable = target.to_uppercase().replace('-', "_");
            cargo.env(format!("CARGO_TARGET_{variable}_LINKER"), DEBIAN_LINKER);
        }
        cargo.env(rust_flags_variable(target), self.rust_flags(target));
        cargo
    }

    fn rust_flags(self, target: &str) -> String {
        match (self, target) {
            // A library is a reactor: it has an `_initialize`, not a `main`.
            (Self::DebianWeb, WASI) => format!(
                "-L native={DEBIAN_LIBC} -C link-self-contained=no -C link-arg={DEBIAN_LIBC}/crt1-reactor.o"
            ),
            // Only the browser has a source of randomness, and crates must be told which. The second flag
            // stands in `.cargo/config.toml` for the other side of the page.
            (_, BROWSER) => r#"--cfg getrandom_backend="wasm_js" --cfg erase_components"#.to_owned(),
            _ => String::new(),
        }
    }
}

impl fmt::Display for WasmToolchain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Ready => "ready-made with the toolchain",
            Self::DebianWeb => "Debian's rustc-web, which builds the standard library itself",
        })
    }
}

fn rust_flags_variable(target: &str) -> String {
    format!(
        "CARGO_TARGET_{}_RUSTFLAGS",
        target.to_uppercase().replace('-', "_")
    )
}

fn both_ready() -> bool {
    [BROWSER, WASI].into_iter().all(standard_library_is_ready)
}

fn standard_library_is_ready(target: &str) -> bool {
    let printed =
        process::capture(Command::new("rustc").args(["--print", "target-libdir", "--target", target]));
    let Ok(folder) = printed else { return false };
    std::fs::read_dir(folder.trim()).is_ok_and(|entries| {
        entries
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
    })
}

fn rustup_adds_targets() -> bool {
    println!("==> fetching the wasm targets with rustup");
    let mut rustup = Command::new("rustup");
    rustup.args(["target", "add", BROWSER, WASI]);
    match process::attempt(&mut rustup, RUSTUP_DEADLINE) {
        Ok(()) => both_ready(),
        Err(_) => {
            println!("    rustup cannot fetch them here; trying Debian's");
            false
        }
    }
}

fn debian_is_installed() -> bool {
    process::on_path(DEBIAN_LINKER)
        && [DEBIAN_COMPILER, DEBIAN_LIBRARY_SOURCE]
            .iter()
            .all(|path| Path::new(path).exists())
        && Path::new(DEBIAN_LIBC).join("crt1-reactor.o").exists()
}

fn debian_can_be_installed() -> bool {
    let is_root = process::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    is_root && process::on_path("apt-get")
}

fn install_debian_packages() -> Result<()> {
    process::step("installing Debian's wasm compiler (about 300 MB)", || {
        let apt = || {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        };
        process::capture(apt().args(["-q", "update"])).context("apt-get cannot read its package lists")?;
        let mut install = apt();
        install
            .args(["-q", "-y", "--no-install-recommends", "install"])
            .args(DEBIAN_PACKAGES);
        process::capture(&mut install).map(drop)
    })
}

#[cfg(test)]
mod tests {
    use super::{BROWSER, WASI, WasmToolchain};

    #[test]
    fn the_gate_is_linked_as_a_reactor_where_the_linker_has_to_be_told() {
        assert!(
            WasmToolchain::DebianWeb
                .rust_flags(WASI)
                .contains("crt1-reactor.o")
        );
        assert_eq!(WasmToolchain::Ready.rust_flags(WASI), "");
    }

    #[test]
    fn only_the_page_has_randomness() {
        assert!(WasmToolchain::Ready.rust_flags(BROWSER).contains("wasm_js"));
        assert!(!WasmToolchain::DebianWeb.rust_flags(WASI).contains("wasm_js"));
    }
}
