//! Where DuckDB's library comes from: the official prebuilt one, never compiled. (What the `duckdb` crate
//! can compile by itself has no time zones, and the runner does not start without them.)
//!
//! The version is named once, by the `duckdb` crate in the workspace's table; this module derives
//! DuckDB's own version from it. It refuses a library of another version, and a package that does
//! not have the pinned hash.

mod bound;
mod download;

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::fingerprint::{sha256_of, write_atomically};
use crate::workspace::Workspace;

/// Tells the bindings' build script where the library is. Set by hand, it wins over every route.
const DIRECTORY_VARIABLE: &str = "DUCKDB_LIB_DIR";

/// Where the dynamic loader looks first.
const LOADER_VARIABLE: &str = if cfg!(target_os = "macos") {
    "DYLD_LIBRARY_PATH"
} else {
    "LD_LIBRARY_PATH"
};

const LIBRARY: &str = if cfg!(target_os = "macos") {
    "libduckdb.dylib"
} else {
    "libduckdb.so"
};

/// The library, in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DuckDb {
    pub directory: PathBuf,
}

impl DuckDb {
    pub fn find(workspace: &Workspace) -> Result<Self> {
        let version = version_of(workspace.requirement("csv-analyst-runner", "duckdb")?)?;
        let directory = workspace.cache.join("duckdb").join(&version);
        match env::var_os(DIRECTORY_VARIABLE).map(PathBuf::from) {
            // What an earlier `cargo xtask env` said.
            Some(given) if given == directory => {}
            Some(given) => return given_by_hand(given, &version),
            None => {}
        }
        if !directory.join(LIBRARY).is_file() {
            fetch(&directory, &version)?;
        }
        bind_once(&directory)?;
        Ok(Self { directory })
    }

    /// What cargo and the programs that it starts need in their environment.
    pub fn environment(&self) -> [(&'static str, OsString); 2] {
        let mut loader = vec![self.directory.clone()];
        if let Some(present) = env::var_os(LOADER_VARIABLE) {
            loader.extend(env::split_paths(&present).filter(|folder| *folder != self.directory));
        }
        // A folder name with a colon cannot stand in a search path; the runner looks in `lib` beside it.
        let loader = env::join_paths(loader).unwrap_or_else(|_| self.directory.clone().into());
        [
            (DIRECTORY_VARIABLE, self.directory.clone().into()),
            (LOADER_VARIABLE, loader),
        ]
    }

    /// The same for a shell, which keeps what it has in its own search path.
    pub fn exports(&self) -> [(&'static str, String); 2] {
        let directory = format!("'{}'", self.directory.to_string_lossy().replace('\'', r"'\''"));
        let loader = format!("{directory}${{{LOADER_VARIABLE}:+:${LOADER_VARIABLE}}}");
        [(DIRECTORY_VARIABLE, directory), (LOADER_VARIABLE, loader)]
    }

    pub fn apply(&self, command: &mut Command) {
        command.envs(self.environment());
    }
}

/// The crate's `1.10506.x` is DuckDB 1.5.6: its second number is major, minor and patch, two digits each.
fn version_of(requirement: &str) -> Result<String> {
    let packed: u32 = requirement
        .split('.')
        .nth(1)
        .and_then(|number| number.parse().ok())
        .with_context(|| format!("the duckdb crate's version {requirement} is not 1.MAJOR_MINOR_PATCH.x"))?;
    Ok(format!(
        "{}.{}.{}",
        packed / 10_000,
        packed / 100 % 100,
        packed % 100
    ))
}

fn given_by_hand(directory: PathBuf, version: &str) -> Result<DuckDb> {
    let library = directory.join(LIBRARY);
    if !library.is_file() {
        bail!(
            "{DIRECTORY_VARIABLE} is {}, but there is no {LIBRARY} in it",
            directory.display()
        );
    }
    if !holds_version(&library, version)? {
        bail!(
            "{} is not DuckDB {version}, which the runner is built for",
            library.display()
        );
    }
    Ok(DuckDb { directory })
}

fn fetch(directory: &Path, version: &str) -> Result<()> {
    for (words, route) in download::ROUTES {
        println!("==> fetching DuckDB {version} from {words}");
        match route(directory, version).and_then(|candidate| take_over(&candidate, directory, version)) {
            Ok(()) => return Ok(()),
            Err(error) => println!("    not from there: {error:#}"),
        }
    }
    bail!(
        "DuckDB {version} can't be fetched (why stands above): put its {LIBRARY} into a folder, \
         and name that folder in {DIRECTORY_VARIABLE}"
    )
}

fn take_over(candidate: &Path, directory: &Path, version: &str) -> Result<()> {
    if !holds_version(candidate, version)? {
        bail!("what came is not DuckDB {version}");
    }
    // What the mark says is true of the library before.
    if let Err(error) = fs::remove_file(directory.join(OFFICIAL_HASH))
        && error.kind() != ErrorKind::NotFound
    {
        return Err(error).context("cannot replace the library");
    }
    fs::rename(candidate, directory.join(LIBRARY)).context("cannot put the library in place")?;
    download::clean_up(directory)
}

/// The official library's hash, beside what was made of it: it says that this was done, and lets anyone
/// who has the official one do it again and compare.
const OFFICIAL_HASH: &str = "official.sha256";

/// In our own folder only: what a person names is used as it is.
fn bind_once(directory: &Path) -> Result<()> {
    let (library, hash) = (directory.join(LIBRARY), directory.join(OFFICIAL_HASH));
    if hash.is_file() {
        return Ok(());
    }
    let official = sha256_of(&library)?;
    let contents = fs::read(&library).with_context(|| format!("cannot read {}", library.display()))?;
    match bound::bind(&contents) {
        Ok(Some(bound)) => write_atomically(&library, &bound)?,
        Ok(None) => {}
        Err(error) => println!("    the library is used as it is, so that runners start slower: {error:#}"),
    }
    write_atomically(&hash, format!("{official}\n").as_bytes())
}

/// The library says its own version in a string constant.
fn holds_version(library: &Path, version: &str) -> Result<bool> {
    let contents = fs::read(library).with_context(|| format!("cannot read {}", library.display()))?;
    let wanted = format!("v{version}\0");
    Ok(memchr::memmem::find(&contents, wanted.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::version_of;

    #[test]
    fn the_crates_version_tells_the_engines() {
        assert_eq!(version_of("=1.10506.1").unwrap(), "1.5.6");
        assert_eq!(version_of("1.20000").unwrap(), "2.0.0");
    }

    #[test]
    fn a_version_of_another_form_is_refused() {
        assert!(version_of("1").is_err());
        assert!(version_of("=1.x.0").is_err());
    }
}
