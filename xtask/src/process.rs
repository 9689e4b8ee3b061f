//! Starting other programs and saying in words what takes long.
//!
//! It refuses to hide a failure: a program that ends badly is an error that names the program, and
//! a captured one brings the end of what it printed.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a program with a deadline is looked at.
const POLL: Duration = Duration::from_millis(50);

/// How much of a failed program's output an error carries.
const TAIL_LINES: usize = 30;

/// Says what begins, does it, and says how long it took.
pub fn step<T>(words: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("==> {words}");
    let start = Instant::now();
    let outcome = work();
    let verdict = if outcome.is_ok() { "done" } else { "FAILED" };
    println!("    {verdict} in {}", seconds(start.elapsed()));
    outcome
}

pub fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0..=59 => format!("{:.1} s", time.as_secs_f64()),
        whole => format!("{} min {} s", whole / 60, whole % 60),
    }
}

/// Runs with the terminal's output; an unsuccessful end is an error.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start {}", name(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", words(command));
    }
    Ok(())
}

/// Runs and keeps the standard output; an unsuccessful end is an error with what it said.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", name(command)))?;
    if !output.status.success() {
        bail!(
            "`{}` ended with {}\n{}",
            words(command),
            output.status,
            tail(&output)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// As `run` but quiet and never longer than `deadline`: for routes that may lead nowhere.
pub fn attempt(command: &mut Command, deadline: Duration) -> Result<()> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot start {}", name(command)))?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return if status.success() {
                Ok(())
            } else {
                bail!("`{}` ended with {status}", words(command))
            };
        }
        if start.elapsed() > deadline {
            child.kill().ok();
            child.wait()?;
            bail!("`{}` took longer than {}", words(command), seconds(deadline));
        }
        thread::sleep(POLL);
    }
}

/// Whether a program of this name can be started from the search path.
pub fn on_path(program: &str) -> bool {
    searched(program).is_some()
}

/// On the search path, or among the helpers that were built into the cache.
pub fn find(program: &str, helpers: &Path) -> Option<PathBuf> {
    let built = helpers.join(program);
    searched(program).or_else(|| built.is_file().then_some(built))
}

fn searched(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let mut places = std::env::split_paths(&path).map(|folder| folder.join(program));
    places.find(|place| place.is_file())
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}

fn words(command: &Command) -> String {
    let arguments = command
        .get_args()
        .map(OsStr::to_string_lossy)
        .collect::<Vec<_>>()
        .join(" ");
    format!("{} {arguments}", name(command))
}

fn tail(output: &Output) -> String {
    let text = String::from_utf8_lossy(if output.stderr.is_empty() {
        &output.stdout
    } else {
        &output.stderr
    });
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}
