//! From files to a dataset that can be asked: version, snapshot, profile, description, first rows.
//!
//! Everything is kept in the data directory under the version's name, so that the next start finds
//! it done. A snapshot counts as made only when its profile stands beside it.

use super::catalog::ReadyDataset;
use super::describe::describe;
use super::error::DatasetError;
use super::files::{read_json, write_json};
use super::samples;
use super::source::DatasetSource;
use super::version::{snapshot_name, version};
use crate::gate::{Gate, GateSchema};
use crate::sandbox::{self, Pool, SandboxKind, SandboxProvider, SandboxSettings};
use csv_analyst_protocol::dataset::Column;
use csv_analyst_protocol::ingest::{IngestColumn, IngestRequest, IngestTable, SnapshotProfile};
use csv_analyst_protocol::limits::Limits;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// What preparing needs.
pub struct Preparation {
    pub sandbox: SandboxSettings,
    pub pool: Arc<Pool>,
    pub gate: Gate,
    pub limits: Limits,
    pub snapshot_directory: PathBuf,
    pub ingest_memory_bytes: u64,
}

impl Preparation {
    pub async fn prepare(&self, source: &DatasetSource) -> Result<ReadyDataset, DatasetError> {
        let started = Instant::now();
        let dataset_id = source.declared.id.as_str();
        let version = hash_in_background(source).await?;
        let tables = ingest_tables(source);
        let base = self.snapshot_directory.join(snapshot_name(&version, &tables));
        let snapshot = with_ending(&base, "duckdb");
        let profile = self.profile(source, tables, &base, &snapshot).await?;
        let_runners_read(&snapshot, self.pool.kind());
        let dataset = describe(source, &profile, &version);
        let schema = GateSchema::new(&dataset);
        let mut ready = ReadyDataset {
            dataset: Arc::new(dataset),
            schema: Arc::new(schema),
            snapshot,
            samples: Vec::new(),
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

    /// The profile of the snapshot, which is made now if it is not there.
    async fn profile(
        &self,
        source: &DatasetSource,
        tables: Vec<IngestTable>,
        base: &Path,
        snapshot: &Path,
    ) -> Result<SnapshotProfile, DatasetError> {
        let profile_file = with_ending(base, "profile.json");
        if let (true, Some(profile)) = (snapshot.exists(), read_json(&profile_file)) {
            return Ok(profile);
        }
        tracing::info!(
            dataset_id = source.declared.id,
            tables = tables.len(),
            "reading the dataset's files"
        );
        let request = IngestRequest {
            output: snapshot.to_string_lossy().into_owned(),
            memory_bytes: self.ingest_memory_bytes,
            tables,
        };
        let profile = sandbox::ingest(&self.sandbox, &request, &readable(source)).await?;
        write_json(&profile_file, &profile)?;
        Ok(profile)
    }
}

/// Who reads a snapshot beside its owner: the runner in a container, which is another user and sees
/// this one file. Other users of this machine are kept out by the folder above.
///
/// A snapshot that belongs to somebody else may be readable all the same: the first run will show.
fn let_runners_read(snapshot: &Path, kind: SandboxKind) {
    let mode = match kind {
        SandboxKind::Docker => 0o644,
        SandboxKind::Process => 0o600,
    };
    if let Err(error) = set_permissions(snapshot, Permissions::from_mode(mode)) {
        tracing::warn!(snapshot = %snapshot.display(), %error, "the snapshot's mode cannot be set");
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
fn with_ending(base: &Path, ending: &str) -> PathBuf {
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
