//! Reading files of tables, as hostile as they come, in a locked-down process; also where queries run in
//! Docker, since files are read once and not for a stranger's question.

use super::process::{Child, GroupLimits, Runner};
use super::{SandboxError, SandboxSettings};
use crate::datasets::DatasetError;
use csv_analyst_protocol::ingest::{
    IngestError, IngestOutcome, IngestProgress, IngestRequest, SnapshotProfile,
};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Ten million rows take about a minute; a file may have a hundred times as many.
const DEADLINE: Duration = Duration::from_secs(2 * 3_600);
/// A profile lists up to a thousand values of each text column.
const MAX_PROFILE_BYTES: u64 = 256 << 20;

/// Threads of the engine and of what reads for it.
const MAX_PROCESSES: u64 = 64;

#[derive(Debug, thiserror::Error)]
pub enum IngestFailure {
    /// The file's fault: says where.
    #[error("{}: {}", .0.file, .0.message)]
    Refused(IngestError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("the request names a file that may not be read")]
    NotReadable,
}

impl From<IngestFailure> for DatasetError {
    fn from(failure: IngestFailure) -> Self {
        match failure {
            IngestFailure::Refused(error) => Self::Refused(error),
            other => Self::Ingest(other.to_string()),
        }
    }
}

/// `readable` are the files that the dataset is known to have; the request must name no other.
pub async fn ingest(
    settings: &SandboxSettings,
    request: &IngestRequest,
    readable: &[PathBuf],
    progress: &(dyn Fn(IngestProgress) + Sync),
) -> Result<SnapshotProfile, IngestFailure> {
    let known = |path: &String| readable.iter().any(|file| file == Path::new(path));
    if !request.tables.iter().all(|table| known(&table.path)) {
        return Err(IngestFailure::NotReadable);
    }
    let runner = Runner::open(settings).await?;
    let limits = GroupLimits {
        memory_bytes: request.memory_bytes,
        processes: MAX_PROCESSES,
        cpu_millis: None,
    };
    let mut child = runner.spawn(&["ingest".into()], &limits).await?;
    let outcome = tokio::time::timeout(DEADLINE, converse(&mut child, request, progress)).await;
    let stderr = child.wire.stderr();
    child.destroy().await?;
    match outcome {
        Ok(Ok(IngestOutcome::Snapshot(profile))) => Ok(profile),
        Ok(Ok(IngestOutcome::Error(error))) => Err(IngestFailure::Refused(error)),
        Ok(Ok(IngestOutcome::Progress(_))) => {
            Err(SandboxError::broken("reading the files failed", stderr).into())
        }
        Ok(Err(error)) => Err(error.with_stderr(stderr).into()),
        Err(_) => Err(SandboxError::broken("reading the files took too long", stderr).into()),
    }
}

async fn converse(
    child: &mut Child,
    request: &IngestRequest,
    progress: &(dyn Fn(IngestProgress) + Sync),
) -> Result<IngestOutcome, SandboxError> {
    let broken = |error: &dyn std::fmt::Display| SandboxError::broken("reading the files failed", error);
    let document = serde_json::to_vec(request).map_err(|error| broken(&error))?;
    child.wire.send(&document).await.map_err(|error| broken(&error))?;
    loop {
        let line = match child.wire.receive_next(MAX_PROFILE_BYTES).await {
            Ok(line) => line,
            Err(error) => return Err(broken(&format!("{error}; {}", child.wire.stderr()))),
        };
        match serde_json::from_slice(&line).map_err(|error| broken(&error))? {
            IngestOutcome::Progress(now) => progress(now),
            end => return Ok(end),
        }
    }
}
