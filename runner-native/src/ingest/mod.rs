//! Files of tables to one typed snapshot: all of them or none.
//!
//! Parsing hostile files happens under the same guards as a query, except that one folder is
//! writable. The snapshot is written beside its place and renamed when it is whole; a bad file
//! yields its name, line and column and leaves everything as it was. The request is one line.

mod batch;
mod context;
mod delimited;
mod failure;
mod format;
mod names;
mod parquet;
mod profile;
mod progress;
mod relationships;
mod rows;
mod sql;
mod table;
mod values;
mod workbook;

use crate::engine;
use crate::guards::{GuardPolicy, LockDown, Reach, ResourceLimits, tell};
use context::Context;
use csv_analyst_protocol::ingest::{IngestError, IngestOutcome, IngestRequest, SnapshotProfile};
use csv_analyst_protocol::runner::exit_status::LOCK_DOWN_FAILED;
use csv_analyst_runner::reading::failure::file_name;
use progress::Progress;
use std::fs::{self, File};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

const REFUSED: u8 = 2;
/// A thousand tables of a thousand columns fit.
const MAX_REQUEST_BYTES: u64 = 64 << 20;
/// The largest snapshot, and the most that may be kept beside memory meanwhile.
const MAX_SNAPSHOT_BYTES: u64 = 64 << 30;
/// The server's deadline is two hours, on one thread.
const MAX_PROCESSOR_SECONDS: u64 = 2 * 3_600;

pub fn run(policy: &GuardPolicy) -> ExitCode {
    let mut text = String::new();
    let read = std::io::stdin()
        .lock()
        .take(MAX_REQUEST_BYTES)
        .read_line(&mut text);
    let request = match read.map_err(|error| error.to_string()).and_then(|_| parse(&text)) {
        Ok(request) => request,
        Err(reason) => {
            tell(&format!("the request can't be read: {reason}"));
            return ExitCode::FAILURE;
        }
    };
    match ingest_locked(&request, policy) {
        Ok(Ok(profile)) => crate::serve::print_line(&IngestOutcome::Snapshot(profile)),
        Ok(Err(error)) => {
            crate::serve::print_line(&IngestOutcome::Error(error));
            ExitCode::from(REFUSED)
        }
        Err(error) => {
            tell(&error.to_string());
            ExitCode::from(LOCK_DOWN_FAILED)
        }
    }
}

fn parse(text: &str) -> Result<IngestRequest, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}

fn ingest_locked(
    request: &IngestRequest,
    policy: &GuardPolicy,
) -> Result<Result<SnapshotProfile, IngestError>, crate::guards::GuardError> {
    let output = Path::new(&request.output);
    let folder = output
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let scratch = request
        .scratch
        .as_deref()
        .map(|path| (Path::new(path), MAX_SNAPSHOT_BYTES));
    let mut reach = Reach {
        readable: request
            .tables
            .iter()
            .map(|table| Path::new(&table.path))
            .collect(),
        writable: vec![folder],
        // A scratch of that kind is memory; this one is a folder on the disk.
        ..Reach::default()
    };
    let elsewhere = scratch
        .map(|(path, _)| path)
        .filter(|path| !path.starts_with(folder));
    reach.writable.extend(elsewhere);
    let limits = ResourceLimits {
        memory_bytes: request.memory_bytes,
        file_bytes: MAX_SNAPSHOT_BYTES,
        threads: 1,
        processor_seconds: MAX_PROCESSOR_SECONDS,
    };
    let lock = LockDown::begin(&limits, reach, policy)?;
    let partial = Partial::beside(output);
    let connection = match engine::create(&partial.file, request.memory_bytes, scratch) {
        Ok(connection) => connection,
        Err(error) => return Ok(Err(failure::opening(&error))),
    };
    lock.finish()?;
    Ok(build(request, connection, &partial, output, folder))
}

fn build(
    request: &IngestRequest,
    connection: duckdb::Connection,
    partial: &Partial,
    output: &Path,
    folder: &Path,
) -> Result<SnapshotProfile, IngestError> {
    let progress = Progress::of(&request.tables);
    let context = Context::new(request, &connection, &progress, &partial.file);
    let mut profile = SnapshotProfile::default();
    for table in &request.tables {
        for loaded in format::load(&context, table)? {
            profile.tables.push(
                profile::table(&connection, file_name(&table.path), loaded)
                    .map_err(|e| failure::engine(&table.path, &e))?,
            );
        }
    }
    profile.relationships =
        relationships::find(&connection, &profile.tables).map_err(|error| failure::engine("", &error))?;
    profile::adopt_keys(&mut profile.tables, &profile.relationships);
    profile.now = profile::newest(&profile.tables);
    connection
        .execute_batch("CHECKPOINT")
        .map_err(|error| failure::engine("", &error))?;
    drop(connection);
    partial
        .publish(output, folder)
        .map_err(|error| failure::publishing(&error))?;
    Ok(profile)
}

/// The unfinished snapshot; gone again unless it was published.
struct Partial {
    file: PathBuf,
}

impl Partial {
    fn beside(output: &Path) -> Self {
        let mut name = output.file_name().unwrap_or_default().to_os_string();
        // In its own namespace every runner may have the same process id.
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        name.push(format!(".{}-{}.partial", std::process::id(), now.as_nanos()));
        Self {
            file: output.with_file_name(name),
        }
    }

    /// Durable first, visible second.
    fn publish(&self, output: &Path, folder: &Path) -> std::io::Result<()> {
        File::open(&self.file)?.sync_all()?;
        fs::rename(&self.file, output)?;
        File::open(folder)?.sync_all()
    }

    fn remove(&self) {
        // Usually there is nothing to remove.
        let _ = fs::remove_file(&self.file);
        let _ = fs::remove_file(self.file.with_extension("partial.wal"));
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.remove();
    }
}
