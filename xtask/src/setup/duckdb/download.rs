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
    version: &'static str,
    platform: (&'static str, &'static str),
    name: &'static str,
    release: &'static str,
    sha256: &'static str,
}

const NPM_PACKAGES: [NpmPackage; 1] = [NpmPackage {
    version: "1.5.6",
    platform: ("linux", "x86_64"),
    name: "@duckdb/node-bindings-linux-x64",
    release: "1.5.6-r.1",
    sha256: "1b9f82478539bb9a1d1df44bd103121a12ae52142c07158dc52b97d2ec1d69ff",
}];

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
        .find(|package| package.version == version && package.platform == (OS, ARCH))
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
        .arg(format!("{}@{}", package.name, package.release));
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
