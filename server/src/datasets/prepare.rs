//! From files to a dataset that can be asked: version, snapshot, profile, description, first rows.
//!
//! Everything is kept in the data directory under the version's name, so that the next start finds
//! it done. A snapshot counts as made only when its profile stands beside it. Until then all of it lies in a
//! work folder of its own, the only place where ingest may write.

use super::catalog::ReadyDataset;
use super::describe::describe;
use super::error::DatasetError;
use super::files::{read_json, write_json};
use super::fingerprint::fingerprint;
use super::samples;
use super::source::DatasetSource;
use super::version::{snapshot_name, version};
use crate::gate::{Gate, GateSchema};
use crate::sandbox::{self, Pool, SandboxKind, SandboxProvider, SandboxSettings};
use csv_analyst_protocol::dataset::Column;
use csv_analyst_protocol::ingest::{
    IngestColumn, IngestProgress, IngestRequest, IngestTable, SnapshotProfile,
};
use csv_analyst_protocol::limits::Limits;
use csv_analyst_protocol::reading::FileLimits;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What preparing needs.
pub struct Preparation {
    pub sandbox: SandboxSettings,
    pub pool: Arc<Pool>,
    pub gate: Gate,
    pub limits: Limits,
    pub snapshot_directory: PathBuf,
    pub ingest_memory_bytes: u64,
    pub file_limits: FileLimits,
    /// How long a version that was replaced is kept at least.
    pub keep_replaced: Duration,
}

impl Preparation {
    /// `progress` hears how far the reading of the files is, if they have to be read.
    pub async fn prepare(
        &self,
        source: &DatasetSource,
        progress: &(dyn Fn(IngestProgress) + Sync),
    ) -> Result<ReadyDataset, DatasetError> {
        let started = Instant::now();
        let dataset_id = source.declared.id.as_str();
        let before = fingerprint(source);
        let version = hash_in_background(source).await?;
        let tables = ingest_tables(source);
        let base = self.snapshot_directory.join(snapshot_name(&version, &tables));
        let snapshot = with_ending(&base, "duckdb");
        let profile = match kept_profile(&base, &snapshot) {
            Some(profile) => profile,
            None => {
                let made = self.read_files(source, tables, progress).await?;
                if fingerprint(source) != before {
                    return Err(DatasetError::Changed(dataset_id.to_owned()));
                }
                made.publish(&base, &snapshot)?
            }
        };
        let_runners_read(&snapshot, self.pool.kind());
        let dataset = describe(source, &profile, &version);
        log_notes(dataset_id, &profile);
        let schema = GateSchema::new(&dataset);
        let mut ready = ReadyDataset {
            dataset: Arc::new(dataset),
            schema: Arc::new(schema),
            snapshot,
            samples: Vec::new(),
            notes: profile
                .tables
                .iter()
                .flat_map(|table| table.notes.clone())
                .collect(),
        };
        ready.samples = samples::first_rows(self, &ready, &with_ending(&base, "samples.json")).await;
        tracing::info!(
            dataset_id,
            version,
            elapsed_ms = started.elapsed().as_millis() as u64,
            "dataset ready"
        );
        Ok(ready)
    }

    /// From now on some wait for its queries, and none for an earlier version's.
    pub fn start_sandboxes(&self, ready: &ReadyDataset) {
        let class = ready.sandbox_class(&self.limits);
        self.pool.expect(&ready.dataset.id, &class);
    }

    /// Of other snapshots, sandboxes elsewhere need no copies any more.
    pub async fn keep_copies(&self, needed: &[PathBuf]) {
        if let Err(error) = self.pool.keep_snapshots(needed).await {
            tracing::warn!(%error, "copies of old snapshots may be left");
        }
    }

    async fn read_files(
        &self,
        source: &DatasetSource,
        tables: Vec<IngestTable>,
        progress: &(dyn Fn(IngestProgress) + Sync),
    ) -> Result<Made, DatasetError> {
        tracing::info!(
            dataset_id = source.declared.id,
            tables = tables.len(),
            "reading the dataset's files"
        );
        let (folder, scratch) = work_folder(&self.snapshot_directory)?;
        let request = IngestRequest {
            output: folder.path().join(SNAPSHOT).to_string_lossy().into_owned(),
            memory_bytes: self.ingest_memory_bytes,
            scratch: Some(scratch.to_string_lossy().into_owned()),
            limits: self.file_limits,
            tables,
        };
        let profile = sandbox::ingest(&self.sandbox, &request, &readable(source), progress).await?;
        Ok(Made { folder, profile })
    }
}

const SNAPSHOT: &str = "snapshot.duckdb";
/// Names of work folders begin so; at a start none is in use.
pub(super) const WORK_PREFIX: &str = "work-";

/// What ingest made, not yet in its place. Dropped, it is gone.
struct Made {
    folder: TempDir,
    profile: SnapshotProfile,
}

impl Made {
    /// The snapshot first, its profile last: with that it counts as made.
    fn publish(self, base: &Path, snapshot: &Path) -> Result<SnapshotProfile, DatasetError> {
        let failed = |error: std::io::Error| DatasetError::Unwritable {
            path: snapshot.to_owned(),
            reason: error.to_string(),
        };
        std::fs::rename(self.folder.path().join(SNAPSHOT), snapshot).map_err(failed)?;
        if let Some(folder) = snapshot.parent() {
            std::fs::File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(failed)?;
        }
        write_json(&with_ending(base, "profile.json"), &self.profile)?;
        Ok(self.profile)
    }
}

fn work_folder(directory: &Path) -> Result<(TempDir, PathBuf), DatasetError> {
    let failed = |error: std::io::Error| DatasetError::Unwritable {
        path: directory.to_owned(),
        reason: error.to_string(),
    };
    let folder = tempfile::Builder::new()
        .prefix(WORK_PREFIX)
        .tempdir_in(directory)
        .map_err(failed)?;
    let scratch = folder.path().join("scratch");
    std::fs::create_dir(&scratch).map_err(failed)?;
    Ok((folder, scratch))
}

/// Of a snapshot that was made before.
fn kept_profile(base: &Path, snapshot: &Path) -> Option<SnapshotProfile> {
    snapshot
        .exists()
        .then(|| read_json(&with_ending(base, "profile.json")))?
}

/// Who reads a snapshot beside its owner: the runner in a container, which is another user and sees
/// this one file. Other users of this machine are kept out by the folder above.
///
/// A snapshot that belongs to somebody else may be readable all the same: the first run will show.
fn let_runners_read(snapshot: &Path, kind: SandboxKind) {
    let mode = match kind {
        SandboxKind::Docker => 0o644,
        // The server itself brings it to the cluster.
        SandboxKind::Process | SandboxKind::Kubernetes => 0o600,
    };
    if let Err(error) = set_permissions(snapshot, Permissions::from_mode(mode)) {
        tracing::warn!(snapshot = %snapshot.display(), %error, "the snapshot's mode cannot be set");
    }
}

/// For whoever runs the service, once for each start.
fn log_notes(dataset_id: &str, profile: &SnapshotProfile) {
    for note in profile.tables.iter().flat_map(|table| &table.notes) {
        tracing::info!(
            dataset_id,
            file = note.file,
            line = note.line,
            column = note.column,
            instead = note.instead,
            "assumed: {}",
            note.message
        );
    }
}

async fn hash_in_background(source: &DatasetSource) -> Result<String, DatasetError> {
    let source = source.clone();
    let hashing = tokio::task::spawn_blocking(move || version(&source));
    hashing
        .await
        .map_err(|error| DatasetError::Ingest(error.to_string()))?
}

fn ingest_tables(source: &DatasetSource) -> Vec<IngestTable> {
    let declared_columns = |name: &str| match source.declared.table(name) {
        Some(table) if !source.inferred => table.columns.iter().map(ingest_column).collect(),
        _ => Vec::new(),
    };
    let to_table = |file: &super::source::TableFile| IngestTable {
        name: file.name.clone(),
        path: absolute(&file.path).to_string_lossy().into_owned(),
        columns: declared_columns(&file.name),
        reading: file.reading.clone(),
    };
    source.tables.iter().map(to_table).collect()
}

fn ingest_column(column: &Column) -> IngestColumn {
    IngestColumn {
        name: column.name.clone(),
        kind: column.kind,
        nullable: column.nullable,
    }
}

fn readable(source: &DatasetSource) -> Vec<PathBuf> {
    source.tables.iter().map(|table| absolute(&table.path)).collect()
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned())
}

/// `with_extension` would cut names that hold a dot.
pub(super) fn with_ending(base: &Path, ending: &str) -> PathBuf {
    let mut name = base.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_container_makes_a_snapshot_readable_for_other_users() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mode_for = |kind| {
            let_runners_read(file.path(), kind);
            file.path().metadata().unwrap().permissions().mode() & 0o777
        };
        assert_eq!(mode_for(SandboxKind::Docker), 0o644);
        assert_eq!(mode_for(SandboxKind::Process), 0o600);
    }
}
