//! The routes to DuckDB's official prebuilt library: the release archive, then the npm package.
//!
//! Ordinary clients do the transfer (`curl` or `wget`, `npm`), so that a machine's own proxy and
//! mirror settings hold. Every route gives up soon where its server cannot be reached.

use std::env::consts::{ARCH, OS};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::LIBRARY;
use crate::fingerprint::sha256_of;
use crate::process;

/// Leaves a candidate library in a folder beside the final one, and says where.
type Route = fn(&Path, &str) -> Result<PathBuf>;

pub const ROUTES: [(&str, Route); 2] = [
    ("its release archive", from_release_archive),
    ("its npm package", from_npm_package),
];

/// Downloads in progress, inside the library's own folder.
const FOLDER: &str = "fetching";

/// For a connection; the transfer itself may take minutes on a slow line.
const CONNECT_TIMEOUT_SECONDS: &str = "8";
const TRANSFER_DEADLINE: Duration = Duration::from_secs(600);

/// Packages of the npm registry, pinned by the hash of the archive. The release archives are of the
/// same version but have no published hash; transport security and the version string vouch there.
struct NpmPackage {
    platform: (&'static str, &'static str),
    name: &'static str,
    sha256: &'static str,
}

/// What the pinned packages hold, and which release of them it is.
const NPM_VERSION: &str = "1.5.6";
const NPM_RELEASE: &str = "1.5.6-r.1";

const NPM_PACKAGES: [NpmPackage; 4] = [
    NpmPackage {
        platform: ("linux", "x86_64"),
        name: "@duckdb/node-bindings-linux-x64",
        sha256: "1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff",
    },
    NpmPackage {
        platform: ("linux", "aarch64"),
        name: "@duckdb/node-bindings-linux-arm64",
        sha256: "3a45a6305b3235a781ed9de25aa795a3862acd042782d1f864e1bdb656de212b",
    },
    NpmPackage {
        platform: ("macos", "aarch64"),
        name: "@duckdb/node-bindings-darwin-arm64",
        sha256: "6ca33c2c6566246d6a452e24194f004010dd860d5b2764c7143ff255555862ca",
    },
    NpmPackage {
        platform: ("macos", "x86_64"),
        name: "@duckdb/node-bindings-darwin-x64",
        sha256: "1004f6a9ec624612e8d30e25010070e7e3aac23fc807146a470c5a4f6f6e38e0",
    },
];

fn from_release_archive(directory: &Path, version: &str) -> Result<PathBuf> {
    let archive_name = match (OS, ARCH) {
        ("linux", "x86_64") => "libduckdb-linux-amd64.zip",
        ("linux", "aarch64") => "libduckdb-linux-arm64.zip",
        ("macos", _) => "libduckdb-osx-universal.zip",
        _ => bail!("there is none for {OS} on {ARCH}"),
    };
    let folder = empty_folder(directory)?;
    let archive = folder.join(archive_name);
    fetch(
        &format!("https://github.com/duckdb/duckdb/releases/download/v{version}/{archive_name}"),
        &archive,
    )?;
    unzip(&archive, &folder)?;
    fs::remove_file(&archive)?;
    Ok(folder.join(LIBRARY))
}

fn fetch(address: &str, to: &Path) -> Result<()> {
    let mut command = if process::on_path("curl") {
        let mut curl = Command::new("curl");
        curl.args(["--fail", "--silent", "--show-error", "--location", "--retry", "1"]);
        curl.args(["--connect-timeout", CONNECT_TIMEOUT_SECONDS, "--output"])
            .arg(to)
            .arg(address);
        curl
    } else if process::on_path("wget") {
        let mut wget = Command::new("wget");
        wget.args([
            "--quiet",
            "--tries=1",
            "--connect-timeout",
            CONNECT_TIMEOUT_SECONDS,
            "-O",
        ])
        .arg(to)
        .arg(address);
        wget
    } else {
        bail!("neither curl nor wget is installed")
    };
    process::attempt(&mut command, TRANSFER_DEADLINE).context("its server cannot be reached")
}

/// Only the library is taken out: names in an archive are not to be trusted as paths.
fn unzip(archive: &Path, folder: &Path) -> Result<()> {
    let mut archive = zip::ZipArchive::new(File::open(archive)?).context("the archive cannot be read")?;
    let mut entry = archive
        .by_name(LIBRARY)
        .with_context(|| format!("the archive holds no {LIBRARY}"))?;
    io::copy(&mut entry, &mut File::create(folder.join(LIBRARY))?)?;
    Ok(())
}

fn from_npm_package(directory: &Path, version: &str) -> Result<PathBuf> {
    let package = NPM_PACKAGES
        .iter()
        .find(|package| version == NPM_VERSION && package.platform == (OS, ARCH))
        .with_context(|| format!("no package of {version} for {OS} on {ARCH} is pinned"))?;
    if !process::on_path("npm") {
        bail!("npm is not installed");
    }
    let folder = empty_folder(directory)?;
    let archive = npm_pack(package, &folder)?;
    let mut tar = Command::new("tar");
    tar.arg("-xzf").arg(&archive).arg("-C").arg(&folder);
    process::capture(
        tar.args(["--strip-components=1", "--no-same-owner"])
            .arg(format!("package/{LIBRARY}")),
    )?;
    fs::remove_file(&archive)?;
    Ok(folder.join(LIBRARY))
}

fn npm_pack(package: &NpmPackage, folder: &Path) -> Result<PathBuf> {
    let mut npm = Command::new("npm");
    npm.args(["pack", "--silent", "--fetch-retries=1"])
        .arg(format!("{}@{NPM_RELEASE}", package.name));
    process::attempt(npm.current_dir(folder), TRANSFER_DEADLINE).context("the registry did not give it")?;
    let archive = fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "tgz"))
        .context("npm left no archive")?;
    let found = sha256_of(&archive)?;
    if found != package.sha256 {
        bail!("the package has hash {found}, but {} is pinned", package.sha256);
    }
    Ok(archive)
}

/// On the same file system as the final place, so that the library can be renamed into it.
fn empty_folder(directory: &Path) -> Result<PathBuf> {
    clean_up(directory)?;
    let folder = directory.join(FOLDER);
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    Ok(folder)
}

pub fn clean_up(directory: &Path) -> Result<()> {
    match fs::remove_dir_all(directory.join(FOLDER)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).context("cannot clear the downloads")
        }
        _ => Ok(()),
    }
}
