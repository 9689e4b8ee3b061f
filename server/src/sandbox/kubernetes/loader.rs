//! The conversation with a pod that may write to the claim: what comes, whether it is wanted, its bytes,
//! and whether it arrived.

use super::cluster::{Cluster, Job};
use super::workload::Workload;
use crate::sandbox::SandboxError;
use crate::sandbox::wire::Wire;
use csv_analyst_protocol::transfer::{SweepRequest, TransferAnswer, TransferRequest};
use serde::Serialize;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout};

const MAX_ANSWER_BYTES: u64 = 8 << 10;
const BLOCK_BYTES: usize = 256 << 10;
/// For an answer to what needs no more bytes; a snapshot that is there is read again at 100 MB a second
/// and more.
const ANSWER_DEADLINE: Duration = Duration::from_secs(60);
/// For a block of bytes to be taken.
const BLOCK_DEADLINE: Duration = Duration::from_secs(30);
const BYTES_PER_SECOND: u64 = 50 << 20;

const NOT_BROUGHT: &str = "the snapshot can't be brought to the cluster";
const NOT_SWEPT: &str = "old snapshots can't be removed from the claim";

/// True if it had to be brought.
pub async fn send(
    cluster: &Cluster,
    job: Job,
    patience: Duration,
    content: &TransferRequest,
    file: &Path,
) -> Result<bool, SandboxError> {
    let mut workload = Workload::create(cluster, job).await?;
    let mut wire = workload.start(Instant::now() + patience).await?;
    let sent = hand_over(&mut wire, content, file).await;
    end(workload, wire, sent).await
}

async fn hand_over(wire: &mut Wire, content: &TransferRequest, file: &Path) -> Result<bool, SandboxError> {
    // The receiver and the disk below it read or write all of it before they answer.
    let patience = ANSWER_DEADLINE + Duration::from_secs(content.bytes / BYTES_PER_SECOND);
    say(wire, content, NOT_BROUGHT).await?;
    match hear(wire, patience, NOT_BROUGHT).await? {
        TransferAnswer::Present => return Ok(false),
        TransferAnswer::Wanted => {}
        other => return Err(SandboxError::broken(NOT_BROUGHT, format!("{other:?}"))),
    }
    pour(wire, content.bytes, file).await?;
    match hear(wire, patience, NOT_BROUGHT).await? {
        TransferAnswer::Stored => Ok(true),
        other => Err(SandboxError::broken(NOT_BROUGHT, format!("{other:?}"))),
    }
}

async fn pour(wire: &mut Wire, bytes: u64, file: &Path) -> Result<(), SandboxError> {
    let failed = |error: &dyn std::fmt::Display| SandboxError::broken(NOT_BROUGHT, error);
    let file = tokio::fs::File::open(file)
        .await
        .map_err(|error| failed(&error))?;
    let mut file = file.take(bytes);
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let count = file.read(&mut block).await.map_err(|error| failed(&error))?;
        if count == 0 {
            return Ok(());
        }
        let taken = timeout(BLOCK_DEADLINE, wire.send_bytes(&block[..count])).await;
        taken
            .map_err(|_| failed(&"its bytes are not taken"))?
            .map_err(|error| failed(&error))?;
    }
}

/// How many folders were removed.
pub async fn sweep(
    cluster: &Cluster,
    job: Job,
    patience: Duration,
    request: &SweepRequest,
) -> Result<u64, SandboxError> {
    let mut workload = Workload::create(cluster, job).await?;
    let mut wire = workload.start(Instant::now() + patience).await?;
    let swept = async {
        say(&mut wire, request, NOT_SWEPT).await?;
        match hear(&mut wire, ANSWER_DEADLINE, NOT_SWEPT).await? {
            TransferAnswer::Swept(removed) => Ok(removed),
            other => Err(SandboxError::broken(NOT_SWEPT, format!("{other:?}"))),
        }
    };
    let swept = swept.await;
    end(workload, wire, swept).await
}

/// What it came to is known; that its pod is gone is the janitor's care if need be.
async fn end<T>(
    mut workload: Workload,
    mut wire: Wire,
    outcome: Result<T, SandboxError>,
) -> Result<T, SandboxError> {
    let stderr = wire.stderr();
    if let Err(error) = workload.remove(Some(&mut wire)).await {
        tracing::warn!(%error, "a loader is left to the janitor");
    }
    outcome.map_err(|error| error.with_stderr(stderr))
}

/// `failed` is what it is called when it is not taken.
async fn say(wire: &mut Wire, request: &impl Serialize, failed: &'static str) -> Result<(), SandboxError> {
    let line = serde_json::to_vec(request).map_err(|error| SandboxError::broken(failed, error))?;
    let sent = wire.send(&line).await;
    sent.map_err(|error| SandboxError::broken(failed, error))
}

async fn hear(
    wire: &mut Wire,
    patience: Duration,
    failed: &'static str,
) -> Result<TransferAnswer, SandboxError> {
    let line = timeout(patience, wire.receive_next(MAX_ANSWER_BYTES)).await;
    let line = line.map_err(|_| SandboxError::broken(failed, "no answer in time"))?;
    let line = line.map_err(|error| SandboxError::broken(failed, error))?;
    serde_json::from_slice(&line).map_err(|error| SandboxError::broken(failed, error))
}
