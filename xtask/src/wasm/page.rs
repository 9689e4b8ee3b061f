//! The page: the script that wakes it up in the browser, its style, and the files it shows.
//!
//! Compressed once here, because a visitor waits for every byte and the service should not
//! compress the same megabyte for each of them.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::CompressorWriter;
use wasm_bindgen_cli_support::Bindgen;

use super::Guest;
use crate::fingerprint::{files_under, write_atomically};
use crate::process;
use crate::setup::wasm_toolchain::{BROWSER, WasmToolchain};
use crate::workspace::Workspace;

const PROFILE: &str = "page";

/// The name that `LeptosOptions` has in the service.
const OUTPUT_NAME: &str = "csv_analyst";

/// Brotli's slowest and its largest window that every browser reads: made once, read often.
const BROTLI_QUALITY: u32 = 11;
const BROTLI_WINDOW_BITS: u32 = 22;

/// What is worth compressing: images and fonts are compressed already.
const COMPRESSED: [&str; 4] = ["wasm", "js", "css", "svg"];

pub const GUEST: Guest = Guest {
    words: "building the page",
    stamp: "page.fingerprint",
    rooms: &["web"],
    outputs,
    make,
};

fn outputs(workspace: &Workspace) -> Vec<PathBuf> {
    ["_bg.wasm", ".js", ".css"]
        .iter()
        .map(|end| workspace.site().join(format!("pkg/{OUTPUT_NAME}{end}")))
        .collect()
}

fn make(workspace: &Workspace, toolchain: WasmToolchain) -> Result<()> {
    let mut cargo = toolchain.cargo_build(workspace, BROWSER);
    cargo.args(["--profile", PROFILE, "--package", "csv-analyst-web", "--lib"]);
    process::run(cargo.args(["--no-default-features", "--features", "hydrate"]))?;
    let module = workspace
        .wasm_target()
        .join(BROWSER)
        .join(PROFILE)
        .join("csv_analyst_web.wasm");

    let site = workspace.target.join("site.part");
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    let package = site.join("pkg");
    fs::create_dir_all(&package)?;
    bind(&module, &package)?;
    join_styles(&workspace.root.join("web/style"), &package)?;
    copy_public(&workspace.root.join("web/public"), &site)?;
    compress(&site, &workspace.site())?;
    replace(&workspace.site(), &site)?;
    print_sizes(workspace)
}

fn bind(module: &Path, package: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(module)
        .out_name(OUTPUT_NAME)
        .web(true)?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(package)
        .context("wasm-bindgen cannot bind the page's script")
}

/// All of the style in one file, in the order of the names.
fn join_styles(folder: &Path, package: &Path) -> Result<()> {
    let mut joined = String::new();
    for file in files_under(&[folder.to_owned()])? {
        if file.extension().is_some_and(|extension| extension == "css") {
            joined.push_str(&fs::read_to_string(&file)?);
            joined.push('\n');
        }
    }
    write_atomically(&package.join(format!("{OUTPUT_NAME}.css")), joined.as_bytes())
}

fn copy_public(folder: &Path, site: &Path) -> Result<()> {
    for file in files_under(&[folder.to_owned()])? {
        let to = site.join(file.strip_prefix(folder)?);
        fs::create_dir_all(to.parent().context("a file needs a folder")?)?;
        fs::copy(&file, &to)?;
    }
    Ok(())
}

/// What has not changed since the last time keeps what was made of it then.
fn compress(site: &Path, last: &Path) -> Result<()> {
    for file in files_under(&[site.to_owned()])? {
        let Some(extension) = file.extension().and_then(|extension| extension.to_str()) else {
            continue;
        };
        if !COMPRESSED.contains(&extension) {
            continue;
        }
        let contents = fs::read(&file)?;
        let ending = format!("{extension}.br");
        let before = last.join(file.strip_prefix(site)?);
        let kept = match fs::read(&before) {
            Ok(same) if same == contents => fs::read(before.with_extension(&ending)).ok(),
            _ => None,
        };
        let compressed = kept.map_or_else(|| brotli(&contents), Ok)?;
        fs::write(file.with_extension(&ending), compressed)?;
    }
    Ok(())
}

fn brotli(contents: &[u8]) -> Result<Vec<u8>> {
    let mut compressor = CompressorWriter::new(Vec::new(), 1 << 16, BROTLI_QUALITY, BROTLI_WINDOW_BITS);
    compressor.write_all(contents)?;
    Ok(compressor.into_inner())
}

fn replace(old: &Path, new: &Path) -> Result<()> {
    if old.exists() {
        fs::remove_dir_all(old)?;
    }
    fs::rename(new, old).with_context(|| format!("cannot put {} in place", old.display()))
}

/// What a first visit downloads.
pub fn print_sizes(workspace: &Workspace) -> Result<()> {
    for file in outputs(workspace) {
        let compressed = PathBuf::from(format!("{}.br", file.display()));
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        println!(
            "    {name:<22} {:>9} bytes, {:>8} with brotli",
            size(&file)?,
            size(&compressed)?
        );
    }
    Ok(())
}

fn size(file: &Path) -> Result<u64> {
    Ok(fs::metadata(file)
        .with_context(|| format!("cannot look at {}", file.display()))?
        .len())
}
