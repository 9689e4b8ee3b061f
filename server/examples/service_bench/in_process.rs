//! The same SQL without any wall, measured by a program of the runner's: the server never links DuckDB.

use crate::Options;
use crate::floor::Failure;
use crate::pause::Pause;
use crate::times::Times;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The engine's share of a run's memory (see the runner's `engine` module): three quarters.
const ENGINE_MEMORY_BYTES: u64 = 384 << 20;
/// As a run's default limits give it.
const THREADS: u64 = 1;

/// In one engine that stays open from run to run, and keeps what it has read.
pub fn measure(
    options: &Options,
    snapshot: &Path,
    sql: &str,
    runs: usize,
    pause: Pause,
) -> Result<Times, Failure> {
    milliseconds(options, snapshot, sql, runs, pause).map(Times::new)
}

/// In an engine of its own for each run, as every run of the service has; opening it is not counted, since
/// the service does so before the question comes.
pub fn measure_anew(
    options: &Options,
    snapshot: &Path,
    sql: &str,
    runs: usize,
    pause: Pause,
) -> Result<Times, Failure> {
    let single = (0..runs).map(|_| milliseconds(options, snapshot, sql, 1, pause));
    let all = single.collect::<Result<Vec<_>, _>>()?;
    Ok(Times::new(all.concat()))
}

fn milliseconds(
    options: &Options,
    snapshot: &Path,
    sql: &str,
    runs: usize,
    pause: Pause,
) -> Result<Vec<f64>, Failure> {
    let mut child = Command::new(&options.in_process)
        .arg(snapshot)
        .args([THREADS, ENGINE_MEMORY_BYTES, runs as u64].map(|number| number.to_string()))
        .args(pause.arguments())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().ok_or("no pipe")?;
    input.write_all(sql.as_bytes())?;
    drop(input);
    let output = child.wait_with_output()?;
    if !output.status.success() {
        return Err("the query failed in the bare engine".into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// The snapshot of a version, wherever the server keeps it.
pub fn snapshot(data: &Path, version: &str) -> Result<PathBuf, Failure> {
    let mut folders = vec![data.join("snapshots")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if path.is_dir() {
                folders.push(path);
            } else if name.starts_with(version) && name.ends_with(".duckdb") {
                return Ok(path);
            }
        }
    }
    Err("there is no snapshot".into())
}
