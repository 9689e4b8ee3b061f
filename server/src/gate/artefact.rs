//! The compiled component on disk: compiling takes seconds, loading milliseconds.
//!
//! The file is named after the component's hash and the engine's own compatibility hash, so another
//! component, wasmtime or setting never finds it. It is machine code: the folder must be ours alone.

use super::GateLoadError;
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use wasmtime::Engine;
use wasmtime::component::Component;

/// A component from the cache, or compiled and put there. A cache that can't be used costs time only.
pub fn component(
    engine: &Engine,
    bytes: &[u8],
    hash: &str,
    cache: Option<&Path>,
) -> Result<Component, GateLoadError> {
    let path = cache.map(|folder| folder.join(file_name(engine, hash)));
    if let Some(loaded) = path.as_deref().and_then(|path| load(engine, path)) {
        return Ok(loaded);
    }
    let compiled = Component::from_binary(engine, bytes)
        .map_err(|error| GateLoadError::Component(format!("{error:#}")))?;
    if let Some(path) = path
        && let Err(error) = store(&compiled, &path)
    {
        tracing::warn!(%error, "the compiled gate could not be kept; the next start compiles again");
    }
    Ok(compiled)
}

fn file_name(engine: &Engine, hash: &str) -> String {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    format!("gate-{hash}-{:016x}.cwasm", hasher.finish())
}

fn load(engine: &Engine, path: &Path) -> Option<Component> {
    if !is_ours_alone(path).ok()? {
        tracing::warn!("the kept gate can be written by others; compiling again");
        return None;
    }
    // SAFETY: `deserialize_file` runs what it finds as machine code, so the file must be one that
    // `Component::serialize` wrote. It is written only by `store` below, whole or not at all (rename),
    // with mode 0600 in a folder of mode 0700, both checked just above to belong to this user; whoever
    // can replace it can replace this program too. The name ties it to component, engine and settings,
    // and wasmtime checks its own header again.
    let loaded = unsafe { Component::deserialize_file(engine, path) };
    loaded.map_err(|error| tracing::warn!(error = %format!("{error:#}"), "the kept gate can't be used; compiling again")).ok()
}

/// File and folder belong to this user, and nobody else may write to them.
fn is_ours_alone(path: &Path) -> io::Result<bool> {
    // SAFETY: geteuid has no arguments, touches no memory and can't fail.
    let user = unsafe { libc::geteuid() };
    let ours = |path: &Path| -> io::Result<bool> {
        let metadata = fs::symlink_metadata(path)?;
        Ok(metadata.uid() == user && metadata.mode() & 0o022 == 0 && !metadata.file_type().is_symlink())
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    Ok(ours(path)? && ours(folder)?)
}

fn store(component: &Component, path: &Path) -> io::Result<()> {
    let bytes = component
        .serialize()
        .map_err(|error| io::Error::other(format!("{error:#}")))?;
    let folder: PathBuf = path.parent().unwrap_or(Path::new(".")).into();
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&folder)?;
    let mut file = tempfile::Builder::new()
        .prefix("gate-")
        .permissions(fs::Permissions::from_mode(0o600))
        .tempfile_in(&folder)?;
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}
